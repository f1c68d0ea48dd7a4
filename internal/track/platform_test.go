// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/hopstamp/hopstamp/internal/span"
)

// said is a record with its texts, before a batch gives them symbols.
type said struct {
	span.Record
	service, name, route, topic, server string
	system, cluster, host               string
	dims                                [span.NumDims]string
}

// batchOf gives each batch a table of symbols of its own, as every request has.
func batchOf(records []said, received int64) *span.Batch {
	b := &span.Batch{}
	b.Reset()
	b.Received = received
	index := map[string]span.Symbol{"": 0}
	intern := func(text string) span.Symbol {
		if _, ok := index[text]; !ok {
			index[text] = span.Symbol(len(b.Symbols))
			b.Symbols = append(b.Symbols, text)
		}
		return index[text]
	}
	for _, s := range records {
		r := s.Record
		r.Service, r.Name, r.Route, r.Topic, r.Server = intern(s.service), intern(s.name), intern(s.route), intern(s.topic), intern(s.server)
		r.System, r.Cluster, r.Host = intern(s.system), intern(s.cluster), intern(s.host)
		for d, text := range s.dims {
			r.Dims[d] = intern(text)
		}
		b.Records = append(b.Records, r)
	}
	return b
}

// platform makes the messages of a small random platform: one of many shapes each,
// some of them broken.
type platform struct {
	random  *rand.Rand
	records []said
	last    uint64
	message int
	sent    []said // publishes, for batch consumers to link to
}

func newPlatform(seed uint64, messages int) *platform {
	p := &platform{random: rand.New(rand.NewPCG(seed, 1))}
	shapes := []func(){p.single, p.linked, p.router, p.retries, p.deadLetter, p.fanOut, p.subscribers, p.unconsumed, p.silent,
		p.asyncCall, p.many, p.events, p.batchConsumer, p.created, p.wrapped, p.circle, p.linkCircle, p.noBroker, p.loop,
		p.unpropagated, p.unpropagated, p.beacons, p.reply, p.room, p.namedBatch, p.redrive, p.bridge, p.sampled, p.poll,
		p.toldBatch, p.countedBatch, p.uncreated, p.pollLoop, p.pushed, p.callback, p.countedCreations}
	for range messages {
		p.message++
		shapes[p.random.IntN(len(shapes))]()
	}
	p.inOneProcess(seed, messages/5)
	p.damage()
	return p
}

// inOneProcess makes messages that are taken in the process that sends them, out of numbers of
// their own: the others of a seed are as they were without.
func (p *platform) inOneProcess(seed uint64, messages int) {
	others := p.random
	p.random = rand.New(rand.NewPCG(seed, 9))
	shapes := []func(){p.sameProcess, p.carried, p.createdBeside, p.withinOneTrace, p.createdElsewhere}
	for range messages {
		p.message++
		shapes[p.random.IntN(len(shapes))]()
	}
	p.random = others
}

func (p *platform) chance(percent int) bool { return p.random.IntN(100) < percent }

func (p *platform) trace() (id span.TraceID) {
	p.last++
	binary.BigEndian.PutUint64(id[:8], p.random.Uint64())
	binary.BigEndian.PutUint64(id[8:], p.last)
	return id
}

// add records a span below another one, or at the top of a trace of its own.
func (p *platform) add(under *said, stage span.Stage, kind span.Kind, service string, change func(*said)) *said {
	p.last++
	s := said{service: service}
	s.Stage, s.Kind = stage, kind
	binary.BigEndian.PutUint64(s.Span[:], p.random.Uint64()<<16|p.last)
	if under != nil {
		s.Trace, s.Parent = under.Trace, under.Span
		s.Start = under.Start + int64(p.random.IntN(1000))*1e6
	} else {
		s.Trace = p.trace()
		s.Start = dawn + int64(p.random.IntN(3000))*1e6
	}
	s.End = s.Start + int64(p.random.IntN(800))*1e6
	if change != nil {
		change(&s)
	}
	p.records = append(p.records, s)
	return &s
}

func (p *platform) server() *said {
	return p.add(nil, span.Accepted, span.Server, "api", func(s *said) {
		s.route = []string{"/v1/orders", "/v1/chat", ""}[p.random.IntN(3)]
		s.dims[span.Tenant] = []string{"acme", "bolt", ""}[p.random.IntN(3)]
		if p.chance(20) {
			s.Key = fmt.Sprint("key-", p.last)
		}
	})
}

func (p *platform) publish(under *said, topic string) *said {
	s := p.add(under, span.Published, span.Producer, "api", func(s *said) {
		s.topic = topic
		if p.chance(50) {
			s.MessageID = fmt.Sprint("m-", p.last)
		}
		s.Error = p.chance(5)
	})
	p.sent = append(p.sent, *s)
	return s
}

// consume takes a publish, as its child or with a link to it.
func (p *platform) consume(from *said, service string, byLink bool) *said {
	return p.add(from, span.Processed, span.Consumer, service, func(s *said) {
		s.topic = from.topic
		s.Error = p.chance(10)
		if byLink {
			s.Links = []span.Link{{Trace: from.Trace, Span: from.Span}}
			s.Trace, s.Parent = p.trace(), span.ID{}
		}
	})
}

func (p *platform) call(under *said) *said {
	return p.add(under, span.Invoked, span.Client, under.service, func(s *said) {
		s.server = []string{"vendor.example", "crm.example"}[p.random.IntN(2)]
		if p.chance(20) {
			s.Error, s.HTTPStatus, s.Category = true, 503, span.Transport
		}
	})
}

func (p *platform) single() { p.call(p.consume(p.publish(p.server(), "orders"), "worker", false)) }

func (p *platform) linked() { p.call(p.consume(p.publish(p.server(), "orders"), "worker", true)) }

func (p *platform) router() {
	hop := p.publish(p.server(), "in")
	for i := range 1 + p.random.IntN(3) {
		hop = p.publish(p.consume(hop, fmt.Sprint("router-", i), p.chance(50)), fmt.Sprint("hop-", i))
	}
	p.consume(hop, "worker", p.chance(50))
}

func (p *platform) retries() {
	from := p.publish(p.server(), "jobs")
	for i := range 1 + p.random.IntN(4) {
		attempt := p.consume(from, "worker", p.chance(30))
		p.add(attempt, span.Invoked, span.Client, "worker", func(s *said) { s.server, s.Retry, s.Error = "crm.example", uint32(i), p.chance(50) })
	}
}

func (p *platform) deadLetter() {
	work := p.consume(p.publish(p.server(), "jobs"), "worker", p.chance(50))
	said := p.add(work, span.Processed, span.Consumer, "worker", func(s *said) { s.Outcome, s.Error = span.OutcomeDeadLettered, true })
	p.consume(p.publish(said, "jobs.dead"), "janitor", p.chance(50))
}

func (p *platform) fanOut() {
	n := 1 + p.random.IntN(5)
	root := p.server()
	p.add(root, span.Routed, span.Internal, "api", func(s *said) { s.Recipients, s.Explicit = uint32(n), true })
	work := p.consume(p.publish(root, "chat"), "ws", p.chance(50))
	for i := range n {
		if p.chance(80) {
			to := p.add(work, span.Delivered, span.Internal, "ws", func(s *said) { s.Recipient, s.Explicit = fmt.Sprint("user-", i), true })
			to.dims[span.Device] = "ios"
			p.add(to, span.Rendered, span.Internal, "client", func(s *said) {
				s.Explicit = true
				s.Links = []span.Link{{Trace: to.Trace, Span: to.Span}}
				s.Trace, s.Parent = p.trace(), span.ID{}
			})
		}
	}
}

func (p *platform) subscribers() {
	from := p.publish(p.server(), "orders")
	p.consume(from, "billing", p.chance(50))
	p.consume(p.publish(p.consume(from, "shipping", p.chance(50)), "parcels"), "carrier", p.chance(50))
}

func (p *platform) unconsumed() { p.publish(p.server(), "orders") }

func (p *platform) silent() { p.server() }

func (p *platform) asyncCall() {
	work := p.consume(p.publish(p.server(), "orders"), "worker", p.chance(50))
	p.add(work, span.Invoked, span.Client, "worker", func(s *said) {
		s.server, s.Error = "slow.example", p.chance(50)
		s.Start, s.End = work.End+1e6, work.End+9e8
	})
}

func (p *platform) many() {
	root := p.add(nil, span.None, span.Internal, "cron", nil)
	for range 1 + p.random.IntN(4) {
		p.consume(p.publish(root, "mail"), "mailer", p.chance(50))
	}
}

func (p *platform) events() {
	work := p.consume(p.publish(p.server(), "orders"), "worker", p.chance(50))
	for i, stage := range []span.Stage{span.Enriched, span.Delivered, span.Processed} {
		event := *work
		event.Parent, event.Event, event.Stage, event.Kind, event.Explicit = work.Span, uint16(i+1), stage, span.KindUnspecified, true
		event.Start += int64(i) * 1e6
		event.End, event.Links, event.Error = event.Start, nil, p.chance(20)
		p.records = append(p.records, event)
	}
}

func (p *platform) batchConsumer() {
	work := p.add(nil, span.Processed, span.Consumer, "batcher", nil)
	root := p.server()
	for range 1 + p.random.IntN(4) {
		from := p.publish(root, "bulk")
		work.Links = append(work.Links, span.Link{Trace: from.Trace, Span: from.Span})
	}
	if other := p.sent[p.random.IntN(len(p.sent))]; p.chance(50) {
		work.Links = append(work.Links, span.Link{Trace: other.Trace, Span: other.Span}, span.Link{Trace: root.Trace, Span: root.Span})
	}
	if p.chance(50) {
		p.consume(p.publish(work, "summary"), "reporter", p.chance(50))
	}
	p.records = append(p.records, *work)
}

func (p *platform) created() {
	root := p.server()
	var made []*said
	for range 1 + p.random.IntN(3) {
		made = append(made, p.add(root, span.Created, span.Producer, "api", func(s *said) { s.topic = "created" }))
	}
	p.add(root, span.Published, span.Client, "api", func(s *said) {
		s.topic = "created"
		for _, from := range made {
			s.Links = append(s.Links, span.Link{Trace: from.Trace, Span: from.Span})
		}
	})
	for _, from := range made {
		p.consume(from, "worker", p.chance(50))
	}
}

func (p *platform) wrapped() {
	outer := p.publish(p.server(), "orders")
	inner := p.publish(outer, "orders")
	p.consume([]*said{outer, inner}[p.random.IntN(2)], "worker", p.chance(50))
}

func (p *platform) circle() {
	first := len(p.records)
	p.single()
	a, b := &p.records[first+1], &p.records[first+2]
	a.Parent, b.Parent = b.Span, a.Span
}

func (p *platform) linkCircle() {
	first := len(p.records)
	p.linked()
	p.linked()
	for i := first; i < len(p.records); i++ {
		if other := &p.records[first+p.random.IntN(len(p.records)-first)]; p.records[i].Stage == span.Processed {
			p.records[i].Links = append(p.records[i].Links, span.Link{Trace: other.Trace, Span: other.Span})
		}
	}
}

func (p *platform) noBroker() { p.call(p.server()) }

// loop is a consumer that takes everything in one trace whose first span never ends.
func (p *platform) loop() {
	loop := p.add(nil, span.None, span.Internal, "loop", nil)
	p.records = p.records[:len(p.records)-1]
	for range 1 + p.random.IntN(3) {
		from := p.publish(p.server(), "looped")
		p.publish(p.add(loop, span.Processed, span.Consumer, "loop", func(s *said) {
			s.Links = []span.Link{{Trace: from.Trace, Span: from.Span}}
		}), "after")
	}
}

// damage loses some records and sends some others a second time with other content.
func (p *platform) damage() {
	var kept []said
	for _, s := range p.records {
		if p.chance(3) {
			continue
		}
		kept = append(kept, s)
		if p.chance(3) {
			s.End += int64(time.Second) * int64(p.random.IntN(2))
			s.Error = !s.Error
			s.name = "told otherwise"
			kept = append(kept, s)
		}
	}
	p.records = kept
}
