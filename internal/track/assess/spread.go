// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"bytes"
	"slices"

	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// addTops adds the stamps at the top of a group. Below a span that is not here messages may
// have been created, too.
func (a *Assessor) addTops(st *state.State, g uint32, group *state.Group) {
	a.children = a.children[:0]
	creates := false
	for s := group.Tops; s != 0; s = st.Stamps.At(s).Sibling {
		if stamp := st.Stamps.At(s); !a.waitsForSent(st, s) {
			a.children = append(a.children, s)
			creates = creates || st.Profiles.Stage(stamp.Profile) == span.Created && stamp.Parent != span.ID{}
		}
	}
	if !creates {
		for _, s := range a.children {
			a.addStamp(st, s, g, None)
		}
		return
	}
	parent := func(s uint32) []byte { return st.Stamps.At(s).Parent[:] }
	slices.SortFunc(a.children, func(x, y uint32) int { return bytes.Compare(parent(x), parent(y)) })
	for from := 0; from < len(a.children); {
		to := from + 1
		for to < len(a.children) && st.Stamps.At(a.children[from]).Parent != (span.ID{}) && bytes.Equal(parent(a.children[to]), parent(a.children[from])) {
			to++
		}
		a.addMade(st, g, None, a.children[from:to])
		from = to
	}
}

// spread adds what continues the nodes from one on: children, and links to them.
func (a *Assessor) spread(st *state.State, from int) {
	for i := from; i < len(a.nodes); i++ {
		a.spreadNode(st, int32(i))
		if i == len(a.nodes)-1 && len(a.besides.waiting) > 0 {
			a.placeBesides(st)
		}
	}
}

func (a *Assessor) spreadNode(st *state.State, i int32) {
	parent := a.nodes[i].Stamp
	if n := &a.nodes[i]; n.sent == i && (n.via != 0 && parent.Links > state.FewLinks || n.of > 1) {
		a.spreadCopy(st, i)
		return
	}
	a.children = a.children[:0]
	creates := false
	for s := parent.Child; s != 0; {
		stamp := st.Stamps.At(s)
		if staysBelow(st, stamp, parent) {
			a.children = append(a.children, s)
			creates = creates || st.Profiles.Stage(stamp.Profile) == span.Created
		} else {
			a.leftBelow = append(a.leftBelow, left{i, stamp})
		}
		s = stamp.Sibling
	}
	slices.Reverse(a.children) // as they came, so that there is little to sort
	if creates {
		a.addMade(st, a.nodes[i].group, i, a.children)
	} else {
		for _, s := range a.children {
			a.addStamp(st, s, a.nodes[i].group, i)
		}
	}
	for e := parent.In; e != 0; e = st.Edges.At(e).NextIn {
		a.continueBy(st, e, i)
	}
}

// staysBelow tells whether a stamp is a part of what its parent is: one whose link is gone is not.
func staysBelow(st *state.State, stamp, parent *state.Stamp) bool {
	return !stamp.Linked || stamp.Edges != 0 || st.JoinsParent(parent)
}

// continueBy adds what continues a node by an edge, if it is of the node's message.
func (a *Assessor) continueBy(st *state.State, e uint32, i int32) {
	switch edge := st.Edges.At(e); {
	case !st.Leads(edge):
	case !a.takes(st, i, st.StartOf(edge), edge.Text):
	case st.Edges.At(e).By != state.ByLink:
		a.leaning = append(a.leaning, leaning{e, i})
	default:
		a.addLinked(st, e, i)
	}
}

// leadsNowhere tells whether a link to a missing span is of no use, because its stamp found by
// a name what it continues, or stands below its parent in the same trace.
func leadsNowhere(st *state.State, e uint32) bool {
	edge := st.Edges.At(e)
	own := st.Stamps.At(st.StartOf(edge)).Own
	return edge.By != state.ByLink || st.Ties(edge) || own != 0 && st.Edges.At(own).By != state.ByLink
}
