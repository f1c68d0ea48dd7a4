// SPDX-License-Identifier: Apache-2.0

package track

// Where the context of a message comes with it all the way, its consumer is in the trace of
// its send, below what handed it over: the broker, or the request that carried it. A link to
// the send draws the consumer there. A link into its own trace says nothing new of what stands
// above it, which is the way that the message came, and nothing of a message when it leads to
// what neither sends nor creates one, or to what the consumer caused itself. Then it stays
// where its parent is, and so it does while what it links to is not here.

// ties tells whether an edge is a link of a consumer into its own trace, where its parent is, too.
func (t *State) ties(e *edge) bool {
	if e.from != e.to || !e.said() {
		return false
	}
	s := t.startOf(e)
	return t.stamps.at(s).up != 0 && !t.sends(s)
}

// handedBy is what handed a message over that a tie leads to, unless the consumer stands
// above it; 0: nothing did, or it is not here.
func (t *State) handedBy(tie *edge) uint32 {
	at := t.find(tie.to, t.groups.at(tie.to), tie.target, 0)
	if at == 0 || !t.joinsParent(t.stamps.at(at)) || t.isAbove(t.startOf(tie), at) {
		return 0
	}
	return at
}

// draws tells whether a tie leads away from the parent.
func (t *State) draws(tie *edge) bool {
	at := t.handedBy(tie)
	return at != 0 && !t.isAbove(at, t.startOf(tie))
}

// maxDepth bounds the ways from stamp to stamp: parents may stand in a circle.
const maxDepth = 64

// isAbove tells whether a stamp stands above another one of its trace, by parents.
func (t *State) isAbove(above, below uint32) bool {
	for depth := 0; below != 0 && depth < maxDepth; depth++ {
		if below = t.stamps.at(below).up; below == above {
			return true
		}
	}
	return false
}

// linksAway tells whether some link of a stamp leads to something else than what it
// continues by its parent, even if that is gone by now.
func (t *State) linksAway(stamp *stamp) bool {
	left := int(stamp.links)
	for e := stamp.edges; e != 0 && left > 0; e = t.edges.At(e).nextOfStamp {
		if e == stamp.own {
			continue
		}
		if edge := t.edges.At(e); !t.ties(edge) || t.draws(edge) {
			return true
		}
		left--
	}
	return left > 0
}

// keepsParent tells whether a stamp continues its parent although it has links.
func (t *State) keepsParent(stamp *stamp) bool {
	if stamp.links == 0 || stamp.up == 0 || t.linksAway(stamp) {
		return false
	}
	return stamp.own == 0 || t.edges.At(stamp.own).to == 0 && t.edges.At(stamp.own).by != letGo
}

// leaves tells whether a stamp is no part of what its parent is.
func (t *State) leaves(stamp, parent *stamp) bool {
	return stamp.linked && !t.joinsParent(parent) && !t.keepsParent(stamp)
}

// takesTwo tells whether a stamp continues both what its parent handed over and what a link leads to.
func (t *State) takesTwo(stamp *stamp) bool {
	return stamp.links > 0 && stamp.up != 0 && t.joinsParent(t.stamps.at(stamp.up)) && !t.keepsParent(stamp)
}

// leads tells whether a stamp continues what an edge of it leads to. Who took other messages,
// too, continues a send above it as well.
func (t *State) leads(e *edge) bool {
	if !t.ties(e) || t.draws(e) {
		return true
	}
	return t.handedBy(e) != 0 && t.linksAway(t.stamps.at(t.startOf(e)))
}

// markDrawn marks what those stand below whom a link draws to a stamp, or no longer.
func (t *Tracker) markDrawn(g, s uint32) {
	for e := t.stamps.at(s).in; e != 0; e = t.edges.At(e).nextIn {
		if edge := t.edges.At(e); edge.from == g {
			t.markAbove(g, t.startOf(edge))
		}
	}
}

// markAdopted marks what those continue by links who were below no parent before: by a tie,
// or besides what the parent handed over. What only a link to its own trace kept from seeking
// its message may seek it now.
func (t *Tracker) markAdopted(g uint32, parent *stamp) {
	for s := parent.child; s != 0; s = t.stamps.at(s).sibling {
		stamp := t.stamps.at(s)
		tied := t.isTied(stamp)
		if tied || t.takesTwo(stamp) {
			t.mark(g, s)
		}
		if tied && stamp.texts != 0 {
			t.rouse(g, t.groups.at(g))
		}
	}
}

// markLinkedBelow marks what those continue by links who stand right below a stamp.
func (t *Tracker) markLinkedBelow(g uint32, parent *stamp) {
	for s := parent.child; s != 0; s = t.stamps.at(s).sibling {
		if t.stamps.at(s).linked {
			t.mark(g, s)
		}
	}
}

// isTied tells whether some edge of a stamp is a tie.
func (t *Tracker) isTied(stamp *stamp) bool {
	for e := stamp.edges; e != 0; e = t.edges.At(e).nextOfStamp {
		if t.ties(t.edges.At(e)) {
			return true
		}
	}
	return false
}

// markAbove marks what a stamp stands below.
func (t *Tracker) markAbove(g, s uint32) {
	if up := t.stamps.at(s).up; up != 0 {
		t.mark(g, up)
	}
}
