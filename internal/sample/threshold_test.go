// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"math"
	"testing"
)

func TestThresholdsAreSpelledAsOpenTelemetryDoes(t *testing.T) {
	t.Parallel()
	for share, want := range map[float64]string{1: "0", 0.5: "8", 0.25: "c", 0.0625: "f", 1.0 / 4096: "fff", 0: ""} {
		if got := ThresholdOf(share); got.String() != want || got.Probability() != share {
			t.Errorf("a share of %v is th:%s, which keeps %v, want th:%s", share, got, got.Probability(), want)
		}
	}
}

func TestThresholdKeepsItsShareOfKeys(t *testing.T) {
	t.Parallel()
	for _, share := range []float64{0, 0.01, 0.3, 1} {
		kept, of := 0, 100_000
		for i := range of {
			if ThresholdOf(share).Keeps(Randomness(string(rune(i)) + "key")) {
				kept++
			}
		}
		if error3 := 3 * math.Sqrt(share*(1-share)*float64(of)); math.Abs(float64(kept)-share*float64(of)) > error3 {
			t.Errorf("a share of %v kept %d of %d", share, kept, of)
		}
	}
}

// Who draws with a lower share draws a part of what a higher share draws.
func TestDrawsAreConsistent(t *testing.T) {
	t.Parallel()
	for i := range 1000 {
		r := Randomness(string(rune(i)))
		if ThresholdOf(0.1).Keeps(r) && !ThresholdOf(0.2).Keeps(r) {
			t.Fatalf("key %d is in a tenth and not in a fifth", i)
		}
	}
}

func TestSamplingBeforeUsMultiplies(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ upstream, own, want float64 }{
		{1, 1, 1}, {0.5, 1, 0.5}, {1, 0.5, 0.5}, {0.5, 0.5, 0.25}, {0.125, 0.25, 0.03125}, {0, 1, 0},
	} {
		if got := Combine(ThresholdOf(test.upstream), ThresholdOf(test.own)).Probability(); got != test.want {
			t.Errorf("%v before us and %v by us is %v, want %v", test.upstream, test.own, got, test.want)
		}
	}
	if got := Combine(Never+5, 0).Probability(); got != 0 {
		t.Errorf("a threshold out of range keeps %v", got)
	}
}
