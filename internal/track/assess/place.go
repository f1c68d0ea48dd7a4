// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// A link leads to the very stamp that it continues. A name leads to a message: the
// same id is on every publish of it, again after a dead letter, and a key may be known
// only where the message began. So what a name brought finds its place among the stamps
// of the message when those are gathered.

// leaning is an edge by name that waits for its place behind the node it leads to.
type leaning struct {
	edge uint32
	to   int32
}

// outlet is what publishes have in common that a consumer may have taken: the
// destination, and the id or coordinate where it shows one.
type outlet struct {
	topic span.Symbol
	text  string
}

// places finds where in a message something may continue it.
type places struct {
	epoch    uint32 // of the assessment that it is of
	indexed  int    // nodes up to which the index holds
	outlets  map[outlet][]int32
	named    map[string][]int32 // nodes that name a recipient
	last     map[int32]int32    // by node: the only last publish at or below it
	furthest map[int32]int32    // by node: how far the message got, of nobody in particular
	below    []bool             // by node: it stands at or below the one that is asked for
}

func newPlaces() places {
	return places{outlets: map[outlet][]int32{}, named: map[string][]int32{}, last: map[int32]int32{}, furthest: map[int32]int32{}}
}

func (p *places) reset() {
	p.indexed = 0
	clear(p.outlets)
	clear(p.named)
	clear(p.last)
	clear(p.furthest)
}

// placeNamed adds what names brought, always the earliest, so that each may stand
// behind those before it.
func (a *Assessor) placeNamed(st *state.State) {
	order := func(x, y leaning) int { return a.compareLeaning(st, x, y) }
	waiting := slices.Clone(a.leaning)
	slices.SortFunc(waiting, order)
	for at := 0; at < len(waiting); at++ {
		if a.leaning = a.leaning[:0]; !a.hasRoom(st.Stamps.At(st.StartOf(st.Edges.At(waiting[at].edge)))) {
			continue
		}
		a.indexPlaces()
		from := len(a.nodes)
		a.addLinked(st, waiting[at].edge, a.placeFor(st, waiting[at]))
		a.spread(st, from)
		for _, l := range a.leaning {
			next, _ := slices.BinarySearchFunc(waiting[at+1:], l, order)
			waiting = slices.Insert(waiting, at+1+next, l)
		}
	}
}

func (a *Assessor) compareLeaning(st *state.State, x, y leaning) int {
	edges := [...]*state.Edge{st.Edges.At(x.edge), st.Edges.At(y.edge)}
	one, other := st.Stamps.At(st.StartOf(edges[0])), st.Stamps.At(st.StartOf(edges[1]))
	if order := cmp.Or(cmp.Compare(one.Start, other.Start), bytes.Compare(one.Span[:], other.Span[:])); order != 0 {
		return order
	}
	traces := [...]span.TraceID{st.Groups.At(edges[0].From).Trace, st.Groups.At(edges[1].From).Trace}
	return cmp.Or(bytes.Compare(traces[0][:], traces[1][:]), cmp.Compare(a.nodes[x.to].copy, a.nodes[y.to].copy),
		bytes.Compare(edges[0].Target[:], edges[1].Target[:]))
}

// indexPlaces takes in the nodes that were added since it did last.
func (a *Assessor) indexPlaces() {
	p := &a.places
	if p.epoch != a.epoch {
		p.epoch = a.epoch
		p.reset()
	}
	for ; p.indexed < len(a.nodes); p.indexed++ {
		i, n := int32(p.indexed), &a.nodes[p.indexed]
		if n.ids.Recipient != "" && n.Stage <= span.Delivered {
			p.named[n.ids.Recipient] = append(p.named[n.ids.Recipient], i)
		}
		if n.Stage >= span.Published && n.Stage <= span.Processed {
			clear(p.last)
			clear(p.furthest)
		}
		if !n.Produces() {
			continue
		}
		keys := [...]outlet{{n.Topic, ""}, {n.Topic, n.ids.Message}, {n.Topic, n.ids.Coordinate}}
		for at, key := range keys {
			if at == 0 || key.text != "" {
				p.outlets[key] = append(p.outlets[key], i)
			}
		}
	}
}

// placeFor is the node that an edge by name continues.
func (a *Assessor) placeFor(st *state.State, l leaning) int32 {
	edge := st.Edges.At(l.edge)
	stamp := st.Stamps.At(st.StartOf(edge))
	p, texts := st.Profiles.At(stamp.Profile), st.Texts.Read(stamp.Texts)
	texts.Override(st.Texts.Read(edge.Text))
	switch {
	case edge.By == state.ByMessageID:
		return a.outletFor(l.to, stamp, outlet{p.Topic, texts.Message}, false)
	case edge.By == state.ByCoordinate:
		return a.outletFor(l.to, stamp, outlet{p.Topic, texts.Coordinate}, false)
	case p.Stage >= span.Delivered:
		return a.furthestFor(l.to, texts.Recipient)
	}
	if p.Topic != 0 {
		if at := a.outletFor(l.to, stamp, outlet{p.Topic, ""}, true); at != l.to || a.nodes[at].Topic == p.Topic {
			return at
		}
	}
	at := a.lastPublish(l.to)
	if edge.By == state.ByConversation {
		return a.takenFrom(at) // who answers is no other subscriber
	}
	return at
}

// outletFor is the publish that a consumer took its message from: the last before it
// that went well, of those at or below the node or, where that is enough, of the same
// message.
func (a *Assessor) outletFor(to int32, stamp *state.Stamp, wanted outlet, below bool) int32 {
	best := None
	for _, i := range a.places.outlets[wanted] {
		if below && !a.isAbove(to, i) || !a.sameJoint(to, i) {
			continue
		}
		if best == None || a.fitsBetter(&a.nodes[i], &a.nodes[best], stamp) {
			best = i
		}
	}
	if best == None {
		return to
	}
	return best
}

// sameJoint tells whether a node is part of what the link above another brought.
func (a *Assessor) sameJoint(to, i int32) bool {
	joint := a.nodes[to].joint
	for j := a.nodes[i].joint; joint != None && j != joint; j = a.jointAbove(j) {
		if j == None {
			return false
		}
	}
	return true
}

func (a *Assessor) fitsBetter(n, best *node, seeker *state.Stamp) bool {
	before, bestBefore := n.start <= seeker.Start, best.start <= seeker.Start
	switch {
	case n.good() != best.good():
		return n.good()
	case before != bestBefore:
		return before
	}
	order := cmp.Or(cmp.Compare(n.start, best.start), cmp.Compare(a.height(n), a.height(best)),
		bytes.Compare(n.Span[:], best.Span[:]), cmp.Compare(n.copy, best.copy))
	return order > 0 == before
}

// lastPublish is the publish behind which nothing is published, if there is only one;
// else the node.
func (a *Assessor) lastPublish(to int32) int32 {
	if at, known := a.places.last[to]; known {
		return at
	}
	last, several := to, false
	a.findBelow(to)
	for i := int32(len(a.nodes)) - 1; i >= to; i-- { // what stands below comes first
		n := &a.nodes[i]
		if !a.places.below[i] || n.Stage != span.Published || !n.good() {
			continue
		}
		several, last = several || last != to, i
		for up := i; up != None && a.places.below[up]; up = a.nodes[up].parent {
			a.places.below[up] = false // it is not the last
		}
	}
	if several {
		last = to
	}
	a.places.last[to] = last
	return last
}

// findBelow finds out which nodes stand at or below one.
func (a *Assessor) findBelow(to int32) {
	below := slices.Grow(a.places.below[:0], len(a.nodes))[:len(a.nodes)]
	for i := range below {
		parent := a.nodes[i].parent
		below[i] = int32(i) == to || parent != None && below[parent]
	}
	a.places.below = below
}

// takenFrom is the first consumer of a publish, or the publish.
func (a *Assessor) takenFrom(publish int32) int32 {
	first := publish
	for i := publish + 1; i < int32(len(a.nodes)); i++ {
		n := &a.nodes[i]
		if n.Stage != span.Consumed && n.Stage != span.Processed || a.nodes[publish].Stage != span.Published {
			continue
		}
		up := n.parent
		for up != None && up != publish && a.nodes[up].Stage != span.Published {
			up = a.nodes[up].parent
		}
		if up == publish && (first == publish || a.comparePlaces(n, &a.nodes[first]) < 0) {
			first = i
		}
	}
	return first
}

// furthestFor is the furthest stamp before the client's own that is of a recipient
// or, when none is, of nobody in particular.
func (a *Assessor) furthestFor(to int32, recipient string) int32 {
	best := None
	for _, i := range a.places.named[recipient] {
		if a.isAbove(to, i) && (best == None || a.further(i, best)) {
			best = i
		}
	}
	if best != None {
		return best
	}
	if at, known := a.places.furthest[to]; known {
		return at
	}
	best = to
	a.findBelow(to)
	for i := to; i < int32(len(a.nodes)); i++ {
		n := &a.nodes[i]
		if !a.places.below[i] || n.ids.Recipient != "" || n.Stage < span.Published || n.Stage > span.Delivered || n.Stage == span.Invoked {
			continue
		}
		if a.nodes[best].Stage < span.Published || a.further(i, best) {
			best = i
		}
	}
	a.places.furthest[to] = best
	return best
}

func (a *Assessor) further(i, best int32) bool {
	n, other := &a.nodes[i], &a.nodes[best]
	return cmp.Or(cmp.Compare(other.Stage, n.Stage), a.comparePlaces(n, other)) < 0
}

// comparePlaces orders nodes of one message that may be continued alike.
func (a *Assessor) comparePlaces(x, y *node) int {
	return cmp.Or(cmp.Compare(x.start, y.start), cmp.Compare(a.height(x), a.height(y)), bytes.Compare(x.Span[:], y.Span[:]),
		cmp.Compare(x.Event, y.Event), cmp.Compare(x.copy, y.copy))
}
