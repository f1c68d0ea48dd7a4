// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// large are journeys as no platform should have them, and some does.
var large = []struct {
	name       string
	make       func(p *platform, n int)
	size       int
	deliveries int
}{
	{"one trace of many spans", func(p *platform, n int) {
		work := p.consume(p.publish(p.server(), "orders"), "worker", false)
		for range n {
			p.add(work, span.None, span.Internal, "worker", nil)
		}
	}, 5000, 1},
	{"a chain of spans", func(p *platform, n int) {
		work := p.consume(p.publish(p.server(), "orders"), "worker", true)
		for range n {
			work = p.add(work, span.None, span.Internal, "worker", nil)
		}
	}, 5000, 1},
	{"many recipients", func(p *platform, n int) {
		work := p.consume(p.publish(p.server(), "chat"), "ws", true)
		for i := range n {
			p.add(work, span.Delivered, span.Internal, "ws", func(s *said) { s.Recipient, s.Explicit = fmt.Sprint("user-", i), true })
		}
	}, 2000, 2000},
	{"many announced", func(p *platform, n int) {
		p.publish(p.server(), "chat")
		p.records[len(p.records)-1].Recipients = uint32(n)
	}, 10_000, 10_000},
	{"a batch of many messages", func(p *platform, n int) {
		work := p.add(nil, span.Processed, span.Consumer, "batcher", nil)
		for range n {
			from := p.publish(nil, "bulk")
			work.Links = append(work.Links, span.Link{Trace: from.Trace, Span: from.Span})
		}
		p.records = append(p.records, *work)
	}, 5000, 5000},
	{"a batch of many messages of one request", func(p *platform, n int) {
		root := p.server()
		work := p.add(nil, span.Processed, span.Consumer, "batcher", nil)
		for range n {
			from := p.publish(root, "bulk")
			work.Links = append(work.Links, span.Link{Trace: from.Trace, Span: from.Span})
		}
		p.records = append(p.records, *work)
	}, 5000, 5000},
	{"many consumers of one publish", func(p *platform, n int) {
		from := p.publish(p.server(), "orders")
		for range n {
			p.consume(from, "worker", true)
		}
	}, 10_000, 1},
	{"a loop that takes many messages in one trace", func(p *platform, n int) {
		loop := p.add(nil, span.None, span.Internal, "loop", nil)
		for range n {
			from := p.publish(p.server(), "looped")
			p.add(loop, span.Processed, span.Consumer, "loop", func(s *said) { s.Links = []span.Link{{Trace: from.Trace, Span: from.Span}} })
		}
	}, 5000, 5000},
	{"many messages of one trace", func(p *platform, n int) {
		loop := p.add(nil, span.None, span.Internal, "cron", nil)
		for range n {
			p.consume(p.publish(loop, "mail"), "mailer", false)
		}
	}, 2500, 2500},
	{"many clients that know the key", func(p *platform, n int) {
		root := p.server()
		p.records[len(p.records)-1].Key = "all"
		work := p.consume(p.publish(root, "chat"), "ws", false)
		for i := range n {
			p.add(work, span.Rendered, span.Internal, "phone", func(s *said) {
				s.Key, s.Recipient, s.Explicit, s.Trace, s.Parent = "all", fmt.Sprint("user-", i), true, p.trace(), span.ID{}
			})
		}
	}, 2000, 2000},
	{"many messages of one request that are found by id", func(p *platform, n int) {
		root := p.server()
		for i := range n {
			id := fmt.Sprint("id-", i)
			from := p.send(root, "bulk", func(s *said) { s.MessageID = id })
			p.alone(from, "worker", func(s *said) { s.MessageID = id })
		}
	}, 2000, 2000},
	{"many messages that are known by the same id", func(p *platform, n int) {
		for range n {
			from := p.send(nil, "bulk", func(s *said) { s.MessageID = "1" })
			p.alone(from, "worker", func(s *said) { s.MessageID = "1" })
		}
	}, 5000, 5000},
	{"a send of many messages that each is taken by its name", toldAndTaken, 1000, 1000},
	{"a chain of traces", func(p *platform, n int) {
		from := p.publish(p.server(), "orders")
		for range n {
			from = p.consume(from, "worker", true)
		}
	}, 5000, 1},
}

func TestLargeJourneys(t *testing.T) {
	for _, shape := range large {
		t.Run(shape.name, func(t *testing.T) {
			t.Parallel()
			f := newFolding(t)
			f.tracker.FreezeAfter(0)
			foldLarge(shape.make, shape.size, f.step)
			f.tick(f.tracker.Now() + int64(5*time.Second)) // when what is large is looked at
			f.check()
			if f.total != shape.deliveries {
				t.Errorf("told of %d deliveries, want %d", f.total, shape.deliveries)
			}
			f.finish()
		})
	}
}

// foldLarge sends a journey in small batches, newest first.
func foldLarge(build func(*platform, int), size int, step func(*span.Batch)) {
	p := newPlatform(1, 0)
	build(p, size)
	for i := range p.records {
		p.records[i].Error = false
	}
	now := dawn + int64(4*time.Second)
	for to := len(p.records); to > 0; to -= 50 {
		now += 1e6
		step(batchOf(p.records[max(0, to-50):to], now))
	}
}

// BenchmarkLarge shows what is worse than linear.
func BenchmarkLarge(b *testing.B) {
	for _, shape := range large {
		for _, factor := range []int{1, 2, 4} {
			b.Run(fmt.Sprintf("%s/x%d", shape.name, factor), func(b *testing.B) {
				for b.Loop() {
					tracker := newFolding(nil).tracker
					at := journey.Position(0)
					foldLarge(shape.make, factor*shape.size, func(batch *span.Batch) {
						at++
						tracker.Step(at, batch)
					})
					tracker.Tick(at+1, tracker.Now()+int64(2*time.Hour))
				}
			})
		}
	}
}

// toldAndTaken is a send whose links name its messages, and a taker of each.
func toldAndTaken(p *platform, n int) {
	send := p.bulk(nil, "bulk")
	for i := range n {
		send.Links = append(send.Links, span.Link{MessageID: fmt.Sprint("id-", i)})
	}
	p.records = append(p.records, *send)
	for i := range n {
		p.alone(send, "worker", func(s *said) {
			s.MessageID, s.topic, s.system = fmt.Sprint("id-", i), "bulk", "kafka"
			s.Links = []span.Link{{Trace: send.Trace, Span: send.Span}}
		})
	}
}

// BenchmarkToldBatch shows how one assessment grows with the messages of a batch.
func BenchmarkToldBatch(b *testing.B) {
	for _, messages := range []int{1000, 4000, 16_000} {
		b.Run(fmt.Sprint(messages), func(b *testing.B) {
			p := newPlatform(1, 0)
			toldAndTaken(p, messages)
			batch := batchOf(p.records, dawn+int64(4*time.Second))
			for b.Loop() {
				newFolding(nil).tracker.Step(1, batch)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*messages), "ns/message")
		})
	}
}
