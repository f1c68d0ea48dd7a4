// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"bytes"
	"cmp"

	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// One span may send several messages. Where its links tell them apart, by what they
// lead to or by what they say, the send is there once for each message: behind the span
// that created it or, while that is not here, where the send itself stands. All of
// them may carry the same context, that of the send; then who takes one belongs to the
// copy whose link names what the taker names.

// addStamp adds a stamp where it stands by its parent, if anything of it stands there.
func (a *Assessor) addStamp(st *state.State, s, g uint32, parent int32) {
	stamp := st.Stamps.At(s)
	if stamp.Linked && a.standsAbove(s, parent) {
		return
	}
	if stamp.Edges == 0 || stamp.Own == 0 && st.KeepsParent(stamp) {
		switch b := (besider{s, g, parent}); {
		case parent == None:
			a.addNode(st, s, g, 0, None)
		case !a.takes(st, parent, s, 0):
		case a.standsBeside(st, b):
			a.besides.waiting = append(a.besides.waiting, b)
		default:
			a.addNode(st, s, g, 0, parent)
		}
		return
	}
	told := a.addTold(st, s, g, parent)
	switch {
	case stamp.Linked && (parent == None || st.Leaves(stamp, a.nodes[parent].Stamp)):
		if parent != None {
			a.leftBelow = append(a.leftBelow, left{parent, stamp})
		}
		return
	case parent != None && !a.takes(st, parent, s, 0):
		return
	}
	if told == 0 || stamp.Batch > stamp.Links { // the rest of the batch
		a.addNode(st, s, g, 0, parent)
	}
}

// standsAbove tells whether a stamp that a link brought here stands above a node by parents:
// then those name each other in a circle, into which nothing else leads.
func (a *Assessor) standsAbove(s uint32, node int32) bool {
	for ; node != None; node = a.nodes[node].parent {
		if n := &a.nodes[node]; n.via != 0 {
			return n.at == s
		}
	}
	return false
}

// addTold adds a send once for each of its links that says of a message and leads nowhere.
func (a *Assessor) addTold(st *state.State, s, g uint32, parent int32) (told int) {
	stamp := st.Stamps.At(s)
	if stamp.Edges == 0 || !st.Sends(s) {
		return 0
	}
	first := stamp.Gathered != a.epoch // copies of what is above it bring it again
	for e := stamp.Edges; e != 0; e = st.Edges.At(e).NextOfStamp {
		edge := st.Edges.At(e)
		if edge.To != 0 || edge.Text == 0 {
			continue
		}
		if first {
			a.distinct++ // each was sent
		}
		if above := uint64(0); a.addNode(st, s, g, e, parent) {
			if parent != None {
				above = a.nodes[parent].copy
			}
			a.nodes[len(a.nodes)-1].copy = hashLink(above, edge, st)
		}
		told++
	}
	return told
}

// awaitSent lists the creations that are not here and that sends link to. No span has the
// id of none, which stands above what is above all.
func (a *Assessor) awaitSent(st *state.State, group *state.Group) {
	if len(a.awaited) > 0 {
		clear(a.awaited)
	}
	for e := group.Dangling; e != 0; e = st.Edges.At(e).NextIn {
		if edge := st.Edges.At(e); edge.Target != (span.ID{}) && st.Sends(st.StartOf(edge)) {
			a.awaited[edge.Target] = None
		}
	}
}

// waitsForSent tells whether the parent of a stamp is such a creation.
func (a *Assessor) waitsForSent(st *state.State, s uint32) bool {
	if len(a.awaited) == 0 {
		return false
	}
	_, waits := a.awaited[st.Stamps.At(s).Parent]
	return waits
}

// gatherDangling adds what links to spans that are not here. A send stands for the
// creation that it links to, so who continues that continues the send.
func (a *Assessor) gatherDangling(st *state.State, g uint32, group *state.Group) {
	from := len(a.nodes)
	heir := a.heir(g)
	if len(a.awaited) > 0 {
		a.addSent(st, g, group, heir)
	}
	for e := group.Dangling; e != 0; e = st.Edges.At(e).NextIn {
		if st.Sends(st.StartOf(st.Edges.At(e))) || leadsNowhere(st, e) {
			continue
		}
		to, sent := a.awaited[st.Edges.At(e).Target]
		if !sent || to == None {
			to = heir
		}
		a.addLinked(st, e, to)
	}
	a.spread(st, from)
}

func (a *Assessor) addSent(st *state.State, g uint32, group *state.Group, heir int32) {
	up, above := uint32(0), None // of the send that was looked at last
	for e := group.Dangling; e != 0; e = st.Edges.At(e).NextIn {
		edge, to := st.Edges.At(e), heir
		s := st.StartOf(edge)
		if !st.Sends(s) {
			continue
		}
		if parent := st.Stamps.At(s).Up; edge.From == g && parent != 0 {
			if up != parent {
				up, above = parent, a.nodeOf(parent)
			}
			to = above
		}
		if a.addLinked(st, e, to) {
			added := int32(len(a.nodes) - 1)
			if before, waits := a.awaited[edge.Target]; waits && (before == None || a.sentBefore(&a.nodes[added], &a.nodes[before])) {
				a.awaited[edge.Target] = added
			}
		}
	}
	for s := group.Tops; s != 0; s = st.Stamps.At(s).Sibling {
		if a.waitsForSent(st, s) {
			a.addNode(st, s, g, 0, a.awaited[st.Stamps.At(s).Parent])
		}
	}
}

// nodeOf is the first node of a stamp.
func (a *Assessor) nodeOf(s uint32) int32 {
	for i := range a.nodes {
		if a.nodes[i].at == s {
			return int32(i)
		}
	}
	return None
}

func (a *Assessor) sentBefore(n, other *node) bool {
	return cmp.Or(cmp.Compare(n.start, other.start), bytes.Compare(n.Span[:], other.Span[:]), cmp.Compare(n.copy, other.copy)) < 0
}

// takes tells whether a stamp that continues a node, by a link that says some text, is
// of the node's message. Of who takes one message of a batch, and says nothing by which
// its links differ, nobody can tell.
func (a *Assessor) takes(st *state.State, i int32, s uint32, text state.TextRef) bool {
	at := a.nodes[i].sent
	if at == None || st.Sends(s) {
		return true
	}
	taker, send := st.Stamps.At(s), &a.nodes[at]
	texts := st.TextsBy(taker, text)
	if send.via != 0 || send.of > 1 {
		likeness := texts.Like(send.ids)
		send.blurred = send.blurred || likeness == state.Unclear
		return likeness == state.Same
	}
	for e := send.Edges; e != 0; e = st.Edges.At(e).NextOfStamp {
		if link := st.Texts.Read(st.Edges.At(e).Text); texts.Like(&link) == state.Same {
			return false
		}
	}
	return true // it is one of the rest
}

// remains tells whether a node is what the links of a send do not tell of.
func (n *node) remains() bool {
	return n.via == 0 && n.Stage == span.Published && n.Stamp.Links > 0 && n.Stamp.Batch > n.Stamp.Links
}

// covers is the number of messages of a send that a node stands for.
func (n *node) covers() int {
	switch {
	case n.Stage != span.Published || n.Stamp.Batch <= 1 || n.Profile.Kind == span.Consumer:
		return 1
	case n.via == 0:
		return max(1, int(n.Stamp.Batch)-int(n.Stamp.Links))
	case n.Stamp.Links <= 1 && !n.singled && (n.created == None || n.created != n.parent):
		return int(n.Stamp.Batch)
	}
	return 1
}
