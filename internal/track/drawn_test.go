// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"slices"
	"testing"

	"github.com/hopstamp/hopstamp/internal/span"
)

// withinOneTrace is consumers that stand anywhere in the trace of what was sent, and link to
// that, to what is above or below them, to nothing that is here, or to another trace. Parts of
// the trace may be on the way of messages of other traces; some spans say their links only when
// they are sent again, or turn out to be something else.
func (p *platform) withinOneTrace() {
	above := p.add(nil, span.None, span.Internal, "loop", nil)
	if p.chance(40) {
		above = p.server()
	}
	places := []*said{above}
	for range p.random.IntN(3) {
		from := p.publish(p.server(), "orders")
		places = append(places, p.add(places[p.random.IntN(len(places))], span.Processed, span.Consumer, "depot", func(s *said) {
			s.topic, s.Links = "orders", []span.Link{{Trace: from.Trace, Span: from.Span}}
		}))
	}
	for range 2 + p.random.IntN(4) {
		under := places[p.random.IntN(len(places))]
		switch p.random.IntN(5) {
		case 0:
			places = append(places, p.add(under, span.None, span.Internal, "broker", nil))
		case 1:
			places = append(places, p.add(under, span.Accepted, span.Server, "broker", nil))
		case 2:
			places = append(places, p.add(under, span.Created, span.Producer, "depot", func(s *said) { s.topic = "within" }))
		default:
			places = append(places, p.publish(under, "within"))
		}
	}
	for range 1 + p.random.IntN(3) {
		places = append(places, p.takeWithin(places))
	}
	if p.chance(20) {
		p.records = slices.DeleteFunc(p.records, func(s said) bool { return s.Span == above.Span })
	}
}

// takeWithin takes a message of one place below another one, and may send on.
func (p *platform) takeWithin(places []*said) *said {
	under := places[p.random.IntN(len(places))]
	work := p.add(under, span.Processed, span.Consumer, []string{"depot", "mailer"}[p.random.IntN(2)], func(s *said) { s.topic = "within" })
	if p.chance(40) {
		places = append(places, p.publish(work, "within-on"))
	}
	last, before := &p.records[slices.IndexFunc(p.records, func(s said) bool { return s.Span == work.Span })], *work
	to := work
	for range 1 + p.random.IntN(5)/3 {
		to = places[p.random.IntN(len(places))]
		last.Links = append(last.Links, span.Link{Trace: to.Trace, Span: to.Span})
	}
	switch p.random.IntN(6) {
	case 0: // it is sent without its links first
		p.records = append(p.records, before)
	case 1: // and with another parent
		before.Parent = places[p.random.IntN(len(places))].Span
		before.End--
		p.records = append(p.records, before)
	case 2: // what it links to is told otherwise, too: as no send
		other := *to
		other.Links, other.Stage = nil, span.None
		other.End--
		p.records = append(p.records, other)
	case 3: // nobody knows what it links to
		last.Links = append(last.Links[:len(last.Links)-1], span.Link{Trace: work.Trace, Span: missed(1)})
	}
	return work
}

// TestLinksWithinOneTraceDoNotDependOnOrder folds what links to its own trace in many ways and
// in several partitions.
func TestLinksWithinOneTraceDoNotDependOnOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		p := newPlatform(seed, 0)
		for range 1 + seed%3 {
			p.message++
			[]func(){p.withinOneTrace, p.withinOneTrace, p.carried, p.loop}[p.random.IntN(4)]()
		}
		if seed%2 == 0 {
			p.damage()
		}
		sameAnyWay(t, seed, p.records)
	}
}
