// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"math"
	"testing"
)

func TestThresholdIsTheShareThatIsDropped(t *testing.T) {
	t.Parallel()
	for share, want := range map[float64]Threshold{1: 0, 0.5: 1 << 55, 0.25: 3 << 54, 1.0 / 4096: Never - 1<<44, 0: Never, -1: Never, 2: 0} {
		if got := ThresholdOf(share); got != want {
			t.Errorf("a share of %v has the threshold %x, want %x", share, got, want)
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
