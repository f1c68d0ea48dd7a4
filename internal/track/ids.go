// SPDX-License-Identifier: Apache-2.0

package track

import (
	"bytes"
	"cmp"

	"github.com/hopstamp/hopstamp/internal/span"
)

// Somebody may ask for a message by its key, by its message id or by the conversation
// that it is part of. Keys and message ids are mostly those under which a message is
// offered (see names.go), and there they are found: under the name that an id has in
// the scope of each destination. To ask is rare and may take long, so nothing else is
// kept for it. Only what a group shows and does not offer is in a table of its own.

// finds tells whether a stamp that shows a key or a message id offers it, too. A
// conversation may be that of many, and the newest is asked for.
func (p *profile) finds(stamp *stamp) (key, message bool) {
	if p.consumes() || p.Stage == span.None || p.beginsAlone(stamp) {
		return false, false
	}
	return true, p.produces()
}

// showIDs makes a group findable by the ids that a record shows. Most stamps of a
// message show the same one.
func (t *Tracker) showIDs(g uint32, group *group, s uint32, r *span.Record) {
	if r.MessageID == "" && r.Key == "" && r.Conversation == "" {
		return
	}
	stamp := t.stamps.at(s)
	if group.shownLate {
		group.shown, group.shownLate = t.lastShown(stamp.next), false
	}
	key, message := t.profiles.at(stamp.profile).finds(stamp)
	t.show(g, group, r.Key, key)
	t.show(g, group, r.MessageID, message)
	t.show(g, group, r.Conversation, false)
	group.shownElse = s != group.stamps || stamp.texts == 0
}

// lastShown is the hash of the id that a group showed last, as far as a stamp and those
// before it tell.
func (t *State) lastShown(s uint32) uint64 {
	for ; s != 0; s = t.stamps.at(s).next {
		if stamp := t.stamps.at(s); stamp.texts != 0 {
			if shown := t.texts.shown(stamp.texts); shown != 0 {
				return shown
			}
		}
	}
	return 0
}

// show notes an id, and where to find it unless it is found anyway.
func (t *Tracker) show(g uint32, group *group, text string, found bool) {
	if text == "" {
		return
	}
	hash := hashOf(text)
	if group.shown == hash {
		return
	}
	group.shown = hash
	if !found {
		group.listed = true
		t.byID.Set(hash, g)
	}
}

// hideIDs takes the ids of a stamp out of the table, where they still lead to its
// group. Like showIDs, it does not do again what it did last.
func (t *Tracker) hideIDs(g uint32, group *group, stamp *stamp, last *uint64) {
	if !group.listed || stamp.texts == 0 {
		return
	}
	texts := t.texts.read(stamp.texts)
	for _, text := range [...]string{texts.key, texts.message, texts.conversation} {
		if text == "" {
			continue
		}
		if hash := hashOf(text); *last != hash {
			*last = hash
			t.byID.Remove(hash, g)
		}
	}
}

// showLink does the same for the ids that a link says, of a message that is where the
// link leads or, when a send leads nowhere, with the send.
func (t *Tracker) showLink(g uint32, edge *edge) {
	to := edge.to
	if p := t.profiles.at(t.stamps.at(edge.stamp).profile); to == 0 && !p.consumes() {
		to = g
	}
	if edge.text == 0 || to == 0 {
		return
	}
	texts := t.texts.read(edge.text)
	for _, text := range [...]string{texts.key, texts.message, texts.conversation} {
		if text != "" {
			t.byID.Set(hashOf(text), to)
		}
	}
}

// hideLink takes them out before the link is cut.
func (t *Tracker) hideLink(edge *edge) {
	if edge.text == 0 {
		return
	}
	to := edge.to
	if to == 0 {
		to = edge.from
	}
	texts := t.texts.read(edge.text)
	for _, text := range [...]string{texts.key, texts.message, texts.conversation} {
		if text != "" {
			t.byID.Remove(hashOf(text), to)
		}
	}
}

// newest is the group that shows an id and began last; 0 when there is none.
func (t *Tracker) newest(id string) uint32 {
	best := t.byID.Get(hashOf(id))
	visit := func(g uint32) bool {
		if best == 0 || t.began(g, best) > 0 {
			best = g
		}
		return false
	}
	t.offers.Find(nameOf(byKey, nil, id), visit)
	type scope struct{ system, topic span.Symbol }
	asked := map[scope]bool{}
	for n := uint32(1); n <= t.profiles.highest(); n++ {
		p := t.profiles.at(n)
		if in := (scope{p.System, p.Topic}); p.produces() && !asked[in] {
			asked[in] = true
			t.offers.Find(nameOf(byMessageID, p, id), visit)
		}
	}
	return best
}

// began orders groups by when the first of them arrived.
func (t *Tracker) began(g, other uint32) int {
	x, y := t.groups.at(g), t.groups.at(other)
	return cmp.Or(cmp.Compare(x.first, y.first), bytes.Compare(x.trace[:], y.trace[:]))
}
