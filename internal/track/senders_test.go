// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/span"
)

// countedCreations is a send that only counts what was created beside it, and has no link
// to that. Who takes one shows its id or its context.
func (p *platform) countedCreations() {
	root := p.server()
	made := 1 + p.random.IntN(3)
	for i := range made {
		from := p.add(root, span.Created, span.Producer, "api", func(s *said) {
			s.topic, s.system, s.MessageID = "beside", "kafka", fmt.Sprint("d-", p.last, "-", i)
		})
		if p.chance(70) {
			work := p.alone(from, "worker", func(s *said) { s.system, s.MessageID = "kafka", from.MessageID })
			if p.chance(30) {
				p.publish(work, "beside-on")
			}
		}
		for range p.random.IntN(3) {
			p.consume(from, []string{"worker", "audit"}[p.random.IntN(2)], p.chance(50))
		}
	}
	for range 1 + p.random.IntN(6)/5 {
		send := p.bulk(root, "beside")
		send.Batch, send.End = uint32(made+p.random.IntN(3)-p.random.IntN(2)), send.Start+int64(time.Second)
		p.records = append(p.records, *send)
	}
	p.alone(root, "worker", func(s *said) { s.system, s.topic, s.MessageID = "kafka", "beside", "unheard-of" })
}

// TestSendsThatOnlyCountDoNotDependOnOrder folds sends that only count what was created
// beside them in many ways and in several partitions.
func TestSendsThatOnlyCountDoNotDependOnOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		p := newPlatform(seed, 0)
		for range 1 + seed%4 {
			p.message++
			[]func(){p.countedCreations, p.countedCreations, p.countedBatch, p.created}[p.random.IntN(4)]()
		}
		p.damage()
		sameAnyWay(t, seed, p.records)
	}
}
