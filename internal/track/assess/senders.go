// SPDX-License-Identifier: Apache-2.0

package assess

import "github.com/hopstamp/hopstamp/internal/span"

// A send that only counts its messages may stand beside the spans that created them, and
// have no link to any. Where it is the only one that they can be of, who takes what was
// created takes one of its messages.

// maxBeside is the number of sends of one message up to which such are looked for.
const maxBeside = 64

// findSenders finds what was created beside a send that only counts: as many messages of
// its destination as it covers, or fewer, and no other send of those beside it.
func (a *Assessor) findSenders() {
	if a.listUnsent(); len(a.unsent) == 0 || len(a.publishes) > maxBeside {
		return
	}
	for _, i := range a.publishes {
		send, made := &a.nodes[i], 0
		if send.covers() == 1 || send.Stamp.Links > 0 || !a.sendsAlone(i) {
			continue
		}
		for _, j := range a.unsent {
			if a.nodes[j].madeBeside(send) {
				made++
			}
		}
		for _, j := range a.unsent {
			if made <= send.covers() && a.nodes[j].madeBeside(send) {
				a.nodes[j].sender = i
			}
		}
	}
}

// listUnsent lists the creations that no send links to.
func (a *Assessor) listUnsent() {
	a.unsent = a.unsent[:0]
	for _, i := range a.members {
		if n := &a.nodes[i]; n.Stage == span.Created && n.sender == None {
			a.unsent = append(a.unsent, i)
		}
	}
}

// madeBeside tells whether a message may have been created to be sent by a send.
func (n *node) madeBeside(send *node) bool { return n.beside(send) && n.Began <= send.Ended }

// beside tells whether two make something for one destination, below the same span.
func (n *node) beside(other *node) bool {
	return n.Continues == other.Continues && n.Topic == other.Topic && n.System == other.System
}

// sendsAlone tells whether no other send is beside one.
func (a *Assessor) sendsAlone(i int32) bool {
	for _, j := range a.publishes {
		if j != i && a.nodes[j].beside(&a.nodes[i]) {
			return false
		}
	}
	return true
}

// sentBy is the publish that sent what a node took.
func (a *Assessor) sentBy(n *node) int32 {
	if n.created != None && a.nodes[n.created].sender != None && n.consumer != 0 {
		return a.nodes[n.created].sender
	}
	return n.published
}
