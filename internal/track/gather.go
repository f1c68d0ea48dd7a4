// SPDX-License-Identifier: Apache-2.0

package track

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// none is the index of no node.
const none = int32(-1)

// node is a stamp while a journey is assessed.
type node struct {
	*stamp
	*profile
	ids
	group  uint32
	via    uint32 // edge that brought it here, for the first stamp of a joined part
	parent int32  // the node that it continues
	rule   journey.Rule
	root   int32 // the node its message begins with
	level  int32 // how many publishes are above it
	branch int32
	who    int32 // recipient; none: all of the branch
}

// good tells whether the stamp passed its stage.
func (n *node) good() bool { return !n.Error && n.Outcome == span.Unsaid }

// part asks for the stamps of a group that stand under one of its linked stamps,
// or, with anchor 0, under none of them.
type part struct{ group, anchor, via uint32 }

// gather collects the stamps of every journey that begins in a group: its own and,
// through links, those of other groups. They come in canonical order, by time and
// id, so that the order of arrival is forgotten here.
func (a *assessor) gather(t *Tracker, g uint32) {
	a.nodes, a.parts = a.nodes[:0], append(a.parts[:0], part{group: g})
	for i := 0; i < len(a.parts); i++ {
		a.addPart(t, a.parts[i])
	}
	slices.SortFunc(a.nodes, func(x, y node) int {
		return cmp.Or(cmp.Compare(x.start, y.start), bytes.Compare(x.span[:], y.span[:]), cmp.Compare(x.event, y.event))
	})
	a.resolve(t)
}

// addPart adds the stamps of a part, and asks for the parts that link to them.
func (a *assessor) addPart(t *Tracker, p part) {
	group := t.groups.at(p.group)
	from := len(a.nodes)
	for s := group.stamps; s != 0; {
		stamp := t.stamps.at(s)
		n := node{stamp: stamp, profile: t.profiles.all[stamp.profile], ids: t.texts.read(stamp.texts), group: p.group}
		if stamp.edges != 0 && s == p.anchor {
			n.via = p.via
		}
		if group.out == 0 || t.anchorOf(group, s) == p.anchor {
			a.nodes = append(a.nodes, n)
		}
		s = stamp.next
	}
	for e := group.in; e != 0; {
		edge := t.edges.at(e)
		if edge.from != p.group && len(a.parts) < maxParts && a.targets(a.nodes[from:], edge, p.anchor) {
			a.askFor(part{group: edge.from, anchor: edge.stamp, via: e})
		}
		e = edge.nextIn
	}
}

// maxParts bounds the links followed for one journey.
const maxParts = 1 << 16

// targets tells whether an edge leads to one of the nodes. A link to a span that
// did not arrive leads to what the trace itself began.
func (a *assessor) targets(nodes []node, edge *edge, anchor uint32) bool {
	for i := range nodes {
		if nodes[i].span == edge.target {
			return true
		}
	}
	return anchor == 0
}

func (a *assessor) askFor(wanted part) {
	for _, p := range a.parts {
		if p.group == wanted.group && p.anchor == wanted.anchor {
			return
		}
	}
	a.parts = append(a.parts, wanted)
}

// anchorOf is the nearest stamp at or above s, within the group, that links to
// another group; 0 when there is none.
func (t *Tracker) anchorOf(group *group, s uint32) uint32 {
	for range maxAncestors {
		stamp := t.stamps.at(s)
		for e := stamp.edges; e != 0; {
			edge := t.edges.at(e)
			if edge.to != edge.from {
				return s
			}
			e = edge.nextOfStamp
		}
		if s = t.parentIn(group, stamp); s == 0 {
			return 0
		}
	}
	return 0
}

// maxAncestors bounds a walk upwards: hostile spans may form a circle.
const maxAncestors = 128

func (t *Tracker) parentIn(group *group, of *stamp) uint32 {
	wanted := of.parent
	if wanted == (span.ID{}) {
		return 0
	}
	for s := group.stamps; s != 0; {
		stamp := t.stamps.at(s)
		if stamp.span == wanted && stamp.event == 0 && stamp != of {
			return s
		}
		s = stamp.next
	}
	return 0
}

// resolve finds what each node continues: its parent span, or the span it links to.
func (a *assessor) resolve(t *Tracker) {
	a.indexSpans()
	for i := range a.nodes {
		n := &a.nodes[i]
		n.parent, n.root, n.branch, n.who, n.rule = none, none, none, none, journey.ByParent
		if n.via == 0 && n.stamp.parent != (span.ID{}) {
			n.parent = a.find(n.group, n.stamp.parent, int32(i))
			continue
		}
		e := n.via
		if e == 0 {
			e = n.edges // a link into the own trace
		}
		if e != 0 {
			edge := t.edges.at(e)
			n.parent, n.rule = a.find(edge.to, edge.target, int32(i)), journey.ByLink
		}
	}
}

// spanKey names a span among the gathered groups.
type spanKey struct {
	group uint32
	span  span.ID
}

// fewNodes is the size up to which walking the nodes beats building an index.
const fewNodes = 24

func (a *assessor) indexSpans() {
	if len(a.nodes) <= fewNodes {
		return
	}
	clear(a.bySpan)
	for i := range a.nodes {
		if n := &a.nodes[i]; n.event == 0 {
			a.bySpan[spanKey{n.group, n.span}] = int32(i)
		}
	}
}

func (a *assessor) find(group uint32, id span.ID, except int32) int32 {
	if len(a.nodes) > fewNodes {
		if i, ok := a.bySpan[spanKey{group, id}]; ok && i != except {
			return i
		}
		return none
	}
	for i := range a.nodes {
		if n := &a.nodes[i]; n.span == id && n.event == 0 && n.group == group && int32(i) != except {
			return int32(i)
		}
	}
	return none
}

// above calls visit for the node and what it continues, upwards, until visit says stop.
func (a *assessor) above(i int32, visit func(i int32, n *node) (stop bool)) {
	for range maxAncestors {
		if i == none || visit(i, &a.nodes[i]) {
			return
		}
		i = a.nodes[i].parent
	}
}
