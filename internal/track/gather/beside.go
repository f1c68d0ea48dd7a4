// SPDX-License-Identifier: Apache-2.0

package gather

import (
	"math"

	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// A worker in the process that sends may run in the context of what sent the message, and
// not in that of the message: its span stands beside the send and not below it. Both show the
// id of the message, or its coordinate, and that joins them as it joins spans of two traces.
// All of it is in one part of one trace, so it is found out where that is gathered, once
// all that may have sent the message is there.

// besider is a stamp that waits for what it stands beside.
type besider struct {
	stamp, group uint32
	parent       int32
}

// nameIn is a name that a group offers; no name: the group was looked at.
type nameIn struct {
	group uint32
	name  uint64
}

// besides are those that wait while a journey is gathered.
type besides struct {
	waiting []besider
	offered map[nameIn]struct{}
	rounds  int
}

func (b *besides) reset() {
	b.waiting, b.rounds = b.waiting[:0], 0
	if len(b.offered) > 0 {
		clear(b.offered)
	}
}

// standsBeside tells whether a stamp that continues nothing but its parent may have taken
// what was sent elsewhere in its trace.
func (all *Gathering) standsBeside(st *state.State, b besider) bool {
	stamp := st.Stamps.At(b.stamp)
	p := st.Profiles.At(stamp.Profile)
	if stamp.Texts == 0 || stamp.Links > 0 && !st.KeepsParent(stamp) || stamp.Event != 0 || !p.Takes() {
		return false
	}
	texts := st.Texts.Read(stamp.Texts)
	if texts.Message == "" && texts.Coordinate == "" || all.takesFromAbove(p, &texts, b.parent) {
		return false
	}
	shown := p.Shows(&texts)
	return all.offeredIn(st, b.group, shown[state.ByMessageID]) || all.offeredIn(st, b.group, shown[state.ByCoordinate])
}

// takesFromAbove tells whether the message that a stamp takes is the one of the nearest send
// above it. A consumer between them that sends on in its turn has taken that one.
func (all *Gathering) takesFromAbove(p *state.Profile, texts *state.IDs, parent int32) bool {
	taken := false
	for up, depth := parent, 0; up != None; up, depth = all.Nodes[up].Continues, depth+1 {
		n := &all.Nodes[up]
		if depth == state.MaxDepth {
			return true
		}
		if n.Produces() {
			return !taken || n.Topic == p.Topic && n.System == p.System && texts.Like(n.IDs) != state.Other
		}
		taken = taken || n.Takes()
	}
	return false
}

// offeredIn tells whether something is sent in a group that has a name.
func (all *Gathering) offeredIn(st *state.State, g uint32, name uint64) bool {
	if name == 0 {
		return false
	}
	if _, known := all.besides.offered[nameIn{group: g}]; !known {
		all.besides.offered[nameIn{group: g}] = struct{}{}
		eachOffering(st, g, func(stamp *state.Stamp, p *state.Profile) {
			st.EachOffered(p, stamp, func(_ state.Match, name uint64) { all.besides.offered[nameIn{g, name}] = struct{}{} })
		})
	}
	_, offered := all.besides.offered[nameIn{g, name}]
	return offered
}

// eachOffering visits what sends in a group and may show a name.
func eachOffering(st *state.State, g uint32, visit func(*state.Stamp, *state.Profile)) {
	for s := st.Groups.At(g).Stamps; s != 0; s = st.Stamps.At(s).Next {
		stamp := st.Stamps.At(s)
		if p := st.Profiles.At(stamp.Profile); p.Produces() && (stamp.Texts != 0 || stamp.Edges != 0) {
			visit(stamp, p)
		}
	}
}

// placeBesides adds those that wait behind what sent their messages. That may stand below
// another one of them; those of which none is left to find it stay where they are.
func (all *Gathering) placeBesides(st *state.State) {
	all.indexPlaces()
	b := &all.besides
	still, from := b.waiting[:0], len(all.Nodes)
	for _, w := range b.waiting {
		switch to, by := all.sentBeside(st, w); {
		case to == None:
			still = append(still, w)
		case all.addNode(st, w.stamp, w.group, 0, to):
			all.Nodes[len(all.Nodes)-1].By = by
			all.Left = append(all.Left, Left{w.parent, st.Stamps.At(w.stamp)})
		}
	}
	b.waiting = still
	if b.rounds++; len(all.Nodes) == from || b.rounds >= state.MaxDepth {
		all.leaveBesides(st)
	}
}

// leaveBesides adds where they are those that wait for nothing that another one of them
// may have sent; all, when each waits for another.
func (all *Gathering) leaveBesides(st *state.State) {
	b := &all.besides
	from, still := len(all.Nodes), []besider(nil)
	if b.rounds < state.MaxDepth {
		still = all.waitOn(st)
	}
	if len(still) == len(b.waiting) {
		still = nil
	}
	next := still
	for _, w := range b.waiting {
		if len(next) > 0 && next[0] == w {
			next = next[1:]
			continue
		}
		all.addNode(st, w.stamp, w.group, 0, w.parent)
	}
	b.waiting = b.waiting[:0]
	if len(all.Nodes) > from { // else there is no room
		b.waiting = append(b.waiting, still...)
	}
}

// waitOn are those that take what was sent below another one that waits. What is sent
// elsewhere in the trace is of another part of it, which may be another message.
func (all *Gathering) waitOn(st *state.State) (still []besider) {
	waits, sent, looked := map[uint32]bool{}, map[nameIn]uint32{}, map[uint32]bool{}
	for _, w := range all.besides.waiting {
		waits[w.stamp] = true
	}
	for _, w := range all.besides.waiting {
		if !looked[w.group] {
			looked[w.group] = true
			sentBelow(st, w.group, waits, sent)
		}
	}
	for _, w := range all.besides.waiting {
		stamp := st.Stamps.At(w.stamp)
		texts := st.Texts.Read(stamp.Texts)
		shown := st.Profiles.At(stamp.Profile).Shows(&texts)
		for _, by := range [...]state.Match{state.ByMessageID, state.ByCoordinate} {
			if above := sent[nameIn{w.group, shown[by]}]; shown[by] != 0 && above != 0 && above != w.stamp {
				still = append(still, w)
				break
			}
		}
	}
	return still
}

// ofSeveral is in place of a stamp.
const ofSeveral = math.MaxUint32

// sentBelow notes for each name that is offered below one that waits which one that is.
func sentBelow(st *state.State, g uint32, waits map[uint32]bool, sent map[nameIn]uint32) {
	eachOffering(st, g, func(stamp *state.Stamp, p *state.Profile) {
		above := waitingAbove(st, stamp, waits)
		if above == 0 {
			return
		}
		st.EachOffered(p, stamp, func(_ state.Match, name uint64) {
			by := nameIn{g, name}
			if sent[by] == 0 || sent[by] == above {
				sent[by] = above
			} else {
				sent[by] = ofSeveral
			}
		})
	})
}

func waitingAbove(st *state.State, stamp *state.Stamp, waits map[uint32]bool) uint32 {
	for up, depth := stamp.Up, 0; up != 0 && depth < state.MaxDepth; up, depth = st.Stamps.At(up).Up, depth+1 {
		if waits[up] {
			return up
		}
	}
	return 0
}

// sentBeside is the node that sent what a stamp took, in the same part of its trace.
func (all *Gathering) sentBeside(st *state.State, w besider) (best int32, by state.Match) {
	stamp := st.Stamps.At(w.stamp)
	p, texts := st.Profiles.At(stamp.Profile), st.Texts.Read(stamp.Texts)
	best = None
	for _, name := range [...]struct {
		by   state.Match
		text string
	}{{state.ByMessageID, texts.Message}, {state.ByCoordinate, texts.Coordinate}} {
		for _, i := range all.places.outlets[outlet{p.Topic, name.text}] {
			n := &all.Nodes[i]
			if name.text == "" || n.Group != w.group || n.Joint != all.Nodes[w.parent].Joint || !n.sentAs(name.by, name.text, p) {
				continue
			}
			if best == None || all.fitsBetter(n, &all.Nodes[best], stamp) {
				best, by = i, name.by
			}
		}
		if best != None {
			break
		}
	}
	return best, by
}

// sentAs tells whether a node sends a message to where a consumer takes one of that name.
func (n *Node) sentAs(by state.Match, name string, consumer *state.Profile) bool {
	if n.Profile.Kind == span.Consumer || n.System != consumer.System {
		return false
	}
	if by == state.ByMessageID {
		return n.IDs.Message == name
	}
	return n.IDs.Coordinate == name && (n.Cluster == consumer.Cluster || n.Cluster == 0 || consumer.Cluster == 0)
}
