// SPDX-License-Identifier: Apache-2.0

package track

import (
	"math"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// group is the spans of one trace. None of the state below holds a pointer.
type group struct {
	trace     span.TraceID
	stamps    uint32     // all of them, by stamp.next
	number    uint32     // of the group
	count     uint32     // how many
	tops      uint32     // those whose parent is not here, by stamp.sibling
	loose     uint32     // such that are linked: they belong under what they link to
	dangling  uint32     // edges to spans of this trace that are not here, by edge.nextIn
	outs      uint32     // edges from here to other groups
	ins       uint32     // edges to here, also from here
	told      uint32     // list of what was told of the deliveries that begin here
	due       int64      // when the group is looked at next; 0: not scheduled
	look      int64      // when time alone changes a verdict; 0: never
	first     int64      // log time of the first arrival
	touched   int64      // log time of the last new stamp here or in a joined group
	settleAt  int64      // log time at which the group may be let go of; 0: something is still expected
	heldUntil int64      // log time until which it rests for corrections when it has settled; 0: not at all
	shown     uint64     // hash of the id shown last
	relays    partitions // that its stamps are relayed to
	holders   partitions // that asked to hold it for corrections
	sent      int64      // log time at which all of those got it, or the last news of it since
	dirty     bool       // waits for review in the step under way
	message   bool       // at least one delivery was told of
	joined    bool       // it was part of a message that was let go of
	leaving   bool       // it is let go of
	linked    bool       // some stamp is
	indexed   bool       // its stamps are in the tracker's index
	listed    bool       // some of its ids were put into byID
	shownElse bool       // shown is not of the newest stamp that shows any
	shownLate bool       // it is, and was not looked up since the group was thawed
	converses bool       // some stamp offers a conversation
	seeking   bool       // some stamp seeks a name, or did
	asked     bool       // the other partitions were told what
	roused    bool       // what it seeks is looked at again in the step under way
	rests     bool       // it waits for corrections only, see rest.go
	held      bool       // another partition needs it for that
	partial   bool       // it was let go of here and came back from there, with what is needed of it
	reached   bool       // it continues the group that is looked at, see hold.go
}

// stamp is one record, without its texts and repeated parts. Stamps of a trace are
// a forest: each hangs under its parent span, if that is here.
type stamp struct {
	start, end   int64
	span, parent span.ID
	position     journey.Position
	next         uint32 // in the group
	up           uint32 // its parent; 0 while that is not here
	child        uint32 // the first below it, the others by sibling
	sibling      uint32
	edges        uint32 // its links, by edge.nextOfStamp
	own          uint32 // the one of them by which it seeks by itself what it continues
	in           uint32 // links to it, by edge.nextIn
	profile      uint32
	texts        textRef
	gathered     uint32 // in which assessment it was last
	recipients   uint32
	retry, event uint16
	links        uint16 // that it has or had; more than one make it a batch
	batch        uint16 // messages that it covers, as the sender says
	dimensions   uint8  // those of dims that are said, by bit
	linked       bool   // a link or a name says what it continues, even if that is gone by now
	lossy        bool   // it lost links to messages that it covers
	marked       bool   // the journeys above it are marked in the step under way
	dims         [span.NumDims]span.Symbol
}

// profile is what many stamps have in common. Their dimensions are not in it: those
// have nearly as many combinations as there are messages.
type profile struct {
	Service, Name, Route, System, Topic, Group, Server, ErrorType span.Symbol
	Cluster, Host                                                 span.Symbol
	HTTPStatus                                                    uint16
	Kind                                                          span.Kind
	Stage                                                         span.Stage
	Outcome                                                       span.Outcome
	Category                                                      span.Category
	Error, Explicit                                               bool
	Sampled                                                       bool // before us, so that what belongs to it may be missing
}

// insert adds a record to its group, or settles what is true of a span that two
// records tell of.
func (t *Tracker) insert(r *span.Record) {
	if r.Holder != 0 && !t.mayHold(r) {
		return
	}
	g := t.group(r.Trace, r)
	if g == 0 {
		t.count(&t.counts.Late, r)
		return
	}
	group := t.groups.at(g)
	if group.joined && t.isOver(r, group.relays) {
		t.count(&t.counts.Late, r)
		return
	}
	if r.Holder != 0 {
		t.hold(group, r)
	}
	if s := t.find(g, group, r.Span, r.Event); s != 0 {
		t.again(g, s, r)
		return
	}
	t.count(&t.counts.Stamps, r)
	t.held++
	s, stamp := t.stamps.alloc(group.stamps)
	stamp.span, stamp.event = r.Span, r.Event
	t.write(group, stamp, r)
	stamp.next, group.stamps = group.stamps, s
	group.count++
	t.index(g, group, s)
	t.attach(g, group, s)
	t.adopt(g, group, s)
	t.reportLost(g, s, r)
	t.addLinks(g, s, r)
	t.learnNames(g, s)
	t.stirEvents(stamp)
	t.showIDs(g, group, s, r)
	t.mark(g, s)
	if group.relays != 0 {
		t.relayNews(g, s, holder(r))
	}
	if group.asked {
		t.askFor(g, s)
	}
	if group.count == 1 && isPassedOn(r) {
		t.askToHold(g, s, only(t.homeOf(r.Trace)), shortly)
	}
}

// count counts a record once, however many partitions it was relayed to.
func (t *Tracker) count(what *uint64, r *span.Record) {
	if r.Origin == 0 {
		*what++
	}
}

// write takes over what a record says of its span.
func (t *Tracker) write(group *group, stamp *stamp, r *span.Record) {
	stamp.start, stamp.end, stamp.parent, stamp.position = r.Start, r.End, r.Parent, t.at
	if r.Origin != 0 {
		stamp.position = journey.Position(r.Origin)
	}
	stamp.retry, stamp.recipients, stamp.batch = uint16(min(r.Retry, maxRetry)), min(r.Recipients, maxRecipients), uint16(min(r.Batch, maxBatch))
	stamp.profile = t.profiles.take(r, t.translated)
	stamp.dims, stamp.dimensions = t.dimsOf(r)
	if said := saidBy(r); said != (ids{}) {
		stamp.texts = t.texts.share(t.lastTexts(group), said)
		t.textBytes += t.texts.size(stamp.texts)
	}
}

// lastTexts are those of the newest stamp of a group that has some, if that is not long
// ago: who takes a message shows the same of it as who sent it.
func (t *State) lastTexts(group *group) textRef {
	for s, few := group.stamps, runLength; s != 0 && few > 0; few-- {
		stamp := t.stamps.at(s)
		if stamp.texts != 0 {
			return stamp.texts
		}
		s = stamp.next
	}
	return 0
}

// Bounds of what a sender may announce.
const (
	maxRecipients = 100_000
	maxRetry      = math.MaxUint16
	maxBatch      = math.MaxUint16
)

func (t *Tracker) dimsOf(r *span.Record) (dims [span.NumDims]span.Symbol, said uint8) {
	for d, symbol := range r.Dims {
		if symbol != 0 {
			dims[d] = t.translated[symbol]
			said |= 1 << d
		}
	}
	return dims, said
}

// group finds or makes the group of a trace, for a record of it or a link to it (nil); 0
// when the trace was let go of, or that record. Whoever makes one marks it, so that the
// review of this step gives it a time to be looked at.
func (t *Tracker) group(trace span.TraceID, r *span.Record) uint32 {
	if t.last != 0 && t.groups.is(t.last, &trace) {
		return t.last // spans of a trace often come together
	}
	g := t.comingGroup(&trace)
	if g == 0 {
		g = t.groupOf(&trace)
	}
	if g == 0 {
		says, gone := t.graves.has(&trace)
		if gone && (says == wholly || says&partly != 0 && r != nil && t.isOver(r, partitions(says))) {
			return 0
		}
		var group *group
		g, group = t.groups.alloc()
		group.trace, group.first, group.touched = trace, t.now, t.now
		group.joined = says&partly != 0
		group.relays = partitions(says) // it continued something that has its home elsewhere
		t.begun++
		t.traces.Add(fingerprint(trace), g)
	}
	t.last = g
	return g
}

// groupOf is the number of the group of a trace; 0 when there is none.
func (t *State) groupOf(trace *span.TraceID) uint32 {
	return t.traces.Find(fingerprint(*trace), func(g uint32) bool { return t.groups.is(g, trace) })
}
