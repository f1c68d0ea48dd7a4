// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"slices"

	"github.com/hopstamp/hopstamp/internal/span"
)

// findRecipient gives a node of a branch the nearest recipient named at or above it.
func (a *Assessor) findRecipient(n *node) {
	b := n.branch
	if b == trunk {
		b = a.soleBranch(n)
	}
	if b < 0 {
		return
	}
	way := &a.branches[b]
	way.reached = way.reached || n.Stage >= span.Delivered
	way.announced = max(way.announced, int(n.Recipients))
	if n.named == None {
		return
	}
	who := a.recipient(b, a.nodes[n.named].IDs.Recipient)
	if n.branch != trunk {
		n.who = who
	}
}

// named is a recipient of a branch.
type named struct {
	branch int32
	name   string
}

// fewRecipients is the number up to which comparing names beats an index.
const fewRecipients = 8

// recipient numbers the recipients of a branch.
func (a *Assessor) recipient(b int32, name string) int32 {
	way := &a.branches[b]
	if len(way.who) <= fewRecipients {
		if who := slices.Index(way.who, name); who >= 0 {
			return int32(who)
		}
	} else if who, ok := a.whoIndex[named{b, name}]; ok {
		return who
	}
	way.who = append(way.who, name)
	last := len(way.who) - 1
	switch {
	case last == fewRecipients: // from the next one on the index is asked, so it must hold all
		for who, name := range way.who {
			a.whoIndex[named{b, name}] = int32(who)
		}
	case last > fewRecipients:
		a.whoIndex[named{b, name}] = int32(last)
	}
	return int32(last)
}

// soleBranch is the branch that a trunk node stands for when it stands for one
// alone: its own leaf's, or the only one there is.
func (a *Assessor) soleBranch(n *node) int32 {
	if len(a.branches) == 1 {
		return 0
	}
	if b := n.branches; b != None && n.leaf && !a.branches[b].shared {
		return b
	}
	return trunk
}

// expectRecipients adds the deliveries that were announced but not seen yet.
func (a *Assessor) expectRecipients(announced int) {
	known := 0
	for i := range a.branches {
		b := &a.branches[i]
		b.anonymous = max(0, b.announced-len(b.who))
		known += max(b.messages, len(b.who)+b.anonymous)
	}
	if missing := announced - known; missing > 0 {
		b := &a.branches[0]
		if len(b.who)+b.anonymous == 0 {
			missing += b.messages // its nameless deliveries are among them
		}
		b.anonymous += missing
	}
	for i := range a.branches {
		b := &a.branches[i]
		b.reached = b.reached || b.anonymous > 0 || announced > 0 || b.announced > 0
		if len(b.who)+b.anonymous == 0 {
			b.anonymous = b.messages
		}
	}
}
