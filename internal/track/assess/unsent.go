// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"slices"

	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// A request may create a message for somewhere and publish others elsewhere. What it created
// and nothing is seen to send is a message on its way, too: it waits for its send, and whoever
// takes it proves that. Where some send may be of it and does not say so, nobody can tell
// whether that is one message or two, and it counts as one.

// findUnsent makes creations that nothing sent the ends of their ways, where others are published.
func (a *Assessor) findUnsent() {
	sends, listed := a.publishes, false
	for _, i := range a.members {
		n := &a.nodes[i]
		if len(sends) == 0 || !n.createsAlone() {
			continue
		}
		if !listed {
			a.listOpen(sends)
			listed = true
		}
		if !a.maySend(n) {
			n.sender, n.leaf = i, true
			a.publishes = append(a.publishes, i)
		}
	}
}

// createsAlone tells whether a span created a message by what it does and not by what it
// says, before anything was published or taken, and nothing is known to have sent that.
func (n *node) createsAlone() bool {
	return n.Stage == span.Created && !n.Explicit && n.Event == 0 && n.Good() && !n.Blurred && !n.after &&
		n.sender == None && n.published == None && n.consumer == 0
}

// listOpen lists where those of the sends go of which nothing tells what they sent.
func (a *Assessor) listOpen(sends []int32) {
	a.openTo = a.openTo[:0]
	for _, i := range sends {
		n := &a.nodes[i]
		if to := (state.Destination{System: n.System, Topic: n.Topic}); (n.created == None || n.created != n.Continues) && !slices.Contains(a.openTo, to) {
			a.openTo = append(a.openTo, to)
		}
	}
}

// maySend tells whether one of them may be of what was created.
func (a *Assessor) maySend(made *node) bool {
	for _, to := range a.openTo {
		if to.Topic == 0 || made.Topic == 0 || to.Topic == made.Topic && to.System == made.System {
			return true
		}
	}
	return false
}

// neverSent tells whether a branch ends with a creation.
func (a *Assessor) neverSent(b *branch) bool {
	return b.leaf != None && a.nodes[b.leaf].Stage == span.Created
}
