// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"math/bits"

	"github.com/hopstamp/hopstamp/internal/span"
)

// traces are those that are kept, and by which decision. They are asked about each span
// and each message, nearly none of which is kept, and the map is too large for the cache.
// So a sieve that is small enough goes first: a trace that is here has set two bits of a
// word of it, which of the others few find set.
type traces struct {
	kept  map[span.TraceID]*Kept
	sieve []uint64 // a power of two of words
	shift int      // of a scattered trace, down to a word
	room  int      // for traces, until the sieve is made anew
}

// The sieve is made for twice the traces that there are, of which no more than perWord
// come to a word: then one in seven of the others passes, at first one in twenty.
const (
	perWord   = 16
	leastRoom = 64 * perWord
)

func newTraces() traces {
	t := traces{kept: map[span.TraceID]*Kept{}}
	t.renew()
	return t
}

// of is the decision by which a trace is kept; nil: it is not.
func (t *traces) of(trace span.TraceID) *Kept {
	if word, bits := t.sifted(trace); *word&bits != bits {
		return nil
	}
	return t.kept[trace]
}

func (t *traces) put(trace span.TraceID, kept *Kept) {
	t.kept[trace] = kept
	if t.room--; t.room < 0 {
		t.renew()
		return
	}
	t.mark(trace)
}

// remove leaves the trace's bits set, which others may share, until the sieve is made anew.
func (t *traces) remove(trace span.TraceID) { delete(t.kept, trace) }

// renew makes the sieve for the traces that there are.
func (t *traces) renew() {
	t.room = max(leastRoom, len(t.kept))
	power := bits.Len(uint(len(t.kept)+t.room-1) / perWord)
	t.sieve, t.shift = make([]uint64, 1<<power), 64-power
	for trace := range t.kept {
		t.mark(trace)
	}
}

func (t *traces) mark(trace span.TraceID) {
	word, bits := t.sifted(trace)
	*word |= bits
}

// sifted is the word of a trace, and its bits: other ones than choose the word.
func (t *traces) sifted(trace span.TraceID) (word *uint64, bits uint64) {
	h := scattered(trace)
	return &t.sieve[h>>t.shift], 1<<(h>>20&63) | 1<<(h>>26&63)
}
