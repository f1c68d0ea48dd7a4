// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"cmp"
	"encoding/hex"

	"github.com/hopstamp/hopstamp/internal/span"
)

// A send may say only how many messages it covers. They are as many deliveries, told
// apart by who takes them: each try to process one is taken for another message, as
// long as there are some left and neither says its name. What nobody is seen to take
// is the rest, of which nobody can know more.

// part is what one of a send's consumers took of such a batch.
type part struct {
	publish  int32
	consumer span.Symbol
	first    int32 // the node that took it
	messages int   // that it stands for
	named    bool  // the taker says which message it is
	good     bool  // some try went well
}

// toConsumer is the side of a send that one consumer sees.
type toConsumer struct {
	publish  int32
	consumer span.Symbol
}

// namedPart is a message that takers on one side name.
type namedPart struct {
	toConsumer
	name string
}

// remains tells whether a node is what the links of a send do not tell of.
func (n *node) remains() bool {
	return n.Via == 0 && n.Stage == span.Published && n.Stamp.Links > 0 && n.Stamp.Batch > n.Stamp.Links
}

// covers is the number of messages of a send that a node stands for.
func (n *node) covers() int {
	switch {
	case n.Stage != span.Published || n.Stamp.Batch <= 1 || n.Profile.Kind == span.Consumer:
		return 1
	case n.Via == 0:
		return max(1, int(n.Stamp.Batch)-int(n.Stamp.Links))
	case n.Stamp.Links <= 1 && !n.Singled && (n.created == None || n.created != n.Continues):
		return int(n.Stamp.Batch)
	}
	return 1
}

// findParts numbers the parts of the sends that cover more than is told apart, and
// gives each node its own.
func (a *Assessor) findParts() {
	a.parts, a.takers = a.parts[:0], a.takers[:0]
	clear(a.taken)
	clear(a.branchOfPart)
	clear(a.partNamed)
	for i := range a.nodes {
		n := &a.nodes[i]
		n.part = None
		if n.Continues == None || n.root == None || n.Gone {
			continue
		}
		if above := &a.nodes[n.Continues]; n.Stage != span.Published && above.part != None {
			n.part = above.part
		} else if a.isTaker(n) {
			n.part = int32(len(a.takers))
			a.takers = append(a.takers, int32(i))
		}
	}
	a.partOf = a.partOf[:0]
	for range a.takers {
		a.partOf = append(a.partOf, None)
	}
	for _, i := range a.members {
		if n := &a.nodes[i]; n.part != None && a.takers[n.part] == i {
			a.partOf[n.part] = a.takePart(i)
		}
	}
	for _, i := range a.members {
		if n := &a.nodes[i]; n.part != None {
			n.part = a.partOf[n.part]
		}
	}
}

// isTaker tells whether a node takes messages of such a batch. Who receives several is
// none: those who process them are.
func (a *Assessor) isTaker(n *node) bool {
	if by := a.sentBy(n); by == None || a.nodes[by].covers() == 1 {
		return false
	}
	return n.Stage == span.Processed || n.Stage == span.Consumed && (n.Shared() <= 1 || n.Singled)
}

// takePart is the part that a taker has, one of its own if it may be.
func (a *Assessor) takePart(i int32) int32 {
	n := &a.nodes[i]
	side := toConsumer{a.sentBy(n), n.consumer}
	covered, name := a.nodes[side.publish].covers(), a.nameInBatch(n)
	if p, known := a.partNamed[namedPart{side, name}]; known {
		a.parts[p].good = a.parts[p].good || n.Good()
		return p
	}
	left := covered - a.taken[side]
	if left <= 0 && name == "" {
		return a.triedAgain(side, n)
	}
	part := part{publish: side.publish, consumer: side.consumer, first: i, messages: 1, named: name != "", good: n.Good()}
	if n.Stamp.Links <= 1 && !part.named {
		part.messages = min(max(1, int(n.Stamp.Batch)), max(1, left))
	}
	a.taken[side] += part.messages
	a.parts = append(a.parts, part)
	if part.named {
		a.partNamed[namedPart{side, name}] = int32(len(a.parts) - 1)
	}
	return int32(len(a.parts) - 1)
}

// triedAgain is the part of a try that comes when all messages were taken: the first
// that failed so far, or else the last.
func (a *Assessor) triedAgain(side toConsumer, n *node) int32 {
	again := None
	for p := range a.parts {
		part := &a.parts[p]
		if part.publish != side.publish || part.consumer != side.consumer {
			continue
		}
		if again = int32(p); !part.good && !part.named {
			break
		}
	}
	a.parts[again].good = a.parts[again].good || n.Good()
	return again
}

// nameInBatch is by what it is known which message a taker took: what it says, else what
// was created and it continues; empty when nothing tells.
func (a *Assessor) nameInBatch(n *node) string {
	name := n.nameInBatch()
	if name != "" || a.sentBy(n) == n.published {
		return name
	}
	made := &a.nodes[n.created]
	return cmp.Or(made.IDs.Message, made.IDs.Key, made.IDs.Coordinate, hex.EncodeToString(made.Span[:]))
}

// nameInBatch is by what a taker says it; empty when it does not.
func (n *node) nameInBatch() string {
	switch {
	case n.Shared() > 1 && !n.Singled:
		return ""
	case n.IDs.Message != "":
		return n.IDs.Message
	case n.IDs.Key != "":
		return n.IDs.Key
	}
	return n.IDs.Coordinate
}

// addRests adds a branch for what no consumer of a batch is seen to have taken: of each
// of them, or of nobody.
func (a *Assessor) addRests() {
	for _, i := range a.publishes {
		n, seen := &a.nodes[i], false
		covered := n.covers()
		if covered == 1 {
			continue
		}
		for p := range a.parts {
			side := toConsumer{a.parts[p].publish, a.parts[p].consumer}
			if side.publish != i {
				continue
			}
			if taken := a.taken[side]; taken < covered {
				a.addBranch(i, side.consumer, None)
				a.branches[len(a.branches)-1].messages, a.branches[len(a.branches)-1].rest = covered-taken, true
			}
			a.taken[side], seen = covered, true // once for each consumer
		}
		if !seen && n.leaf && n.branches == None && !a.wrapped(i) {
			a.addBranch(i, 0, None)
			a.branches[len(a.branches)-1].messages, a.branches[len(a.branches)-1].rest = covered, true
		}
	}
}

// Rest tells whether a delivery stands for those of a batch that nobody is known to have taken.
func (f *Finding) Rest() bool { return f.branch.rest }

// Estimated tells whether a delivery was seen in part only, or is told apart from others by count.
func (f *Finding) Estimated(a *Assessor) bool { return f.sampled || f.branch.guessed(a) }

// guessed tells whether a delivery is told apart from others by count only.
func (b *branch) guessed(a *Assessor) bool {
	if b.part != None {
		return !a.parts[b.part].named
	}
	return b.rest || b.leaf != None && b.consumer == 0 && a.nodes[b.leaf].remains()
}
