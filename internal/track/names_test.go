// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"fmt"

	"github.com/hopstamp/hopstamp/internal/span"
)

// Shapes of messages whose stamps have nothing in common but names.

// republished begins the ids of messages that are published more than once. Where what
// is between was lost, nobody can tell that both are one message.
const republished = "again-"

// names are what a publish and its consumers say of a message without a context.
func (p *platform) names(kind string) func(*said) {
	id, where, key := fmt.Sprint(kind, p.last), fmt.Sprint("1:", p.last), fmt.Sprint(kind, "key-", p.last)
	what := 1 + p.random.IntN(7)
	cluster := []string{"", "eu"}[p.random.IntN(2)]
	return func(s *said) {
		s.system, s.cluster = "kafka", cluster
		if what&1 != 0 {
			s.MessageID = id
		}
		if what&2 != 0 {
			s.Coordinate = where
		}
		if what&4 != 0 {
			s.Key = key
		}
	}
}

// alone takes a message in a trace of its own, without a link.
func (p *platform) alone(from *said, service string, change func(*said)) *said {
	return p.add(from, span.Processed, span.Consumer, service, func(s *said) {
		s.topic, s.Error = from.topic, p.chance(10)
		s.Trace, s.Parent = p.trace(), span.ID{}
		change(s)
	})
}

// send publishes without a second thought about ids.
func (p *platform) send(under *said, topic string, change func(*said)) *said {
	return p.add(under, span.Published, span.Producer, "api", func(s *said) {
		s.topic = topic
		change(s)
	})
}

func (p *platform) unpropagated() {
	names := p.names("n-")
	from := p.send(p.server(), "orders", names)
	work := p.alone(from, "worker", names)
	p.call(work)
	if p.chance(30) { // it has a link, too, or only its parent is lost
		last := &p.records[len(p.records)-2]
		last.Links = []span.Link{{Trace: from.Trace, Span: from.Span}}
	} else if p.chance(30) {
		p.alone(from, "audit", func(s *said) {
			names(s)
			s.cluster, s.Parent = []string{"", "eu", "us"}[p.random.IntN(3)], span.ID{1}
		})
	}
}

func (p *platform) beacons() {
	root := p.server()
	root.Key = fmt.Sprint("key-b-", p.last)
	p.records[len(p.records)-1].Key = root.Key
	work := p.consume(p.publish(root, "chat"), "ws", p.chance(50))
	for i := range 1 + p.random.IntN(4) {
		who := fmt.Sprint("user-", i)
		if p.chance(70) {
			p.add(work, span.Delivered, span.Internal, "ws", func(s *said) { s.Recipient, s.Explicit = who, true })
		}
		for _, stage := range []span.Stage{span.Received, span.Rendered}[p.random.IntN(2):] {
			p.add(work, stage, span.Internal, "phone", func(s *said) {
				s.Key, s.Explicit, s.Trace, s.Parent = root.Key, true, p.trace(), span.ID{}
				if p.chance(80) {
					s.Recipient = who
				}
			})
		}
	}
}

func (p *platform) reply() {
	talk := fmt.Sprint("c-", p.last)
	about := func(topic string) func(*said) {
		return func(s *said) { s.system, s.topic, s.Conversation = "rabbitmq", topic, talk }
	}
	request := p.send(p.server(), "quotes", about("quotes"))
	work := p.consume(request, "pricing", p.chance(50))
	if p.chance(60) {
		p.send(work, "replies", about("replies"))
	}
	p.alone(request, "api", about("replies"))
}

// room is a conversation that several messages are part of.
func (p *platform) room() {
	about := func(s *said) { s.system, s.Conversation = "rabbitmq", fmt.Sprint("room-", p.message%3) }
	from := p.send(p.server(), "rooms", about)
	p.alone(from, "ws", about)
	p.add(from, span.Acknowledged, span.Internal, "phone", func(s *said) {
		about(s)
		s.topic, s.Explicit, s.Trace, s.Parent = "rooms", true, p.trace(), span.ID{}
	})
}

// namedBatch is taken in one span, whose links say of which messages they are.
func (p *platform) namedBatch() {
	work := p.add(nil, span.Processed, span.Consumer, "batcher", func(s *said) { s.system, s.topic = "kafka", "bulk" })
	p.records = p.records[:len(p.records)-1]
	for range 1 + p.random.IntN(4) {
		names := p.names("n-")
		from := p.send(p.server(), "bulk", names)
		told := said{}
		names(&told)
		link := span.Link{Key: told.Key, MessageID: told.MessageID, Coordinate: told.Coordinate}
		if p.chance(30) {
			link.Recipient = "ann"
		}
		if p.chance(30) {
			link.Trace, link.Span = from.Trace, from.Span
		}
		work.Links = append(work.Links, link)
		work.cluster = told.cluster
	}
	work.Batch = uint32(len(work.Links))
	p.records = append(p.records, *work)
	p.call(work)
}

// redrive is a dead letter that is driven back, by names or by links.
func (p *platform) redrive() {
	byName := p.chance(50)
	names := func(s *said) { s.system = "kafka" }
	if byName {
		names = p.names(republished)
	}
	take := func(from *said, service string, change func(*said)) *said {
		if byName {
			return p.alone(from, service, func(s *said) { names(s); change(s) })
		}
		work := p.consume(from, service, true)
		change(&p.records[len(p.records)-1])
		return work
	}
	work := take(p.send(p.server(), "jobs", names), "worker", func(s *said) { s.Outcome, s.Error = span.OutcomeDeadLettered, true })
	dead := p.send(work, "jobs.dead", names)
	if p.chance(70) {
		again := p.send(take(dead, "redriver", func(*said) {}), "jobs", names)
		take(again, "worker", func(*said) {})
	}
}

func (p *platform) bridge() {
	here, there := p.names("n-"), p.names("n-")
	work := p.alone(p.send(p.server(), "plant", here), "bridge", here)
	p.alone(p.send(work, "plants", there), "historian", there)
}

func (p *platform) sampled() {
	first := len(p.records)
	p.silent()
	p.unpropagated()
	for i := first; i < len(p.records); i++ {
		p.records[i].Threshold = uint64(p.random.IntN(2)) << 55
		p.records[i].Partial = p.chance(30)
	}
}

// poll lost most of its links.
func (p *platform) poll() {
	from := p.publish(p.server(), "ticks")
	p.publish(p.server(), "ticks")
	work := p.consume(from, "worker", true)
	p.records[len(p.records)-1].DroppedLinks = uint32(p.random.IntN(2))
	p.records[len(p.records)-1].Batch = uint32(p.random.IntN(3))
	p.call(work)
}
