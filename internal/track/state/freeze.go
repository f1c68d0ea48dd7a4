// SPDX-License-Identifier: Apache-2.0

package state

import (
	"encoding/binary"

	"github.com/hopstamp/hopstamp/internal/flat"
)

// Freeze writes an open group into a slot, if there is one that is large enough.
func (st *State) Freeze(group *Group) {
	if int(group.Count)*leastStamp > flat.LargestSlot {
		return
	}
	st.scratch = st.Encode(st.scratch[:0], group)
	ref := st.Groups.Frozen.Alloc(len(st.scratch))
	if ref == 0 {
		return
	}
	copy(st.Groups.Frozen.Slot(ref), st.scratch)
	g := group.Number
	st.ForgetPlaces(g, group)
	for s := group.Stamps; s != 0; {
		stamp := st.Stamps.At(s)
		st.Texts.Release(stamp.Texts)
		for e := stamp.Edges; e != 0; e = st.Edges.At(e).NextOfStamp {
			st.Edges.At(e).Stamp = 0
		}
		next := stamp.Next
		st.Stamps.Release(s)
		s = next
	}
	for e := group.Told; e != 0; {
		known := st.Told.At(e)
		next := known.Next
		st.Texts.Release(known.Label)
		st.Told.Release(e)
		e = next
	}
	st.Groups.fold(g, ref)
}

// thaw gives a frozen group its records back.
func (st *State) thaw(g uint32) *Group {
	home := st.Groups.homes.At(g)
	slot := home.slot()
	group := st.Groups.Unfold(g, home)
	c := newCursor(st.Groups.Frozen.Slot(slot))
	st.decode(&c, group)
	st.Groups.Frozen.Release(slot)
	st.Thawed = append(st.Thawed, g)
	return group
}

// Postpone plans a frozen group that waits for a later moment for that, without thawing
// it. It gives the moment; 0: the group is open, or its time has come.
func (st *State) Postpone(g uint32) int64 {
	if !st.Groups.IsFrozen(g) {
		return 0
	}
	slot := st.Groups.Frozen.Slot(st.Groups.homes.At(g).slot())
	c := newCursor(slot)
	var group Group
	c.head(&group)
	at := Earliest(group.Look, group.SettleAt)
	if at <= st.LogTime || group.Rests {
		return 0
	}
	binary.LittleEndian.PutUint64(slot[frozenDue:], uint64(at))
	return at
}
