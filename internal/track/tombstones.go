// SPDX-License-Identifier: Apache-2.0

package track

import (
	"encoding/binary"

	"github.com/hopstamp/hopstamp/internal/flat"
	"github.com/hopstamp/hopstamp/internal/span"
)

// tombstones remember the traces whose journeys were settled and let go of, so
// that a request sent a second time does not count its messages a second time. A trace
// that was part of messages of other traces may come again and continue more of them; of
// it the spans are remembered. Two generations: a trace is remembered for at least one
// span of time and at most two, and forgetting is dropping a table.
type tombstones struct {
	young, old *flat.Table
	age        int64 // nanoseconds of log time a generation lasts
	limit      int   // traces and spans a generation holds; a full one is retired early
	born       int64 // log time at which the young one began
}

// What is said of a trace that was let go of.
const (
	wholly   = 0       // all that comes of it is late; else it is the partitions to relay it to, and
	partly   = 1 << 16 // that it was of messages: its spans are remembered
	mostSaid = 2 * partly
)

// maxGraves are those that a generation holds: 16 million, or 270 MB.
const maxGraves = 16 << 20

func newTombstones(age int64, limit int) tombstones {
	return tombstones{young: &flat.Table{}, old: &flat.Table{}, age: age, limit: limit}
}

func (t *tombstones) add(trace *span.TraceID, says uint32, now int64) {
	t.set(fingerprint(*trace), says, now)
}

func (t *tombstones) addSpan(trace *span.TraceID, id *span.ID, event uint16, now int64) {
	t.set(spanKey(trace, id, event), wholly, now)
}

func (t *tombstones) set(key uint64, says uint32, now int64) {
	if now-t.born >= t.age || t.young.Len() >= t.limit {
		t.old, t.young, t.born = t.young, &flat.Table{}, now
	}
	t.young.Set(key, says+1) // a table holds no 0
}

// has tells whether a trace is remembered, and what was said about it last.
func (t *tombstones) has(trace *span.TraceID) (says uint32, ok bool) {
	return t.get(fingerprint(*trace))
}

// hasSpan tells whether the span of a record is remembered.
func (t *tombstones) hasSpan(r *span.Record) bool {
	_, ok := t.get(spanKey(&r.Trace, &r.Span, r.Event))
	return ok
}

func (t *tombstones) get(key uint64) (says uint32, ok bool) {
	if t.young.Len() == 0 && t.old.Len() == 0 {
		return 0, false
	}
	said := t.young.Get(key)
	if said == 0 {
		said = t.old.Get(key)
	}
	if said == 0 {
		return 0, false
	}
	return said - 1, true
}

func (t *tombstones) bytes() int64 { return t.young.Bytes() + t.old.Bytes() }

// fingerprint folds a trace id to 64 bits. Senders draw trace ids at random (W3C
// Trace Context level 2 asks for it of the lower 56 bits), so both halves are mixed.
func fingerprint(trace span.TraceID) uint64 {
	high, low := binary.BigEndian.Uint64(trace[:8]), binary.BigEndian.Uint64(trace[8:])
	return high*0x9e3779b97f4a7c15 ^ low
}

// spanKey folds what names a span, or an event of it, to 64 bits. The trace is mixed once
// more: a span must not be taken for a trace where a sender counts its ids from 1.
func spanKey(trace *span.TraceID, id *span.ID, event uint16) uint64 {
	return (flat.Mix(fingerprint(*trace))^binary.BigEndian.Uint64(id[:]))*0x9e3779b97f4a7c15 + uint64(event)
}
