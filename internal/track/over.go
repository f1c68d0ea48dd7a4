// SPDX-License-Identifier: Apache-2.0

package track

import (
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// What a message was is let go of when it is over, and its spans may come again: a sender
// that gets no answer sends twice. They must not begin another message, or be taken for
// what another message waits for.

// bury remembers a group that is let go of: its trace or, when its messages begin
// elsewhere, what is of them should it come again. What was told of a group once and is
// not any more says nothing.
func (t *Tracker) bury(group *state.Group) {
	if group.Told != 0 {
		t.state.Graves.Add(&group.Trace, state.Wholly, t.state.LogTime)
		return
	}
	switch {
	case group.Joined, t.sendsAny(group), group.Relays != 0 && t.others.Ours(group):
		t.state.Graves.Add(&group.Trace, state.Partly|uint32(group.Relays), t.state.LogTime)
		t.burySpans(group)
	case group.Relays != 0:
		t.state.Graves.Add(&group.Trace, uint32(group.Relays), t.state.LogTime)
	}
	if group.Relays == 0 && !group.Joined {
		t.counts.Unjoined += uint64(group.Count)
	}
}

// sendsAny tells whether a group sends messages: they are of one that is told of elsewhere.
func (t *Tracker) sendsAny(group *state.Group) bool {
	for s := group.Stamps; s != 0; s = t.state.Stamps.At(s).Next {
		if t.state.Profiles.At(t.state.Stamps.At(s).Profile).Produces() {
			return true
		}
	}
	return false
}

func (t *Tracker) burySpans(group *state.Group) {
	for s := group.Stamps; s != 0; {
		stamp := t.state.Stamps.At(s)
		if t.state.Profiles.At(stamp.Profile).Stage != span.None {
			t.state.Graves.AddSpan(&group.Trace, &stamp.Span, stamp.Event, t.state.LogTime)
		}
		s = stamp.Next
	}
}

// isOver tells whether a sender sends what was of a message that was let go of. Where its
// trace was relayed to, that may be held still, or never have come: it is passed on to
// there, and comes back if it is needed. What another partition sends is needed here.
func (t *Tracker) isOver(r *span.Record, relays state.Partitions) bool {
	if r.Origin != 0 || !t.state.Graves.HasSpan(r) {
		return false
	}
	t.others.PassOn(relays, r, t.translated, t.at)
	return true
}
