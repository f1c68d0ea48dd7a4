// SPDX-License-Identifier: Apache-2.0

package track

import (
	"bytes"
	"cmp"

	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// Somebody may ask for a message by its key, by its message id or by the conversation
// that it is part of. Keys and message ids are mostly those under which a message is
// offered (state/names.go), and there they are found: under the name that an id has in
// the scope of each destination. To ask is rare and may take long, so nothing else is
// kept for it. Only what a group shows and does not offer is in a table of its own.

// showIDs makes a group findable by the ids that a record shows. Most stamps of a
// message show the same one.
func (t *Tracker) showIDs(g uint32, group *state.Group, s uint32, r *span.Record) {
	if r.MessageID == "" && r.Key == "" && r.Conversation == "" {
		return
	}
	stamp := t.state.Stamps.At(s)
	if group.ShownLate {
		group.Shown, group.ShownLate = t.state.LastShown(stamp.Next), false
	}
	key, message := t.state.Profiles.At(stamp.Profile).Finds(stamp)
	t.show(g, group, r.Key, key)
	t.show(g, group, r.MessageID, message)
	t.show(g, group, r.Conversation, false)
	group.ShownElse = s != group.Stamps || stamp.Texts == 0
}

// show notes an id, and where to find it unless it is found anyway.
func (t *Tracker) show(g uint32, group *state.Group, text string, found bool) {
	if text == "" {
		return
	}
	hash := state.HashOf(text)
	if group.Shown == hash {
		return
	}
	group.Shown = hash
	if !found {
		group.Listed = true
		t.state.ByID.Set(hash, g)
	}
}

// hideIDs takes the ids of a stamp out of the table, where they still lead to its
// group. Like showIDs, it does not do again what it did last.
func (t *Tracker) hideIDs(g uint32, group *state.Group, stamp *state.Stamp, last *uint64) {
	if !group.Listed || stamp.Texts == 0 {
		return
	}
	texts := t.state.Texts.Read(stamp.Texts)
	for _, text := range [...]string{texts.Key, texts.Message, texts.Conversation} {
		if text == "" {
			continue
		}
		if hash := state.HashOf(text); *last != hash {
			*last = hash
			t.state.ByID.Remove(hash, g)
		}
	}
}

// showLink does the same for the ids that a link says, of a message that is where the
// link leads or, when a send leads nowhere, with the send.
func (t *Tracker) showLink(g uint32, edge *state.Edge) {
	to := edge.To
	if p := t.state.Profiles.At(t.state.Stamps.At(edge.Stamp).Profile); to == 0 && !p.Consumes() {
		to = g
	}
	if edge.Text == 0 || to == 0 {
		return
	}
	texts := t.state.Texts.Read(edge.Text)
	for _, text := range [...]string{texts.Key, texts.Message, texts.Conversation} {
		if text != "" {
			t.state.ByID.Set(state.HashOf(text), to)
		}
	}
}

// hideLink takes them out before the link is cut.
func (t *Tracker) hideLink(edge *state.Edge) {
	if edge.Text == 0 {
		return
	}
	to := edge.To
	if to == 0 {
		to = edge.From
	}
	texts := t.state.Texts.Read(edge.Text)
	for _, text := range [...]string{texts.Key, texts.Message, texts.Conversation} {
		if text != "" {
			t.state.ByID.Remove(state.HashOf(text), to)
		}
	}
}

// newest is the group that shows an id and began last; 0 when there is none.
func (t *Tracker) newest(id string) uint32 {
	best := t.state.ByID.Get(state.HashOf(id))
	visit := func(g uint32) bool {
		if best == 0 || t.began(g, best) > 0 {
			best = g
		}
		return false
	}
	t.state.Offers.Find(state.NameOf(state.ByKey, nil, id), visit)
	type scope struct{ system, topic span.Symbol }
	asked := map[scope]bool{}
	for n := uint32(1); n <= t.state.Profiles.Highest(); n++ {
		p := t.state.Profiles.At(n)
		if in := (scope{p.System, p.Topic}); p.Produces() && !asked[in] {
			asked[in] = true
			t.state.Offers.Find(state.NameOf(state.ByMessageID, p, id), visit)
		}
	}
	return best
}

// began orders groups by when the first of them arrived.
func (t *Tracker) began(g, other uint32) int {
	x, y := t.state.Groups.At(g), t.state.Groups.At(other)
	return cmp.Or(cmp.Compare(x.First, y.First), bytes.Compare(x.Trace[:], y.Trace[:]))
}
