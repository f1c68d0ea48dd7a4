// SPDX-License-Identifier: Apache-2.0

package track

import (
	"bytes"
	"slices"

	"github.com/hopstamp/hopstamp/internal/span"
)

// addTops adds the stamps at the top of a group. Below a span that is not here messages may
// have been created, too.
func (a *assessor) addTops(t *State, g uint32, group *group) {
	a.children = a.children[:0]
	creates := false
	for s := group.tops; s != 0; s = t.stamps.at(s).sibling {
		if stamp := t.stamps.at(s); !a.waitsForSent(t, s) {
			a.children = append(a.children, s)
			creates = creates || t.profiles.stage(stamp.profile) == span.Created && stamp.parent != span.ID{}
		}
	}
	if !creates {
		for _, s := range a.children {
			a.addStamp(t, s, g, none)
		}
		return
	}
	parent := func(s uint32) []byte { return t.stamps.at(s).parent[:] }
	slices.SortFunc(a.children, func(x, y uint32) int { return bytes.Compare(parent(x), parent(y)) })
	for from := 0; from < len(a.children); {
		to := from + 1
		for to < len(a.children) && t.stamps.at(a.children[from]).parent != (span.ID{}) && bytes.Equal(parent(a.children[to]), parent(a.children[from])) {
			to++
		}
		a.addMade(t, g, none, a.children[from:to])
		from = to
	}
}

// spread adds what continues the nodes from one on: children, and links to them.
func (a *assessor) spread(t *State, from int) {
	for i := from; i < len(a.nodes); i++ {
		a.spreadNode(t, int32(i))
		if i == len(a.nodes)-1 && len(a.besides.waiting) > 0 {
			a.placeBesides(t)
		}
	}
}

func (a *assessor) spreadNode(t *State, i int32) {
	parent := a.nodes[i].stamp
	if n := &a.nodes[i]; n.sent == i && (n.via != 0 && parent.links > fewLinks || n.of > 1) {
		a.spreadCopy(t, i)
		return
	}
	a.children = a.children[:0]
	creates := false
	for s := parent.child; s != 0; {
		stamp := t.stamps.at(s)
		if staysBelow(t, stamp, parent) {
			a.children = append(a.children, s)
			creates = creates || t.profiles.stage(stamp.profile) == span.Created
		} else {
			a.leftBelow = append(a.leftBelow, left{i, stamp})
		}
		s = stamp.sibling
	}
	slices.Reverse(a.children) // as they came, so that there is little to sort
	if creates {
		a.addMade(t, a.nodes[i].group, i, a.children)
	} else {
		for _, s := range a.children {
			a.addStamp(t, s, a.nodes[i].group, i)
		}
	}
	for e := parent.in; e != 0; e = t.edges.At(e).nextIn {
		a.continueBy(t, e, i)
	}
}

// staysBelow tells whether a stamp is a part of what its parent is: one whose link is gone is not.
func staysBelow(t *State, stamp, parent *stamp) bool {
	return !stamp.linked || stamp.edges != 0 || t.joinsParent(parent)
}

// continueBy adds what continues a node by an edge, if it is of the node's message.
func (a *assessor) continueBy(t *State, e uint32, i int32) {
	switch edge := t.edges.At(e); {
	case !t.leads(edge):
	case !a.takes(t, i, t.startOf(edge), edge.text):
	case t.edges.At(e).by != byLink:
		a.leaning = append(a.leaning, leaning{e, i})
	default:
		a.addLinked(t, e, i)
	}
}

// leadsNowhere tells whether a link to a missing span is of no use, because its stamp found by
// a name what it continues, or stands below its parent in the same trace.
func leadsNowhere(t *State, e uint32) bool {
	edge := t.edges.At(e)
	own := t.stamps.at(t.startOf(edge)).own
	return edge.by != byLink || t.ties(edge) || own != 0 && t.edges.At(own).by != byLink
}
