// SPDX-License-Identifier: Apache-2.0

package track

import (
	"math/bits"

	"github.com/hopstamp/hopstamp/internal/span"
)

// What a message was is let go of when it is over, and its spans may come again: a sender
// that gets no answer sends twice. They must not begin another message, or be taken for
// what another message waits for.

// bury remembers a group that is let go of: its trace or, when its messages begin
// elsewhere, what is of them should it come again. What was told of a group once and is
// not any more says nothing.
func (t *Tracker) bury(group *group) {
	if group.told != 0 {
		t.graves.add(&group.trace, wholly, t.now)
		return
	}
	switch {
	case group.joined, t.sendsAny(group), group.relays != 0 && t.ours(group):
		t.graves.add(&group.trace, partly|uint32(group.relays), t.now)
		t.burySpans(group)
	case group.relays != 0:
		t.graves.add(&group.trace, uint32(group.relays), t.now)
	}
	if group.relays == 0 && !group.joined {
		t.counts.Unjoined += uint64(group.count)
	}
}

// sendsAny tells whether a group sends messages: they are of one that is told of elsewhere.
func (t *Tracker) sendsAny(group *group) bool {
	for s := group.stamps; s != 0; s = t.stamps.at(s).next {
		if t.profiles.at(t.stamps.at(s).profile).produces() {
			return true
		}
	}
	return false
}

func (t *Tracker) burySpans(group *group) {
	for s := group.stamps; s != 0; {
		stamp := t.stamps.at(s)
		if t.profiles.at(stamp.profile).Stage != span.None {
			t.graves.addSpan(&group.trace, &stamp.span, stamp.event, t.now)
		}
		s = stamp.next
	}
}

// isOver tells whether a sender sends what was of a message that was let go of. Where its
// trace was relayed to, that may be held still, or never have come: it is passed on to
// there, and comes back if it is needed. What another partition sends is needed here.
func (t *Tracker) isOver(r *span.Record, relays partitions) bool {
	if r.Origin != 0 || !t.graves.hasSpan(r) {
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
	profile := profileOf(of, t.translated)
	r.describe(&t.State, &record, &profile)
	dims, _ := t.dimsOf(of)
	if losesLinks(of) {
		record.DroppedLinks = 1
	}
	count := 0
	for i := range of.Links {
		if link := of.Links[i]; !saysNothing(of, &link) && continues(of, &link) {
			setTexts(&link, r.keep(textsOf(&link)))
			r.batch.Links = append(r.batch.Links, link)
			count++
		}
	}
	r.take(&t.State, &record, &dims, saidBy(of), count)
}
