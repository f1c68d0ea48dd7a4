// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"fmt"
	"testing"

	"github.com/hopstamp/hopstamp/internal/span"
)

// createdBeside is creations and sends below one span, which may be one of no message or not be
// here. The sends say nothing of what they are of, or its id, or that it is one message.
func (p *platform) createdBeside() {
	above := p.server()
	if p.chance(40) {
		above = p.add(nil, span.None, span.Internal, "cron", nil)
		if p.chance(50) {
			p.records = p.records[:len(p.records)-1]
		}
	}
	named := p.chance(60)
	var sendable []*said
	for range 1 + p.random.IntN(3) {
		made := p.add(above, span.Created, span.Producer, "api", func(s *said) {
			if s.topic, s.system = "beside", "kafka"; named {
				s.MessageID = fmt.Sprint(republished, "d-", p.last)
			}
		})
		if sendable = append(sendable, made); p.chance(60) {
			p.consume(made, []string{"worker", "audit"}[p.random.IntN(2)], p.chance(50))
		}
		if named && p.chance(40) {
			p.alone(made, "worker", func(s *said) { s.system, s.MessageID = "kafka", made.MessageID })
		}
	}
	for range 1 + p.random.IntN(5)/4 {
		send := p.send(above, "beside", func(s *said) {
			s.system, s.Start = "kafka", s.Start+int64(p.random.IntN(2)*1e9)
			s.End = s.Start + int64(p.random.IntN(800))*1e6
			switch p.random.IntN(8) {
			case 0:
				s.MessageID = sendable[0].MessageID
			case 1:
				s.MessageID = fmt.Sprint(republished, "e-", p.last)
			case 2:
				s.Batch = uint32(p.random.IntN(4))
			}
		})
		if p.chance(40) {
			p.consume(send, "worker", p.chance(50))
			p.records[len(p.records)-1].MessageID = sendable[p.random.IntN(len(sendable))].MessageID
		}
	}
}

// TestWhatWasCreatedBesideItsSendDoesNotDependOnOrder folds creations beside sends that do not
// say of what they are, in many ways and in several partitions.
func TestWhatWasCreatedBesideItsSendDoesNotDependOnOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		p := newPlatform(seed, 0)
		for range 1 + seed%3 {
			p.message++
			[]func(){p.createdBeside, p.createdBeside, p.created, p.uncreated}[p.random.IntN(4)]()
		}
		p.damage()
		sameAnyWay(t, seed, p.records)
	}
}
