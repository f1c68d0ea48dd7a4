// SPDX-License-Identifier: Apache-2.0

package state

// Where the context of a message comes with it all the way, its consumer is in the trace of
// its send, below what handed it over: the broker, or the request that carried it. A link to
// the send draws the consumer there. A link into its own trace says nothing new of what stands
// above it, which is the way that the message came, and nothing of a message when it leads to
// what neither sends nor creates one, or to what the consumer caused itself. Then it stays
// where its parent is, and so it does while what it links to is not here.

// Ties tells whether an edge is a link of a consumer into its own trace, where its parent is, too.
func (st *State) Ties(e *Edge) bool {
	if e.From != e.To || !e.Said() {
		return false
	}
	s := st.StartOf(e)
	return st.Stamps.At(s).Up != 0 && !st.Sends(s)
}

// handedBy is what handed a message over that a tie leads to, unless the consumer stands
// above it; 0: nothing did, or it is not here.
func (st *State) handedBy(tie *Edge) uint32 {
	at := st.Find(tie.To, st.Groups.At(tie.To), tie.Target, 0)
	if at == 0 || !st.JoinsParent(st.Stamps.At(at)) || st.isAbove(st.StartOf(tie), at) {
		return 0
	}
	return at
}

// draws tells whether a tie leads away from the parent.
func (st *State) draws(tie *Edge) bool {
	at := st.handedBy(tie)
	return at != 0 && !st.isAbove(at, st.StartOf(tie))
}

// MaxDepth bounds the ways from stamp to stamp: parents may stand in a circle.
const MaxDepth = 64

// isAbove tells whether a stamp stands above another one of its trace, by parents.
func (st *State) isAbove(above, below uint32) bool {
	for depth := 0; below != 0 && depth < MaxDepth; depth++ {
		if below = st.Stamps.At(below).Up; below == above {
			return true
		}
	}
	return false
}

// LinksAway tells whether some link of a stamp leads to something else than what it
// continues by its parent, even if that is gone by now.
func (st *State) LinksAway(stamp *Stamp) bool {
	left := int(stamp.Links)
	for e := stamp.Edges; e != 0 && left > 0; e = st.Edges.At(e).NextOfStamp {
		if e == stamp.Own {
			continue
		}
		if edge := st.Edges.At(e); !st.Ties(edge) || st.draws(edge) {
			return true
		}
		left--
	}
	return left > 0
}

// KeepsParent tells whether a stamp continues its parent although it has links.
func (st *State) KeepsParent(stamp *Stamp) bool {
	if stamp.Links == 0 || stamp.Up == 0 || st.LinksAway(stamp) {
		return false
	}
	return stamp.Own == 0 || st.Edges.At(stamp.Own).To == 0 && st.Edges.At(stamp.Own).By != LetGo
}

// Leaves tells whether a stamp is no part of what its parent is.
func (st *State) Leaves(stamp, parent *Stamp) bool {
	return stamp.Linked && !st.JoinsParent(parent) && !st.KeepsParent(stamp)
}

// TakesTwo tells whether a stamp continues both what its parent handed over and what a link leads to.
func (st *State) TakesTwo(stamp *Stamp) bool {
	return stamp.Links > 0 && stamp.Up != 0 && st.JoinsParent(st.Stamps.At(stamp.Up)) && !st.KeepsParent(stamp)
}

// Leads tells whether a stamp continues what an edge of it leads to. Who took other messages,
// too, continues a send above it as well.
func (st *State) Leads(e *Edge) bool {
	if !st.Ties(e) || st.draws(e) {
		return true
	}
	return st.handedBy(e) != 0 && st.LinksAway(st.Stamps.At(st.StartOf(e)))
}
