// SPDX-License-Identifier: Apache-2.0

package track

import (
	"math/bits"
	"unsafe"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// A log of several partitions has a tracker for each, and the spans of a trace go to
// its home. What a group continues may have another home: then its stamps, those that
// come later too, are relayed there through the log, and from there on to where that
// continues something. So each tracker has everything that continues its own traces,
// and tells of the deliveries that begin in them; the others it holds for that only.
//
// A stamp that arrives twice is known already, so a relay may be repeated, by a replay
// as well, and no order or delay of relays changes what the ledgers add up to.
//
// Who was sent a group lets go of it when nobody needs it there, and does not say so. So
// when it had no news of it for long, the next news is all of the group.

func only(partition int) state.Partitions { return 1 << partition }

// homeOf is the partition of a trace.
func (t *Tracker) homeOf(trace span.TraceID) int {
	if t.options.Partitions <= 1 {
		return 0
	}
	return span.PartitionOf(trace, t.options.Partitions)
}

// ours tells whether the deliveries that begin in a group are told of here.
func (t *Tracker) ours(group *state.Group) bool { return t.homeOf(group.Trace) == t.options.Partition }

// relayAlong is called when a group has come to continue another one.
func (t *Tracker) relayAlong(g, to uint32) {
	if t.options.Partitions <= 1 {
		return
	}
	target := t.state.Groups.At(to)
	more := target.Relays
	if t.ours(t.state.Groups.At(g)) { // else its own home does that
		more |= only(t.homeOf(target.Trace))
	}
	t.relayTo(g, more)
}

// relayTo sends a group to more partitions, and what continues it with it.
func (t *Tracker) relayTo(g uint32, more state.Partitions) {
	t.relaying = append(t.relaying[:0], g)
	for len(t.relaying) > 0 {
		last := len(t.relaying) - 1
		g := t.relaying[last]
		t.relaying = t.relaying[:last]
		group := t.state.Groups.At(g)
		if fresh := t.freshOf(group, more); fresh != 0 {
			group.Relays |= fresh
			t.relayAll(g, group, fresh)
		}
	}
}

// freshOf are the partitions that need all of a group, of those that are to have it.
func (t *Tracker) freshOf(group *state.Group, more state.Partitions) state.Partitions {
	more &^= only(t.homeOf(group.Trace)) | only(t.options.Partition)
	switch {
	case more == 0:
		return 0
	case t.mayBeGone(group):
		group.Sent = t.state.LogTime
		return more | group.Relays
	}
	return more &^ group.Relays
}

// mayBeGone tells whether those that a group was relayed to had no news of it for so long
// that they may have let go of it.
func (t *Tracker) mayBeGone(group *state.Group) bool {
	return group.Sent+int64(t.options.Orphans)/2 <= t.state.LogTime
}

// relayNews sends a new stamp of a group on, but not to those that it comes from.
func (t *Tracker) relayNews(g, s uint32, from state.Partitions) {
	group := t.state.Groups.At(g)
	if t.mayBeGone(group) {
		t.relayTo(g, group.Relays&^from)
	} else {
		t.relayStamp(g, s, group.Relays&^from)
	}
	group.Sent = t.state.LogTime
}

// relayAll sends all stamps of a group, and asks the same for the groups that continue it.
func (t *Tracker) relayAll(g uint32, group *state.Group, to state.Partitions) {
	t.relaySources(g, group.Dangling)
	for s := group.Stamps; s != 0; {
		stamp := t.state.Stamps.At(s)
		t.relaySources(g, stamp.In)
		t.relayStamp(g, s, to)
		s = stamp.Next
	}
}

func (t *Tracker) relaySources(g, list uint32) {
	for e := list; e != 0; e = t.state.Edges.At(e).NextIn {
		if from := t.state.Edges.At(e).From; from != g {
			t.relaying = append(t.relaying, from)
		}
	}
}

// relayStamp writes a stamp out for other partitions.
func (t *Tracker) relayStamp(g, s uint32, to state.Partitions) {
	for ; to != 0; to &= to - 1 {
		t.relayOut(bits.TrailingZeros16(uint16(to))).add(&t.state, g, s)
	}
}

// relayOut is what the step under way sends to a partition.
func (t *Tracker) relayOut(partition int) *relayBatch {
	for _, r := range t.relays[:t.numRelays] {
		if r.to == partition && len(r.batch.Records) < maxRelayed {
			return r
		}
	}
	if t.numRelays == len(t.relays) {
		t.relays = append(t.relays, &relayBatch{symbols: map[span.Symbol]span.Symbol{}})
	}
	r := t.relays[t.numRelays]
	t.numRelays++
	r.to = partition
	r.links, r.texts = r.links[:0], r.texts[:0]
	r.batch.Reset()
	r.batch.Received = t.state.LogTime
	clear(r.symbols)
	return r
}

// maxRelayed bounds the records of a batch, so that one fits into a log message.
const maxRelayed = 4096

// tellRelays hands out what the step relays.
func (t *Tracker) tellRelays() {
	for _, r := range t.relays[:t.numRelays] {
		r.view()
		t.effects.Relays = append(t.effects.Relays, journey.Relay{To: r.to, Batch: &r.batch})
	}
	t.numRelays = 0
}

// relayBatch is records on their way to another partition, with symbols of their own.
type relayBatch struct {
	to      int
	batch   span.Batch
	symbols map[span.Symbol]span.Symbol // the tracker's to the batch's
	links   []int                       // how many each record has: the list moves while it grows
	texts   []byte                      // of the records: their stamps may be let go of in the same step
}

func (r *relayBatch) add(st *state.State, g, s uint32) {
	stamp := st.Stamps.At(s)
	record := span.Record{
		Trace: st.Groups.At(g).Trace, Span: stamp.Span, Parent: stamp.Parent, Event: stamp.Event,
		Start: stamp.Start, End: stamp.End, Retry: uint32(stamp.Retry), Recipients: stamp.Recipients, Batch: uint32(stamp.Batch), Origin: uint64(stamp.Position),
	}
	r.describe(st, &record, st.Profiles.At(stamp.Profile))
	if stamp.Lossy {
		record.DroppedLinks = 1
	}
	count := 0
	for e := stamp.Edges; e != 0; e = st.Edges.At(e).NextOfStamp {
		edge := st.Edges.At(e)
		if link := st.LinkOf(edge, r.keep(st.Texts.Read(edge.Text))); link != (span.Link{}) {
			r.batch.Links = append(r.batch.Links, link)
			count++
		}
	}
	r.take(st, &record, &stamp.Dims, st.Texts.Read(stamp.Texts), count)
}

// take adds a record, the links of which were added last.
func (r *relayBatch) take(st *state.State, record *span.Record, dims *[span.NumDims]span.Symbol, texts state.IDs, links int) {
	for d, symbol := range dims {
		record.Dims[d] = r.symbol(st, symbol)
	}
	texts = r.keep(texts)
	record.Key, record.MessageID, record.Conversation, record.Recipient = texts.Key, texts.Message, texts.Conversation, texts.Recipient
	record.Coordinate = texts.Coordinate
	r.links = append(r.links, links)
	r.batch.Records = append(r.batch.Records, *record)
}

func (r *relayBatch) describe(st *state.State, record *span.Record, p *state.Profile) {
	record.Kind, record.Stage, record.Outcome, record.Category = p.Kind, p.Stage, p.Outcome, p.Category
	record.Error, record.Explicit, record.HTTPStatus, record.Partial = p.Error, p.Explicit, p.HTTPStatus, p.Sampled
	into := [...]*span.Symbol{&record.Service, &record.Name, &record.Route, &record.System, &record.Topic, &record.Group,
		&record.Server, &record.ErrorType, &record.Cluster, &record.Host}
	for i, symbol := range p.Symbols() {
		*into[i] = r.symbol(st, symbol)
	}
}

func (r *relayBatch) symbol(st *state.State, of span.Symbol) span.Symbol {
	if of == 0 {
		return 0
	}
	own, ok := r.symbols[of]
	if !ok {
		own = span.Symbol(len(r.batch.Symbols))
		r.batch.Symbols = append(r.batch.Symbols, st.Symbols.Text(of))
		r.symbols[of] = own
	}
	return own
}

// keep copies texts so that they hold as long as the effects of the step.
func (r *relayBatch) keep(texts state.IDs) state.IDs {
	for _, text := range texts.Parts() {
		if *text != "" {
			from := len(r.texts)
			r.texts = append(r.texts, *text...)
			*text = unsafe.String(&r.texts[from], len(*text))
		}
	}
	return texts
}

// view gives each record its links, now that their list does not move any more.
func (r *relayBatch) view() {
	from := 0
	for i, count := range r.links {
		if count > 0 {
			r.batch.Records[i].Links = r.batch.Links[from : from+count : from+count]
		}
		from += count
	}
}
