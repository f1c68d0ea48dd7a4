// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// above is what a node takes from the nodes above it. The nearest ones that matter
// are those since the last publish: what is before it is another hop.
type above struct {
	said      int32       // the topmost that says that a message begins, at or above it
	server    int32       // the topmost SERVER span, at or above it
	named     int32       // the nearest that names a recipient, at or above it
	published int32       // the nearest publish above it
	created   int32       // the nearest creation of a message above it since
	process   int32       // the nearest process span above it since
	call      int32       // the nearest outbound call above it since
	consumer  span.Symbol // the service that took the message since, at or above it
	level     int32       // publishes above it
	keyed     int32       // the topmost that names a message by a key, at or above it
	whole     bool        // nothing is missing above it
	after     bool        // something above it said the outcome
}

var nothingAbove = above{said: None, server: None, named: None, published: None, created: None, process: None, call: None, keyed: None}

// survey hands down what each node takes from those above it. A node stands after
// what it continues, so one pass is enough.
func (a *Assessor) survey(st *state.State) {
	for i := range a.nodes {
		n := &a.nodes[i]
		if n.Continues == None {
			n.above = nothingAbove
			n.whole = n.startsWhole()
		} else {
			n.inherit(&a.nodes[n.Continues])
			n.whole = n.whole && (n.Own == 0 || n.Via != 0)
			switch {
			case n.Stage == span.Published && n.after:
				a.revive(n)
			case n.Stage == span.Accepted && n.consumer != 0:
				a.callBack(n)
			}
		}
		if n.IDs.Key != "" && n.keyed == None {
			n.keyed = int32(i)
		}
		n.begins = a.begins(n)
		if n.begins && n.said == None {
			n.said = int32(i)
		}
		if n.Kind == span.Server && n.server == None {
			n.server = int32(i)
		}
		if n.IDs.Recipient != "" {
			n.named = int32(i)
		}
		if n.consumer == 0 && (n.Stage == span.Consumed || n.Stage == span.Processed) {
			n.consumer = n.Service
		}
	}
}

// startsWhole tells whether nothing is missing above a node that stands at the top. A
// send that links to nothing which is here is a message of its own until that comes.
func (n *node) startsWhole() bool {
	if n.Linked {
		return n.Via != 0 && !n.Consumes()
	}
	return n.Stamp.Parent == (span.ID{}) && n.Own == 0
}

// callBack decides what a request is that the processing of a message makes: its own
// message, if it says another key than that which caused it; else a part of the
// processing, which was accepted long ago.
func (a *Assessor) callBack(n *node) {
	switch {
	case n.said == None: // of what it is a part is not known
	case n.IDs.Key != "" && n.keyed != None && a.differ(a.nodes[n.keyed].IDs.Key, n.IDs.Key):
		n.above, n.fresh = nothingAbove, true
		n.whole = true
	case !n.Explicit:
		n.Stage = span.None
	}
}

// revive tells whether a publish drives a message back from where it ended, among the
// dead letters: it goes where the message had been on its way before. Then it is the
// next publish of that way, and what came in between is not part of it.
func (a *Assessor) revive(n *node) {
	before, consumer := None, span.Symbol(0)
	for up := n.Continues; up != None; up = a.nodes[up].Continues {
		above := &a.nodes[up]
		if above.after || above.Stage != span.Published {
			if !above.after && before == None && above.consumer != 0 {
				consumer = above.consumer
			}
			continue
		}
		if before == None {
			before = up
		}
		if above.Topic == n.Topic && above.System == n.System {
			n.after, n.published, n.consumer = false, before, consumer
			return
		}
	}
}

// inherit takes over what is true of all below a node.
func (n *node) inherit(from *node) {
	n.above = from.above
	n.after = n.after || from.Outcome != span.Unsaid && (from.Stage >= span.Consumed || from.consumer != 0)
	switch from.Stage {
	case span.Published:
		n.published, n.created, n.process, n.call, n.consumer = n.Continues, None, None, None, 0
		n.level++
	case span.Created:
		n.created = n.Continues
	case span.Processed:
		n.process = n.Continues
	case span.Invoked:
		n.call = n.Continues
	}
}
