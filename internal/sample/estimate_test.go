// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"math"
	"testing"

	"github.com/hopstamp/hopstamp/internal/span"
)

// Each kept message stands for 1/probability messages (Horvitz and Thompson 1952).
// Summed by tenant that has to be the true count, whatever mix of policies and
// adapted shares decided, within the standard error that the kept ones themselves give.
func TestEstimatesFromKeptMessagesAreUnbiased(t *testing.T) {
	t.Parallel()
	worst, runs := 0.0, 12
	shares := DefaultShares()
	shares[Random] = 0.2
	bias := map[string]float64{} // sum of the errors in standard errors
	for seed := range runs {
		s := New(Options{SpansPerSecond: 12, SlowCap: 0.02, Shares: &shares})
		platform := newPlatform(uint64(100 + seed))
		truth, estimate, variance := map[string]float64{}, map[string]float64{}, map[string]float64{}
		policies := map[Policy]bool{}
		for _, a := range platform.arrivals(3000) {
			effects := s.Step(a.at, a.now, a.settled)
			for i := range a.settled {
				tenant, decision := a.settled[i].Dims[span.Tenant], effects.Decisions[effects.Of[i]]
				if i > 0 && effects.Of[i] == effects.Of[i-1] {
					continue // another recipient of the same message
				}
				truth[tenant]++
				if decision.Kept != nil {
					p := 1 - float64(decision.Threshold)/float64(Never)
					estimate[tenant] += 1 / p
					variance[tenant] += (1 - p) / (p * p)
					policies[decision.Policy] = true
				}
			}
		}
		for tenant, want := range truth {
			errors := (estimate[tenant] - want) / math.Sqrt(variance[tenant])
			bias[tenant] += errors
			worst = max(worst, math.Abs(errors))
			if seed == 0 {
				t.Logf("%s: %.0f messages, estimated %.0f ± %.0f", tenant, want, estimate[tenant], math.Sqrt(variance[tenant]))
			}
		}
		if len(policies) < 4 || s.Share(Random) == 0.2 {
			t.Fatalf("only %v decided, random keeps %v: this proves too little", policies, s.Share(Random))
		}
	}
	if worst > 4 {
		t.Errorf("an estimate is %.1f standard errors off", worst)
	}
	for tenant, sum := range bias { // of as many runs, each with an error of one
		if mean := sum / math.Sqrt(float64(runs)); math.Abs(mean) > 3 {
			t.Errorf("%s is %.1f standard errors off on average: estimates are biased", tenant, mean)
		}
	}
}
