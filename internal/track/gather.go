// SPDX-License-Identifier: Apache-2.0

package track

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/hopstamp/hopstamp/internal/span"
)

// none is the index of no node.
const none = int32(-1)

// node is a stamp while a journey is assessed. A stamp that continues several
// messages, as a batch does, is there once for each.
type node struct {
	*stamp
	*profile
	ids     *ids
	Stage   span.Stage   // the profile's, which every pass asks for
	Outcome span.Outcome // likewise
	Error   bool
	at      uint32 // the stamp
	group   uint32
	via     uint32 // the link that brought it here; 0: its parent did, or nothing
	by      match  // without a link: how it was found to continue what is no parent of it
	parent  int32  // the node that it continues, always one before it
	joint   int32  // the nearest node at or above it that a link brought here
	depth   int32  // links above it
	copy    uint64 // tells the copies of a stamp apart, the same in every run
	place   int32  // in canonical order; none: left out
	gone    bool   // it is another copy's part
	fresh   bool   // a message begins with it that another one caused
	common  bool   // it belongs to several messages, through a batch
	handing bool   // a SERVER span that did no more than hand over a message
	holds   bool   // something stays at or below it that makes a message more than handed over
	singled bool   // a link of the batch says which of them this one is
	blurred bool   // of a send: somebody took one of its messages, and nothing tells which; or whose it is
	of      int32  // of a send without links: the creations beside it that it is taken to be of
	sent    int32  // the send of a batch whose links tell its messages apart, above it; none: who takes it is known

	start, end int64 // the stamp's, by our clock; see times.go
	suspect    bool  // the clock that they are of is

	above        // what it takes from those above it, see survey
	root   int32 // the node its message begins with
	begins bool
	way    // see split
}

// good tells whether the stamp passed its stage.
func (n *node) good() bool { return !n.Error && n.Outcome == span.Unsaid }

const (
	maxNodes  = 1 << 17 // of the journeys that begin in one group
	maxCopies = 64      // nodes for each span
)

// gather collects the stamps of every journey that begins in a group: its own and,
// through links, those of other groups, each after what it continues. Then it
// orders them by time and id, so that the order of arrival is forgotten here.
func (a *assessor) gather(t *State, g uint32) {
	a.nodes, a.texts, a.jointly, a.leaning, a.leftBelow = a.nodes[:0], a.texts[:0], a.jointly[:0], a.leaning[:0], a.leftBelow[:0]
	a.epoch++
	a.besides.reset()
	a.distinct, a.takersOfSend.of = 0, 0
	group := t.groups.at(g)
	a.awaitSent(t, group)
	a.addTops(t, g, group)
	for s := group.loose; s != 0; s = t.stamps.at(s).sibling {
		a.addTold(t, s, g, none)
	}
	a.spread(t, 0)
	if group.dangling != 0 {
		a.gatherDangling(t, g, group)
	}
	a.setRight(t)
	if len(a.leaning) > 0 {
		a.placeNamed(t)
	}
	if len(a.jointly) > 1 {
		a.dropRedundant(t)
	}
	a.sort(t)
}

func (a *assessor) addNode(t *State, s, g, via uint32, parent int32) (added bool) {
	stamp := t.stamps.at(s)
	if !a.makesRoom(stamp) {
		return false
	}
	n := a.node()
	n.stamp, n.profile, n.ids = stamp, t.profiles.at(stamp.profile), &a.noIDs
	n.at, n.group, n.via, n.parent, n.joint = s, g, via, parent, none
	n.start, n.end = stamp.start, stamp.end
	n.Stage, n.Outcome, n.Error = n.profile.Stage, n.profile.Outcome, n.profile.Error
	n.root, n.branch, n.who, n.branches, n.sender, n.mark = none, trunk, none, none, none, none
	n.sent, n.part = none, none
	if stamp.texts != 0 || via != 0 && t.edges.At(via).text != 0 {
		n.ids = a.idsOf(t, n)
	}
	if parent != none {
		above := &a.nodes[parent]
		n.joint, n.copy, n.depth, n.common = above.joint, above.copy, above.depth, above.common
		if n.sent = above.sent; n.Stage == span.Published || n.consumes() {
			n.sent = none
		}
	}
	if stamp.linked && (via != 0 || parent == none || !t.keepsParent(stamp)) {
		a.jointly = append(a.jointly, int32(len(a.nodes)-1))
		n.joint = int32(len(a.nodes) - 1)
	}
	n.common = n.common || stamp.shared() > 1 || stamp.linked && t.takesTwo(stamp)
	if stamp.shared() > 1 && n.Stage == span.Published && (stamp.links > 1 || n.singled) {
		n.sent = int32(len(a.nodes) - 1)
	}
	return true
}

// idsOf are the texts of a stamp and, over them, what a link says of the one message.
func (a *assessor) idsOf(t *State, n *node) *ids {
	text := textRef(0)
	if n.via != 0 {
		text = t.edges.At(n.via).text
		n.singled = n.singled || text != 0
	}
	a.texts = append(a.texts, t.textsBy(n.stamp, text))
	return &a.texts[len(a.texts)-1]
}

// textsBy are the texts of a stamp as a link tells of it that says some.
func (t *State) textsBy(stamp *stamp, text textRef) ids {
	texts := t.texts.read(stamp.texts)
	if text != 0 {
		texts.of(stamp, t.texts.read(text))
	}
	return texts
}

// shared is the number of messages that a stamp covers.
func (s *stamp) shared() int { return int(max(s.links, s.batch)) }

// node makes room for one more, keeping the memory of the last assessment.
func (a *assessor) node() *node {
	if len(a.nodes) < cap(a.nodes) {
		a.nodes = a.nodes[:len(a.nodes)+1]
	} else {
		a.nodes = append(a.nodes, node{})
	}
	n := &a.nodes[len(a.nodes)-1]
	*n = node{}
	return n
}

// addLinked adds the stamp that a link starts from, unless it is on the way to itself.
func (a *assessor) addLinked(t *State, e uint32, to int32) (added bool) {
	edge := t.edges.At(e)
	start := t.startOf(edge)
	copy := hashLink(0, edge, t)
	depth := int32(1)
	if to != none {
		copy, depth = hashLink(a.nodes[to].copy, edge, t), a.nodes[to].depth+1
		for j := a.nodes[to].joint; j != none; j = a.jointAbove(j) {
			if a.nodes[j].at == start {
				return false
			}
		}
	}
	if depth > maxDepth || !a.addNode(t, start, edge.from, e, to) {
		return false
	}
	n := &a.nodes[len(a.nodes)-1]
	n.copy, n.depth = copy, depth
	return true
}

// makesRoom counts a stamp in, if there is any room. Where everything links to
// everything, the ways that lead to a span are more than anyone can follow: copies
// may outnumber the spans, but not without bound.
func (a *assessor) makesRoom(stamp *stamp) bool {
	room := a.hasRoom(stamp)
	if stamp.gathered != a.epoch {
		stamp.gathered = a.epoch
		a.distinct++
	}
	return room
}

// hasRoom tells whether there is room for a stamp.
func (a *assessor) hasRoom(stamp *stamp) bool {
	return len(a.nodes) < maxNodes && (stamp.gathered != a.epoch || len(a.nodes) < maxCopies*a.distinct)
}

func (a *assessor) jointAbove(j int32) int32 {
	if parent := a.nodes[j].parent; parent != none {
		return a.nodes[parent].joint
	}
	return none
}

func hashLink(above uint64, e *edge, t *State) uint64 {
	if e.text != 0 {
		texts := t.texts.read(e.text)
		for _, part := range texts.parts() {
			above = (above ^ hashOf(*part)) * 0x100000001b3
		}
	}
	for _, part := range [...][]byte{e.target[:], t.groups.at(e.to).trace[:]} {
		for _, b := range part {
			above = (above ^ uint64(b)) * 0x100000001b3
		}
	}
	return above
}

// heir is the node that a link to a missing span is taken to lead to: the only
// publish of the trace or, when nothing is published, its only beginning.
func (a *assessor) heir(g uint32) int32 {
	publish, top, publishes, tops := none, none, 0, 0
	for i := range a.nodes {
		n := &a.nodes[i]
		if n.group != g || n.joint != none {
			continue
		}
		if n.Stage == span.Published {
			publish = int32(i)
			publishes++
		}
		if n.parent == none {
			top = int32(i)
			tops++
		}
	}
	switch {
	case publishes == 1:
		return publish
	case publishes == 0 && tops == 1:
		return top
	}
	return none
}

// dropRedundant leaves out the copies of a stamp that continue something which
// another copy's message passed on its way: linked to both the beginning and the
// publish of a message, a consumer continues the publish.
func (a *assessor) dropRedundant(t *State) {
	slices.SortStableFunc(a.jointly, func(x, y int32) int { return cmp.Compare(a.nodes[x].at, a.nodes[y].at) })
	for from := 0; from < len(a.jointly); {
		to := from + 1
		for to < len(a.jointly) && a.nodes[a.jointly[to]].at == a.nodes[a.jointly[from]].at {
			to++
		}
		if to-from > 1 {
			a.keepDeepest(a.jointly[from:to])
		}
		from = to
	}
	for i := range a.nodes {
		if n := &a.nodes[i]; n.parent != none {
			n.gone = n.gone || a.nodes[n.parent].gone
		}
	}
}

func (a *assessor) keepDeepest(copies []int32) {
	clear(a.passed)
	for _, c := range copies {
		for up := a.nodes[c].parent; up != none; {
			if up = a.nodes[up].parent; up == none || a.passed[up] {
				break
			}
			a.passed[up] = true
		}
	}
	for _, c := range copies {
		if up := a.nodes[c].parent; up != none && a.passed[up] {
			a.nodes[c].gone = true
		}
	}
}

// sort puts the nodes that stay in canonical order.
func (a *assessor) sort(t *State) {
	a.sorted = a.sorted[:0]
	for i := range a.nodes {
		if !a.nodes[i].gone {
			a.sorted = append(a.sorted, int32(i))
		}
	}
	if len(a.sorted) <= fewStamps {
		a.sortFew(t)
	} else {
		slices.SortFunc(a.sorted, func(x, y int32) int { return a.compare(t, &a.nodes[x], &a.nodes[y]) })
	}
	for place, i := range a.sorted {
		a.nodes[i].place = int32(place)
	}
}

// sortFew is a plain insertion sort, for the few spans of most messages.
func (a *assessor) sortFew(t *State) {
	for i := 1; i < len(a.sorted); i++ {
		moved := a.sorted[i]
		n := &a.nodes[moved]
		j := i
		for ; j > 0; j-- {
			before := &a.nodes[a.sorted[j-1]]
			if before.start < n.start || before.start == n.start && a.compare(t, before, n) <= 0 {
				break
			}
			a.sorted[j] = a.sorted[j-1]
		}
		a.sorted[j] = moved
	}
}

// compare is the canonical order: by time, and at the same time, which coarse
// clocks show often, what is continued before what continues it.
func (a *assessor) compare(t *State, x, y *node) int {
	if x.start != y.start {
		return cmp.Compare(x.start, y.start)
	}
	if order := cmp.Or(cmp.Compare(a.height(x), a.height(y)), bytes.Compare(x.span[:], y.span[:]), cmp.Compare(x.event, y.event), cmp.Compare(x.copy, y.copy)); order != 0 {
		return order
	}
	return bytes.Compare(t.groups.at(x.group).trace[:], t.groups.at(y.group).trace[:])
}

// height is how many nodes are above one.
func (a *assessor) height(n *node) (above int) {
	for n.parent != none {
		n = &a.nodes[n.parent]
		above++
	}
	return above
}
