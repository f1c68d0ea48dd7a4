// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"fmt"
	"testing"

	"github.com/hopstamp/hopstamp/internal/span"
)

// toldBatch is a send whose links say what its messages are called: at the top of its
// trace or in a request. Consumers say the name, or the context of the send, or both.
func (p *platform) toldBatch() { p.toldBatchOfUpTo(4) }

func (p *platform) toldBatchOfUpTo(most int) {
	var under *said
	if p.chance(60) {
		under = p.server()
	}
	send := p.bulk(under, "told")
	count := 1 + p.random.IntN(most)
	for i := range count {
		send.Links = append(send.Links, span.Link{MessageID: fmt.Sprint("b-", p.last, "-", i)})
	}
	send.Batch = uint32(count + p.random.IntN(2)*p.random.IntN(3))
	p.records = append(p.records, *send)
	for _, link := range send.Links {
		if p.chance(20) {
			continue
		}
		p.alone(send, "worker", func(s *said) {
			s.topic, s.system = "told", "kafka"
			if p.chance(80) {
				s.MessageID = link.MessageID
			}
			switch p.random.IntN(4) {
			case 0:
				s.Links = []span.Link{{Trace: send.Trace, Span: send.Span}}
			case 1:
				s.Links = []span.Link{{Trace: send.Trace, Span: send.Span, MessageID: link.MessageID}}
			case 2:
				s.Trace, s.Parent = send.Trace, send.Span
			}
		})
	}
}

// bulk is a send that its caller records.
func (p *platform) bulk(under *said, topic string) *said {
	send := p.add(under, span.Published, span.Producer, "api", func(s *said) {
		s.topic, s.system, s.Error = topic, "kafka", p.chance(5)
	})
	p.records = p.records[:len(p.records)-1]
	return send
}

// countedBatch is a send that says how many messages it covers and no more.
func (p *platform) countedBatch() {
	var under *said
	if p.chance(60) {
		under = p.server()
	}
	send := p.bulk(under, "counted")
	send.Batch = uint32(2 + p.random.IntN(3))
	p.records = append(p.records, *send)
	for i := range p.random.IntN(int(send.Batch) + 2) {
		work := p.consume(send, []string{"worker", "audit"}[p.random.IntN(2)], p.chance(50))
		last := &p.records[len(p.records)-1]
		switch p.random.IntN(4) {
		case 0:
			last.MessageID = fmt.Sprint("c-", send.Span, i/2)
		case 1:
			last.Batch = uint32(p.random.IntN(4))
		case 2:
			if len(last.Links) > 0 {
				last.Links = append(last.Links, last.Links[0])
				last.Links[0].MessageID, last.Links[1].MessageID = fmt.Sprint("c-", send.Span, i), fmt.Sprint("c-", send.Span, i+1)
			}
		}
		switch p.random.IntN(4) {
		case 0:
			p.consume(p.publish(work, "counted-on"), "sink", p.chance(50))
		case 1:
			p.add(work, span.Delivered, span.Internal, "worker", func(s *said) { s.Recipient, s.Explicit = fmt.Sprint("user-", i%2), true })
		case 2:
			p.call(work)
		}
	}
}

// uncreated is a send that links to the spans which created its messages. Some come
// late, most never.
func (p *platform) uncreated() {
	var under *said
	if p.chance(60) {
		under = p.add(nil, span.None, span.Internal, "flusher", nil)
	}
	send := p.bulk(under, "uncreated")
	for range 1 + p.random.IntN(3) {
		made := p.add(nil, span.Created, span.Producer, "api", func(s *said) { s.topic, s.system = "uncreated", "kafka" })
		if under != nil && p.chance(40) {
			last := &p.records[len(p.records)-1]
			last.Trace, last.Parent = under.Trace, under.Span
			made.Trace = under.Trace
		}
		if p.chance(70) {
			p.records = p.records[:len(p.records)-1]
		}
		send.Links = append(send.Links, span.Link{Trace: made.Trace, Span: made.Span})
		if p.chance(80) {
			p.consume(made, "worker", p.chance(50))
		}
	}
	send.Batch = uint32(len(send.Links) + p.random.IntN(2))
	p.records = append(p.records, *send)
}

// pollLoop is a worker whose process spans are children of a loop and show only names.
func (p *platform) pollLoop() {
	loop := p.add(nil, span.None, span.Internal, "loop", nil)
	if p.chance(30) {
		loop = p.add(loop, span.Consumed, span.Client, "loop", nil)
	}
	for range 1 + p.random.IntN(3) {
		names := p.names("n-")
		from := p.send(p.server(), "looped", names)
		work := p.add(loop, span.Processed, span.Consumer, "loop", func(s *said) {
			s.topic = "looped"
			names(s)
		})
		if p.chance(40) {
			p.publish(work, "after")
		} else if p.chance(50) {
			p.records[len(p.records)-1].Start = from.End + 1e6
		}
	}
}

// pushed is a message that is handed to a service by a call: a request above the consumer,
// which shows its names. Some such requests are messages themselves.
func (p *platform) pushed() {
	again := p.chance(20)
	names := p.names(map[bool]string{false: "n-", true: republished}[again])
	from := p.send(p.server(), "pushed", names)
	var under *said
	if p.chance(30) {
		under = p.call(p.add(nil, span.None, span.Internal, "proxy", nil))
	}
	call := p.add(under, span.Accepted, span.Server, "endpoint", func(s *said) {
		s.route = []string{"/push", "/v1/orders"}[p.random.IntN(2)]
		switch p.random.IntN(6) {
		case 0:
			s.Key = fmt.Sprint("key-p-", p.last)
		case 1:
			s.Explicit = true
		case 2:
			s.MessageID = fmt.Sprint("call-", p.last)
		}
	})
	if p.chance(20) {
		call = p.add(call, span.None, span.Internal, "endpoint", nil)
	}
	work := p.add(call, span.Processed, span.Consumer, "endpoint", func(s *said) {
		s.topic, s.Start = "pushed", max(s.Start, from.Start+1e6)
		names(s)
	})
	switch p.random.IntN(4) {
	case 0:
		p.consume(p.publish(work, "push-on"), "sink", p.chance(50))
	case 1:
		p.consume(p.publish(call, "push-beside"), "sink", p.chance(50))
	case 2:
		p.call(work)
	}
	if again { // it was accepted and is worked on at once
		p.send(call, "pushed", names)
	}
}

// callback is a call of a consumer to a service that accepts it: as a part of the same
// message, or as another one.
func (p *platform) callback() {
	root := p.server()
	root.Key = fmt.Sprint(republished, "c-", p.last) // the callback may say it again
	p.records[len(p.records)-1].Key = root.Key
	call := p.call(p.consume(p.publish(root, "hooks"), "hooker", p.chance(50)))
	taken := p.add(call, span.Accepted, span.Server, "receiver", func(s *said) {
		s.Key = []string{"", root.Key, fmt.Sprint("key-d-", p.last)}[p.random.IntN(3)]
	})
	if p.chance(60) {
		p.consume(p.publish(taken, "received"), "sink", p.chance(50))
	}
}

// TestLargeBatchesDoNotDependOnOrder folds sends of many messages in many ways and in
// several partitions: of those the takers are found by an index.
func TestLargeBatchesDoNotDependOnOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		p := newPlatform(seed, 0)
		for range 3 {
			p.message++
			p.toldBatchOfUpTo(40)
		}
		sameAnyWay(t, seed, p.records)
	}
}
