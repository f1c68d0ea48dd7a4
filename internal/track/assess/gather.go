// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// None is the index of no node.
const None = int32(-1)

// node is a stamp while a journey is assessed. A stamp that continues several
// messages, as a batch does, is there once for each.
type node struct {
	*state.Stamp
	*state.Profile
	ids     *state.IDs
	Stage   span.Stage   // the profile's, which every pass asks for
	Outcome span.Outcome // likewise
	Error   bool
	at      uint32 // the stamp
	group   uint32
	via     uint32      // the link that brought it here; 0: its parent did, or nothing
	by      state.Match // without a link: how it was found to continue what is no parent of it
	parent  int32       // the node that it continues, always one before it
	joint   int32       // the nearest node at or above it that a link brought here
	depth   int32       // links above it
	copy    uint64      // tells the copies of a stamp apart, the same in every run
	place   int32       // in canonical order; none: left out
	gone    bool        // it is another copy's part
	fresh   bool        // a message begins with it that another one caused
	common  bool        // it belongs to several messages, through a batch
	handing bool        // a SERVER span that did no more than hand over a message
	holds   bool        // something stays at or below it that makes a message more than handed over
	singled bool        // a link of the batch says which of them this one is
	blurred bool        // of a send: somebody took one of its messages, and nothing tells which; or whose it is
	of      int32       // of a send without links: the creations beside it that it is taken to be of
	sent    int32       // the send of a batch whose links tell its messages apart, above it; none: who takes it is known

	start, end int64 // the stamp's, by our clock; see times.go
	suspect    bool  // the clock that they are of is

	above        // what it takes from those above it, see survey
	root   int32 // the node its message begins with
	begins bool
	way    // see split
}

// good tells whether the stamp passed its stage.
func (n *node) good() bool { return !n.Error && n.Outcome == span.Unsaid }

// Bounds of what is gathered, however the links lead.
const (
	maxNodes  = 1 << 17 // of the journeys that begin in one group
	MaxCopies = 64      // nodes for each span
)

// gather collects the stamps of every journey that begins in a group: its own and,
// through links, those of other groups, each after what it continues. Then it
// orders them by time and id, so that the order of arrival is forgotten here.
func (a *Assessor) gather(st *state.State, g uint32) {
	a.nodes, a.texts, a.jointly, a.leaning, a.leftBelow = a.nodes[:0], a.texts[:0], a.jointly[:0], a.leaning[:0], a.leftBelow[:0]
	a.epoch++
	a.besides.reset()
	a.distinct, a.takersOfSend.of = 0, 0
	group := st.Groups.At(g)
	a.awaitSent(st, group)
	a.addTops(st, g, group)
	for s := group.Loose; s != 0; s = st.Stamps.At(s).Sibling {
		a.addTold(st, s, g, None)
	}
	a.spread(st, 0)
	if group.Dangling != 0 {
		a.gatherDangling(st, g, group)
	}
	a.setRight(st)
	if len(a.leaning) > 0 {
		a.placeNamed(st)
	}
	if len(a.jointly) > 1 {
		a.dropRedundant(st)
	}
	a.sort(st)
}

func (a *Assessor) addNode(st *state.State, s, g, via uint32, parent int32) (added bool) {
	stamp := st.Stamps.At(s)
	if !a.makesRoom(stamp) {
		return false
	}
	n := a.node()
	n.Stamp, n.Profile, n.ids = stamp, st.Profiles.At(stamp.Profile), &a.noIDs
	n.at, n.group, n.via, n.parent, n.joint = s, g, via, parent, None
	n.start, n.end = stamp.Start, stamp.End
	n.Stage, n.Outcome, n.Error = n.Profile.Stage, n.Profile.Outcome, n.Profile.Error
	n.root, n.branch, n.who, n.branches, n.sender, n.mark = None, trunk, None, None, None, None
	n.sent, n.part = None, None
	if stamp.Texts != 0 || via != 0 && st.Edges.At(via).Text != 0 {
		n.ids = a.idsOf(st, n)
	}
	if parent != None {
		above := &a.nodes[parent]
		n.joint, n.copy, n.depth, n.common = above.joint, above.copy, above.depth, above.common
		if n.sent = above.sent; n.Stage == span.Published || n.Consumes() {
			n.sent = None
		}
	}
	if stamp.Linked && (via != 0 || parent == None || !st.KeepsParent(stamp)) {
		a.jointly = append(a.jointly, int32(len(a.nodes)-1))
		n.joint = int32(len(a.nodes) - 1)
	}
	n.common = n.common || stamp.Shared() > 1 || stamp.Linked && st.TakesTwo(stamp)
	if stamp.Shared() > 1 && n.Stage == span.Published && (stamp.Links > 1 || n.singled) {
		n.sent = int32(len(a.nodes) - 1)
	}
	return true
}

// idsOf are the texts of a stamp and, over them, what a link says of the one message.
func (a *Assessor) idsOf(st *state.State, n *node) *state.IDs {
	text := state.TextRef(0)
	if n.via != 0 {
		text = st.Edges.At(n.via).Text
		n.singled = n.singled || text != 0
	}
	a.texts = append(a.texts, st.TextsBy(n.Stamp, text))
	return &a.texts[len(a.texts)-1]
}

// node makes room for one more, keeping the memory of the last assessment.
func (a *Assessor) node() *node {
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
func (a *Assessor) addLinked(st *state.State, e uint32, to int32) (added bool) {
	edge := st.Edges.At(e)
	start := st.StartOf(edge)
	copy := hashLink(0, edge, st)
	depth := int32(1)
	if to != None {
		copy, depth = hashLink(a.nodes[to].copy, edge, st), a.nodes[to].depth+1
		for j := a.nodes[to].joint; j != None; j = a.jointAbove(j) {
			if a.nodes[j].at == start {
				return false
			}
		}
	}
	if depth > state.MaxDepth || !a.addNode(st, start, edge.From, e, to) {
		return false
	}
	n := &a.nodes[len(a.nodes)-1]
	n.copy, n.depth = copy, depth
	return true
}

// makesRoom counts a stamp in, if there is any room. Where everything links to
// everything, the ways that lead to a span are more than anyone can follow: copies
// may outnumber the spans, but not without bound.
func (a *Assessor) makesRoom(stamp *state.Stamp) bool {
	room := a.hasRoom(stamp)
	if stamp.Gathered != a.epoch {
		stamp.Gathered = a.epoch
		a.distinct++
	}
	return room
}

// hasRoom tells whether there is room for a stamp.
func (a *Assessor) hasRoom(stamp *state.Stamp) bool {
	return len(a.nodes) < maxNodes && (stamp.Gathered != a.epoch || len(a.nodes) < MaxCopies*a.distinct)
}

func (a *Assessor) jointAbove(j int32) int32 {
	if parent := a.nodes[j].parent; parent != None {
		return a.nodes[parent].joint
	}
	return None
}

func hashLink(above uint64, e *state.Edge, st *state.State) uint64 {
	if e.Text != 0 {
		texts := st.Texts.Read(e.Text)
		for _, part := range texts.Parts() {
			above = (above ^ state.HashOf(*part)) * 0x100000001b3
		}
	}
	for _, part := range [...][]byte{e.Target[:], st.Groups.At(e.To).Trace[:]} {
		for _, b := range part {
			above = (above ^ uint64(b)) * 0x100000001b3
		}
	}
	return above
}

// heir is the node that a link to a missing span is taken to lead to: the only
// publish of the trace or, when nothing is published, its only beginning.
func (a *Assessor) heir(g uint32) int32 {
	publish, top, publishes, tops := None, None, 0, 0
	for i := range a.nodes {
		n := &a.nodes[i]
		if n.group != g || n.joint != None {
			continue
		}
		if n.Stage == span.Published {
			publish = int32(i)
			publishes++
		}
		if n.parent == None {
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
	return None
}

// dropRedundant leaves out the copies of a stamp that continue something which
// another copy's message passed on its way: linked to both the beginning and the
// publish of a message, a consumer continues the publish.
func (a *Assessor) dropRedundant(st *state.State) {
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
		if n := &a.nodes[i]; n.parent != None {
			n.gone = n.gone || a.nodes[n.parent].gone
		}
	}
}

func (a *Assessor) keepDeepest(copies []int32) {
	clear(a.passed)
	for _, c := range copies {
		for up := a.nodes[c].parent; up != None; {
			if up = a.nodes[up].parent; up == None || a.passed[up] {
				break
			}
			a.passed[up] = true
		}
	}
	for _, c := range copies {
		if up := a.nodes[c].parent; up != None && a.passed[up] {
			a.nodes[c].gone = true
		}
	}
}

// sort puts the nodes that stay in canonical order.
func (a *Assessor) sort(st *state.State) {
	a.sorted = a.sorted[:0]
	for i := range a.nodes {
		if !a.nodes[i].gone {
			a.sorted = append(a.sorted, int32(i))
		}
	}
	if len(a.sorted) <= state.FewStamps {
		a.sortFew(st)
	} else {
		slices.SortFunc(a.sorted, func(x, y int32) int { return a.compare(st, &a.nodes[x], &a.nodes[y]) })
	}
	for place, i := range a.sorted {
		a.nodes[i].place = int32(place)
	}
}

// sortFew is a plain insertion sort, for the few spans of most messages.
func (a *Assessor) sortFew(st *state.State) {
	for i := 1; i < len(a.sorted); i++ {
		moved := a.sorted[i]
		n := &a.nodes[moved]
		j := i
		for ; j > 0; j-- {
			before := &a.nodes[a.sorted[j-1]]
			if before.start < n.start || before.start == n.start && a.compare(st, before, n) <= 0 {
				break
			}
			a.sorted[j] = a.sorted[j-1]
		}
		a.sorted[j] = moved
	}
}

// compare is the canonical order: by time, and at the same time, which coarse
// clocks show often, what is continued before what continues it.
func (a *Assessor) compare(st *state.State, x, y *node) int {
	if x.start != y.start {
		return cmp.Compare(x.start, y.start)
	}
	if order := cmp.Or(cmp.Compare(a.height(x), a.height(y)), bytes.Compare(x.Span[:], y.Span[:]), cmp.Compare(x.Event, y.Event), cmp.Compare(x.copy, y.copy)); order != 0 {
		return order
	}
	return bytes.Compare(st.Groups.At(x.group).Trace[:], st.Groups.At(y.group).Trace[:])
}

// height is how many nodes are above one.
func (a *Assessor) height(n *node) (above int) {
	for n.parent != None {
		n = &a.nodes[n.parent]
		above++
	}
	return above
}
