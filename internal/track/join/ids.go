// SPDX-License-Identifier: Apache-2.0

package join

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

// ShowIDs makes a group findable by the ids that a record shows. Most stamps of a
// message show the same one.
func (j *Joins) ShowIDs(g uint32, group *state.Group, s uint32, r *span.Record) {
	if r.MessageID == "" && r.Key == "" && r.Conversation == "" {
		return
	}
	stamp := j.state.Stamps.At(s)
	if group.ShownLate {
		group.Shown, group.ShownLate = j.state.LastShown(stamp.Next), false
	}
	key, message := j.state.Profiles.At(stamp.Profile).Finds(stamp)
	j.show(g, group, r.Key, key)
	j.show(g, group, r.MessageID, message)
	j.show(g, group, r.Conversation, false)
	group.ShownElse = s != group.Stamps || stamp.Texts == 0
}

// show notes an id, and where to find it unless it is found anyway.
func (j *Joins) show(g uint32, group *state.Group, text string, found bool) {
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
		j.state.ByID.Set(hash, g)
	}
}

// HideIDs takes the ids of a stamp out of the table, where they still lead to its
// group. Like showIDs, it does not do again what it did last.
func (j *Joins) HideIDs(g uint32, group *state.Group, stamp *state.Stamp, last *uint64) {
	if !group.Listed || stamp.Texts == 0 {
		return
	}
	texts := j.state.Texts.Read(stamp.Texts)
	for _, text := range [...]string{texts.Key, texts.Message, texts.Conversation} {
		if text == "" {
			continue
		}
		if hash := state.HashOf(text); *last != hash {
			*last = hash
			j.state.ByID.Remove(hash, g)
		}
	}
}

// ShowLink does the same for the ids that a link says, of a message that is where the
// link leads or, when a send leads nowhere, with the send.
func (j *Joins) ShowLink(g uint32, edge *state.Edge) {
	to := edge.To
	if p := j.state.Profiles.At(j.state.Stamps.At(edge.Stamp).Profile); to == 0 && !p.Consumes() {
		to = g
	}
	if edge.Text == 0 || to == 0 {
		return
	}
	texts := j.state.Texts.Read(edge.Text)
	for _, text := range [...]string{texts.Key, texts.Message, texts.Conversation} {
		if text != "" {
			j.state.ByID.Set(state.HashOf(text), to)
		}
	}
}

// HideLink takes them out before the link is cut.
func (j *Joins) HideLink(edge *state.Edge) {
	if edge.Text == 0 {
		return
	}
	to := edge.To
	if to == 0 {
		to = edge.From
	}
	texts := j.state.Texts.Read(edge.Text)
	for _, text := range [...]string{texts.Key, texts.Message, texts.Conversation} {
		if text != "" {
			j.state.ByID.Remove(state.HashOf(text), to)
		}
	}
}

// Newest is the group that shows an id and began last; 0 when there is none.
func (j *Joins) Newest(id string) uint32 {
	best := j.state.ByID.Get(state.HashOf(id))
	visit := func(g uint32) bool {
		if best == 0 || j.Began(g, best) > 0 {
			best = g
		}
		return false
	}
	j.state.Offers.Find(state.NameOf(state.ByKey, nil, id), visit)
	type scope struct{ system, topic span.Symbol }
	asked := map[scope]bool{}
	for n := uint32(1); n <= j.state.Profiles.Highest(); n++ {
		p := j.state.Profiles.At(n)
		if in := (scope{p.System, p.Topic}); p.Produces() && !asked[in] {
			asked[in] = true
			j.state.Offers.Find(state.NameOf(state.ByMessageID, p, id), visit)
		}
	}
	return best
}

// Began orders groups by when the first of them arrived.
func (j *Joins) Began(g, other uint32) int {
	x, y := j.state.Groups.At(g), j.state.Groups.At(other)
	return cmp.Or(cmp.Compare(x.First, y.First), bytes.Compare(x.Trace[:], y.Trace[:]))
}
