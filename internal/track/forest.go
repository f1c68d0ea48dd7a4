// SPDX-License-Identifier: Apache-2.0

package track

import "github.com/hopstamp/hopstamp/internal/span"

// The stamps of a group form a forest that grows in any order: a stamp waits among
// the tops of its group until its parent comes and adopts it. A circle of parents
// hangs under no top, so it belongs to no journey.

// place names a stamp of an indexed group or, with event waits, that some stamps
// of the group wait for the span.
type place struct {
	span  span.ID
	group uint32
	event uint32
}

const (
	waits = 1 << 16 // no event has this number
	// fewStamps is the size of a group up to which walking it beats an index.
	fewStamps = 32
	// placeBytes is about what a place takes: a map's entry is twice its key and value.
	placeBytes = 2 * (16 + 4)
)

// find gives the stamp of a span or of one of its events; 0 when it is not here.
func (t *State) find(g uint32, group *group, id span.ID, event uint16) uint32 {
	if group.indexed {
		return t.places[place{id, g, uint32(event)}]
	}
	for s := group.stamps; s != 0; {
		stamp := t.stamps.at(s)
		if stamp.span == id && stamp.event == event {
			return s
		}
		s = stamp.next
	}
	return 0
}

// index remembers where a stamp is, once its group has more than a few.
func (t *State) index(g uint32, group *group, s uint32) {
	if group.indexed {
		stamp := t.stamps.at(s)
		t.places[place{stamp.span, g, uint32(stamp.event)}] = s
		return
	}
	if group.count > fewStamps {
		t.indexAll(g, group)
	}
}

// indexAll remembers where all stamps of a group are, and what they wait for.
func (t *State) indexAll(g uint32, group *group) {
	group.indexed = true
	for s := group.stamps; s != 0; {
		stamp := t.stamps.at(s)
		t.places[place{stamp.span, g, uint32(stamp.event)}] = s
		if stamp.up == 0 {
			t.places[place{stamp.parent, g, waits}] = s
		}
		s = stamp.next
	}
}

// forgetPlaces takes a group out of the index.
func (t *State) forgetPlaces(g uint32, group *group) {
	for s := group.stamps; s != 0 && group.indexed; {
		stamp := t.stamps.at(s)
		delete(t.places, place{stamp.span, g, uint32(stamp.event)})
		delete(t.places, place{stamp.parent, g, waits})
		s = stamp.next
	}
}

// attach hangs a stamp under its parent, or among the tops while that is missing.
// One that names itself its parent has none.
func (t *State) attach(g uint32, group *group, s uint32) {
	stamp := t.stamps.at(s)
	stamp.up = 0
	if stamp.parent != (span.ID{}) && (stamp.parent != stamp.span || stamp.event != 0) {
		stamp.up = t.find(g, group, stamp.parent, 0)
	}
	list := t.listOf(group, stamp)
	stamp.sibling, *list = *list, s
	if group.indexed && stamp.up == 0 {
		t.places[place{stamp.parent, g, waits}] = s
	}
}

// listOf is the head of the list that a stamp is in.
func (t *State) listOf(group *group, stamp *stamp) *uint32 {
	switch {
	case stamp.up != 0:
		return &t.stamps.at(stamp.up).child
	case stamp.linked:
		return &group.loose
	}
	return &group.tops
}

// detach takes a stamp out of the forest, with what hangs under it.
func (t *State) detach(group *group, s uint32) {
	stamp := t.stamps.at(s)
	link := t.listOf(group, stamp)
	for *link != s {
		link = &t.stamps.at(*link).sibling
	}
	*link = stamp.sibling
	stamp.up, stamp.sibling = 0, 0
}

// adopt takes under a new stamp those that waited for it, spans and links.
func (t *Tracker) adopt(g uint32, group *group, s uint32) {
	stamp := t.stamps.at(s)
	if stamp.event != 0 {
		return
	}
	if stamp.span != (span.ID{}) && t.awaited(g, group, stamp.span) {
		t.adoptFrom(&group.tops, s, stamp)
		t.adoptFrom(&group.loose, s, stamp)
		t.markAdopted(g, stamp)
		if group.converses && stamp.child != 0 {
			t.stirGroup(group)
		}
		if group.seeking && stamp.child != 0 {
			t.rouse(g, group)
		}
	}
	for link := &group.dangling; *link != 0; {
		e := *link
		edge := t.edges.At(e)
		if edge.target != stamp.span {
			link = &edge.nextIn
			continue
		}
		*link = edge.nextIn
		edge.nextIn, stamp.in = stamp.in, e
		t.doubtOwn(t.stamps.at(t.startOf(edge)))
		t.stirLink(edge)
		if edge.from == g {
			t.markAbove(g, edge.stamp)
		}
	}
}

// awaited tells whether some stamp may wait for the span.
func (t *State) awaited(g uint32, group *group, id span.ID) bool {
	if !group.indexed {
		return true
	}
	wanted := place{id, g, waits}
	_, ok := t.places[wanted]
	delete(t.places, wanted)
	return ok
}

func (t *Tracker) adoptFrom(list *uint32, s uint32, stamp *stamp) {
	for link := list; *link != 0; {
		c := *link
		child := t.stamps.at(c)
		if child.parent != stamp.span || c == s {
			link = &child.sibling
			continue
		}
		*link = child.sibling
		child.up, child.sibling, stamp.child = s, stamp.child, c
		t.doubtOwn(child)
	}
}
