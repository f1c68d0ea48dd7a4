// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"maps"
	"math/rand/v2"
	"testing"
)

// TestWhatComesAgainMuchLaterChangesNothing sends any of a platform's spans a second time,
// as senders do that got no answer, when what they were part of has been let go of, in
// one partition and in several.
func TestWhatComesAgainMuchLaterChangesNothing(t *testing.T) {
	t.Parallel()
	for seed := range uint64(90) {
		once := make([][]said, len(moments))
		once[0] = newPlatform(seed, 1+int(seed)%25).records
		twice := repeated(once[0], rand.New(rand.NewPCG(seed, 7)))
		for _, partitions := range []int{1, 3} {
			counts, _ := takeLong(t, partitions, seed, once)
			ledger, _ := takeLong(t, partitions, seed, twice)
			if !maps.Equal(counts, ledger) {
				t.Errorf("seed %d: %d partitions count otherwise: %s", seed, partitions, difference(counts, ledger))
			}
		}
	}
}

// repeated is records, and at each later moment some of them.
func repeated(records []said, random *rand.Rand) [][]said {
	parts := make([][]said, len(moments))
	parts[0] = records
	for i := range parts[1:] {
		share := 1 + random.IntN(100)
		for _, r := range records {
			if random.IntN(100) < share {
				parts[1+i] = append(parts[1+i], r)
			}
		}
	}
	return parts
}
