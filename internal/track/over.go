// SPDX-License-Identifier: Apache-2.0

package track

import (
	"math/bits"

	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/join"
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
	case group.Joined, t.sendsAny(group), group.Relays != 0 && t.ours(group):
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
	for ; relays != 0; relays &= relays - 1 {
		t.relayOut(bits.TrailingZeros16(uint16(relays))).pass(t, r)
	}
	return true
}

// isPassedOn tells whether the home of a record takes it for over.
func isPassedOn(r *span.Record) bool {
	if r.Holder == 0 {
		return false
	}
	_, lease := leaseOf(r)
	return lease == over
}

// pass adds a record of which there is no stamp here.
func (r *relayBatch) pass(t *Tracker, of *span.Record) {
	record := span.Record{
		Trace: of.Trace, Span: of.Span, Parent: of.Parent, Event: of.Event, Start: of.Start, End: of.End,
		Retry: of.Retry, Recipients: of.Recipients, Batch: of.Batch, Origin: uint64(t.at), Holder: over.by(t.options.Partition),
	}
	profile := state.ProfileOf(of, t.translated)
	r.describe(&t.state, &record, &profile)
	dims, _ := t.dimsOf(of)
	if losesLinks(of) {
		record.DroppedLinks = 1
	}
	count := 0
	for i := range of.Links {
		if link := of.Links[i]; !join.SaysNothing(of, &link) && join.Continues(of, &link) {
			state.SetTexts(&link, r.keep(state.TextsOf(&link)))
			r.batch.Links = append(r.batch.Links, link)
			count++
		}
	}
	r.take(&t.state, &record, &dims, state.SaidBy(of), count)
}
