// SPDX-License-Identifier: Apache-2.0

package track

import (
	"github.com/cespare/xxhash/v2"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// group is the spans of one trace. None of the state below holds a pointer.
type group struct {
	trace    span.TraceID
	stamps   uint32 // list by stamp.next, in order of arrival
	out, in  uint32 // lists of edges: links from here (nextOut) and to here (nextIn)
	told     uint32 // list of what was told of the deliveries that begin here
	due      int64  // when the group is looked at next; 0: not scheduled
	first    int64  // log time of the first arrival
	touched  int64  // log time of the last new stamp here or in a joined group
	settleAt int64  // log time at which the group may be let go of; 0: something is still expected
	dirty    bool
	message  bool // at least one delivery was told of
}

// stamp is one record, without its texts and repeated parts.
type stamp struct {
	start, end   int64
	span, parent span.ID
	position     journey.Position
	profile      uint32
	texts        textRef
	next         uint32 // in the group
	edges        uint32 // first edge of this stamp, by edge.nextOfStamp
	retry        uint32
	recipients   uint32
	dropped      uint32
	event        uint16
}

// profile is what many stamps have in common.
type profile struct {
	Service, Name, Route, System, Topic, Group, Server, ErrorType span.Symbol
	Dims                                                          [span.NumDims]span.Symbol
	HTTPStatus                                                    uint16
	Kind                                                          span.Kind
	Stage                                                         span.Stage
	Outcome                                                       span.Outcome
	Category                                                      span.Category
	Error, Explicit                                               bool
}

// profiles numbers them.
type profiles struct {
	all   []*profile
	index map[profile]uint32
}

func newProfiles() profiles { return profiles{index: map[profile]uint32{}} }

func (p *profiles) intern(key profile) uint32 {
	if id, ok := p.index[key]; ok {
		return id
	}
	id := uint32(len(p.all))
	p.all = append(p.all, &key)
	p.index[key] = id
	return id
}

// edge is a link from a stamp of one group to a span of another (or the same).
type edge struct {
	from, to        uint32 // groups
	stamp           uint32
	target          span.ID
	nextOut, nextIn uint32
	nextOfStamp     uint32
}

// insert adds a record to its group, unless it is there already.
func (t *Tracker) insert(r *span.Record) {
	if t.graves.has(r.Trace) {
		t.counts.Late++
		return
	}
	g := t.group(r.Trace)
	group := t.groups.at(g)
	if t.known(group, r) {
		t.counts.Duplicates++
		return
	}
	t.counts.Stamps++
	s, stamp := t.stamps.alloc()
	stamp.start, stamp.end, stamp.span, stamp.parent = r.Start, r.End, r.Span, r.Parent
	stamp.position, stamp.event = t.at, r.Event
	stamp.retry, stamp.recipients, stamp.dropped = r.Retry, r.Recipients, r.DroppedLinks
	stamp.profile = t.profiles.intern(t.profileOf(r))
	stamp.texts = t.texts.keep(ids{r.Key, r.MessageID, r.Conversation, r.Recipient})
	stamp.next, group.stamps = group.stamps, s
	t.index(g, r.Key, r.MessageID, r.Conversation)
	if joinsByLink(r) {
		for i := range r.Links {
			t.link(g, s, &r.Links[i])
		}
	}
	t.touch(g, 0)
}

// known finds a record that was sent before. A group has few stamps, and the
// newest are first, so walking them beats a map.
func (t *Tracker) known(group *group, r *span.Record) bool {
	for s := group.stamps; s != 0; {
		stamp := t.stamps.at(s)
		if stamp.span == r.Span && stamp.event == r.Event {
			return true
		}
		s = stamp.next
	}
	return false
}

func (t *Tracker) profileOf(r *span.Record) profile {
	own := t.translated
	p := profile{
		Service: own[r.Service], Name: own[r.Name], Route: own[r.Route], System: own[r.System], Topic: own[r.Topic],
		Group: own[r.Group], Server: own[r.Server], ErrorType: own[r.ErrorType], HTTPStatus: r.HTTPStatus, Kind: r.Kind,
		Stage: r.Stage, Outcome: r.Outcome, Category: r.Category, Error: r.Error, Explicit: r.Explicit,
	}
	for d, symbol := range r.Dims {
		p.Dims[d] = own[symbol]
	}
	return p
}

// group finds or makes the group of a trace.
func (t *Tracker) group(trace span.TraceID) uint32 {
	if g, ok := t.traces[trace]; ok {
		return g
	}
	g, group := t.groups.alloc()
	group.trace, group.first, group.touched = trace, t.now, t.now
	t.traces[trace] = g
	t.schedule(g, t.now+int64(t.options.Orphans))
	return g
}

// joinsByLink tells whether the record's links say what it continues. Those of a
// consumer do, and those of a send that stands alone (to the create spans of its
// messages); a link of a request says something else. A link into the own trace
// matters only where no parent says it.
func joinsByLink(r *span.Record) bool {
	return r.Stage >= span.Consumed || r.Kind == span.Consumer || r.Stage == span.Published && r.Parent == (span.ID{})
}

func (t *Tracker) link(g, s uint32, link *span.Link) {
	stamp := t.stamps.at(s)
	if link.Trace == t.groups.at(g).trace && stamp.parent != (span.ID{}) {
		return
	}
	if link.Trace == (span.TraceID{}) || t.graves.has(link.Trace) {
		return
	}
	to := t.group(link.Trace)
	e, edge := t.edges.alloc()
	from, target := t.groups.at(g), t.groups.at(to)
	edge.from, edge.to, edge.stamp, edge.target = g, to, s, link.Span
	edge.nextOut, from.out = from.out, e
	edge.nextIn, target.in = target.in, e
	edge.nextOfStamp, stamp.edges = stamp.edges, e
}

// maxDepth bounds how far links are followed, against cycles and endless chains.
const maxDepth = 16

// touch marks a group, and every group whose journey it belongs to, for review.
func (t *Tracker) touch(g uint32, depth int) {
	group := t.groups.at(g)
	group.touched, group.settleAt = t.now, 0
	if group.dirty && depth > 0 {
		return
	}
	if !group.dirty {
		group.dirty = true
		t.dirty = append(t.dirty, g)
	}
	for e := group.out; e != 0 && depth < maxDepth; {
		edge := t.edges.at(e)
		if edge.to != g {
			t.touch(edge.to, depth+1)
		}
		e = edge.nextOut
	}
}

// index makes a group findable by the ids that its stamps show.
func (t *Tracker) index(g uint32, texts ...string) {
	for _, text := range texts {
		if text != "" {
			t.byID[hashOf(text)] = g
		}
	}
}

func hashOf(text string) uint64 { return xxhash.Sum64String(text) }
