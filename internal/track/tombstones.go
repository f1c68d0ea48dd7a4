// SPDX-License-Identifier: Apache-2.0

package track

import (
	"encoding/binary"

	"github.com/hopstamp/hopstamp/internal/span"
)

// tombstones remember the traces whose journeys were settled and let go of, so
// that a request sent a second time does not count its messages a second time.
// Two generations: a trace is remembered for at least one span of time and at most
// two, and forgetting is dropping a map.
type tombstones struct {
	young, old map[uint64]struct{}
	age        int64 // nanoseconds of log time a generation lasts
	limit      int   // traces a generation holds; a full one is retired early
	born       int64 // log time at which the young one began
}

func newTombstones(age int64, limit int) tombstones {
	return tombstones{young: map[uint64]struct{}{}, old: map[uint64]struct{}{}, age: age, limit: limit}
}

func (t *tombstones) add(trace span.TraceID, now int64) {
	if now-t.born >= t.age || len(t.young) >= t.limit {
		t.old, t.young, t.born = t.young, map[uint64]struct{}{}, now
	}
	t.young[fingerprint(trace)] = struct{}{}
}

func (t *tombstones) has(trace span.TraceID) bool {
	if len(t.young) == 0 && len(t.old) == 0 {
		return false
	}
	key := fingerprint(trace)
	if _, ok := t.young[key]; ok {
		return true
	}
	_, ok := t.old[key]
	return ok
}

// fingerprint folds a trace id to 64 bits. Senders draw trace ids at random (W3C
// Trace Context level 2 asks for it of the lower 56 bits), so both halves are mixed.
func fingerprint(trace span.TraceID) uint64 {
	high, low := binary.BigEndian.Uint64(trace[:8]), binary.BigEndian.Uint64(trace[8:])
	return high*0x9e3779b97f4a7c15 ^ low
}
