// SPDX-License-Identifier: Apache-2.0

package count

import (
	"math"
	"time"
)

// Schema is the resolution of the histograms, as Prometheus' native histograms
// count it: 2^4 buckets for each doubling, so a value is known to within 2.2 %
// ((b-1)/(b+1) with b = 2^(2^-4)).
const Schema = 4

// shortest is what everything below counts as: there are no logarithms of zero,
// and nothing in this trade takes less than a microsecond.
const shortest = time.Microsecond

// Histogram counts durations in exponential buckets: bucket i holds those in
// (2^((i-1)/16), 2^(i/16)] seconds. The zero value is empty.
type Histogram struct {
	Count   uint64
	Sum     time.Duration
	Max     time.Duration
	First   int      // index of Counts[0]
	Counts  []uint32 // by bucket
	Shorter uint64   // of Count, those below a microsecond: the zero bucket
}

// Observe adds a duration.
func (h *Histogram) Observe(d time.Duration) {
	h.Count++
	h.Sum += d
	h.Max = max(h.Max, d)
	if d < shortest {
		h.Shorter++
		return
	}
	*h.bucket(bucketOf(d)) += 1
}

func (h *Histogram) bucket(index int) *uint32 {
	switch {
	case len(h.Counts) == 0:
		h.First = index
		h.Counts = make([]uint32, 1, 16)
	case index < h.First:
		grown := make([]uint32, len(h.Counts)+h.First-index)
		copy(grown[h.First-index:], h.Counts)
		h.Counts, h.First = grown, index
	}
	for index-h.First >= len(h.Counts) {
		h.Counts = append(h.Counts, 0)
	}
	return &h.Counts[index-h.First]
}

// Merge adds all of another histogram; it is exact.
func (h *Histogram) Merge(other *Histogram) {
	h.Count += other.Count
	h.Sum += other.Sum
	h.Max = max(h.Max, other.Max)
	h.Shorter += other.Shorter
	for i, n := range other.Counts {
		if n > 0 {
			*h.bucket(other.First + i) += n
		}
	}
}

// Buckets calls each with the index and count of every bucket that is not empty.
func (h *Histogram) Buckets(each func(index int, count uint64)) {
	for i, n := range h.Counts {
		if n > 0 {
			each(h.First+i, uint64(n))
		}
	}
}

// Quantile of the durations, 0 <= q <= 1: the geometric middle of the bucket that
// holds it, and for the last one the longest seen. 0 when there are none.
func (h *Histogram) Quantile(q float64) time.Duration {
	return h.quantile(q, 0.5)
}

// Bound is the least bucket boundary that at least a share q of the durations do not exceed.
func (h *Histogram) Bound(q float64) time.Duration {
	return h.quantile(q, 0)
}

// quantile gives the place below, in buckets, the upper boundary of the bucket that holds it.
func (h *Histogram) quantile(q, below float64) time.Duration {
	rank := uint64(math.Ceil(q * float64(h.Count)))
	if rank >= h.Count {
		return h.Max
	}
	seen := h.Shorter
	if rank <= seen {
		return 0
	}
	for i, n := range h.Counts {
		if seen += uint64(n); seen >= rank {
			seconds := math.Exp2((float64(h.First+i) - below) / (1 << Schema))
			return min(time.Duration(seconds*float64(time.Second)), h.Max)
		}
	}
	return h.Max
}
