// SPDX-License-Identifier: Apache-2.0

package gather

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
func (all *Gathering) addStamp(st *state.State, s, g uint32, parent int32) {
	stamp := st.Stamps.At(s)
	if stamp.Linked && all.standsAbove(s, parent) {
		return
	}
	if stamp.Edges == 0 || stamp.Own == 0 && st.KeepsParent(stamp) {
		switch b := (besider{s, g, parent}); {
		case parent == None:
			all.addNode(st, s, g, 0, None)
		case !all.takes(st, parent, s, 0):
		case all.standsBeside(st, b):
			all.besides.waiting = append(all.besides.waiting, b)
		default:
			all.addNode(st, s, g, 0, parent)
		}
		return
	}
	told := all.addTold(st, s, g, parent)
	switch {
	case stamp.Linked && (parent == None || st.Leaves(stamp, all.Nodes[parent].Stamp)):
		if parent != None {
			all.Left = append(all.Left, Left{parent, stamp})
		}
		return
	case parent != None && !all.takes(st, parent, s, 0):
		return
	}
	if told == 0 || stamp.Batch > stamp.Links { // the rest of the batch
		all.addNode(st, s, g, 0, parent)
	}
}

// standsAbove tells whether a stamp that a link brought here stands above a node by parents:
// then those name each other in a circle, into which nothing else leads.
func (all *Gathering) standsAbove(s uint32, node int32) bool {
	for ; node != None; node = all.Nodes[node].Continues {
		if n := &all.Nodes[node]; n.Via != 0 {
			return n.At == s
		}
	}
	return false
}

// addTold adds a send once for each of its links that says of a message and leads nowhere.
func (all *Gathering) addTold(st *state.State, s, g uint32, parent int32) (told int) {
	stamp := st.Stamps.At(s)
	if stamp.Edges == 0 || !st.Sends(s) {
		return 0
	}
	first := stamp.Gathered != all.epoch // copies of what is above it bring it again
	for e := stamp.Edges; e != 0; e = st.Edges.At(e).NextOfStamp {
		edge := st.Edges.At(e)
		if edge.To != 0 || edge.Text == 0 {
			continue
		}
		if first {
			all.distinct++ // each was sent
		}
		if above := uint64(0); all.addNode(st, s, g, e, parent) {
			if parent != None {
				above = all.Nodes[parent].copy
			}
			all.Nodes[len(all.Nodes)-1].copy = hashLink(above, edge, st)
		}
		told++
	}
	return told
}

// awaitSent lists the creations that are not here and that sends link to. No span has the
// id of none, which stands above what is above all.
func (all *Gathering) awaitSent(st *state.State, group *state.Group) {
	if len(all.awaited) > 0 {
		clear(all.awaited)
	}
	for e := group.Dangling; e != 0; e = st.Edges.At(e).NextIn {
		if edge := st.Edges.At(e); edge.Target != (span.ID{}) && st.Sends(st.StartOf(edge)) {
			all.awaited[edge.Target] = None
		}
	}
}

// waitsForSent tells whether the parent of a stamp is such a creation.
func (all *Gathering) waitsForSent(st *state.State, s uint32) bool {
	if len(all.awaited) == 0 {
		return false
	}
	_, waits := all.awaited[st.Stamps.At(s).Parent]
	return waits
}

// gatherDangling adds what links to spans that are not here. A send stands for the
// creation that it links to, so who continues that continues the send.
func (all *Gathering) gatherDangling(st *state.State, g uint32, group *state.Group) {
	from := len(all.Nodes)
	heir := all.heir(g)
	if len(all.awaited) > 0 {
		all.addSent(st, g, group, heir)
	}
	for e := group.Dangling; e != 0; e = st.Edges.At(e).NextIn {
		if st.Sends(st.StartOf(st.Edges.At(e))) || leadsNowhere(st, e) {
			continue
		}
		to, sent := all.awaited[st.Edges.At(e).Target]
		if !sent || to == None {
			to = heir
		}
		all.addLinked(st, e, to)
	}
	all.spread(st, from)
}

func (all *Gathering) addSent(st *state.State, g uint32, group *state.Group, heir int32) {
	up, above := uint32(0), None // of the send that was looked at last
	for e := group.Dangling; e != 0; e = st.Edges.At(e).NextIn {
		edge, to := st.Edges.At(e), heir
		s := st.StartOf(edge)
		if !st.Sends(s) {
			continue
		}
		if parent := st.Stamps.At(s).Up; edge.From == g && parent != 0 {
			if up != parent {
				up, above = parent, all.nodeOf(parent)
			}
			to = above
		}
		if all.addLinked(st, e, to) {
			added := int32(len(all.Nodes) - 1)
			if before, waits := all.awaited[edge.Target]; waits && (before == None || all.sentBefore(&all.Nodes[added], &all.Nodes[before])) {
				all.awaited[edge.Target] = added
			}
		}
	}
	for s := group.Tops; s != 0; s = st.Stamps.At(s).Sibling {
		if all.waitsForSent(st, s) {
			all.addNode(st, s, g, 0, all.awaited[st.Stamps.At(s).Parent])
		}
	}
}

// nodeOf is the first node of a stamp.
func (all *Gathering) nodeOf(s uint32) int32 {
	for i := range all.Nodes {
		if all.Nodes[i].At == s {
			return int32(i)
		}
	}
	return None
}

func (all *Gathering) sentBefore(n, other *Node) bool {
	return cmp.Or(cmp.Compare(n.Began, other.Began), bytes.Compare(n.Span[:], other.Span[:]), cmp.Compare(n.copy, other.copy)) < 0
}

// takes tells whether a stamp that continues a node, by a link that says some text, is
// of the node's message. Of who takes one message of a batch, and says nothing by which
// its links differ, nobody can tell.
func (all *Gathering) takes(st *state.State, i int32, s uint32, text state.TextRef) bool {
	at := all.Nodes[i].sent
	if at == None || st.Sends(s) {
		return true
	}
	taker, send := st.Stamps.At(s), &all.Nodes[at]
	texts := st.TextsBy(taker, text)
	if send.Via != 0 || send.Of > 1 {
		likeness := texts.Like(send.IDs)
		send.Blurred = send.Blurred || likeness == state.Unclear
		return likeness == state.Same
	}
	for e := send.Edges; e != 0; e = st.Edges.At(e).NextOfStamp {
		if link := st.Texts.Read(st.Edges.At(e).Text); texts.Like(&link) == state.Same {
			return false
		}
	}
	return true // it is one of the rest
}
