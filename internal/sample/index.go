// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"encoding/binary"
	"math/bits"

	"github.com/hopstamp/hopstamp/internal/span"
)

// Index tells by which decisions the spans of a log message are kept. It is asked about
// each span of the message, most of which are not kept, so the traces that are lie side
// by side in it, and a bit says of most others that they are not. Whoever copies has one,
// which [Index.Of] makes that of the next copy. It is not safe for concurrent use.
type Index struct {
	filter [64]uint64 // a bit for each trace that is kept: few, of the usual number of them
	places []place    // at least half of them free, so that the search for a trace soon ends
	shift  int        // of a scattered trace, down to a place
}

// place is where a trace is found: where its id scatters it to, or in a place behind,
// of which none before is free.
type place struct {
	trace span.TraceID
	kept  *Kept // nil: the place is free
}

// Of makes the index that of a copy.
func (x *Index) Of(c *Copy) *Index {
	traces := 0
	for _, kept := range c.Kept {
		traces += len(kept.Traces)
	}
	x.resize(2 * traces)
	clear(x.filter[:])
	for _, kept := range c.Kept {
		for _, trace := range kept.Traces {
			at := scattered(trace)
			x.filter[at>>6%64] |= 1 << (at % 64)
			if p := x.place(trace, at); p.kept == nil || kept.Threshold < p.kept.Threshold {
				*p = place{trace, kept}
			}
		}
	}
	return x
}

// Wanted is the decision by which the spans of a trace are kept at the copy's position;
// nil: they are not. Of several decisions it is the most certain one.
func (x *Index) Wanted(trace span.TraceID) *Kept {
	at := scattered(trace)
	if x.filter[at>>6%64]>>(at%64)&1 == 0 {
		return nil
	}
	return x.place(trace, at).kept
}

// resize frees at least so many places, a power of two.
func (x *Index) resize(atLeast int) {
	power := bits.Len(uint(atLeast))
	if size := 1 << power; size > cap(x.places) {
		x.places = make([]place, size)
	} else {
		x.places = x.places[:size]
		clear(x.places)
	}
	x.shift = 64 - power
}

// place is where a trace is that is scattered somewhere, or would be.
func (x *Index) place(trace span.TraceID, scattered uint64) *place {
	at := int(scattered >> x.shift)
	for {
		p := &x.places[at]
		if p.kept == nil || p.trace == trace {
			return p
		}
		at = (at + 1) & (len(x.places) - 1)
	}
}

// scattered makes a number of a trace id all of whose bits depend on all of the id, which
// need not be random everywhere.
func scattered(trace span.TraceID) uint64 {
	high, low := bits.Mul64(binary.LittleEndian.Uint64(trace[:8])^0x9e3779b97f4a7c15, binary.LittleEndian.Uint64(trace[8:])^0xff51afd7ed558ccd)
	return high ^ low
}
