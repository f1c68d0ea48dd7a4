// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
)

// sameAnyWay folds records in one partition in many ways, and in several partitions: the
// ledger and the rows are the same.
func sameAnyWay(t *testing.T, seed uint64, records []said) {
	t.Helper()
	first := fold(t, 0, records)
	for way := uint64(1); way < 8; way++ {
		other := fold(t, way, records)
		if !maps.Equal(first.ledger, other.ledger) {
			t.Fatalf("seed %d: way %d counts otherwise: %s", seed, way, difference(first.ledger, other.ledger))
		}
		first.compare(other.settled, fmt.Sprintf("seed %d: way %d", seed, way))
	}
	for _, partitions := range []int{2, 3} {
		c := newCluster(t, partitions, rand.New(rand.NewPCG(seed, uint64(partitions))))
		c.send(t, records, dawn)
		ledger, settled := c.finish(t, dawn)
		if !maps.Equal(first.ledger, ledger) {
			t.Fatalf("seed %d: %d partitions count otherwise: %s", seed, partitions, difference(first.ledger, ledger))
		}
		first.compare(settled, fmt.Sprintf("seed %d: %d partitions", seed, partitions))
	}
}
