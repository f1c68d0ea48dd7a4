// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// findCalls marks the SERVER spans that only handed over messages which continue others:
// what stood below them left, and nothing that stays does anything with a message.
func (a *Assessor) findCalls(st *state.State) {
	found := false
	for _, l := range a.gathered.Left {
		if !st.Profiles.At(l.Stamp.Profile).Consumes() {
			continue // a send of what was created elsewhere
		}
		for up := l.Below; up != None; up = a.nodes[up].Continues {
			if n := &a.nodes[up]; n.Kind == span.Server && !n.Explicit && n.IDs.Key == "" && showsID(st, l.Stamp, n.IDs.Message) {
				n.handing, found = true, true
			}
		}
	}
	for i := len(a.nodes) - 1; found && i >= 0; i-- { // what is below one stands after it
		n := &a.nodes[i]
		n.holds = n.holds || !n.Gone && n.handles()
		n.handing = n.handing && !n.holds
		if n.holds && n.Continues != None {
			a.nodes[n.Continues].holds = true
		}
	}
}

// showsID tells whether a stamp or one of its links shows a message id, if that is any.
func showsID(st *state.State, stamp *state.Stamp, id string) bool {
	shows := id == "" || st.Texts.Read(stamp.Texts).Message == id
	for e := stamp.Edges; e != 0 && !shows; e = st.Edges.At(e).NextOfStamp {
		shows = st.Texts.Read(st.Edges.At(e).Text).Message == id
	}
	return shows
}

// handles tells whether a node does more with a message than to accept it and to call others.
func (n *node) handles() bool {
	return n.Produces() || n.Stage >= span.Consumed && n.Stage != span.Invoked || n.Explicit && n.Stage != span.None
}
