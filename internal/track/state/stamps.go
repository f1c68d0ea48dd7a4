// SPDX-License-Identifier: Apache-2.0

package state

import (
	"bytes"
	"cmp"
	"math"

	"github.com/hopstamp/hopstamp/internal/flat"
	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// Stamp is one record, without its texts and repeated parts. Stamps of a trace are
// a forest: each hangs under its parent span, if that is here.
type Stamp struct {
	Start, End   int64
	Span, Parent span.ID
	Position     journey.Position
	Next         uint32 // in the group
	Up           uint32 // its parent; 0 while that is not here
	Child        uint32 // the first below it, the others by Sibling
	Sibling      uint32
	Edges        uint32 // its links, by Edge.NextOfStamp
	Own          uint32 // the one of them by which it seeks by itself what it continues
	In           uint32 // links to it, by Edge.NextIn
	Profile      uint32
	Texts        TextRef
	Gathered     uint32 // in which assessment it was last
	Recipients   uint32
	Retry, Event uint16
	Links        uint16 // that it has or had; more than one make it a batch
	Batch        uint16 // messages that it covers, as the sender says
	Dimensions   uint8  // those of Dims that are said, by bit
	Linked       bool   // a link or a name says what it continues, even if that is gone by now
	Lossy        bool   // it lost links to messages that it covers
	Marked       bool   // the journeys above it are marked in the step under way
	Dims         [span.NumDims]span.Symbol
}

// Shared is the number of messages that a stamp covers.
func (s *Stamp) Shared() int { return int(max(s.Links, s.Batch)) }

// Plain tells whether nothing joins a stamp to others than its parent, and it covers no
// more than one message.
func (s *Stamp) Plain() bool {
	return s.Edges|s.In == 0 && !s.Linked && s.Links == 0 && s.Batch <= 1 && s.Retry <= math.MaxUint8 && s.Recipients <= math.MaxUint8
}

// Bounds of what a sender may announce.
const (
	MaxRecipients = 100_000
	MaxRetry      = math.MaxUint16
	MaxBatch      = math.MaxUint16
)

// SaidBy are the texts of a record.
func SaidBy(r *span.Record) IDs {
	return IDs{r.Key, r.MessageID, r.Conversation, r.Recipient, r.Coordinate}
}

// CompareStamps orders stamps of any groups by when they were and by their ids.
func (st *State) CompareStamps(g, s, otherGroup, otherStamp uint32) int {
	x, y := st.Stamps.At(s), st.Stamps.At(otherStamp)
	if order := cmp.Compare(x.Start, y.Start); order != 0 {
		return order
	}
	if g != otherGroup {
		one, other := st.Groups.At(g).Trace, st.Groups.At(otherGroup).Trace
		return bytes.Compare(one[:], other[:])
	}
	return cmp.Or(bytes.Compare(x.Span[:], y.Span[:]), cmp.Compare(x.Event, y.Event))
}

// Stamps holds those of a group side by side, in runs, because they are always
// looked at together: a run is fetched into the processor's cache as a whole. The
// number of a stamp is that of its run, times runLength, and its place in it.
type Stamps struct{ Runs flat.Slab[stampRun] }

type stampRun [runLength]Stamp

const runLength = 4

// Alloc makes a stamp in a group whose newest is the one given.
func (st *Stamps) Alloc(newest uint32) (uint32, *Stamp) {
	if next := newest + 1; next%runLength != 0 && newest != 0 {
		return next, st.At(next)
	}
	run, stamps := st.Runs.Alloc()
	return run * runLength, &stamps[0]
}

// At is a stamp by its number.
func (st *Stamps) At(s uint32) *Stamp { return &st.Runs.At(s / runLength)[s%runLength] }

// Release takes the stamps of a group back, which have to be named from the newest
// to the oldest: the first of a run, which is named last, gives it back.
func (st *Stamps) Release(s uint32) {
	if s%runLength == 0 {
		st.Runs.Release(s / runLength)
	}
}
