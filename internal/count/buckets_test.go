// SPDX-License-Identifier: Apache-2.0

package count

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

func TestBucketsAreThoseOfTheLogarithm(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(11, 12))
	check := func(d time.Duration) {
		d = max(d, shortest)
		if got, want := bucketOf(d), logarithmic(d); got != want {
			t.Fatalf("%d ns is in bucket %d, want %d", d, got, want)
		}
	}
	for d := shortest; d < 100*shortest; d++ {
		check(d)
	}
	for i := range cells {
		lowest := time.Duration(1<<cellBits|i&(1<<cellBits-1)) << (leastBits + i>>cellBits - 1 - cellBits)
		for near := time.Duration(-3); near <= 3; near++ {
			check(lowest + near)
			check(cells[i].last + near)
		}
	}
	for range 300_000 {
		check(time.Duration(random.Uint64() >> 1 >> random.IntN(54)))
	}
	check(math.MaxInt64)
}

func BenchmarkObserve(b *testing.B) {
	random := rand.New(rand.NewPCG(13, 14))
	var durations [1 << 12]time.Duration
	for i := range durations {
		durations[i] = time.Duration(random.ExpFloat64() * 1e7)
	}
	var h Histogram
	i := 0
	for b.Loop() {
		h.Observe(durations[i&(len(durations)-1)])
		i++
	}
}
