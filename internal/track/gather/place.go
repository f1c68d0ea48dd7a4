// SPDX-License-Identifier: Apache-2.0

package gather

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
func (all *Gathering) placeNamed(st *state.State) {
	order := func(x, y leaning) int { return all.compareLeaning(st, x, y) }
	waiting := slices.Clone(all.leaning)
	slices.SortFunc(waiting, order)
	for at := 0; at < len(waiting); at++ {
		if all.leaning = all.leaning[:0]; !all.hasRoom(st.Stamps.At(st.StartOf(st.Edges.At(waiting[at].edge)))) {
			continue
		}
		all.indexPlaces()
		from := len(all.Nodes)
		all.addLinked(st, waiting[at].edge, all.placeFor(st, waiting[at]))
		all.spread(st, from)
		for _, l := range all.leaning {
			next, _ := slices.BinarySearchFunc(waiting[at+1:], l, order)
			waiting = slices.Insert(waiting, at+1+next, l)
		}
	}
}

func (all *Gathering) compareLeaning(st *state.State, x, y leaning) int {
	edges := [...]*state.Edge{st.Edges.At(x.edge), st.Edges.At(y.edge)}
	one, other := st.Stamps.At(st.StartOf(edges[0])), st.Stamps.At(st.StartOf(edges[1]))
	if order := cmp.Or(cmp.Compare(one.Start, other.Start), bytes.Compare(one.Span[:], other.Span[:])); order != 0 {
		return order
	}
	traces := [...]span.TraceID{st.Groups.At(edges[0].From).Trace, st.Groups.At(edges[1].From).Trace}
	return cmp.Or(bytes.Compare(traces[0][:], traces[1][:]), cmp.Compare(all.Nodes[x.to].copy, all.Nodes[y.to].copy),
		bytes.Compare(edges[0].Target[:], edges[1].Target[:]))
}

// indexPlaces takes in the nodes that were added since it did last.
func (all *Gathering) indexPlaces() {
	p := &all.places
	if p.epoch != all.epoch {
		p.epoch = all.epoch
		p.reset()
	}
	for ; p.indexed < len(all.Nodes); p.indexed++ {
		i, n := int32(p.indexed), &all.Nodes[p.indexed]
		if n.IDs.Recipient != "" && n.Stage <= span.Delivered {
			p.named[n.IDs.Recipient] = append(p.named[n.IDs.Recipient], i)
		}
		if n.Stage >= span.Published && n.Stage <= span.Processed {
			clear(p.last)
			clear(p.furthest)
		}
		if !n.Produces() {
			continue
		}
		keys := [...]outlet{{n.Topic, ""}, {n.Topic, n.IDs.Message}, {n.Topic, n.IDs.Coordinate}}
		for at, key := range keys {
			if at == 0 || key.text != "" {
				p.outlets[key] = append(p.outlets[key], i)
			}
		}
	}
}

// placeFor is the node that an edge by name continues.
func (all *Gathering) placeFor(st *state.State, l leaning) int32 {
	edge := st.Edges.At(l.edge)
	stamp := st.Stamps.At(st.StartOf(edge))
	p, texts := st.Profiles.At(stamp.Profile), st.Texts.Read(stamp.Texts)
	texts.Override(st.Texts.Read(edge.Text))
	switch {
	case edge.By == state.ByMessageID:
		return all.outletFor(l.to, stamp, outlet{p.Topic, texts.Message}, false)
	case edge.By == state.ByCoordinate:
		return all.outletFor(l.to, stamp, outlet{p.Topic, texts.Coordinate}, false)
	case p.Stage >= span.Delivered:
		return all.furthestFor(l.to, texts.Recipient)
	}
	if p.Topic != 0 {
		if at := all.outletFor(l.to, stamp, outlet{p.Topic, ""}, true); at != l.to || all.Nodes[at].Topic == p.Topic {
			return at
		}
	}
	at := all.lastPublish(l.to)
	if edge.By == state.ByConversation {
		return all.takenFrom(at) // who answers is no other subscriber
	}
	return at
}

// outletFor is the publish that a consumer took its message from: the last before it
// that went well, of those at or below the node or, where that is enough, of the same
// message.
func (all *Gathering) outletFor(to int32, stamp *state.Stamp, wanted outlet, below bool) int32 {
	best := None
	for _, i := range all.places.outlets[wanted] {
		if below && !all.isAbove(to, i) || !all.sameJoint(to, i) {
			continue
		}
		if best == None || all.fitsBetter(&all.Nodes[i], &all.Nodes[best], stamp) {
			best = i
		}
	}
	if best == None {
		return to
	}
	return best
}

// sameJoint tells whether a node is part of what the link above another brought.
func (all *Gathering) sameJoint(to, i int32) bool {
	joint := all.Nodes[to].Joint
	for j := all.Nodes[i].Joint; joint != None && j != joint; j = all.jointAbove(j) {
		if j == None {
			return false
		}
	}
	return true
}

func (all *Gathering) fitsBetter(n, best *Node, seeker *state.Stamp) bool {
	before, bestBefore := n.Began <= seeker.Start, best.Began <= seeker.Start
	switch {
	case n.Good() != best.Good():
		return n.Good()
	case before != bestBefore:
		return before
	}
	order := cmp.Or(cmp.Compare(n.Began, best.Began), cmp.Compare(all.height(n), all.height(best)),
		bytes.Compare(n.Span[:], best.Span[:]), cmp.Compare(n.copy, best.copy))
	return order > 0 == before
}

// lastPublish is the publish behind which nothing is published, if there is only one;
// else the node.
func (all *Gathering) lastPublish(to int32) int32 {
	if at, known := all.places.last[to]; known {
		return at
	}
	last, several := to, false
	all.findBelow(to)
	for i := int32(len(all.Nodes)) - 1; i >= to; i-- { // what stands below comes first
		n := &all.Nodes[i]
		if !all.places.below[i] || n.Stage != span.Published || !n.Good() {
			continue
		}
		several, last = several || last != to, i
		for up := i; up != None && all.places.below[up]; up = all.Nodes[up].Continues {
			all.places.below[up] = false // it is not the last
		}
	}
	if several {
		last = to
	}
	all.places.last[to] = last
	return last
}

// findBelow finds out which nodes stand at or below one.
func (all *Gathering) findBelow(to int32) {
	below := slices.Grow(all.places.below[:0], len(all.Nodes))[:len(all.Nodes)]
	for i := range below {
		parent := all.Nodes[i].Continues
		below[i] = int32(i) == to || parent != None && below[parent]
	}
	all.places.below = below
}

// takenFrom is the first consumer of a publish, or the publish.
func (all *Gathering) takenFrom(publish int32) int32 {
	first := publish
	for i := publish + 1; i < int32(len(all.Nodes)); i++ {
		n := &all.Nodes[i]
		if n.Stage != span.Consumed && n.Stage != span.Processed || all.Nodes[publish].Stage != span.Published {
			continue
		}
		up := n.Continues
		for up != None && up != publish && all.Nodes[up].Stage != span.Published {
			up = all.Nodes[up].Continues
		}
		if up == publish && (first == publish || all.comparePlaces(n, &all.Nodes[first]) < 0) {
			first = i
		}
	}
	return first
}

// furthestFor is the furthest stamp before the client's own that is of a recipient
// or, when none is, of nobody in particular.
func (all *Gathering) furthestFor(to int32, recipient string) int32 {
	best := None
	for _, i := range all.places.named[recipient] {
		if all.isAbove(to, i) && (best == None || all.further(i, best)) {
			best = i
		}
	}
	if best != None {
		return best
	}
	if at, known := all.places.furthest[to]; known {
		return at
	}
	best = to
	all.findBelow(to)
	for i := to; i < int32(len(all.Nodes)); i++ {
		n := &all.Nodes[i]
		if !all.places.below[i] || n.IDs.Recipient != "" || n.Stage < span.Published || n.Stage > span.Delivered || n.Stage == span.Invoked {
			continue
		}
		if all.Nodes[best].Stage < span.Published || all.further(i, best) {
			best = i
		}
	}
	all.places.furthest[to] = best
	return best
}

func (all *Gathering) further(i, best int32) bool {
	n, other := &all.Nodes[i], &all.Nodes[best]
	return cmp.Or(cmp.Compare(other.Stage, n.Stage), all.comparePlaces(n, other)) < 0
}

// comparePlaces orders nodes of one message that may be continued alike.
func (all *Gathering) comparePlaces(x, y *Node) int {
	return cmp.Or(cmp.Compare(x.Began, y.Began), cmp.Compare(all.height(x), all.height(y)), bytes.Compare(x.Span[:], y.Span[:]),
		cmp.Compare(x.Event, y.Event), cmp.Compare(x.copy, y.copy))
}

// isAbove tells whether a node stands at another or above it.
func (all *Gathering) isAbove(above, below int32) bool {
	for below != None && below != above {
		below = all.Nodes[below].Continues
	}
	return below == above
}
