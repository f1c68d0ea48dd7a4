// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
)

// traffic is how many messages of a kind settle every second; each has two spans.
type traffic struct{ plain, late, failed int }

// pour lets seconds of traffic pass and gives what was kept in the last of them,
// by policy, in spans.
func pour(s *Sampler, second *int, seconds int, each traffic) (kept [NumPolicies]int) {
	for range seconds {
		kept = [NumPolicies]int{}
		*second++
		now := morning + int64(*second)*int64(time.Second)
		var settled []journey.Delivery
		for i := range each.plain + each.late + each.failed {
			d := good(fmt.Sprintf("m-%d-%d", *second, i), 0)
			switch {
			case i < each.late:
				d.Timeliness = journey.Late
			case i < each.late+each.failed:
				d = ended(d.Key, journey.Failed, journey.InternalError)
			}
			settled = append(settled, d)
		}
		for _, d := range s.Step(journey.Position(*second), now, settled).Decisions {
			if d.Kept != nil {
				kept[d.Policy] += d.Spans
			}
		}
	}
	return kept
}

func TestTheBudgetAdapts(t *testing.T) {
	t.Parallel()
	shares := DefaultShares()
	s := New(Options{SpansPerSecond: 100, Shares: &shares})
	second := 0
	about := func(got, want int, what string) {
		t.Helper()
		if math.Abs(float64(got-want)) > 4*math.Sqrt(float64(2*want))+2 {
			t.Errorf("%s: %d spans a second, want about %d", what, got, want)
		}
	}
	quiet := pour(s, &second, 30, traffic{plain: 1000, late: 5})
	about(quiet[Random], 20, "inside of the budget, one of a hundred")
	about(quiet[Late], 10, "inside of the budget, all that is late")

	flood := pour(s, &second, 1, traffic{plain: 1000, late: 2000})
	if total := flood[Late]; total > 2*100*5+300 {
		t.Errorf("%d spans in the first second of a flood: nobody braked", total)
	}
	flood = pour(s, &second, 30, traffic{plain: 1000, late: 2000})
	about(flood[Late], 80, "a flood of late messages gets what the random share does not need")
	about(flood[Random], 20, "a flood of late messages takes nothing from the random share")
	if share := s.Share(Late); share > 0.03 || s.Share(Random) != 0.01 {
		t.Errorf("late keeps %v and random %v", share, s.Share(Random))
	}

	both := pour(s, &second, 12, traffic{plain: 20_000, late: 2000})
	about(both[Late], 50, "who both need more share evenly")
	about(both[Random], 50, "who both need more share evenly")

	outage := pour(s, &second, 30, traffic{plain: 1000, failed: 300})
	if outage[Failed] != 600 {
		t.Errorf("%d of 600 spans of failed messages are kept: a must-keep was dropped", outage[Failed])
	}
	if s.Overdrawn() == 0 {
		t.Error("failed messages alone exceed the budget, and nobody counted it")
	}
	if share := s.Share(Random); share <= 0 || share > 0.001 {
		t.Errorf("in the outage random keeps %v, want a little, so that estimates stand on something", share)
	}
	overdrawn := s.Overdrawn()
	after := pour(s, &second, 60, traffic{plain: 1000, late: 5})
	about(after[Random], 20, "when all is well again")
	if s.Share(Random) != 0.01 || s.Overdrawn() > overdrawn+3 {
		t.Errorf("a minute after the outage random keeps %v, and the budget is overdrawn %d more times", s.Share(Random), s.Overdrawn()-overdrawn)
	}
}

func TestWithoutABudgetSharesStay(t *testing.T) {
	t.Parallel()
	s := New(Options{})
	second := 0
	if kept := pour(s, &second, 20, traffic{late: 5000}); kept[Late] != 10_000 || s.Share(Late) != 1 {
		t.Errorf("%d of 10000 spans are kept", kept[Late])
	}
}
