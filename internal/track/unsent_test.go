// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"fmt"
	"testing"

	"github.com/hopstamp/hopstamp/internal/span"
)

// createdElsewhere is creations of a request that publishes others. Some are sent, below them or
// from another trace, or perhaps by a send that does not say so; some are taken, and passed on.
func (p *platform) createdElsewhere() {
	root := p.server()
	places := []*said{root, p.add(root, span.None, span.Internal, "api", nil)}
	for range 1 + p.random.IntN(3) {
		made := p.add(places[p.random.IntN(2)], span.Created, span.Producer, "api", func(s *said) {
			s.topic, s.system, s.Error = []string{"elsewhere", "beside"}[p.random.IntN(2)], "kafka", p.chance(10)
			if s.Explicit = p.chance(10); p.chance(50) {
				s.MessageID = fmt.Sprint(republished, "d-", p.last)
			}
		})
		to := func(s *said) { s.system = "kafka" }
		switch p.random.IntN(6) {
		case 0:
			p.send(made, made.topic, to)
		case 1:
			p.send(p.add(made, span.None, span.Internal, "api", nil), made.topic, to)
		case 2:
			p.send(made, made.topic, func(s *said) {
				s.system, s.Links = "kafka", []span.Link{{Trace: made.Trace, Span: made.Span}}
				s.Trace, s.Parent = p.trace(), span.ID{}
			})
		}
		if p.chance(40) {
			work := p.consume(made, []string{"worker", "audit"}[p.random.IntN(2)], p.chance(50))
			if p.chance(40) {
				p.send(work, "elsewhere-on", func(*said) {})
			}
		}
	}
	for range p.random.IntN(3) {
		p.send(places[p.random.IntN(2)], []string{"audit", "audit", "beside", ""}[p.random.IntN(4)], func(s *said) { s.system = "kafka" })
	}
}

// TestWhatWasNeverSentDoesNotDependOnOrder folds creations that nothing may have sent, in many
// ways and in several partitions.
func TestWhatWasNeverSentDoesNotDependOnOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(100) {
		p := newPlatform(seed, 0)
		for range 1 + seed%3 {
			p.message++
			[]func(){p.createdElsewhere, p.createdElsewhere, p.createdBeside, p.created}[p.random.IntN(4)]()
		}
		p.damage()
		sameAnyWay(t, seed, p.records)
	}
}
