// SPDX-License-Identifier: Apache-2.0

package track

import (
	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/join"
	"github.com/hopstamp/hopstamp/internal/track/relay"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// insert adds a record to its group, or settles what is true of a span that two
// records tell of.
func (t *Tracker) insert(r *span.Record) {
	if r.Holder != 0 && !t.others.MayHold(r) {
		return
	}
	g := t.group(r.Trace, r)
	if g == 0 {
		t.count(&t.counts.Late, r)
		return
	}
	group := t.state.Groups.At(g)
	if group.Joined && t.isOver(r, group.Relays) {
		t.count(&t.counts.Late, r)
		return
	}
	if r.Holder != 0 {
		t.others.Hold(group, r)
	}
	if s := t.state.Find(g, group, r.Span, r.Event); s != 0 {
		t.again(g, s, r)
		return
	}
	t.count(&t.counts.Stamps, r)
	t.state.NumStamps++
	s, stamp := t.state.Stamps.Alloc(group.Stamps)
	stamp.Span, stamp.Event = r.Span, r.Event
	t.write(group, stamp, r)
	stamp.Next, group.Stamps = group.Stamps, s
	group.Count++
	t.state.Index(g, group, s)
	t.state.Attach(g, group, s)
	t.joins.Adopt(g, group, s)
	t.reportLost(g, s, r)
	t.joins.AddLinks(g, s, r)
	t.joins.LearnNames(g, s)
	t.joins.StirEvents(stamp)
	t.joins.ShowIDs(g, group, s, r)
	t.joins.Mark(g, s)
	if group.Relays != 0 {
		t.others.News(g, s, relay.Holder(r))
	}
	if group.Asked {
		t.others.AskFor(g, s)
	}
	if relay.IsPassedOn(r) {
		t.others.AskHome(g, s)
	}
}

// count counts a record once, however many partitions it was relayed to.
func (t *Tracker) count(what *uint64, r *span.Record) {
	if r.Origin == 0 {
		*what++
	}
}

// write takes over what a record says of its span.
func (t *Tracker) write(group *state.Group, stamp *state.Stamp, r *span.Record) {
	stamp.Start, stamp.End, stamp.Parent, stamp.Position = r.Start, r.End, r.Parent, t.at
	if r.Origin != 0 {
		stamp.Position = journey.Position(r.Origin)
	}
	stamp.Retry, stamp.Recipients, stamp.Batch = uint16(min(r.Retry, state.MaxRetry)), min(r.Recipients, state.MaxRecipients), uint16(min(r.Batch, state.MaxBatch))
	stamp.Profile = t.state.Profiles.Take(r, t.translated)
	stamp.Dims, stamp.Dimensions = state.DimsOf(r, t.translated)
	if said := state.SaidBy(r); said != (state.IDs{}) {
		stamp.Texts = t.state.Texts.Share(t.state.LastTexts(group), said)
		t.state.TextBytes += t.state.Texts.Size(stamp.Texts)
	}
}

// group finds or makes the group of a trace, for a record of it or a link to it (nil); 0
// when the trace was let go of, or that record. Whoever makes one marks it, so that the
// review of this step gives it a time to be looked at.
func (t *Tracker) group(trace span.TraceID, r *span.Record) uint32 {
	if t.last != 0 && t.state.Groups.Is(t.last, &trace) {
		return t.last // spans of a trace often come together
	}
	g := t.comingGroup(&trace)
	if g == 0 {
		g = t.state.GroupOf(&trace)
	}
	if g == 0 {
		says, gone := t.state.Graves.Has(&trace)
		if gone && (says == state.Wholly || says&state.Partly != 0 && r != nil && t.isOver(r, state.Partitions(says))) {
			return 0
		}
		var group *state.Group
		g, group = t.state.Groups.Alloc()
		group.Trace, group.First, group.Touched = trace, t.state.LogTime, t.state.LogTime
		group.Joined = says&state.Partly != 0
		group.Relays = state.Partitions(says) // it continued something that has its home elsewhere
		t.begun++
		t.state.Traces.Add(state.Fingerprint(trace), g)
	}
	t.last = g
	return g
}

// reportLost remembers that a stamp lost links, and tells the other partitions.
func (t *Tracker) reportLost(g, s uint32, r *span.Record) {
	if stamp := t.state.Stamps.At(s); stamp.Lossy || !join.LosesLinks(r) {
		return
	}
	t.state.Stamps.At(s).Lossy = true
	at, now := state.Profile{System: t.translated[r.System], Topic: t.translated[r.Topic]}, t.state.LogTime
	t.state.LostLinks.Report(&at, r.Stage == span.Published, now, now-int64(t.options.Remember))
	if t.options.Partitions > 1 && r.Origin == 0 {
		t.others.TellAll(g, s)
	}
}
