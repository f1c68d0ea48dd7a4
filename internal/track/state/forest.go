// SPDX-License-Identifier: Apache-2.0

package state

import "github.com/hopstamp/hopstamp/internal/span"

// The stamps of a group form a forest that grows in any order: a stamp waits among
// the tops of its group until its parent comes and adopts it. A circle of parents
// hangs under no top, so it belongs to no journey.

// Place names a stamp of an indexed group or, with event waits, that some stamps
// of the group wait for the span.
type Place struct {
	span  span.ID
	group uint32
	event uint32
}

const (
	waits = 1 << 16 // no event has this number
	// FewStamps is the size of a group up to which walking it beats an index.
	FewStamps = 32
	// placeBytes is about what a place takes: a map's entry is twice its key and value.
	placeBytes = 2 * (16 + 4)
)

// Find gives the stamp of a span or of one of its events; 0 when it is not here.
func (st *State) Find(g uint32, group *Group, id span.ID, event uint16) uint32 {
	if group.indexed {
		return st.Places[Place{id, g, uint32(event)}]
	}
	for s := group.Stamps; s != 0; {
		stamp := st.Stamps.At(s)
		if stamp.Span == id && stamp.Event == event {
			return s
		}
		s = stamp.Next
	}
	return 0
}

// Index remembers where a stamp is, once its group has more than a few.
func (st *State) Index(g uint32, group *Group, s uint32) {
	if group.indexed {
		stamp := st.Stamps.At(s)
		st.Places[Place{stamp.Span, g, uint32(stamp.Event)}] = s
		return
	}
	if group.Count > FewStamps {
		st.indexAll(g, group)
	}
}

// indexAll remembers where all stamps of a group are, and what they wait for.
func (st *State) indexAll(g uint32, group *Group) {
	group.indexed = true
	for s := group.Stamps; s != 0; {
		stamp := st.Stamps.At(s)
		st.Places[Place{stamp.Span, g, uint32(stamp.Event)}] = s
		if stamp.Up == 0 {
			st.Places[Place{stamp.Parent, g, waits}] = s
		}
		s = stamp.Next
	}
}

// ForgetPlaces takes a group out of the index.
func (st *State) ForgetPlaces(g uint32, group *Group) {
	for s := group.Stamps; s != 0 && group.indexed; {
		stamp := st.Stamps.At(s)
		delete(st.Places, Place{stamp.Span, g, uint32(stamp.Event)})
		delete(st.Places, Place{stamp.Parent, g, waits})
		s = stamp.Next
	}
}

// Attach hangs a stamp under its parent, or among the tops while that is missing.
// One that names itself its parent has none.
func (st *State) Attach(g uint32, group *Group, s uint32) {
	stamp := st.Stamps.At(s)
	stamp.Up = 0
	if stamp.Parent != (span.ID{}) && (stamp.Parent != stamp.Span || stamp.Event != 0) {
		stamp.Up = st.Find(g, group, stamp.Parent, 0)
	}
	list := st.listOf(group, stamp)
	stamp.Sibling, *list = *list, s
	if group.indexed && stamp.Up == 0 {
		st.Places[Place{stamp.Parent, g, waits}] = s
	}
}

// listOf is the head of the list that a stamp is in.
func (st *State) listOf(group *Group, stamp *Stamp) *uint32 {
	switch {
	case stamp.Up != 0:
		return &st.Stamps.At(stamp.Up).Child
	case stamp.Linked:
		return &group.Loose
	}
	return &group.Tops
}

// Detach takes a stamp out of the forest, with what hangs under it.
func (st *State) Detach(group *Group, s uint32) {
	stamp := st.Stamps.At(s)
	link := st.listOf(group, stamp)
	for *link != s {
		link = &st.Stamps.At(*link).Sibling
	}
	*link = stamp.Sibling
	stamp.Up, stamp.Sibling = 0, 0
}

// Awaited tells whether some stamp may wait for the span.
func (st *State) Awaited(g uint32, group *Group, id span.ID) bool {
	if !group.indexed {
		return true
	}
	wanted := Place{id, g, waits}
	_, ok := st.Places[wanted]
	delete(st.Places, wanted)
	return ok
}
