// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"math/bits"
	"time"
)

// tails are the latencies of each path's messages, by which a message is slow. A
// message is as slow as its slowest delivery.
type tails struct {
	quantile float64
	halving  int64 // of the log's time
	byPath   map[string]*tail

	path string // asked last, and the answer: most messages are of few paths
	last *tail
}

const (
	halfLife   = int64(time.Hour) // of a latency's weight
	maxPaths   = 1000             // past which paths share one tail
	otherPaths = "(overflow)"

	one    = 1 << 16 // weight of a new latency: halving leaves a fraction for the next sixteen
	enough = 100 * one

	// refresh is after how many messages the beginning of the tail is looked up again.
	refresh = 32
)

// tail is a histogram of latencies in buckets of a sixteenth of a doubling,
// in which what is old weighs less.
type tail struct {
	halving     int64
	first       int // index of weights[0]
	weights     []uint64
	total, slow uint64 // weight of all messages, and of those that were slow
	start       time.Duration
	fresh       int // messages until start is looked up again
}

func newTails(quantile float64) tails { return tails{quantile: quantile, byPath: map[string]*tail{}} }

func (t *tails) advance(now int64) { t.halving = now / halfLife }

// of is the tail of a path, aged to the log's time.
func (t *tails) of(path string) *tail {
	if t.last == nil || path != t.path {
		t.path, t.last = path, t.find(path)
	}
	t.last.age(t.halving)
	return t.last
}

// find finds or makes the tail of a path.
func (t *tails) find(path string) *tail {
	known := t.byPath[path]
	if known == nil && len(t.byPath) >= maxPaths {
		path = otherPaths
		known = t.byPath[path]
	}
	if known == nil {
		known = &tail{halving: t.halving}
		t.byPath[path] = known
	}
	return known
}

// age halves all weights for each half-life that passed.
func (t *tail) age(halving int64) {
	passed := min(max(0, halving-t.halving), 63)
	t.halving = max(t.halving, halving)
	if passed == 0 {
		return
	}
	t.total = 0
	for i := range t.weights {
		t.weights[i] >>= passed
		t.total += t.weights[i]
	}
	t.slow >>= passed
	t.fresh = 0
}

// begins is the latency that all but the slowest messages did not exceed; 0 while
// too few are known.
func (t *tail) begins(quantile float64) time.Duration {
	if t.total < enough {
		return 0
	}
	if t.fresh == 0 {
		t.start, t.fresh = t.bound(quantile), refresh
	}
	return t.start
}

// bound is the least boundary of a bucket that a share of the weight is not above.
func (t *tail) bound(quantile float64) time.Duration {
	above, allowed := uint64(0), uint64(float64(t.total)*(1-quantile))
	for i := len(t.weights) - 1; i >= 0; i-- {
		if above += t.weights[i]; above > allowed {
			return upper(t.first + i)
		}
	}
	return 0
}

func (t *tail) observe(latency time.Duration, slow bool) {
	*t.bucket(bucketOf(latency)) += one
	t.total += one
	if slow {
		t.slow += one
	}
	t.fresh = max(0, t.fresh-1)
}

// share of the slow messages that may be kept so that they are at most a part of all.
func (t *tail) share(most float64) float64 {
	if t.slow == 0 {
		return 1
	}
	return min(1, most*float64(t.total)/float64(t.slow))
}

func (t *tail) bucket(index int) *uint64 {
	switch {
	case len(t.weights) == 0:
		t.first, t.weights = index, make([]uint64, 1, 16)
	case index < t.first:
		grown := make([]uint64, len(t.weights)+t.first-index)
		copy(grown[t.first-index:], t.weights)
		t.weights, t.first = grown, index
	}
	for index-t.first >= len(t.weights) {
		t.weights = append(t.weights, 0)
	}
	return &t.weights[index-t.first]
}

// bucketOf counts sixteen even steps in each doubling of a latency in microseconds,
// without logarithms, which not every machine rounds alike.
func bucketOf(latency time.Duration) int {
	micros := uint64(max(0, latency) / time.Microsecond)
	if micros < 16 {
		return int(micros)
	}
	exponent := bits.Len64(micros) - 5
	return exponent*16 + int(micros>>exponent)
}

// upper is the lowest latency of the next bucket.
func upper(bucket int) time.Duration {
	bucket++
	if bucket < 32 {
		return time.Duration(bucket) * time.Microsecond
	}
	exponent := bucket/16 - 1
	return time.Duration(16+bucket%16) << exponent * time.Microsecond
}
