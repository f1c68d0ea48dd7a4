// SPDX-License-Identifier: Apache-2.0

package track

import (
	"math/bits"
	"unsafe"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
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

// partitions is a set of them, by bit.
type partitions uint16

func only(partition int) partitions { return 1 << partition }

// homeOf is the partition of a trace.
func (t *Tracker) homeOf(trace span.TraceID) int {
	if t.options.Partitions <= 1 {
		return 0
	}
	return span.PartitionOf(trace, t.options.Partitions)
}

// ours tells whether the deliveries that begin in a group are told of here.
func (t *Tracker) ours(group *group) bool { return t.homeOf(group.trace) == t.options.Partition }

// relayAlong is called when a group has come to continue another one.
func (t *Tracker) relayAlong(g, to uint32) {
	if t.options.Partitions <= 1 {
		return
	}
	target := t.groups.at(to)
	more := target.relays
	if t.ours(t.groups.at(g)) { // else its own home does that
		more |= only(t.homeOf(target.trace))
	}
	t.relayTo(g, more)
}

// relayTo sends a group to more partitions, and what continues it with it.
func (t *Tracker) relayTo(g uint32, more partitions) {
	t.relaying = append(t.relaying[:0], g)
	for len(t.relaying) > 0 {
		last := len(t.relaying) - 1
		g := t.relaying[last]
		t.relaying = t.relaying[:last]
		group := t.groups.at(g)
		if fresh := t.freshOf(group, more); fresh != 0 {
			group.relays |= fresh
			t.relayAll(g, group, fresh)
		}
	}
}

// freshOf are the partitions that need all of a group, of those that are to have it.
func (t *Tracker) freshOf(group *group, more partitions) partitions {
	more &^= only(t.homeOf(group.trace)) | only(t.options.Partition)
	switch {
	case more == 0:
		return 0
	case t.mayBeGone(group):
		group.sent = t.now
		return more | group.relays
	}
	return more &^ group.relays
}

// mayBeGone tells whether those that a group was relayed to had no news of it for so long
// that they may have let go of it.
func (t *Tracker) mayBeGone(group *group) bool { return group.sent+int64(t.options.Orphans)/2 <= t.now }

// relayNews sends a new stamp of a group on, but not to those that it comes from.
func (t *Tracker) relayNews(g, s uint32, from partitions) {
	group := t.groups.at(g)
	if t.mayBeGone(group) {
		t.relayTo(g, group.relays&^from)
	} else {
		t.relayStamp(g, s, group.relays&^from)
	}
	group.sent = t.now
}

// relayAll sends all stamps of a group, and asks the same for the groups that continue it.
func (t *Tracker) relayAll(g uint32, group *group, to partitions) {
	t.relaySources(g, group.dangling)
	for s := group.stamps; s != 0; {
		stamp := t.stamps.at(s)
		t.relaySources(g, stamp.in)
		t.relayStamp(g, s, to)
		s = stamp.next
	}
}

func (t *Tracker) relaySources(g, list uint32) {
	for e := list; e != 0; e = t.edges.At(e).nextIn {
		if from := t.edges.At(e).from; from != g {
			t.relaying = append(t.relaying, from)
		}
	}
}

// relayStamp writes a stamp out for other partitions.
func (t *Tracker) relayStamp(g, s uint32, to partitions) {
	for ; to != 0; to &= to - 1 {
		t.relayOut(bits.TrailingZeros16(uint16(to))).add(&t.State, g, s)
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
	r.batch.Received = t.now
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

func (r *relayBatch) add(t *State, g, s uint32) {
	stamp := t.stamps.at(s)
	record := span.Record{
		Trace: t.groups.at(g).trace, Span: stamp.span, Parent: stamp.parent, Event: stamp.event,
		Start: stamp.start, End: stamp.end, Retry: uint32(stamp.retry), Recipients: stamp.recipients, Batch: uint32(stamp.batch), Origin: uint64(stamp.position),
	}
	r.describe(t, &record, t.profiles.at(stamp.profile))
	if stamp.lossy {
		record.DroppedLinks = 1
	}
	count := 0
	for e := stamp.edges; e != 0; e = t.edges.At(e).nextOfStamp {
		edge := t.edges.At(e)
		if link := t.linkOf(edge, r.keep(t.texts.read(edge.text))); link != (span.Link{}) {
			r.batch.Links = append(r.batch.Links, link)
			count++
		}
	}
	r.take(t, &record, &stamp.dims, t.texts.read(stamp.texts), count)
}

// take adds a record, the links of which were added last.
func (r *relayBatch) take(t *State, record *span.Record, dims *[span.NumDims]span.Symbol, texts ids, links int) {
	for d, symbol := range dims {
		record.Dims[d] = r.symbol(t, symbol)
	}
	texts = r.keep(texts)
	record.Key, record.MessageID, record.Conversation, record.Recipient = texts.key, texts.message, texts.conversation, texts.recipient
	record.Coordinate = texts.coordinate
	r.links = append(r.links, links)
	r.batch.Records = append(r.batch.Records, *record)
}

func (r *relayBatch) describe(t *State, record *span.Record, p *profile) {
	record.Kind, record.Stage, record.Outcome, record.Category = p.Kind, p.Stage, p.Outcome, p.Category
	record.Error, record.Explicit, record.HTTPStatus, record.Partial = p.Error, p.Explicit, p.HTTPStatus, p.Sampled
	into := [...]*span.Symbol{&record.Service, &record.Name, &record.Route, &record.System, &record.Topic, &record.Group,
		&record.Server, &record.ErrorType, &record.Cluster, &record.Host}
	for i, symbol := range p.symbols() {
		*into[i] = r.symbol(t, symbol)
	}
}

func (r *relayBatch) symbol(t *State, of span.Symbol) span.Symbol {
	if of == 0 {
		return 0
	}
	own, ok := r.symbols[of]
	if !ok {
		own = span.Symbol(len(r.batch.Symbols))
		r.batch.Symbols = append(r.batch.Symbols, t.Symbols.Text(of))
		r.symbols[of] = own
	}
	return own
}

// keep copies texts so that they hold as long as the effects of the step.
func (r *relayBatch) keep(texts ids) ids {
	for _, text := range texts.parts() {
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
