// SPDX-License-Identifier: Apache-2.0

package join

import "github.com/hopstamp/hopstamp/internal/track/state"

// A stamp belongs to the journeys that begin above it: up its parents to the top of
// its trace and, where one of them is linked, on in the traces linked to. A new
// stamp may change what is known of those journeys and of no others.

// Mark asks for a review of the group and of every journey that the stamp is part of.
func (j *Joins) Mark(g, s uint32) {
	j.MarkGroup(g)
	if !j.state.Groups.At(g).Linked {
		return
	}
	j.marks = append(j.marks[:0], s)
	for len(j.marks) > 0 {
		last := len(j.marks) - 1
		s := j.marks[last]
		j.marks = j.marks[:last]
		j.markUp(s)
	}
}

// MarkGroup asks for a review of a group, and of none that it continues.
func (j *Joins) MarkGroup(g uint32) {
	group := j.state.Groups.At(g)
	group.Touched, group.SettleAt = j.state.LogTime, 0
	if group.Rests {
		j.host.Unplan(group)
	}
	if !group.Dirty {
		group.Dirty = true
		j.Dirty = append(j.Dirty, g)
	}
}

// markUp walks from a stamp to the top of its trace, and follows the links on the
// way. It stops where somebody went on in this step, so circles end too. What is above a
// consumer that leaves for another message is of that no longer, and may have been the call
// that handed it over (see push.go).
func (j *Joins) markUp(s uint32) {
	for s != 0 {
		stamp := j.state.Stamps.At(s)
		if stamp.Marked {
			return
		}
		stamp.Marked = true
		j.marked = append(j.marked, s)
		j.markLinks(stamp)
		if stamp.Up != 0 && j.state.Sends(s) && j.state.Leaves(stamp, j.state.Stamps.At(stamp.Up)) && !j.tellsBelow(stamp) {
			return
		}
		s = stamp.Up
	}
}

func (j *Joins) markLinks(stamp *state.Stamp) {
	for e := stamp.Edges; e != 0; {
		edge := j.state.Edges.At(e)
		if e = edge.NextOfStamp; edge.To == 0 {
			continue
		}
		j.Doubt(edge) // what is new may close a circle
		j.MarkGroup(edge.To)
		if target := j.state.Find(edge.To, j.state.Groups.At(edge.To), edge.Target, 0); target != 0 {
			j.marks = append(j.marks, target)
		}
	}
}

// Unmark ends a step.
func (j *Joins) Unmark() {
	for _, s := range j.marked {
		j.state.Stamps.At(s).Marked = false
	}
	j.marked = j.marked[:0]
}

// tellsBelow tells whether a send stands where its parent is by some link of it, although
// others lead away: one that says of a message and leads nowhere, see addTold.
func (j *Joins) tellsBelow(stamp *state.Stamp) bool {
	for e := stamp.Edges; e != 0; e = j.state.Edges.At(e).NextOfStamp {
		if edge := j.state.Edges.At(e); edge.To == 0 && edge.Text != 0 {
			return true
		}
	}
	return false
}

// MarkDrawn marks what those stand below whom a link draws to a stamp, or no longer.
func (j *Joins) MarkDrawn(g, s uint32) {
	for e := j.state.Stamps.At(s).In; e != 0; e = j.state.Edges.At(e).NextIn {
		if edge := j.state.Edges.At(e); edge.From == g {
			j.MarkAbove(g, j.state.StartOf(edge))
		}
	}
}

// markAdopted marks what those continue by links who were below no parent before: by a tie,
// or besides what the parent handed over. What only a link to its own trace kept from seeking
// its message may seek it now.
func (j *Joins) markAdopted(g uint32, parent *state.Stamp) {
	for s := parent.Child; s != 0; s = j.state.Stamps.At(s).Sibling {
		stamp := j.state.Stamps.At(s)
		tied := j.isTied(stamp)
		if tied || j.state.TakesTwo(stamp) {
			j.Mark(g, s)
		}
		if tied && stamp.Texts != 0 {
			j.Rouse(g, j.state.Groups.At(g))
		}
	}
}

// MarkLinkedBelow marks what those continue by links who stand right below a stamp.
func (j *Joins) MarkLinkedBelow(g uint32, parent *state.Stamp) {
	for s := parent.Child; s != 0; s = j.state.Stamps.At(s).Sibling {
		if j.state.Stamps.At(s).Linked {
			j.Mark(g, s)
		}
	}
}

// isTied tells whether some edge of a stamp is a tie.
func (j *Joins) isTied(stamp *state.Stamp) bool {
	for e := stamp.Edges; e != 0; e = j.state.Edges.At(e).NextOfStamp {
		if j.state.Ties(j.state.Edges.At(e)) {
			return true
		}
	}
	return false
}

// MarkAbove marks what a stamp stands below.
func (j *Joins) MarkAbove(g, s uint32) {
	if up := j.state.Stamps.At(s).Up; up != 0 {
		j.Mark(g, up)
	}
}
