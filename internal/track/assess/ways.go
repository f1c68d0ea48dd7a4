// SPDX-License-Identifier: Apache-2.0

package assess

import "github.com/hopstamp/hopstamp/internal/span"

// way is where a node stands on the ways of its message.
type way struct {
	branch   int32 // see the constants
	who      int32 // recipient; none: all of the branch
	last     int32 // the publish that it stands behind as the last of its way; see wayOf
	dead     bool  // it stands behind a verdict that was said
	leaf     bool  // a publish behind which nothing is published any more, or a creation that nothing sent
	branches int32 // of a publish: the first branch that begins there
	sender   int32 // of a creation: the publish that sent what was created; itself: nothing did, see findUnsent
	mark     int32 // of a publish: the last branch that it was found on the way of
	part     int32 // of a batch, that it took or stands behind who did; none: see findParts
	inner    int32 // of a call: calls made by it
}

const (
	trunk = int32(-1) // common to several branches
	aside = int32(-2) // after the verdict was said: a dead letter's own way is not the message's
)

// onward names a consumer of a publish that publishes again: its processing only
// passes the message on.
type onward struct {
	publish  int32
	consumer span.Symbol
}

// findLeaves marks the publishes behind which nothing is published any more.
func (a *Assessor) findLeaves() {
	a.publishes, a.bulk = a.publishes[:0], false
	if len(a.onward) > 0 {
		clear(a.onward)
	}
	for _, i := range a.members {
		n := &a.nodes[i]
		a.message.sampled = a.message.sampled || n.Sampled
		if n.Stage != span.Published || n.after {
			continue
		}
		n.leaf = true
		a.publishes, a.bulk = append(a.publishes, i), a.bulk || n.covers() > 1
		if n.created != None && n.created == n.Continues && a.nodes[n.created].sender == None {
			a.nodes[n.created].sender = i
		}
	}
	if a.bulk {
		a.findSenders()
	}
	a.findUnsent()
	for _, i := range a.publishes {
		a.markOnward(i)
	}
	for _, i := range a.publishes {
		if n := &a.nodes[i]; n.leaf && !n.Good() {
			n.leaf = !a.retried(i)
		}
	}
}

// markOnward tells the publish before this one that it is not the last.
func (a *Assessor) markOnward(i int32) {
	if before := a.publishBefore(i); before != None {
		a.nodes[before].leaf = false
		a.onward[onward{before, a.nodes[i].consumer}] = struct{}{}
	}
}

// publishBefore is the publish before a publish.
func (a *Assessor) publishBefore(i int32) int32 {
	n := &a.nodes[i]
	if n.created != None && n.created != n.Continues && a.nodes[n.created].sender != None {
		return a.nodes[n.created].sender
	}
	return n.published
}

// wrapped tells whether a publish that nobody took is the inner one of two that a
// library and a framework recorded of the same hand-over, and the outer one was taken.
func (a *Assessor) wrapped(i int32) bool {
	n := &a.nodes[i]
	if n.consumer != 0 || n.published == None {
		return false
	}
	outer := &a.nodes[n.published]
	return outer.branches != None && (n.Topic == outer.Topic || n.Topic == 0 || outer.Topic == 0)
}

// retried tells whether a publish that failed was tried again, as the sender shows
// by the same message id or by counting its tries. A guess would hide a failure.
func (a *Assessor) retried(i int32) bool {
	n := &a.nodes[i]
	for _, j := range a.publishes {
		other := &a.nodes[j]
		if other.Place <= n.Place || other.Continues != n.Continues || other.Topic != n.Topic {
			continue
		}
		if !a.differ(n.IDs.Message, other.IDs.Message) && (n.IDs.Message != "" || other.Stamp.Retry > n.Stamp.Retry) {
			return true
		}
	}
	return false
}

// wayOf finds the publish that a node stands behind as the last of its way, and the
// service that took it from there. What is behind a verdict that was said is dead.
func (a *Assessor) wayOf(n *node) (leaf int32, dead bool) {
	leaf = a.sentBy(n)
	if leaf == None || n.Stage == span.Published {
		return None, n.Stage == span.Published && n.after
	}
	publish := &a.nodes[leaf]
	switch {
	case publish.root != n.root: // of what it is a part is not known yet: this message began behind it
		return None, false
	case publish.after:
		return None, true
	}
	if publish.leaf {
		return leaf, false
	}
	if _, passes := a.onward[onward{leaf, n.consumer}]; passes || n.consumer == 0 {
		return None, false
	}
	return leaf, false
}
