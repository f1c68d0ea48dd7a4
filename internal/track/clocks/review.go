// SPDX-License-Identifier: Apache-2.0

package clocks

import "cmp"

// scratch is memory that a review uses again. It is no part of the state.
type scratch struct {
	ends    []ends  // of each pair
	tallies []tally // of each host, and of Us behind them
	heard   []heard // of each host
	slack   int64   // by which what was received may mislead
	shifts  []int64
	wishes  []wish
}

// wish is where a pair wants a host to be, and how sure that is.
type wish struct{ shift, bound int64 }

// ends are the places of a pair's hosts among the hosts.
type ends struct{ low, high int }

// tally is what speaks for and against a host.
type tally struct {
	ins, outs         int // envelopes to and from it that were observed lately
	insFell, outsFell int
	insStayed         int   // to it, that are as they were
	pairs, misses     int   // of which the deviations of both ends lie outside of the interval
	shift             int64 // that would help against one of them
	further           bool  // in the direction in which it is known to be wrong
}

// reconsider draws the conclusions that need more than one pair: which host it was
// that jumped, and which are wrong at all. It is due once a period.
func (c *Clocks) reconsider() {
	for _, t := range []*table{&c.hosts, &c.pairs} {
		for i := range t.rows {
			t.rows[i].refresh(c.now)
		}
	}
	c.meet()
	c.blame()
	c.lapse()
	c.believe()
	for i := range c.hosts.rows {
		p := &c.hosts.rows[i]
		least, _ := p.interval(c.now)
		p.expected = max(p.deviation, least)
	}
	for i := range c.pairs.rows {
		p := &c.pairs.rows[i]
		p.expected = c.estimate(p.low, p.high, c.now).Offset
	}
	c.judgeAll()
}

// refresh measures how much the delays scatter, and ends a suspicion.
func (p *pair) refresh(now int64) {
	p.up.spread, p.down.spread = p.up.fit().spread, p.down.fit().spread
	p.gains = 0
	if ppm, ok := p.drift(); ok {
		p.gains = int64(ppm * 1e3)
	}
	if p.jumped && (p.evident() || now-p.since > periods*period) {
		p.jumped = false
	}
}

// meet makes room for the hosts of all pairs that are not idle, then seats them.
func (c *Clocks) meet() {
	for i := range c.pairs.rows {
		p := &c.pairs.rows[i]
		if last := p.last(); last >= c.now-idle {
			for _, host := range [...]Host{p.low, p.high} {
				if row := c.hosts.place(Us, host, c.now); row != nil {
					row.seen = max(row.seen, last)
					row.since = cmp.Or(row.since, p.since)
				}
			}
		}
	}
	c.seat()
}

// nobody is the place of a host that there was no room for.
const nobody = -1

// seat finds the hosts of all pairs. It changes nothing but scratch memory.
func (c *Clocks) seat() {
	s := &c.scratch
	s.ends = s.ends[:0]
	for i := range c.pairs.rows {
		p := &c.pairs.rows[i]
		s.ends = append(s.ends, ends{c.placeOf(p.low), c.placeOf(p.high)})
	}
}

func (c *Clocks) placeOf(host Host) int {
	if at, ok := c.hosts.index[keyOf(Us, host)]; ok {
		return int(at)
	}
	return nobody
}

// each calls visit with every envelope and the places of the hosts that it leads
// from and to.
func (c *Clocks) each(visit func(e *envelope, from, to int)) {
	us := len(c.hosts.rows)
	for i := range c.hosts.rows {
		visit(&c.hosts.rows[i].down, i, us)
	}
	for i := range c.pairs.rows {
		ends := c.scratch.ends[i]
		if ends.low == nobody || ends.high == nobody {
			continue
		}
		visit(&c.pairs.rows[i].up, ends.low, ends.high)
		visit(&c.pairs.rows[i].down, ends.high, ends.low)
	}
}

func (c *Clocks) clearTallies() []tally {
	s := &c.scratch
	if need := len(c.hosts.rows) + 1; cap(s.tallies) < need {
		s.tallies = make([]tally, need, 2*need)
	} else {
		s.tallies = s.tallies[:need]
		clear(s.tallies)
	}
	return s.tallies
}
