// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"cmp"
	"slices"

	"github.com/hopstamp/hopstamp/internal/span"
)

// branch is one way a message goes on after its last common publish: one publish
// to one consumer. A message that was not published yet has one branch without.
type branch struct {
	leaf      int32       // the publish, or what was created and never sent; none before there is one
	consumer  span.Symbol // service; 0 before there is one
	part      int32       // of a batch that the consumer took; none: it has no parts, or this is the rest
	messages  int         // that it stands for, when those of a batch are not told apart
	rest      bool        // nobody is seen to have taken them
	next      int32       // branch of the same publish
	ordinal   int         // of the publish among those of equal topic
	shared    bool        // another consumer takes the same publish
	reached   bool        // some stamp shows a recipient being reached
	who       []string    // recipients named in the branch
	announced int         // recipients announced in the branch
	anonymous int         // deliveries expected beyond the named ones
}

// split divides the members of a message into trunk and branches.
func (a *Assessor) split() {
	a.branches = a.branches[:0]
	a.findLeaves()
	if a.bulk {
		a.findParts()
	}
	for _, i := range a.members {
		n := &a.nodes[i]
		n.last, n.dead = a.wayOf(n)
		if n.last != a.sentBy(n) {
			n.part = None
		}
		if n.consumer != 0 && n.last != None && a.branchOf(n) == None && !a.jointlyTaken(n) {
			a.addBranch(n.last, n.consumer, n.part)
		}
	}
	if a.bulk {
		a.addRests()
	}
	for _, i := range a.publishes {
		if a.nodes[i].leaf && a.nodes[i].branches == None && !a.wrapped(i) {
			a.addBranch(i, 0, None)
		}
	}
	if len(a.branches) == 0 {
		a.addBranch(None, 0, None)
	}
	a.orderBranches()
	a.expectRecipients(a.placeAll())
}

// placeAll tells each node where it stands and for whom, and lists those of the branches and what
// the ways have in common, without the publishes at their ends. It gives the number
// of recipients that was announced to all.
func (a *Assessor) placeAll() (announced int) {
	a.trunk, a.order = a.trunk[:0], a.order[:0]
	if len(a.whoIndex) > 0 {
		clear(a.whoIndex)
	}
	for _, i := range a.members {
		n := &a.nodes[i]
		n.branch = a.placeOf(n)
		a.findRecipient(n)
		switch {
		case n.branch >= 0:
			a.order = append(a.order, i)
		case n.branch == trunk:
			announced = max(announced, int(n.Recipients))
			if !n.leaf {
				a.trunk = append(a.trunk, i)
			}
		}
	}
	return announced
}

// placeOf is the branch of a node. A leaf itself is trunk: every consumer of it
// has it above. What stands under a leaf without a consumer goes to the first one.
func (a *Assessor) placeOf(n *node) int32 {
	switch {
	case n.dead:
		return aside
	case a.branches[0].leaf == None:
		return 0
	case n.last == None:
		return trunk
	case n.consumer == 0:
		return a.nodes[n.last].branches
	case a.jointlyTaken(n):
		return trunk
	}
	return a.branchOf(n)
}

// jointlyTaken tells whether a node received several messages of a batch, or stands behind
// who did and before those who took one each.
func (a *Assessor) jointlyTaken(n *node) bool {
	return a.bulk && n.part == None && a.nodes[n.last].covers() > 1
}

// branchOf is the branch of a node that stands behind a consumer.
func (a *Assessor) branchOf(n *node) int32 {
	b := a.nodes[n.last].branches
	if a.bulk && n.part != None {
		if b, known := a.branchOfPart[n.part]; known {
			return b
		}
		return None
	}
	for b != None && a.branches[b].consumer != n.consumer {
		b = a.branches[b].next
	}
	return b
}

// addBranch keeps the memory of the recipients list.
func (a *Assessor) addBranch(leaf int32, consumer span.Symbol, part int32) {
	n := len(a.branches)
	if n < cap(a.branches) {
		a.branches = a.branches[:n+1]
	} else {
		a.branches = append(a.branches, branch{})
	}
	b := &a.branches[n]
	*b = branch{leaf: leaf, consumer: consumer, next: None, part: part, messages: 1, who: b.who[:0]}
	if part != None {
		b.messages, a.branchOfPart[part] = a.parts[part].messages, int32(n)
	}
	if leaf != None {
		b.next, a.nodes[leaf].branches = a.nodes[leaf].branches, int32(n)
	}
}

// orderBranches brings branches into the order of their publishes, and tells apart
// those of the same topic.
func (a *Assessor) orderBranches() {
	if len(a.branches) == 1 {
		return
	}
	slices.SortStableFunc(a.branches, func(x, y branch) int {
		return cmp.Compare(a.nodes[x.leaf].Place, a.nodes[y.leaf].Place)
	})
	clear(a.topics)
	for i := range a.branches {
		b := &a.branches[i]
		if i > 0 && a.branches[i-1].leaf == b.leaf {
			a.shareFrom(i)
			b.ordinal = a.branches[i-1].ordinal
			continue
		}
		b.ordinal = a.topics[a.topic(b)]
		a.topics[a.topic(b)]++
		a.nodes[b.leaf].branches = None
	}
	for i := len(a.branches) - 1; i >= 0; i-- {
		b := &a.branches[i]
		b.next, a.nodes[b.leaf].branches = a.nodes[b.leaf].branches, int32(i)
		if b.part != None {
			a.branchOfPart[b.part] = int32(i)
		}
	}
}

// shareFrom marks a branch and those before it of the same publish, when another
// consumer takes it than the one before.
func (a *Assessor) shareFrom(i int) {
	b := &a.branches[i]
	if b.shared = a.branches[i-1].shared; b.shared || b.consumer == a.branches[i-1].consumer {
		return
	}
	for ; i >= 0 && a.branches[i].leaf == b.leaf; i-- {
		a.branches[i].shared = true
	}
}

func (a *Assessor) topic(b *branch) span.Symbol {
	if b.leaf == None {
		return 0
	}
	return a.nodes[b.leaf].Topic
}

// enter marks the publishes on the way to a branch, and lists what it has of the trunk.
func (a *Assessor) enter(b int32) {
	a.shared = a.shared[:0]
	leaf := a.branches[b].leaf
	if leaf == None {
		return
	}
	for i := leaf; i != None && a.nodes[i].mark != b; i = a.publishBefore(i) {
		a.nodes[i].mark = b
	}
	for _, i := range a.trunk {
		n := &a.nodes[i]
		by := a.sentBy(n)
		if n.Stage == span.Created && n.sender != None {
			by = n.sender // so that what was created for another way is left out
		}
		if n.Stage == span.Published && n.mark != b || by != None && a.nodes[by].mark != b {
			continue
		}
		a.shared = append(a.shared, i)
	}
	if a.nodes[leaf].leaf {
		a.shared = append(a.shared, leaf)
	}
}
