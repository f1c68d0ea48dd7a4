// SPDX-License-Identifier: Apache-2.0

package track

import "github.com/hopstamp/hopstamp/internal/track/state"

// A stamp belongs to the journeys that begin above it: up its parents to the top of
// its trace and, where one of them is linked, on in the traces linked to. A new
// stamp may change what is known of those journeys and of no others.

// mark asks for a review of the group and of every journey that the stamp is part of.
func (t *Tracker) mark(g, s uint32) {
	t.markGroup(g)
	if !t.state.Groups.At(g).Linked {
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
	group := t.state.Groups.At(g)
	group.Touched, group.SettleAt = t.state.LogTime, 0
	if group.Rests {
		t.unplan(group)
	}
	if !group.Dirty {
		group.Dirty = true
		t.dirty = append(t.dirty, g)
	}
}

// markUp walks from a stamp to the top of its trace, and follows the links on the
// way. It stops where somebody went on in this step, so circles end too. What is above a
// consumer that leaves for another message is of that no longer, and may have been the call
// that handed it over (see push.go).
func (t *Tracker) markUp(s uint32) {
	for s != 0 {
		stamp := t.state.Stamps.At(s)
		if stamp.Marked {
			return
		}
		stamp.Marked = true
		t.marked = append(t.marked, s)
		t.markLinks(stamp)
		if stamp.Up != 0 && t.state.Sends(s) && t.state.Leaves(stamp, t.state.Stamps.At(stamp.Up)) && !t.tellsBelow(stamp) {
			return
		}
		s = stamp.Up
	}
}

func (t *Tracker) markLinks(stamp *state.Stamp) {
	for e := stamp.Edges; e != 0; {
		edge := t.state.Edges.At(e)
		if e = edge.NextOfStamp; edge.To == 0 {
			continue
		}
		t.doubtEdge(edge) // what is new may close a circle
		t.markGroup(edge.To)
		if target := t.state.Find(edge.To, t.state.Groups.At(edge.To), edge.Target, 0); target != 0 {
			t.marks = append(t.marks, target)
		}
	}
}

// unmark ends a step.
func (t *Tracker) unmark() {
	for _, s := range t.marked {
		t.state.Stamps.At(s).Marked = false
	}
	t.marked = t.marked[:0]
}

// tellsBelow tells whether a send stands where its parent is by some link of it, although
// others lead away: one that says of a message and leads nowhere, see addTold.
func (t *Tracker) tellsBelow(stamp *state.Stamp) bool {
	for e := stamp.Edges; e != 0; e = t.state.Edges.At(e).NextOfStamp {
		if edge := t.state.Edges.At(e); edge.To == 0 && edge.Text != 0 {
			return true
		}
	}
	return false
}

// markDrawn marks what those stand below whom a link draws to a stamp, or no longer.
func (t *Tracker) markDrawn(g, s uint32) {
	for e := t.state.Stamps.At(s).In; e != 0; e = t.state.Edges.At(e).NextIn {
		if edge := t.state.Edges.At(e); edge.From == g {
			t.markAbove(g, t.state.StartOf(edge))
		}
	}
}

// markAdopted marks what those continue by links who were below no parent before: by a tie,
// or besides what the parent handed over. What only a link to its own trace kept from seeking
// its message may seek it now.
func (t *Tracker) markAdopted(g uint32, parent *state.Stamp) {
	for s := parent.Child; s != 0; s = t.state.Stamps.At(s).Sibling {
		stamp := t.state.Stamps.At(s)
		tied := t.isTied(stamp)
		if tied || t.state.TakesTwo(stamp) {
			t.mark(g, s)
		}
		if tied && stamp.Texts != 0 {
			t.rouse(g, t.state.Groups.At(g))
		}
	}
}

// markLinkedBelow marks what those continue by links who stand right below a stamp.
func (t *Tracker) markLinkedBelow(g uint32, parent *state.Stamp) {
	for s := parent.Child; s != 0; s = t.state.Stamps.At(s).Sibling {
		if t.state.Stamps.At(s).Linked {
			t.mark(g, s)
		}
	}
}

// isTied tells whether some edge of a stamp is a tie.
func (t *Tracker) isTied(stamp *state.Stamp) bool {
	for e := stamp.Edges; e != 0; e = t.state.Edges.At(e).NextOfStamp {
		if t.state.Ties(t.state.Edges.At(e)) {
			return true
		}
	}
	return false
}

// markAbove marks what a stamp stands below.
func (t *Tracker) markAbove(g, s uint32) {
	if up := t.state.Stamps.At(s).Up; up != 0 {
		t.mark(g, up)
	}
}
