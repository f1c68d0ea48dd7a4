// SPDX-License-Identifier: Apache-2.0

package track

// A stamp belongs to the journeys that begin above it: up its parents to the top of
// its trace and, where one of them is linked, on in the traces linked to. A new
// stamp may change what is known of those journeys and of no others.

// mark asks for a review of the group and of every journey that the stamp is part of.
func (t *Tracker) mark(g, s uint32) {
	t.markGroup(g)
	if !t.groups.at(g).linked {
		return
	}
	t.marks = append(t.marks[:0], s)
	for len(t.marks) > 0 {
		last := len(t.marks) - 1
		s := t.marks[last]
		t.marks = t.marks[:last]
		t.markUp(s)
	}
}

func (t *Tracker) markGroup(g uint32) {
	group := t.groups.at(g)
	group.touched, group.settleAt = t.now, 0
	if group.rests {
		t.unplan(group)
	}
	if !group.dirty {
		group.dirty = true
		t.dirty = append(t.dirty, g)
	}
}

// markUp walks from a stamp to the top of its trace, and follows the links on the
// way. It stops where somebody went on in this step, so circles end too. What is above a
// consumer that leaves for another message is of that no longer, and may have been the call
// that handed it over (see push.go).
func (t *Tracker) markUp(s uint32) {
	for s != 0 {
		stamp := t.stamps.at(s)
		if stamp.marked {
			return
		}
		stamp.marked = true
		t.marked = append(t.marked, s)
		t.markLinks(stamp)
		if stamp.up != 0 && t.sends(s) && t.leaves(stamp, t.stamps.at(stamp.up)) && !t.tellsBelow(stamp) {
			return
		}
		s = stamp.up
	}
}

func (t *Tracker) markLinks(stamp *stamp) {
	for e := stamp.edges; e != 0; {
		edge := t.edges.At(e)
		if e = edge.nextOfStamp; edge.to == 0 {
			continue
		}
		if edge.seeks != 0 {
			t.doubtEdge(edge) // what is new may close a circle
		}
		t.markGroup(edge.to)
		if target := t.find(edge.to, t.groups.at(edge.to), edge.target, 0); target != 0 {
			t.marks = append(t.marks, target)
		}
	}
}

// unmark ends a step.
func (t *Tracker) unmark() {
	for _, s := range t.marked {
		t.stamps.at(s).marked = false
	}
	t.marked = t.marked[:0]
}
