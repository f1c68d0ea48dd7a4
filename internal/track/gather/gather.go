// SPDX-License-Identifier: Apache-2.0

// Package gather finds the stamps of the journeys that begin in a group: its own and those
// that were joined to it, each behind what it continues, in an order in which that of their
// arrival is forgotten. A span that is of several messages is there once for each. It is a
// function of the stamps that are held, and changes nothing of them but that groups which
// it looks at are thawed.
//
//	spread   children, and what links to them
//	batch    sends and takers of several messages
//	made     sends beside what they send
//	beside   takers beside the send
//	place    what found its message by a name
package gather

import (
	"cmp"
	"slices"

	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// None is the index of no node.
const None = int32(-1)

// Node is a stamp while a journey is assessed. A stamp that continues several
// messages, as a batch does, is there once for each.
type Node struct {
	*state.Stamp
	*state.Profile
	IDs     *state.IDs
	Stage   span.Stage   // the profile's, which every pass asks for
	Outcome span.Outcome // likewise
	Error   bool

	At        uint32 // the stamp
	Group     uint32
	Via       uint32      // the link that brought it here; 0: its parent did, or nothing
	By        state.Match // without a link: how it was found to continue what is no parent of it
	Continues int32       // the node that it continues, always one before it; none: it stands at the top
	Joint     int32       // the nearest node at or above it that a link brought here
	Place     int32       // in canonical order; none: left out
	Gone      bool        // it is another copy's part
	Common    bool        // it belongs to several messages, through a batch
	Singled   bool        // a link of the batch says which of them this one is
	Blurred   bool        // of a send: somebody took one of its messages, and nothing tells which; or whose it is
	Of        int32       // of a send without links: the creations beside it that it is taken to be of

	Began, Ended int64 // the stamp's, by our clock
	Suspect      bool  // the clock that they are of is

	depth int32  // links above it
	copy  uint64 // tells the copies of a stamp apart, the same in every run
	sent  int32  // the send of a batch whose links tell its messages apart, above it; none: who takes it is known
}

// Gathering is what is gathered of one group after the other, in the same memory.
type Gathering struct {
	Nodes  []Node
	Sorted []int32 // those that stay, in canonical order
	Left   []Left  // who continues something else than what it stands below

	texts    []state.IDs
	noIDs    state.IDs
	jointly  []int32 // linked nodes
	leaning  []leaning
	awaited  map[span.ID]int32 // creations that are not here: the node of the send that links to them
	places   places
	besides  besides
	takers   takers // of the send that was looked at last
	children []uint32
	epoch    uint32 // counts the gatherings
	distinct int    // spans gathered
	passed   map[int32]bool
}

// New makes one of nothing.
func New() Gathering {
	return Gathering{places: newPlaces(), besides: besides{offered: map[nameIn]struct{}{}}, awaited: map[span.ID]int32{}, passed: map[int32]bool{}}
}

// Left is a stamp below a node that continues something else, by a link or by a name.
type Left struct {
	Below int32
	Stamp *state.Stamp
}

// Linked tells whether a link or a name brought some node here.
func (all *Gathering) Linked() bool { return len(all.jointly) > 0 }

// Good tells whether the stamp passed its stage.
func (n *Node) Good() bool { return !n.Error && n.Outcome == span.Unsaid }

// Bounds of what is gathered, however the links lead.
const (
	maxNodes  = 1 << 17 // of the journeys that begin in one group
	MaxCopies = 64      // nodes for each span
)

// Of collects the stamps of every journey that begins in a group: its own and,
// through links, those of other groups, each after what it continues. Then it
// orders them by time and id, so that the order of arrival is forgotten here.
func (all *Gathering) Of(st *state.State, g uint32) {
	all.Nodes, all.texts, all.jointly, all.leaning, all.Left = all.Nodes[:0], all.texts[:0], all.jointly[:0], all.leaning[:0], all.Left[:0]
	all.epoch++
	all.besides.reset()
	all.distinct, all.takers.of = 0, 0
	group := st.Groups.At(g)
	all.awaitSent(st, group)
	all.addTops(st, g, group)
	for s := group.Loose; s != 0; s = st.Stamps.At(s).Sibling {
		all.addTold(st, s, g, None)
	}
	all.spread(st, 0)
	if group.Dangling != 0 {
		all.gatherDangling(st, g, group)
	}
	all.setRight(st)
	if len(all.leaning) > 0 {
		all.placeNamed(st)
	}
	if len(all.jointly) > 1 {
		all.dropRedundant(st)
	}
	all.sort(st)
}

// setRight gives the nodes the times that they have by our clock.
func (all *Gathering) setRight(st *state.State) {
	if !st.Clocks.Wrong() {
		return
	}
	for i := range all.Nodes {
		n := &all.Nodes[i]
		ahead, suspect := st.Clocks.Ahead(n.Host)
		n.Began, n.Ended, n.Suspect = n.Began-ahead, n.Ended-ahead, suspect
	}
}

func (all *Gathering) addNode(st *state.State, s, g, via uint32, parent int32) (added bool) {
	stamp := st.Stamps.At(s)
	if !all.makesRoom(stamp) {
		return false
	}
	n := all.node()
	n.Stamp, n.Profile, n.IDs = stamp, st.Profiles.At(stamp.Profile), &all.noIDs
	n.At, n.Group, n.Via, n.Continues, n.Joint = s, g, via, parent, None
	n.Began, n.Ended = stamp.Start, stamp.End
	n.Stage, n.Outcome, n.Error = n.Profile.Stage, n.Profile.Outcome, n.Profile.Error
	n.sent = None
	if stamp.Texts != 0 || via != 0 && st.Edges.At(via).Text != 0 {
		n.IDs = all.idsOf(st, n)
	}
	if parent != None {
		above := &all.Nodes[parent]
		n.Joint, n.copy, n.depth, n.Common = above.Joint, above.copy, above.depth, above.Common
		if n.sent = above.sent; n.Stage == span.Published || n.Consumes() {
			n.sent = None
		}
	}
	if stamp.Linked && (via != 0 || parent == None || !st.KeepsParent(stamp)) {
		all.jointly = append(all.jointly, int32(len(all.Nodes)-1))
		n.Joint = int32(len(all.Nodes) - 1)
	}
	n.Common = n.Common || stamp.Shared() > 1 || stamp.Linked && st.TakesTwo(stamp)
	if stamp.Shared() > 1 && n.Stage == span.Published && (stamp.Links > 1 || n.Singled) {
		n.sent = int32(len(all.Nodes) - 1)
	}
	return true
}

// idsOf are the texts of a stamp and, over them, what a link says of the one message.
func (all *Gathering) idsOf(st *state.State, n *Node) *state.IDs {
	text := state.TextRef(0)
	if n.Via != 0 {
		text = st.Edges.At(n.Via).Text
		n.Singled = n.Singled || text != 0
	}
	all.texts = append(all.texts, st.TextsBy(n.Stamp, text))
	return &all.texts[len(all.texts)-1]
}

// node makes room for one more, keeping the memory of the last assessment.
func (all *Gathering) node() *Node {
	if len(all.Nodes) < cap(all.Nodes) {
		all.Nodes = all.Nodes[:len(all.Nodes)+1]
	} else {
		all.Nodes = append(all.Nodes, Node{})
	}
	n := &all.Nodes[len(all.Nodes)-1]
	*n = Node{}
	return n
}

// addLinked adds the stamp that a link starts from, unless it is on the way to itself.
func (all *Gathering) addLinked(st *state.State, e uint32, to int32) (added bool) {
	edge := st.Edges.At(e)
	start := st.StartOf(edge)
	copy := hashLink(0, edge, st)
	depth := int32(1)
	if to != None {
		copy, depth = hashLink(all.Nodes[to].copy, edge, st), all.Nodes[to].depth+1
		for j := all.Nodes[to].Joint; j != None; j = all.jointAbove(j) {
			if all.Nodes[j].At == start {
				return false
			}
		}
	}
	if depth > state.MaxDepth || !all.addNode(st, start, edge.From, e, to) {
		return false
	}
	n := &all.Nodes[len(all.Nodes)-1]
	n.copy, n.depth = copy, depth
	return true
}

// makesRoom counts a stamp in, if there is any room. Where everything links to
// everything, the ways that lead to a span are more than anyone can follow: copies
// may outnumber the spans, but not without bound.
func (all *Gathering) makesRoom(stamp *state.Stamp) bool {
	room := all.hasRoom(stamp)
	if stamp.Gathered != all.epoch {
		stamp.Gathered = all.epoch
		all.distinct++
	}
	return room
}

// hasRoom tells whether there is room for a stamp.
func (all *Gathering) hasRoom(stamp *state.Stamp) bool {
	return len(all.Nodes) < maxNodes && (stamp.Gathered != all.epoch || len(all.Nodes) < MaxCopies*all.distinct)
}

func (all *Gathering) jointAbove(j int32) int32 {
	if parent := all.Nodes[j].Continues; parent != None {
		return all.Nodes[parent].Joint
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
func (all *Gathering) heir(g uint32) int32 {
	publish, top, publishes, tops := None, None, 0, 0
	for i := range all.Nodes {
		n := &all.Nodes[i]
		if n.Group != g || n.Joint != None {
			continue
		}
		if n.Stage == span.Published {
			publish = int32(i)
			publishes++
		}
		if n.Continues == None {
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
func (all *Gathering) dropRedundant(st *state.State) {
	slices.SortStableFunc(all.jointly, func(x, y int32) int { return cmp.Compare(all.Nodes[x].At, all.Nodes[y].At) })
	for from := 0; from < len(all.jointly); {
		to := from + 1
		for to < len(all.jointly) && all.Nodes[all.jointly[to]].At == all.Nodes[all.jointly[from]].At {
			to++
		}
		if to-from > 1 {
			all.keepDeepest(all.jointly[from:to])
		}
		from = to
	}
	for i := range all.Nodes {
		if n := &all.Nodes[i]; n.Continues != None {
			n.Gone = n.Gone || all.Nodes[n.Continues].Gone
		}
	}
}

func (all *Gathering) keepDeepest(copies []int32) {
	clear(all.passed)
	for _, c := range copies {
		for up := all.Nodes[c].Continues; up != None; {
			if up = all.Nodes[up].Continues; up == None || all.passed[up] {
				break
			}
			all.passed[up] = true
		}
	}
	for _, c := range copies {
		if up := all.Nodes[c].Continues; up != None && all.passed[up] {
			all.Nodes[c].Gone = true
		}
	}
}
