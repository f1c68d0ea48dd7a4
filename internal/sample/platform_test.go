// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// platform makes the log of a chat platform as the sampler sees it, the same one
// for the same seed: messages that settle a minute after they began, some that went
// wrong, and spans that come later still.
type platform struct {
	random  *rand.Rand
	message int
	perStep int // messages
	trouble int // of a hundred messages, those that fail
	at      journey.Position
	now     int64
	recent  []span.TraceID
}

func newPlatform(seed uint64) *platform {
	return &platform{random: rand.New(rand.NewPCG(seed, 7)), perStep: 5, trouble: 1, at: 600, now: morning}
}

// arrival is one position of the log.
type arrival struct {
	at       journey.Position
	now      int64
	traces   []span.TraceID // of late spans
	settled  []journey.Delivery
	onTheWay []journey.Delivery // stuck ones
}

// arrivals makes ten positions a second.
func (p *platform) arrivals(count int) []arrival {
	log := make([]arrival, count)
	for i := range log {
		p.at++
		p.now += int64(100 * time.Millisecond)
		a := arrival{at: p.at, now: p.now}
		for range p.perStep {
			a.settled = append(a.settled, p.deliveries()...)
		}
		if len(p.recent) > 0 && p.random.IntN(3) == 0 {
			a.traces = append(a.traces, p.recent[p.random.IntN(len(p.recent))])
		}
		if p.random.IntN(10) == 0 {
			d := p.delivery()
			d.Verdict, d.Reason, d.Timeliness, d.Fulfilled = journey.Stuck, journey.StuckAt(span.Consumed), journey.Untimed, 0
			a.onTheWay = append(a.onTheWay, d)
		}
		log[i] = a
	}
	return log
}

func (p *platform) deliveries() []journey.Delivery {
	d := p.delivery()
	if p.random.IntN(20) > 0 {
		return []journey.Delivery{d}
	}
	rows := make([]journey.Delivery, 1+p.random.IntN(4))
	for i := range rows {
		rows[i] = d
		rows[i].Recipient = fmt.Sprintf("u-%d", i)
	}
	return rows
}

func (p *platform) delivery() journey.Delivery {
	p.message++
	d := good(fmt.Sprintf("m-%d-%d", p.message, p.random.IntN(1e6)), time.Duration(p.random.ExpFloat64()*float64(80*time.Millisecond)))
	d.Trace = p.trace()
	if p.random.IntN(4) == 0 {
		d.OtherTraces = []span.TraceID{p.trace()}
	}
	d.Path = []string{"chat", "mail", "push"}[p.random.IntN(3)]
	d.Dims[span.Tenant] = []string{"acme", "globex", "globex", "globex", "initech", "initech"}[p.random.IntN(6)]
	back := journey.Position(p.random.IntN(600))
	d.Positions = []journey.Position{p.at - back, p.at - back/2, p.at}
	switch chance := p.random.IntN(100); {
	case chance < p.trouble:
		d.Verdict, d.Reason, d.Timeliness, d.Fulfilled = journey.Failed, journey.RejectedByDestination, journey.Untimed, 0
	case chance < p.trouble+3:
		d.Timeliness = journey.Late
	case chance < p.trouble+6:
		d.Retries = 1 + p.random.IntN(3)
	}
	return d
}

func (p *platform) trace() (id span.TraceID) {
	for i := range id {
		id[i] = byte(p.random.Uint32())
	}
	p.recent = append(p.recent, id)
	if len(p.recent) > 500 {
		p.recent = p.recent[1:]
	}
	return id
}

// step drives a sampler as the app does, and writes what it decided.
func (a *arrival) step(s *Sampler) (decided string) {
	for _, trace := range a.traces {
		decided += fmt.Sprintln("follows", s.Arrived(a.at, trace))
	}
	decided += told(s.Consider(a.now, a.onTheWay))
	return decided + told(s.Step(a.at, a.now, a.settled))
}

func told(effects *Effects) (decided string) {
	for i := range effects.Of {
		decided += effects.Reason(i) + "|"
	}
	for _, d := range effects.Decisions {
		decided += fmt.Sprintln(d.Key, d.Policy, d.Threshold, d.Kept != nil, d.Again, d.Spans, d.Positions)
	}
	return decided
}
