// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/bench/process"
)

// steady are samples of a contender that takes 1000 spans a second on half a core,
// beside a generator and others that use a quarter each; it warms up for two seconds.
func steady() samples {
	var all samples
	start := time.Unix(1000, 0)
	var spans int64
	for second := range time.Duration(10) {
		if second > 2 {
			spans += 1000
		}
		all = append(all, sample{
			at: start.Add(second * time.Second), spans: spans,
			contender: process.Usage{CPU: second * 500 * time.Millisecond},
			generator: process.Usage{CPU: second * 250 * time.Millisecond},
			machine:   second * time.Second,
		})
	}
	return all
}

func TestRatesLeaveOutTheWarmUpAndTheEnd(t *testing.T) {
	t.Parallel()
	first, last := steady().between(1500*time.Millisecond, 7900*time.Millisecond)
	if from, to := first.at.Unix()-1000, last.at.Unix()-1000; from != 2 || to != 7 {
		t.Fatalf("the window is %d to %d s", from, to)
	}
	var m Measurement
	m.addRates(first, last)
	if m.SpansPerSecond != 1000 || m.LoadCost != 500 || m.GeneratorCores != 0.25 || m.OtherCores != 0.25 {
		t.Errorf("rates are %+v", m)
	}
}

func TestLoadShorterThanTheWarmUpHasNoRate(t *testing.T) {
	t.Parallel()
	var m Measurement
	m.addRates(steady().between(8*time.Second, 3*time.Second))
	if m != (Measurement{}) {
		t.Errorf("rates are %+v", m)
	}
}
