// SPDX-License-Identifier: Apache-2.0

package gather

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/hopstamp/hopstamp/internal/track/state"
)

// sort puts the nodes that stay in canonical order.
func (all *Gathering) sort(st *state.State) {
	all.Sorted = all.Sorted[:0]
	for i := range all.Nodes {
		if !all.Nodes[i].Gone {
			all.Sorted = append(all.Sorted, int32(i))
		}
	}
	if len(all.Sorted) <= state.FewStamps {
		all.sortFew(st)
	} else {
		slices.SortFunc(all.Sorted, func(x, y int32) int { return all.compare(st, &all.Nodes[x], &all.Nodes[y]) })
	}
	for place, i := range all.Sorted {
		all.Nodes[i].Place = int32(place)
	}
}

// sortFew is a plain insertion sort, for the few spans of most messages.
func (all *Gathering) sortFew(st *state.State) {
	for i := 1; i < len(all.Sorted); i++ {
		moved := all.Sorted[i]
		n := &all.Nodes[moved]
		j := i
		for ; j > 0; j-- {
			before := &all.Nodes[all.Sorted[j-1]]
			if before.Began < n.Began || before.Began == n.Began && all.compare(st, before, n) <= 0 {
				break
			}
			all.Sorted[j] = all.Sorted[j-1]
		}
		all.Sorted[j] = moved
	}
}

// compare is the canonical order: by time, and at the same time, which coarse
// clocks show often, what is continued before what continues it.
func (all *Gathering) compare(st *state.State, x, y *Node) int {
	if x.Began != y.Began {
		return cmp.Compare(x.Began, y.Began)
	}
	if order := cmp.Or(cmp.Compare(all.height(x), all.height(y)), bytes.Compare(x.Span[:], y.Span[:]), cmp.Compare(x.Event, y.Event), cmp.Compare(x.copy, y.copy)); order != 0 {
		return order
	}
	return bytes.Compare(st.Groups.At(x.Group).Trace[:], st.Groups.At(y.Group).Trace[:])
}

// height is how many nodes are above one.
func (all *Gathering) height(n *Node) (above int) {
	for n.Continues != None {
		n = &all.Nodes[n.Continues]
		above++
	}
	return above
}
