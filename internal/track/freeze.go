// SPDX-License-Identifier: Apache-2.0

package track

import (
	"encoding/binary"
	"time"

	"github.com/hopstamp/hopstamp/internal/flat"
)

// Most messages in flight wait, and nothing happens to them for long. The group of
// one that was not touched for a moment is frozen: written into a few bytes (see
// encode.go), and its records are given back. Its number, its timer and its ids
// lead to it as before, and whoever asks for it gets it thawed. So freezing changes
// what a group costs and nothing else: neither an effect nor an order.
//
// One for which nothing more is expected stays open while there is room: it is about
// to be let go of, and to write and read it before that would cost more than it brings.
//
// Edges stay as they are. They name groups by number and spans by id; the stamp that
// one starts at has a number only while its group is open, see startOf. A group is
// looked at with those that edges join to it, so one that is large and has any edges,
// or has very many, stays open: it would be thawed for each of the others.

// idleBefore is how long a group is left alone before it is frozen.
const idleBefore = 2 * time.Second

// Groups that the hand passes: in a step a few, and three for each that began in it,
// so it comes around several times while as many begin as are open; in a tick, when
// there is time, many.
const sweepLeast, sweepEach, sweepTick = 16, 3, 4096

// sweep moves a hand over the open groups and freezes those that are idle.
func (t *Tracker) sweep(count int) {
	open, w := &t.groups.open, &t.warmed
	for left := min(count, int(open.Used())); left > 0; left -= warmAhead {
		w.refs = w.refs[:0]
		for range min(left, warmAhead) {
			if t.hand++; t.hand > open.Used() {
				t.hand = 1
			}
			if group := open.At(t.hand); group.number != 0 && t.idle(group) {
				w.refs = append(w.refs, group.number)
			}
		}
		t.warmHomes(w)
		t.warmStamps(w)
		for _, group := range w.open {
			t.freezeIdle(group)
		}
	}
}

// refreeze freezes what was thawed only to be looked at. Nobody may hold a pointer
// to a group or a stamp.
func (t *Tracker) refreeze() {
	for _, g := range t.thawed {
		if group := t.groups.ifOpen(g); group != nil {
			t.freezeIdle(group)
		}
	}
	t.thawed = t.thawed[:0]
}

// freezeIdle freezes a group that is idle.
func (t *Tracker) freezeIdle(group *group) {
	if t.idle(group) {
		t.freeze(group)
	}
}

// idle tells whether nobody works on a group, and it was left alone for long.
func (t *Tracker) idle(group *group) bool {
	if t.now-group.touched < int64(t.idleBefore) || group.dirty || group.leaving {
		return false
	}
	if edges := group.outs + group.ins; edges > 0 && max(edges, group.count) > fewStamps {
		return false
	}
	return group.settleAt == 0 || group.due == 0 || group.rests || t.groups.open.Live() > t.options.MaxOpen
}

// freeze writes an open group into a slot, if there is one that is large enough.
func (t *State) freeze(group *group) {
	if int(group.count)*leastStamp > flat.LargestSlot {
		return
	}
	t.scratch = t.encode(t.scratch[:0], group)
	ref := t.groups.frozen.Alloc(len(t.scratch))
	if ref == 0 {
		return
	}
	copy(t.groups.frozen.Slot(ref), t.scratch)
	g := group.number
	t.forgetPlaces(g, group)
	for s := group.stamps; s != 0; {
		stamp := t.stamps.at(s)
		t.texts.release(stamp.texts)
		for e := stamp.edges; e != 0; e = t.edges.At(e).nextOfStamp {
			t.edges.At(e).stamp = 0
		}
		next := stamp.next
		t.stamps.release(s)
		s = next
	}
	for e := group.told; e != 0; {
		known := t.told.At(e)
		next := known.next
		t.texts.release(known.label)
		t.told.Release(e)
		e = next
	}
	t.groups.fold(g, ref)
}

// thaw gives a frozen group its records back.
func (t *State) thaw(g uint32) *group {
	home := t.groups.homes.At(g)
	slot := home.slot()
	group := t.groups.unfold(g, home)
	c := newCursor(t.groups.frozen.Slot(slot))
	t.decode(&c, group)
	t.groups.frozen.Release(slot)
	t.thawed = append(t.thawed, g)
	return group
}

// postpone gives a frozen group whose time has not come really a new one, without
// thawing it. It answers false when there is something to do.
func (t *Tracker) postpone(g uint32) bool {
	at := t.State.postpone(g)
	if at != 0 {
		t.timers.Push(flat.Timer{At: at, Group: g})
	}
	return at != 0
}

// postpone plans a frozen group that waits for a later moment for that, without thawing
// it. It gives the moment; 0: the group is open, or its time has come.
func (t *State) postpone(g uint32) int64 {
	if !t.groups.isFrozen(g) {
		return 0
	}
	slot := t.groups.frozen.Slot(t.groups.homes.At(g).slot())
	c := newCursor(slot)
	var group group
	c.head(&group)
	at := earliest(group.look, group.settleAt)
	if at <= t.now || group.rests {
		return 0
	}
	binary.LittleEndian.PutUint64(slot[frozenDue:], uint64(at))
	return at
}
