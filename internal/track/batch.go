// SPDX-License-Identifier: Apache-2.0

package track

import (
	"bytes"
	"cmp"

	"github.com/hopstamp/hopstamp/internal/span"
)

// One span may send several messages. Where its links tell them apart, by what they
// lead to or by what they say, the send is there once for each message: behind the span
// that created it or, while that is not here, where the send itself stands. All of
// them may carry the same context, that of the send; then who takes one belongs to the
// copy whose link names what the taker names.

// sends tells whether a stamp that links to others hands messages over.
func (t *State) sends(s uint32) bool { return !t.profiles.at(t.stamps.at(s).profile).consumes() }

// addStamp adds a stamp where it stands by its parent, if anything of it stands there.
func (a *assessor) addStamp(t *State, s, g uint32, parent int32) {
	stamp := t.stamps.at(s)
	if stamp.edges == 0 || stamp.own == 0 && t.keepsParent(stamp) {
		switch b := (besider{s, g, parent}); {
		case parent == none:
			a.addNode(t, s, g, 0, none)
		case !a.takes(t, parent, s, 0):
		case a.standsBeside(t, b):
			a.besides.waiting = append(a.besides.waiting, b)
		default:
			a.addNode(t, s, g, 0, parent)
		}
		return
	}
	told := a.addTold(t, s, g, parent)
	switch {
	case stamp.linked && (parent == none || t.leaves(stamp, a.nodes[parent].stamp)):
		if parent != none {
			a.leftBelow = append(a.leftBelow, left{parent, stamp})
		}
		return
	case parent != none && !a.takes(t, parent, s, 0):
		return
	}
	if told == 0 || stamp.batch > stamp.links { // the rest of the batch
		a.addNode(t, s, g, 0, parent)
	}
}

// addTold adds a send once for each of its links that says of a message and leads nowhere.
func (a *assessor) addTold(t *State, s, g uint32, parent int32) (told int) {
	stamp := t.stamps.at(s)
	if stamp.edges == 0 || !t.sends(s) {
		return 0
	}
	first := stamp.gathered != a.epoch // copies of what is above it bring it again
	for e := stamp.edges; e != 0; e = t.edges.At(e).nextOfStamp {
		edge := t.edges.At(e)
		if edge.to != 0 || edge.text == 0 {
			continue
		}
		if first {
			a.distinct++ // each was sent
		}
		if above := uint64(0); a.addNode(t, s, g, e, parent) {
			if parent != none {
				above = a.nodes[parent].copy
			}
			a.nodes[len(a.nodes)-1].copy = hashLink(above, edge, t)
		}
		told++
	}
	return told
}

// tellsBelow tells whether a send stands where its parent is by some link of it, although
// others lead away: one that says of a message and leads nowhere, see addTold.
func (t *Tracker) tellsBelow(stamp *stamp) bool {
	for e := stamp.edges; e != 0; e = t.edges.At(e).nextOfStamp {
		if edge := t.edges.At(e); edge.to == 0 && edge.text != 0 {
			return true
		}
	}
	return false
}

// awaitSent lists the creations that are not here and that sends link to.
func (a *assessor) awaitSent(t *State, group *group) {
	if len(a.awaited) > 0 {
		clear(a.awaited)
	}
	for e := group.dangling; e != 0; e = t.edges.At(e).nextIn {
		if t.sends(t.startOf(t.edges.At(e))) {
			a.awaited[t.edges.At(e).target] = none
		}
	}
}

// waitsForSent tells whether the parent of a stamp is such a creation.
func (a *assessor) waitsForSent(t *State, s uint32) bool {
	if len(a.awaited) == 0 {
		return false
	}
	_, waits := a.awaited[t.stamps.at(s).parent]
	return waits
}

// gatherDangling adds what links to spans that are not here. A send stands for the
// creation that it links to, so who continues that continues the send.
func (a *assessor) gatherDangling(t *State, g uint32, group *group) {
	from := len(a.nodes)
	heir := a.heir(g)
	if len(a.awaited) > 0 {
		a.addSent(t, g, group, heir)
	}
	for e := group.dangling; e != 0; e = t.edges.At(e).nextIn {
		if t.sends(t.startOf(t.edges.At(e))) || leadsNowhere(t, e) {
			continue
		}
		to, sent := a.awaited[t.edges.At(e).target]
		if !sent || to == none {
			to = heir
		}
		a.addLinked(t, e, to)
	}
	a.spread(t, from)
}

func (a *assessor) addSent(t *State, g uint32, group *group, heir int32) {
	up, above := uint32(0), none // of the send that was looked at last
	for e := group.dangling; e != 0; e = t.edges.At(e).nextIn {
		edge, to := t.edges.At(e), heir
		s := t.startOf(edge)
		if !t.sends(s) {
			continue
		}
		if parent := t.stamps.at(s).up; edge.from == g && parent != 0 {
			if up != parent {
				up, above = parent, a.nodeOf(parent)
			}
			to = above
		}
		if a.addLinked(t, e, to) {
			added := int32(len(a.nodes) - 1)
			if before := a.awaited[edge.target]; before == none || a.sentBefore(&a.nodes[added], &a.nodes[before]) {
				a.awaited[edge.target] = added
			}
		}
	}
	for s := group.tops; s != 0; s = t.stamps.at(s).sibling {
		if a.waitsForSent(t, s) {
			a.addNode(t, s, g, 0, a.awaited[t.stamps.at(s).parent])
		}
	}
}

// nodeOf is the first node of a stamp.
func (a *assessor) nodeOf(s uint32) int32 {
	for i := range a.nodes {
		if a.nodes[i].at == s {
			return int32(i)
		}
	}
	return none
}

func (a *assessor) sentBefore(n, other *node) bool {
	return cmp.Or(cmp.Compare(n.start, other.start), bytes.Compare(n.span[:], other.span[:]), cmp.Compare(n.copy, other.copy)) < 0
}

// takes tells whether a stamp that continues a node, by a link that says some text, is
// of the node's message. Of who takes one message of a batch, and says nothing by which
// its links differ, nobody can tell.
func (a *assessor) takes(t *State, i int32, s uint32, text textRef) bool {
	at := a.nodes[i].sent
	if at == none || t.sends(s) {
		return true
	}
	taker, send := t.stamps.at(s), &a.nodes[at]
	texts := t.textsBy(taker, text)
	if send.via != 0 || send.of > 1 {
		likeness := texts.like(send.ids)
		send.blurred = send.blurred || likeness == unclear
		return likeness == same
	}
	for e := send.edges; e != 0; e = t.edges.At(e).nextOfStamp {
		if link := t.texts.read(t.edges.At(e).text); texts.like(&link) == same {
			return false
		}
	}
	return true // it is one of the rest
}

// of puts what a link says of the one message over what its stamp says. What a batch
// is known by itself is no name of a message.
func (i *ids) of(stamp *stamp, said ids) {
	if stamp.shared() > 1 {
		i.key, i.message, i.coordinate = "", "", ""
	}
	i.override(said)
}

// likeness is whether two stamps say the same of a message.
type likeness uint8

const (
	unclear likeness = iota // they say nothing that can be compared
	same
	other
)

// like compares the names by which two tell of a message.
func (i *ids) like(with *ids) (found likeness) {
	for _, names := range [...][2]string{{i.key, with.key}, {i.message, with.message}, {i.coordinate, with.coordinate}} {
		switch {
		case names[0] == "" || names[1] == "":
		case names[0] == names[1]:
			return same
		default:
			found = other
		}
	}
	return found
}

// remains tells whether a node is what the links of a send do not tell of.
func (n *node) remains() bool {
	return n.via == 0 && n.Stage == span.Published && n.stamp.links > 0 && n.stamp.batch > n.stamp.links
}

// covers is the number of messages of a send that a node stands for.
func (n *node) covers() int {
	switch {
	case n.Stage != span.Published || n.stamp.batch <= 1 || n.profile.Kind == span.Consumer:
		return 1
	case n.via == 0:
		return max(1, int(n.stamp.batch)-int(n.stamp.links))
	case n.stamp.links <= 1 && !n.singled && (n.created == none || n.created != n.parent):
		return int(n.stamp.batch)
	}
	return 1
}
