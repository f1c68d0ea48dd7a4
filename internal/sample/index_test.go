// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"math/rand/v2"
	"testing"

	"github.com/hopstamp/hopstamp/internal/span"
)

// One index after the other finds what a look at all decisions finds, whether or not ids
// are random, and when several decisions share a trace.
func TestIndexFindsTheSurestDecision(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 3))
	number := func() (id span.TraceID) { id[random.IntN(16)] = byte(random.IntN(40)); return id }
	draw := func() (id span.TraceID) {
		for i := range id {
			id[i] = byte(random.Uint32())
		}
		return id
	}
	var index Index
	found, shared := 0, 0
	for round := range 300 {
		id := []func() span.TraceID{number, draw}[round%2]
		c, traces := Copy{}, []span.TraceID{id(), id()}
		for range random.IntN(60) {
			kept := &Kept{Threshold: Threshold(random.IntN(3))}
			for range 1 + random.IntN(3) {
				kept.Traces = append(kept.Traces, id())
				traces = append(traces, id(), kept.Traces[len(kept.Traces)-1])
			}
			c.Kept = append(c.Kept, kept)
		}
		index.Of(&c)
		for _, trace := range traces {
			want, of := surest(&c, trace)
			if got := index.Wanted(trace); got != want {
				t.Fatalf("round %d: %x is kept by %+v, must be %+v", round, trace, got, want)
			}
			if of > 0 {
				found++
			}
			if of > 1 {
				shared++
			}
		}
	}
	if found < 1000 || shared < 1000 {
		t.Errorf("%d traces were found, %d of them of several decisions: this proves too little", found, shared)
	}
}

// surest looks at all decisions for the first of the surest ones about a trace.
func surest(c *Copy, trace span.TraceID) (wanted *Kept, of int) {
	for _, kept := range c.Kept {
		for _, one := range kept.Traces {
			if one != trace {
				continue
			}
			if of++; wanted == nil || kept.Threshold < wanted.Threshold {
				wanted = kept
			}
		}
	}
	return wanted, of
}
