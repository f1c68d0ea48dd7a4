// SPDX-License-Identifier: Apache-2.0

package clocks

import (
	"math/rand/v2"
	"testing"
	"time"
)

const (
	ms  = int64(time.Millisecond)
	sec = int64(time.Second)
)

// The machines of the stories.
const (
	gateway Host = 10 + iota
	router
	worker
	mailer
)

var everyone = []Host{gateway, router, worker, mailer}

// network is hosts with clocks of their own, and what passes between them. Time is
// the true one, which is the log's, too.
type network struct {
	t      *testing.T
	c      *Clocks
	now    int64
	random *rand.Rand
	clock  map[Host]func(now int64) int64 // how far it is ahead of the truth
	export int64                          // mean of how long spans are held back
	early  map[Host]func() int64          // how long before its beginning a span is told of, by host
	odd    map[[2]Host]int                // passages that arrived before they left while nothing was corrected
	calm   bool                           // no clock jumped lately, so a corrected delay is never negative
}

func newNetwork(t *testing.T, seed uint64) *network {
	return &network{t: t, c: New(Defaults()), now: 1_800_000_000 * sec, random: rand.New(rand.NewPCG(seed, 1)),
		clock: map[Host]func(int64) int64{}, early: map[Host]func() int64{}, odd: map[[2]Host]int{}, export: 300 * ms, calm: true}
}

func ahead(by int64) func(int64) int64 { return func(int64) int64 { return by } }

// shows is what a host's clock showed at a moment.
func (n *network) shows(h Host, moment int64) int64 {
	if clock := n.clock[h]; clock != nil {
		return moment + clock(moment)
	}
	return moment
}

// truth is how far to is ahead of from.
func (n *network) truth(from, to Host) int64 { return n.shows(to, n.now) - n.shows(from, n.now) }

// some is a random time of a mean, on top of a least.
func (n *network) some(least, mean int64) int64 {
	return least + int64(n.random.ExpFloat64()*float64(mean))
}

// pass lets something arrive now that took a delay.
func (n *network) pass(from, to Host, delay int64) {
	left, arrived := n.shows(from, n.now-delay), n.shows(to, n.now)
	n.c.Passage(from, to, left, arrived, n.now)
	e := n.c.Offset(from, to, n.now)
	corrected := arrived - left - e.Offset
	if corrected < 0 && e.Offset == 0 {
		if n.odd[[2]Host{from, to}]++; n.odd[[2]Host{from, to}] < convincing {
			return // it may be a mistake
		}
	}
	if n.calm && corrected < 0 {
		n.t.Errorf("%v: a passage from %d to %d took %v after correction by %+v", n.at(), from, to, time.Duration(corrected), e)
	}
}

func (n *network) call(client, server Host, there, work, back int64) {
	answered := n.now - back
	began := answered - work
	n.c.RoundTrip(client, server, n.shows(client, began-there), n.shows(server, began), n.shows(server, answered), n.shows(client, n.now), n.now)
}

// run lets time pass in steps of a tenth of a second: every host is heard, and step
// says what else happens.
func (n *network) run(long time.Duration, step func()) {
	for end := n.now + int64(long); n.now < end; n.now += 100 * ms {
		for _, h := range everyone {
			told := n.some(5*ms, n.export)
			if early := n.early[h]; early != nil {
				told -= early()
			}
			n.c.Heard(h, n.shows(h, n.now-told), n.now)
		}
		step()
	}
}

func (n *network) at() time.Duration { return time.Duration(n.now - 1_800_000_000*sec) }

// believed fails unless the offset is that of the truth but for some, whatever was
// observed of the two.
func (n *network) believed(from, to Host, tolerance int64) {
	n.t.Helper()
	e, truth := n.c.Offset(from, to, n.now), n.truth(from, to)
	if e.Suspect || max(e.Offset-truth, truth-e.Offset) > tolerance {
		n.t.Errorf("%v: %d is %v ahead of %d, believed is %+v", n.at(), to, time.Duration(truth), from, e)
	}
}

// source is what is believed of a host.
func (n *network) source(h Host) Source {
	for _, s := range n.c.Sources(n.now) {
		if s.Host == h {
			return s
		}
	}
	n.t.Fatalf("host %d is no source", h)
	return Source{}
}

// within fails unless the offset is that of the truth, but for its bound and some.
func (n *network) within(from, to Host, tolerance int64) {
	n.t.Helper()
	e, truth := n.c.Offset(from, to, n.now), n.truth(from, to)
	if miss := max(e.Offset-truth, truth-e.Offset); !e.Known || miss > e.Bound+tolerance || e.Bound > 2*sec {
		n.t.Errorf("%v: %d is %v ahead of %d, believed is %v +- %v (between %d and %d)", n.at(), to, time.Duration(truth), from,
			time.Duration(e.Offset), time.Duration(e.Bound), e.Low, e.High)
	}
}

// onlyWrong fails unless of all hosts only one is believed to be wrong.
func (n *network) onlyWrong(wrong Host, tolerance int64) {
	n.t.Helper()
	for _, s := range n.c.Sources(n.now) {
		truth := n.truth(Us, s.Host)
		if s.Host != wrong && s.Offset != 0 || max(s.Offset-truth, truth-s.Offset) > tolerance {
			n.t.Errorf("%v: host %d is %v ahead, believed is %v", n.at(), s.Host, time.Duration(truth), time.Duration(s.Offset))
		}
	}
}
