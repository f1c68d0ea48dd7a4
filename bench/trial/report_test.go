// SPDX-License-Identifier: Apache-2.0

package trial

import (
	"strings"
	"testing"
	"time"
)

func TestWhatIsMissingIsSaid(t *testing.T) {
	t.Parallel()
	lossy := Outcome{Contender: "collector", Unit: "spans", Spans: 200, Truth: 200, Counted: 150, Series: 9, Wrong: 3, MustKeep: 10, Lost: 2, Opened: 10, Incomplete: 1}
	whole := Outcome{Contender: "hopstamp", Unit: "deliveries", Spans: 200, Refused: 7, Truth: 30, Counted: 30, Series: 4, MustKeep: 10, Opened: 5}
	text := Report{Trial: "kill", KillAt: 40 * time.Second, Outcomes: []Outcome{lossy, whole}}.Markdown()
	for _, want := range []string{"50 of 200 spans (25.00 %) | 3 of 9 | 10 | 2 (20.00 %) | 0 | 1 of 10 (10.00 %)", "0 of 30 deliveries (0.00 %) | 0 of 4", "kill -9 after 40s"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if lossy.Exact() || !whole.Exact() {
		t.Error("what is missing is exact, or what is whole is not")
	}
	twice, more, never := whole, whole, whole
	twice.Twice, more.Counted, never.GivenUp = 1, 31, 1
	if twice.Exact() || more.Exact() || never.Exact() {
		t.Error("counted twice, or never taken, and exact")
	}
}
