// SPDX-License-Identifier: Apache-2.0

package track

import (
	"math"

	"github.com/hopstamp/hopstamp/internal/span"
)

// edge is a link from a stamp to a span of another group or of its own.
type edge struct {
	from, to    uint32 // groups
	stamp       uint32 // see startOf; 0 while its group is frozen
	target      span.ID
	nextIn      uint32 // of the target stamp or, while that is not here, of group.dangling
	nextOfStamp uint32
}

// addLinks records what the stamp continues by link.
//
// Those of a consumer say that, and those of a send (to the spans that created its
// messages); a link of a request says something else. A link into the own trace
// matters only where no parent says it, or from a send.
func (t *Tracker) addLinks(g, s uint32, r *span.Record) {
	consumes := r.Stage >= span.Consumed || r.Kind == span.Consumer
	if len(r.Links) == 0 || !consumes && r.Stage != span.Published {
		return
	}
	known := t.knownLinks(s, len(r.Links))
	for _, link := range r.Links {
		own := link.Trace == r.Trace
		alone := r.Parent == (span.ID{})
		switch {
		case link.Trace == (span.TraceID{}), own && link.Span == r.Span, known.has(t, s, link):
		case alone, consumes && !own, !consumes && own && link.Span != r.Parent:
			t.addLink(g, s, link)
			known.add(link)
		}
	}
}

func (t *Tracker) addLink(g, s uint32, link span.Link) {
	stamp := t.stamps.at(s)
	stamp.marked = false // there is one more to follow
	if stamp.links < math.MaxUint16 {
		stamp.links++
	}
	if !stamp.linked {
		group := t.groups.at(g)
		t.detach(group, s)
		stamp.linked, group.linked = true, true
		t.attach(g, group, s)
	}
	to := t.group(link.Trace)
	if to == 0 {
		return // it stays linked: what it continues was let go of
	}
	target := t.groups.at(to)
	e, edge := t.edges.alloc()
	edge.from, edge.to, edge.stamp, edge.target = g, to, s, link.Span
	edge.nextOfStamp, stamp.edges = stamp.edges, e
	list := &target.dangling
	if at := t.find(to, target, link.Span, 0); at != 0 {
		list = &t.stamps.at(at).in
	}
	edge.nextIn, *list = *list, e
	target.ins++
	if to != g {
		t.groups.at(g).outs++
		t.relayAlong(g, to)
	}
}

// knownLinks are the links that a stamp has. The set is made only for many.
type knownLinks struct{ set map[target]struct{} }

// target is where a link leads, whatever else it says.
type target struct {
	trace span.TraceID
	span  span.ID
}

func targetOf(link *span.Link) target { return target{link.Trace, link.Span} }

func (t *Tracker) knownLinks(s uint32, more int) (k knownLinks) {
	if more <= fewLinks {
		return k
	}
	k.set = make(map[target]struct{}, more)
	for e := t.stamps.at(s).edges; e != 0; e = t.edges.at(e).nextOfStamp {
		k.add(t.linkOf(t.edges.at(e)))
	}
	return k
}

const fewLinks = 8

func (t *Tracker) linkOf(e *edge) span.Link {
	return span.Link{Trace: t.groups.at(e.to).trace, Span: e.target}
}

func (k knownLinks) add(link span.Link) {
	if k.set != nil {
		k.set[targetOf(&link)] = struct{}{}
	}
}

func (k knownLinks) has(t *Tracker, s uint32, link span.Link) bool {
	wanted := targetOf(&link)
	if k.set != nil {
		_, ok := k.set[wanted]
		return ok
	}
	for e := t.stamps.at(s).edges; e != 0; e = t.edges.at(e).nextOfStamp {
		if known := t.linkOf(t.edges.at(e)); targetOf(&known) == wanted {
			return true
		}
	}
	return false
}

// startOf is the stamp that an edge starts at, in a group that is open from now on.
func (t *Tracker) startOf(e *edge) uint32 {
	t.groups.at(e.from)
	return e.stamp
}

// cut removes an edge that is in no list of its target any more, from the stamp
// that it starts at.
func (t *Tracker) cut(e uint32) {
	edge := t.edges.at(e)
	for link := &t.stamps.at(t.startOf(edge)).edges; *link != 0; link = &t.edges.at(*link).nextOfStamp {
		if *link == e {
			*link = edge.nextOfStamp
			break
		}
	}
	t.groups.at(edge.to).ins--
	if edge.from != edge.to {
		t.groups.at(edge.from).outs--
	}
	t.edges.release(e)
}

// unhook removes an edge from the list of its target.
func (t *Tracker) unhook(e uint32) {
	edge := t.edges.at(e)
	group := t.groups.at(edge.to)
	list := &group.dangling
	if at := t.find(edge.to, group, edge.target, 0); at != 0 {
		list = &t.stamps.at(at).in
	}
	for link := list; *link != 0; link = &t.edges.at(*link).nextIn {
		if *link == e {
			*link = edge.nextIn
			return
		}
	}
}

// joinsParent tells whether a linked stamp also continues its parent span: it does
// when that is what handed the message over. Any other parent, a loop that polls a
// queue, is not the message's.
func (t *Tracker) joinsParent(parent *stamp) bool {
	stage := t.profiles.stage(parent.profile)
	return stage == span.Published || stage == span.Created
}
