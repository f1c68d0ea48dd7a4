// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"github.com/hopstamp/hopstamp/internal/track/gather"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// None is the index of no node.
const None = gather.None

// node is a stamp that was gathered, and what is found out about it.
type node struct {
	*gather.Node
	above         // what it takes from those above it, see survey
	way           // see split
	root    int32 // the node its message begins with
	begins  bool  // a message begins with it
	fresh   bool  // one that another message caused
	handing bool  // a SERVER span that did no more than hand over a message
	holds   bool  // something stays at or below it that makes a message more than handed over
}

// gather lists the stamps of the journeys that begin in a group.
func (a *Assessor) gather(st *state.State, g uint32) {
	a.gathered.Of(st, g)
	a.linked = a.gathered.Linked()
	a.nodes = a.nodes[:0]
	for i := range a.gathered.Nodes {
		a.nodes = append(a.nodes, node{
			Node: &a.gathered.Nodes[i], root: None,
			way: way{branch: trunk, who: None, branches: None, sender: None, mark: None, part: None},
		})
	}
}
