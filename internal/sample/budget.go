// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"cmp"
	"slices"
	"time"
)

// budget lowers what the adaptive policies keep so that kept spans stay within a
// number per second of log time. It learns from the recent past: for each policy a
// moving average of the spans that it would keep if there were no budget.
//
// What the must-keep policies leave is divided evenly; what one policy does not
// need goes to those that need more. So a flood of late messages cannot push out
// the random share, nor the other way round.
type budget struct {
	limit    float64 // spans per second; 0: none
	began    int64   // log time at which the period under way began
	now      int64   // log time
	learned  bool    // a period was over
	expected [NumPolicies]float64
	rates    [NumPolicies]float64 // spans per second, moving average
	scales   [NumPolicies]float64 // in effect, of the configured shares

	overdrawn uint64
}

const (
	period = int64(5 * time.Second)
	// burst is how many times a period's budget may be spent before it is over.
	burst = 2
	// reserve of the budget is left to the adaptive policies in any case: estimates
	// need some draw to stand on.
	reserve = 0.01
)

func newBudget(limit float64) budget {
	b := budget{limit: limit}
	for p := range b.scales {
		b.scales[p] = 1
	}
	return b
}

// expect tells that spans come to be kept by a policy, were there no budget.
func (b *budget) expect(p Policy, spans float64) {
	b.expected[p] += spans
	if b.limit > 0 && !p.MustKeep() && b.spending() > burst*b.limit*seconds(period) {
		b.brake()
	}
}

// spending is what the adaptive policies are expected to keep in the period so far.
func (b *budget) spending() (spans float64) {
	for p := firstAdaptive; p < NumPolicies; p++ {
		spans += float64(b.expected[p] * b.scales[p])
	}
	return spans
}

// advance ends the period when it is over.
func (b *budget) advance(now int64) {
	b.now = now
	if b.began == 0 {
		b.began = now
	}
	if b.limit == 0 || now-b.began < period {
		return
	}
	weight := 0.5
	if !b.learned || now-b.began >= 4*period {
		weight = 1
	}
	b.learn(seconds(now-b.began), weight)
	b.began, b.learned = now, true
	if b.must() > b.limit {
		b.overdrawn++
	}
}

func seconds(nanoseconds int64) float64 { return float64(nanoseconds) / 1e9 }

// brake does not wait for the end of a period in which far too much comes.
func (b *budget) brake() {
	passed := seconds(max(b.now-b.began, period/5))
	for p := range b.rates {
		b.rates[p] = max(b.rates[p], b.expected[p]/passed)
	}
	b.divide()
}

// learn moves the averages towards what was expected in some time, and sets the
// scales anew.
func (b *budget) learn(length, weight float64) {
	for p := range b.rates {
		rate := b.expected[p] / length
		b.rates[p] += float64((rate - b.rates[p]) * weight)
	}
	b.expected = [NumPolicies]float64{}
	b.divide()
}

// must is what the must-keep policies keep a second.
func (b *budget) must() (rate float64) {
	for p := range firstAdaptive {
		rate += b.rates[p]
	}
	return rate
}

// divide gives those who need least what they need, and to each of the others the
// same of what is left.
func (b *budget) divide() {
	left := max(b.limit-b.must(), reserve*b.limit)
	var needs [NumPolicies - firstAdaptive]Policy
	for i := range needs {
		needs[i] = firstAdaptive + Policy(i)
	}
	slices.SortStableFunc(needs[:], func(x, y Policy) int { return cmp.Compare(b.rates[x], b.rates[y]) })
	for i, p := range needs {
		fair := left / float64(len(needs)-i)
		b.scales[p] = 1
		if b.rates[p] > fair {
			b.scales[p] = fair / b.rates[p]
		}
		left -= min(fair, b.rates[p])
	}
}
