// SPDX-License-Identifier: Apache-2.0

package track

import (
	"math"
	"unsafe"

	"github.com/hopstamp/hopstamp/internal/flat"
	"github.com/hopstamp/hopstamp/internal/journey"
)

// What ended well is let go of when nothing more came for a while. What did not may be
// corrected for much longer: a dead letter is driven back the next morning, the spans
// of a consumer were on a disk without a network. Its rows are written when they always
// were, and then its group rests: frozen, with all that joined it, and no deadline but
// the end of its rest. When something comes that says more, the rows that may have become
// wrong are taken back, and written anew when the journey has settled again.
//
// Memory bounds the rests, by what is held counted in a way that a restart does not
// change (load): past the bound those that rest longest go first, and are counted.

// mayRest tells whether a group is to be held on when it has settled.
func (t *Tracker) mayRest(group *group) bool { return group.heldUntil > t.now }

// mayCorrect tells whether what comes much later may change a verdict.
func mayCorrect(v journey.Verdict) bool { return v.Bad() || v == journey.Unverifiable }

// written tells whether there is a row of everything that was told of a group.
func (t *Tracker) written(group *group) bool {
	for e := group.told; e != 0; {
		known := t.told.At(e)
		if !known.written {
			return false
		}
		e = known.next
	}
	return true
}

// extend sets until when a group is held whose rows were just written.
func (t *Tracker) extend(g uint32) {
	group := t.groups.at(g)
	before := group.heldUntil
	if !group.held {
		group.heldUntil = 0
	}
	switch {
	case t.restsForItself(group):
		group.heldUntil = max(group.heldUntil, group.settleAt+int64(t.options.LingerFailed-t.options.Linger))
		t.holdJoined(g)
	case before > t.now:
		t.endHold(g)
	}
}

// restsForItself tells whether something that was told of a group may be corrected.
func (t *Tracker) restsForItself(group *group) bool {
	for e := group.told; e != 0; e = t.told.At(e).next {
		if mayCorrect(t.told.At(e).tally.Verdict) {
			return true
		}
	}
	return false
}

// restAll keeps the groups that would leave together, because one of them rests. The
// others wait for it, or go alone.
func (t *Tracker) restAll() {
	t.labelRows()
	for _, g := range t.leaving {
		group := t.groups.at(g)
		group.leaving = false
		if t.mayRest(group) {
			t.rest(g, group)
		} else {
			t.plan(g)
		}
	}
}

// stays writes the rows of a group that waited for others only, and lets it rest if it
// may be corrected.
func (t *Tracker) stays(g uint32) bool {
	t.writing = t.writing[:0]
	t.writeRows(g)
	group := t.groups.at(g)
	if !t.mayRest(group) {
		return false
	}
	t.labelRows()
	group.leaving = false
	t.rest(g, group)
	return true
}

// labelRows remembers by what names the rows just written are known, and what they say of
// the way of their kind: when more becomes known, a delivery may have others.
func (t *Tracker) labelRows() {
	for _, w := range t.writing {
		row := &t.effects.Settled[w.row]
		label := ids{key: row.Key, recipient: row.ID[len(row.Key)+1:], coordinate: t.packWay(w, row.Hops)}
		if row.Trace != w.trace {
			label.conversation = string(row.Trace[:])
		}
		w.known.label = t.texts.keep(label)
		t.textBytes += t.texts.size(w.known.label)
	}
}

func (t *Tracker) rest(g uint32, group *group) {
	t.unplan(group)
	if t.ours(group) {
		t.holdSought(g, group, t.leaseOfRest(group))
	}
	group.rests, group.settleAt, group.due = true, group.heldUntil, group.heldUntil
	t.resting++
	t.rests.Push(flat.Timer{At: group.due, Group: g})
	t.thawed = append(t.thawed, g) // to be frozen at once
}

// unplan forgets when a group would be looked at next.
func (t *Tracker) unplan(group *group) {
	switch {
	case group.rests:
		group.rests = false
		t.resting--
	case group.due != 0:
		t.planned--
	}
	group.due = 0
}

// endRests ends the rests that lasted long enough, and the longest ones when memory is
// short: some in each step, so that none takes long.
func (t *Tracker) endRests() {
	for next, ok := t.rests.Pop(t.now); ok; next, ok = t.rests.Pop(t.now) {
		if !t.restsLonger(next) {
			t.endRest(next)
		}
	}
	for evicted := 0; evicted < mostEvicted && t.crowded(); {
		next, ok := t.rests.Pop(math.MaxInt64)
		if !ok {
			return
		}
		if t.endRest(next) {
			evicted++
			t.counts.Evicted++
		}
	}
}

const mostEvicted = 1 << 14

// crowded tells whether something that rests has to go.
func (t *Tracker) crowded() bool {
	return t.resting > 0 && t.options.MaxBytes > 0 && t.load() > t.options.MaxBytes
}

// restOf is the group that rests until a time; nil when it does not any more.
func (t *Tracker) restOf(next flat.Timer) *group {
	if t.groups.due(next.Group) != next.At {
		return nil
	}
	if group := t.groups.at(next.Group); group.rests {
		return group
	}
	return nil
}

// endRest answers false when the group does not rest any more since then.
func (t *Tracker) endRest(next flat.Timer) bool {
	group := t.restOf(next)
	if group == nil {
		return false
	}
	t.unplan(group)
	group.settleAt, group.heldUntil = t.now, 0
	t.settle(next.Group)
	t.refreeze()
	return true
}

// takeBack tells that the row of a delivery does not hold any more: one with its name,
// and without a verdict.
func (t *Tracker) takeBack(group *group, known *told) {
	texts := t.texts.read(known.label)
	known.written, known.again, known.updated = false, true, max(t.now, known.updated+1)
	id, trace := t.assessor.keep(texts.key+"/"+texts.recipient), group.trace
	copy(trace[:], texts.conversation) // of what began it, when that is another
	t.effects.Settled = append(t.effects.Settled, journey.Delivery{
		ID: id, Key: id[:len(texts.key)], Trace: trace, Started: known.started, Updated: known.updated, Corrected: true,
	})
	t.takeBackWay(known, texts.coordinate)
	t.unlabel(known)
}

func (t *Tracker) unlabel(known *told) {
	t.textBytes -= t.texts.size(known.label)
	t.texts.release(known.label)
	known.label = 0
}

// forget gives back what was told of a delivery that is let go of.
func (t *Tracker) forget(e uint32) {
	t.unlabel(t.told.At(e))
	t.told.Release(e)
	t.deliveries--
}

// load is about what the tracker takes in memory with everything frozen, from counts
// that are the same whatever is frozen and after every restart, unlike Bytes.
func (t *State) load() int64 {
	entries := t.traces.Len() + t.byID.Len() + t.offers.Len() + t.sought.Len() + t.graves.young.Len() + t.graves.old.Len()
	return int64(t.groups.live())*groupLoad + int64(t.held)*stampLoad + int64(t.deliveries)*toldLoad + t.textBytes + t.linkBytes +
		int64(entries)*entryLoad + int64(t.edges.Live())*int64(unsafe.Sizeof(edge{})) + int64(t.seeks.Live())*int64(unsafe.Sizeof(seek{}))
}

// What a group without its stamps, one of those, what was told of a delivery and an
// entry of a table take, on average.
const groupLoad, stampLoad, toldLoad, entryLoad = 56, 24, 24, 16
