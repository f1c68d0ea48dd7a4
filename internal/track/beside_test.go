// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"testing"

	"github.com/hopstamp/hopstamp/internal/span"
)

// sameProcess is workers that run in the context of what sent their messages: beside the
// sends, or beside what is above them. They pass messages on in the same way.
func (p *platform) sameProcess() {
	above := p.server()
	if p.chance(40) {
		above = p.consume(p.publish(above, "orders"), "depot", p.chance(70))
	}
	places := []*said{above}
	for range p.random.IntN(3) {
		places = append(places, p.add(places[p.random.IntN(len(places))], span.None, span.Internal, "depot", nil))
	}
	for range 1 + p.random.IntN(3) {
		names, topic := p.names(republished), []string{"orders", "local"}[p.random.IntN(2)]
		p.send(places[p.random.IntN(len(places))], topic, names)
		for range p.random.IntN(4) {
			places = append(places, p.add(places[p.random.IntN(len(places))], span.Processed, span.Consumer, "depot", func(s *said) {
				names(s)
				s.topic, s.Error = topic, p.chance(20)
			}))
		}
	}
	p.call(places[len(places)-1])
}

// carried is requests that bring others' messages to consumers which link to them, and some
// that do more.
func (p *platform) carried() {
	request := p.server()
	for range 1 + p.random.IntN(3) {
		from := p.publish(p.server(), "carried")
		work := p.add(request, span.Processed, span.Consumer, "hook", func(s *said) {
			s.topic, s.MessageID = "carried", from.MessageID
			s.Links = []span.Link{{Trace: from.Trace, Span: from.Span}}
		})
		if p.chance(30) {
			p.publish(work, "carried-on")
		}
	}
	if p.chance(30) {
		p.call(request)
	}
	switch p.random.IntN(6) {
	case 0:
		p.publish(request, "own")
	case 1:
		p.add(request, span.Processed, span.Consumer, "hook", func(s *said) { s.topic = "own" })
	case 2:
		p.add(request, span.Delivered, span.Internal, "hook", func(s *said) { s.Explicit = true })
	}
}

// TestWhatStandsBesideDoesNotDependOnOrder folds what was sent and taken in one process in
// many ways and in several partitions.
func TestWhatStandsBesideDoesNotDependOnOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		p := newPlatform(seed, 0)
		for range 1 + seed%3 {
			p.message++
			[]func(){p.sameProcess, p.sameProcess, p.carried, p.pushed, p.loop}[p.random.IntN(5)]()
		}
		p.damage()
		sameAnyWay(t, seed, p.records)
	}
}
