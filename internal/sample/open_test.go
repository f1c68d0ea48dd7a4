// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
)

// TestADecisionLastsAsLongAsItMayBeCorrected: what failed is driven back the next morning.
// Its spans are kept already: they are copied once, its late spans with them, and its
// row still says why.
func TestADecisionLastsAsLongAsItMayBeCorrected(t *testing.T) {
	t.Parallel()
	s := New(Options{Delay: time.Second})
	now, at := morning, journey.Position(10)
	step := func(later time.Duration, settled ...journey.Delivery) *Effects {
		now, at = now+int64(later), at+1
		return s.Step(at, now, settled)
	}
	for i := range 200 {
		step(0, ended(fmt.Sprint("m-", i), journey.Failed, journey.InternalError))
	}
	step(2 * time.Hour)
	step(2 * time.Hour)
	restored, err := Restore(s.options, s.Append(nil))
	if err != nil || !bytes.Equal(restored.Append(nil), s.Append(nil)) {
		t.Fatalf("a restart changes what is remembered: %v", err)
	}
	s = restored
	if s.Arrived(at, ended("m-7", journey.Failed, journey.InternalError).Trace); s.Backlog() == 0 {
		t.Error("a late span does not follow the decision")
	}
	copied, failed := 0, uint64(0)
	for i := range 200 {
		key := fmt.Sprint("m-", i)
		if why := step(time.Minute, ended(key, journey.DeadLettered, journey.WasDeadLettered)).Reason(0); why != "dead_lettered: DeadLettered" {
			t.Fatalf("%s rests once more, and is kept because %q", key, why)
		}
		decided := step(16*time.Hour/200, good(key, 0))
		if why := decided.Reason(0); why != "failed: InternalError" || !decided.Decisions[0].Again {
			t.Fatalf("%s is kept because %q, again: %v", key, why, decided.Decisions[0].Again)
		}
	}
	for after := journey.Position(0); ; {
		work, ok := s.Next(after)
		if !ok {
			break
		}
		for _, c := range work.Copies {
			copied += len(c.Kept)
		}
		after = work.At
	}
	if failed = s.Counts(Failed).Kept; copied != 200+1 || failed != 200 {
		t.Errorf("%d copies of 200 messages with a late span, %d counted as kept", copied, failed)
	}
	for range 40 {
		step(time.Hour)
	}
	if remembered, forgotten := s.Remembered(); remembered != 0 || forgotten != 0 {
		t.Errorf("in the end %d are remembered, %d were forgotten early", remembered, forgotten)
	}
}
