// SPDX-License-Identifier: Apache-2.0

package track

import (
	"math"

	"github.com/hopstamp/hopstamp/internal/span"
)

// edge is a link from a stamp to a span of another group or of its own: said by the
// sender, or found by a name. One that leads nowhere yet has no group that it leads to.
type edge struct {
	from, to    uint32 // groups
	stamp       uint32 // see startOf; 0 while its group is frozen
	target      span.ID
	nextIn      uint32 // of the target stamp or, while that is not here, of group.dangling
	nextOfStamp uint32
	text        textRef // what the link says of its message
	seeks       uint32  // the names by which it seeks where it leads, best first, by seek.worse
	by          match   // how it was found
	unsure      bool    // it is to be matched in the step under way
}

// said tells whether the sender said where the edge leads.
func (e *edge) said() bool { return e.to != 0 && e.by == byLink }

// searches tells whether a stamp seeks by the edge what it continues by itself, or did.
func (e *edge) searches() bool { return e.text == 0 && (e.seeks != 0 || e.by == letGo) }

// addLinks records what the stamp continues by link, and tells whether that is new.
//
// Those of a consumer say that, and those of a send (to the spans that created its
// messages); a link of a request says something else. One into the own trace matters only
// where no parent says it, and that of a consumer as drawn.go tells. A send that has a parent
// continues what was created elsewhere only as a batch does, or by what its link says.
// A link that leads nowhere tells of a message of a batch by what it says.
func (t *Tracker) addLinks(g, s uint32, r *span.Record) (changed bool) {
	if len(r.Links) == 0 || !consumes(r.Stage, r.Kind) && r.Stage != span.Published {
		return false
	}
	known, regained := t.knownLinks(s, len(r.Links)), t.regained(s, len(r.Links))
	for i := range r.Links {
		link := &r.Links[i]
		if saysNothing(r, link) {
			continue
		}
		switch e := known.find(&t.State, s, link); {
		case e != 0:
			changed = t.retell(g, s, e, link) || changed
		case regained: // it is counted
		case continues(r, link):
			known.add(link, t.addLink(g, s, link))
			changed = true
		}
	}
	return changed
}

// saysNothing tells whether a link leads nowhere, and tells of nothing.
func saysNothing(r *span.Record, link *span.Link) bool {
	return link.Trace == (span.TraceID{}) && textsOf(link) == (ids{}) || link.Trace == r.Trace && link.Span == r.Span
}

// continues tells whether a link says what a consumer or a send continues, or tells of a
// message.
func continues(r *span.Record, link *span.Link) bool {
	nowhere, own := link.Trace == (span.TraceID{}), link.Trace == r.Trace
	switch {
	case r.Parent == (span.ID{}), nowhere:
		return true
	case own:
		return link.Span != r.Parent
	}
	return consumes(r.Stage, r.Kind) || tellsMore(r, link)
}

// tellsMore tells whether a link of a send is more than a mention of another trace.
// A relayed record has only links that are.
func tellsMore(r *span.Record, link *span.Link) bool {
	return r.Origin != 0 || r.Batch > 1 || len(r.Links) > 1 || textsOf(link) != (ids{})
}

// regained tells whether a link of a stamp that is not known any more may be one that led
// to what was let go of: then it is no other, and makes no batch of the stamp.
func (t *Tracker) regained(s uint32, said int) bool {
	stamp := t.stamps.at(s)
	if stamp.links == 0 || said > int(stamp.links) {
		return false
	}
	left := 0
	for e := stamp.edges; e != 0; e = t.edges.At(e).nextOfStamp {
		if e != stamp.own {
			left++
		}
	}
	return left < int(stamp.links)
}

// addLink makes the edge of a link. A stamp whose link leads to what was let go of
// stays linked without one. A send whose link leads nowhere stands where its parent
// is: the link only tells one of its messages from the others.
func (t *Tracker) addLink(g, s uint32, link *span.Link) uint32 {
	stamp := t.stamps.at(s)
	if stamp.links < math.MaxUint16 {
		stamp.links++
	}
	to, nowhere := uint32(0), link.Trace == (span.TraceID{})
	if !nowhere || t.profiles.at(stamp.profile).consumes() {
		t.setLinked(g, s, true)
	}
	if !nowhere {
		if to = t.group(link.Trace, nil); to == 0 {
			return 0
		}
	}
	e := t.addEdge(g, s)
	t.setText(t.edges.At(e), textsOf(link))
	if to != 0 {
		t.lead(e, to, link.Span, byLink)
	}
	t.showLink(g, t.edges.At(e))
	return e
}

// hasLinks tells whether a stamp continues something by what its sender said, even if
// that is gone by now. A link of a send that leads nowhere says nothing of that.
func (t *Tracker) hasLinks(s uint32) bool {
	stamp := t.stamps.at(s)
	links := int(stamp.links)
	if links == 0 || !t.sends(s) {
		return links > 0
	}
	for e := stamp.edges; e != 0; e = t.edges.At(e).nextOfStamp {
		if t.edges.At(e).to == 0 {
			links--
		}
	}
	return links > 0
}

// setLinked moves a stamp to where those are that continue something by link, or back.
func (t *Tracker) setLinked(g, s uint32, linked bool) {
	stamp := t.stamps.at(s)
	stamp.marked = false // there is something else to follow
	if stamp.linked == linked {
		return
	}
	group := t.groups.at(g)
	t.detach(group, s)
	stamp.linked, group.linked = linked, group.linked || linked
	t.attach(g, group, s)
}

// addEdge makes an edge that leads nowhere yet.
func (t *Tracker) addEdge(g, s uint32) uint32 {
	stamp := t.stamps.at(s)
	e, edge := t.edges.Alloc()
	edge.from, edge.stamp = g, s
	edge.nextOfStamp, stamp.edges = stamp.edges, e
	return e
}

// lead makes an edge lead to a span, whether that is here or not.
func (t *Tracker) lead(e, to uint32, span span.ID, by match) {
	target, edge := t.groups.at(to), t.edges.At(e)
	edge.to, edge.target, edge.by = to, span, by
	list := &target.dangling
	if at := t.find(to, target, span, 0); at != 0 {
		list = &t.stamps.at(at).in
	}
	edge.nextIn, *list = *list, e
	target.ins++
	if to != edge.from {
		from := t.groups.at(edge.from)
		from.outs++
		if from.held {
			t.holdTarget(target, from.heldUntil)
		}
		t.relayAlong(edge.from, to)
	}
}

// retell keeps what a link says that is said again. Of two that differ the
// greater one stands, whichever came first.
func (t *Tracker) retell(g, s, e uint32, link *span.Link) (changed bool) {
	texts := textsOf(link)
	known := t.texts.read(t.edges.At(e).text)
	if texts.compare(&known) <= 0 {
		return false
	}
	t.forgetNames(g, s)
	edge := t.edges.At(e)
	t.hideLink(edge)
	t.setText(edge, texts)
	t.showLink(g, edge)
	return true
}

// setText keeps what a link says of its message, in place of what it said.
func (t *State) setText(edge *edge, texts ids) {
	t.linkBytes -= t.texts.size(edge.text)
	t.texts.release(edge.text)
	edge.text = t.texts.keep(texts)
	t.linkBytes += t.texts.size(edge.text)
}

func textsOf(link *span.Link) ids {
	return ids{link.Key, link.MessageID, link.Conversation, link.Recipient, link.Coordinate}
}

func setTexts(link *span.Link, to ids) {
	link.Key, link.MessageID, link.Conversation, link.Recipient, link.Coordinate = to.key, to.message, to.conversation, to.recipient, to.coordinate
}

// identity is what tells a link from the others of its stamp: where it leads and which
// message it names, since those of a batch may all carry the context of its send; when
// it leads nowhere, all that it says.
func identity(link *span.Link) span.Link {
	if link.Trace == (span.TraceID{}) {
		only := *link
		only.Span = span.ID{}
		return only
	}
	return span.Link{Trace: link.Trace, Span: link.Span, Key: link.Key, MessageID: link.MessageID, Coordinate: link.Coordinate}
}

// linkOf is an edge as the link that it was, with texts that say the same as its own.
func (t *State) linkOf(e *edge, texts ids) (link span.Link) {
	setTexts(&link, texts)
	if e.said() {
		link.Trace, link.Span = t.groups.at(e.to).trace, e.target
	}
	return link
}

// knownLinks finds the edges of a stamp by their links. The set is made only for many.
type knownLinks struct{ set map[span.Link]uint32 }

func (t *Tracker) knownLinks(s uint32, more int) (k knownLinks) {
	if more <= fewLinks {
		return k
	}
	k.set = make(map[span.Link]uint32, more)
	for e := t.stamps.at(s).edges; e != 0; e = t.edges.At(e).nextOfStamp {
		edge := t.edges.At(e)
		link := t.linkOf(edge, t.texts.read(edge.text))
		k.add(&link, e)
	}
	return k
}

const fewLinks = 8

func (k knownLinks) add(link *span.Link, e uint32) {
	if k.set != nil {
		k.set[identity(link)] = e
	}
}

// find gives 0 when there is none.
func (k knownLinks) find(t *State, s uint32, link *span.Link) uint32 {
	wanted := identity(link)
	if k.set != nil {
		return k.set[wanted]
	}
	for e := t.stamps.at(s).edges; e != 0; e = t.edges.At(e).nextOfStamp {
		edge := t.edges.At(e)
		if known := t.linkOf(edge, t.texts.read(edge.text)); identity(&known) == wanted {
			return e
		}
	}
	return 0
}

// startOf is the stamp that an edge starts at, in a group that is open from now on.
func (t *State) startOf(e *edge) uint32 {
	t.groups.at(e.from)
	return e.stamp
}

// cut removes an edge that is in no list of its target any more, from the stamp
// that it starts at.
func (t *Tracker) cut(e uint32) {
	edge := t.edges.At(e)
	stamp := t.stamps.at(t.startOf(edge))
	if stamp.own == e {
		stamp.own = 0
	}
	for link := &stamp.edges; *link != 0; link = &t.edges.At(*link).nextOfStamp {
		if *link == e {
			*link = edge.nextOfStamp
			break
		}
	}
	t.hideLink(edge)
	if edge.to != 0 {
		t.leave(edge)
	}
	t.unseek(edge)
	if edge.text != 0 {
		t.withdrawText(edge)
		t.setText(edge, ids{})
	}
	t.edges.Release(e)
}

// leave forgets where an edge leads, which is not in the list of its target any more.
func (t *Tracker) leave(edge *edge) {
	target := t.groups.at(edge.to)
	if awaited := target.onlyAwaited(); awaited && target.ins == 1 && !target.leaving && !target.rests {
		t.plan(edge.to)
	}
	target.ins--
	if edge.from != edge.to {
		t.groups.at(edge.from).outs--
	}
	edge.to, edge.target, edge.by = 0, span.ID{}, byLink
}

// unhook removes an edge from the list of its target.
func (t *Tracker) unhook(e uint32) {
	edge := t.edges.At(e)
	if edge.to == 0 {
		return
	}
	group := t.groups.at(edge.to)
	list := &group.dangling
	if at := t.find(edge.to, group, edge.target, 0); at != 0 {
		list = &t.stamps.at(at).in
	}
	for link := list; *link != 0; link = &t.edges.At(*link).nextIn {
		if *link == e {
			*link = edge.nextIn
			return
		}
	}
}

// joinsParent tells whether a linked stamp also continues its parent span: it does
// when that is what handed the message over. Any other parent, a loop that polls a
// queue, is not the message's.
func (t *State) joinsParent(parent *stamp) bool {
	stage := t.profiles.stage(parent.profile)
	return stage == span.Published || stage == span.Created
}
