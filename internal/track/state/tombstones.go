// SPDX-License-Identifier: Apache-2.0

package state

import (
	"encoding/binary"

	"github.com/hopstamp/hopstamp/internal/flat"
	"github.com/hopstamp/hopstamp/internal/span"
)

// Tombstones remember the traces whose journeys were settled and let go of, so
// that a request sent a second time does not count its messages a second time. A trace
// that was part of messages of other traces may come again and continue more of them; of
// it the spans are remembered. Two generations: a trace is remembered for at least one
// span of time and at most two, and forgetting is dropping a table.
type Tombstones struct {
	Young, Old *flat.Table
	age        int64 // nanoseconds of log time a generation lasts
	limit      int   // traces and spans a generation holds; a full one is retired early
	born       int64 // log time at which the young one began
}

// What is said of a trace that was let go of.
const (
	Wholly   = 0       // all that comes of it is late; else it is the partitions to relay it to, and
	Partly   = 1 << 16 // that it was of messages: its spans are remembered
	mostSaid = 2 * Partly
)

// maxGraves are those that a generation holds: 16 million, or 270 MB.
const maxGraves = 16 << 20

func newTombstones(age int64, limit int) Tombstones {
	return Tombstones{Young: &flat.Table{}, Old: &flat.Table{}, age: age, limit: limit}
}

// Add remembers a trace, and what is said of it.
func (t *Tombstones) Add(trace *span.TraceID, says uint32, now int64) {
	t.set(Fingerprint(*trace), says, now)
}

// AddSpan remembers a span of a trace that was of messages.
func (t *Tombstones) AddSpan(trace *span.TraceID, id *span.ID, event uint16, now int64) {
	t.set(spanKey(trace, id, event), Wholly, now)
}

func (t *Tombstones) set(key uint64, says uint32, now int64) {
	if now-t.born >= t.age || t.Young.Len() >= t.limit {
		t.Old, t.Young, t.born = t.Young, &flat.Table{}, now
	}
	t.Young.Set(key, says+1) // a table holds no 0
}

// Has tells whether a trace is remembered, and what was said about it last.
func (t *Tombstones) Has(trace *span.TraceID) (says uint32, ok bool) {
	return t.get(Fingerprint(*trace))
}

// HasSpan tells whether the span of a record is remembered.
func (t *Tombstones) HasSpan(r *span.Record) bool {
	_, ok := t.get(spanKey(&r.Trace, &r.Span, r.Event))
	return ok
}

func (t *Tombstones) get(key uint64) (says uint32, ok bool) {
	if t.Young.Len() == 0 && t.Old.Len() == 0 {
		return 0, false
	}
	said := t.Young.Get(key)
	if said == 0 {
		said = t.Old.Get(key)
	}
	if said == 0 {
		return 0, false
	}
	return said - 1, true
}

func (t *Tombstones) bytes() int64 { return t.Young.Bytes() + t.Old.Bytes() }

// Fingerprint folds a trace id to 64 bits. Senders draw trace ids at random (W3C
// Trace Context level 2 asks for it of the lower 56 bits), so both halves are mixed.
func Fingerprint(trace span.TraceID) uint64 {
	high, low := binary.BigEndian.Uint64(trace[:8]), binary.BigEndian.Uint64(trace[8:])
	return high*0x9e3779b97f4a7c15 ^ low
}

// spanKey folds what names a span, or an event of it, to 64 bits. The trace is mixed once
// more: a span must not be taken for a trace where a sender counts its ids from 1.
func spanKey(trace *span.TraceID, id *span.ID, event uint16) uint64 {
	return (flat.Mix(Fingerprint(*trace))^binary.BigEndian.Uint64(id[:]))*0x9e3779b97f4a7c15 + uint64(event)
}
