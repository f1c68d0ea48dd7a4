// SPDX-License-Identifier: Apache-2.0

package gather

import (
	"bytes"
	"slices"

	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// addTops adds the stamps at the top of a group. Below a span that is not here messages may
// have been created, too.
func (all *Gathering) addTops(st *state.State, g uint32, group *state.Group) {
	all.children = all.children[:0]
	creates := false
	for s := group.Tops; s != 0; s = st.Stamps.At(s).Sibling {
		if stamp := st.Stamps.At(s); !all.waitsForSent(st, s) {
			all.children = append(all.children, s)
			creates = creates || st.Profiles.Stage(stamp.Profile) == span.Created && stamp.Parent != span.ID{}
		}
	}
	if !creates {
		for _, s := range all.children {
			all.addStamp(st, s, g, None)
		}
		return
	}
	parent := func(s uint32) []byte { return st.Stamps.At(s).Parent[:] }
	slices.SortFunc(all.children, func(x, y uint32) int { return bytes.Compare(parent(x), parent(y)) })
	for from := 0; from < len(all.children); {
		to := from + 1
		for to < len(all.children) && st.Stamps.At(all.children[from]).Parent != (span.ID{}) && bytes.Equal(parent(all.children[to]), parent(all.children[from])) {
			to++
		}
		all.addMade(st, g, None, all.children[from:to])
		from = to
	}
}

// spread adds what continues the nodes from one on: children, and links to them.
func (all *Gathering) spread(st *state.State, from int) {
	for i := from; i < len(all.Nodes); i++ {
		all.spreadNode(st, int32(i))
		if i == len(all.Nodes)-1 && len(all.besides.waiting) > 0 {
			all.placeBesides(st)
		}
	}
}

func (all *Gathering) spreadNode(st *state.State, i int32) {
	parent := all.Nodes[i].Stamp
	if n := &all.Nodes[i]; n.sent == i && (n.Via != 0 && parent.Links > state.FewLinks || n.Of > 1) {
		all.spreadCopy(st, i)
		return
	}
	all.children = all.children[:0]
	creates := false
	for s := parent.Child; s != 0; {
		stamp := st.Stamps.At(s)
		if staysBelow(st, stamp, parent) {
			all.children = append(all.children, s)
			creates = creates || st.Profiles.Stage(stamp.Profile) == span.Created
		} else {
			all.Left = append(all.Left, Left{i, stamp})
		}
		s = stamp.Sibling
	}
	slices.Reverse(all.children) // as they came, so that there is little to sort
	if creates {
		all.addMade(st, all.Nodes[i].Group, i, all.children)
	} else {
		for _, s := range all.children {
			all.addStamp(st, s, all.Nodes[i].Group, i)
		}
	}
	for e := parent.In; e != 0; e = st.Edges.At(e).NextIn {
		all.continueBy(st, e, i)
	}
}

// staysBelow tells whether a stamp is a part of what its parent is: one whose link is gone is not.
func staysBelow(st *state.State, stamp, parent *state.Stamp) bool {
	return !stamp.Linked || stamp.Edges != 0 || st.JoinsParent(parent)
}

// continueBy adds what continues a node by an edge, if it is of the node's message.
func (all *Gathering) continueBy(st *state.State, e uint32, i int32) {
	switch edge := st.Edges.At(e); {
	case !st.Leads(edge):
	case !all.takes(st, i, st.StartOf(edge), edge.Text):
	case st.Edges.At(e).By != state.ByLink:
		all.leaning = append(all.leaning, leaning{e, i})
	default:
		all.addLinked(st, e, i)
	}
}

// leadsNowhere tells whether a link to a missing span is of no use, because its stamp found by
// a name what it continues, or stands below its parent in the same trace.
func leadsNowhere(st *state.State, e uint32) bool {
	edge := st.Edges.At(e)
	own := st.Stamps.At(st.StartOf(edge)).Own
	return edge.By != state.ByLink || st.Ties(edge) || own != 0 && st.Edges.At(own).By != state.ByLink
}
