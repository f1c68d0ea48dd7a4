// SPDX-License-Identifier: Apache-2.0

package track

import (
	"slices"

	"github.com/hopstamp/hopstamp/internal/span"
)

// branch is one way a message goes on after its last common publish: one publish
// to one consumer. A message that was not published yet has one branch without.
type branch struct {
	leaf      int32       // the publish; none before there is one
	consumer  span.Symbol // service; 0 before there is one
	ordinal   int         // among branches of equal topic and consumer
	shared    bool        // another consumer takes the same publish
	who       []string    // recipients named in the branch
	announced int         // recipients announced in the branch
	anonymous int         // deliveries expected beyond the named ones
	reached   bool        // some stamp shows a recipient being reached
}

// split divides the members of a message into trunk and branches.
func (a *assessor) split() {
	a.branches = a.branches[:0]
	a.findLeaves()
	for _, i := range a.members {
		if leaf, consumer, _ := a.wayOf(i); leaf != none && consumer != 0 {
			a.branchOf(leaf, consumer)
		}
	}
	a.addUnconsumed()
	if len(a.branches) == 0 {
		a.addBranch(branch{leaf: none})
	}
	for _, i := range a.members {
		a.nodes[i].branch = a.placeOf(i)
	}
	a.findRecipients()
	a.expectRecipients()
}

// placeOf is the branch of a node. A leaf itself is trunk: every consumer of it
// has it above. What stands under a leaf without a consumer goes to the first one.
func (a *assessor) placeOf(i int32) int32 {
	leaf, consumer, dead := a.wayOf(i)
	if dead {
		return aside
	}
	for b := range a.branches {
		way := &a.branches[b]
		if leaf == way.leaf && i != leaf && (consumer == 0 || consumer == way.consumer) {
			return int32(b)
		}
	}
	return trunk
}

const (
	trunk = int32(-1) // common to several branches
	aside = int32(-2) // after the verdict was said: a dead letter's own way is not the message's
)

// findLeaves marks the publishes below which nothing is published any more.
func (a *assessor) findLeaves() {
	a.leaves = a.leaves[:0]
	for _, i := range a.members {
		if a.nodes[i].Stage == span.Published && !a.afterVerdict(i) {
			a.leaves = append(a.leaves, i)
		}
	}
	for _, i := range slices.Clone(a.leaves) {
		a.above(a.nodes[i].parent, func(j int32, _ *node) bool {
			if at := slices.Index(a.leaves, j); at >= 0 {
				a.leaves = slices.Delete(a.leaves, at, at+1)
			}
			return false
		})
	}
}

// afterVerdict tells whether a span above said the outcome for good.
func (a *assessor) afterVerdict(i int32) (after bool) {
	a.above(a.nodes[i].parent, func(_ int32, n *node) bool {
		after = n.Outcome != span.Unsaid && n.Stage >= span.Consumed
		return after
	})
	return after
}

// wayOf finds the leaf publish above a node and the service that took it from there.
func (a *assessor) wayOf(i int32) (leaf int32, consumer span.Symbol, dead bool) {
	leaf = none
	a.above(i, func(j int32, n *node) bool {
		if n.Stage == span.Published {
			if slices.Contains(a.leaves, j) {
				leaf = j
			} else {
				dead = a.afterVerdict(j)
			}
			return true
		}
		if n.Stage == span.Consumed || n.Stage == span.Processed {
			consumer = n.Service
		}
		return false
	})
	return leaf, consumer, dead
}

func (a *assessor) branchOf(leaf int32, consumer span.Symbol) int32 {
	for b := range a.branches {
		if a.branches[b].leaf == leaf && a.branches[b].consumer == consumer {
			return int32(b)
		}
	}
	return a.addBranch(branch{leaf: leaf, consumer: consumer})
}

// addBranch keeps the memory of the recipients list.
func (a *assessor) addBranch(b branch) int32 {
	n := len(a.branches)
	if n < cap(a.branches) {
		a.branches = a.branches[:n+1]
		b.who = a.branches[n].who[:0]
		a.branches[n] = b
	} else {
		a.branches = append(a.branches, b)
	}
	return int32(n)
}

// addUnconsumed gives a branch to each leaf that nobody took yet, and tells apart
// branches of the same topic.
func (a *assessor) addUnconsumed() {
	for _, leaf := range a.leaves {
		if !slices.ContainsFunc(a.branches, func(b branch) bool { return b.leaf == leaf }) {
			a.addBranch(branch{leaf: leaf})
		}
	}
	slices.SortStableFunc(a.branches, func(x, y branch) int { return int(x.leaf) - int(y.leaf) })
	for i := range a.branches {
		b := &a.branches[i]
		for j := range a.branches {
			other := &a.branches[j]
			b.shared = b.shared || i != j && other.leaf == b.leaf
			if j < i && a.topic(other) == a.topic(b) && other.consumer == b.consumer {
				b.ordinal++
			}
		}
	}
}

func (a *assessor) topic(b *branch) span.Symbol {
	if b.leaf == none {
		return 0
	}
	return a.nodes[b.leaf].Topic
}

// findRecipients gives each node of a branch the nearest recipient named at or above it.
func (a *assessor) findRecipients() {
	for _, i := range a.members {
		n := &a.nodes[i]
		if n.branch == aside {
			continue
		}
		name := ""
		a.above(i, func(_ int32, above *node) bool {
			name = above.ids.recipient
			return name != ""
		})
		b := n.branch
		if b == trunk {
			if b = a.soleBranch(i); b == trunk {
				continue
			}
		}
		way := &a.branches[b]
		way.reached = way.reached || n.Stage >= span.Delivered
		way.announced = max(way.announced, int(min(n.recipients, maxRecipients)))
		if name == "" {
			continue
		}
		who := slices.Index(way.who, name)
		if who < 0 {
			who = len(way.who)
			way.who = append(way.who, name)
		}
		if n.branch != trunk {
			n.who = int32(who)
		}
	}
}

// maxRecipients bounds what a message may announce.
const maxRecipients = 100_000

// soleBranch is the branch that a trunk node stands for when it stands for one
// alone: its own leaf's, or the only one there is.
func (a *assessor) soleBranch(i int32) int32 {
	if len(a.branches) == 1 {
		return 0
	}
	sole := trunk
	for b := range a.branches {
		if a.branches[b].leaf == i && !a.branches[b].shared {
			sole = int32(b)
		}
	}
	return sole
}

// expectRecipients adds the deliveries that were announced but not seen yet.
func (a *assessor) expectRecipients() {
	announced, known := 0, 0
	for _, i := range a.members {
		if n := &a.nodes[i]; n.branch == trunk {
			announced = max(announced, int(min(n.recipients, maxRecipients)))
		}
	}
	for i := range a.branches {
		b := &a.branches[i]
		b.anonymous = max(0, b.announced-len(b.who))
		known += max(1, len(b.who)+b.anonymous)
	}
	if missing := announced - known; missing > 0 {
		b := &a.branches[0]
		if len(b.who)+b.anonymous == 0 {
			missing++ // its one nameless delivery is among them
		}
		b.anonymous += missing
	}
	for i := range a.branches {
		b := &a.branches[i]
		b.reached = b.reached || b.anonymous > 0 || announced > 0 || b.announced > 0
		if len(b.who)+b.anonymous == 0 {
			b.anonymous = 1
		}
	}
}
