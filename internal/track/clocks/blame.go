// SPDX-License-Identifier: Apache-2.0

package clocks

// patience is the periods to wait, once a jump was seen, for the other pairs of the
// same host to show it: one that is whole.
const patience = 2

// blame names the hosts whose clocks jumped. A delay falls below what is possible
// when the clock that it left by was set forward, or the one that it arrived by was
// set back. The first makes all delays from that host fall, those to us included,
// and the second all delays to that host: who explains most without exception did it.
// A host that was set forward makes the delays to it rise, so it did not jump where those stayed.
// Where the evidence fits several equally, nobody is named.
func (c *Clocks) blame() {
	if c.doubt == 0 || c.now/period < c.doubt/period+patience {
		return
	}
	for {
		best, found := c.mostBlamed()
		if !found {
			break
		}
		c.convict(best.place, c.doubt)
		c.each(func(e *envelope, from, to int) {
			if best.forward && from == best.place || !best.forward && to == best.place {
				e.fell = 0
			}
		})
	}
	c.each(func(e *envelope, _, _ int) { e.fell = 0 })
	c.doubt = 0
}

// suspicion is that the clock of a host was set forward or back.
type suspicion struct {
	place       int
	forward     bool
	fell, still int // delays that it explains, and those that speak against it
}

func (c *Clocks) mostBlamed() (best suspicion, found bool) {
	tallies := c.clearTallies()
	c.each(func(e *envelope, from, to int) {
		switch {
		case e.fell >= c.doubt:
			tallies[from].outsFell++
			tallies[to].insFell++
		case e.last >= c.doubt && e.doubts == 0:
			tallies[from].outs++
			tallies[to].ins++
		}
		if e.stayed(c.doubt) {
			tallies[to].insStayed++
		}
	})
	tied := false
	for place := range tallies {
		t := &tallies[place]
		for _, s := range [...]suspicion{{place, true, t.outsFell, t.outs + t.insStayed}, {place, false, t.insFell, t.ins}} {
			switch {
			case s.fell <= s.still: // more speaks against it
			case !found || s.outweighs(best):
				best, found, tied = s, true, false
			case !best.outweighs(s) && place < len(c.hosts.rows): // we are the reference where nothing tells
				tied = true
			}
		}
	}
	return best, found && !tied
}

func (s suspicion) outweighs(other suspicion) bool {
	if mine, others := s.fell*(other.fell+other.still), other.fell*(s.fell+s.still); mine != others {
		return mine > others
	}
	return s.fell > other.fell
}

// convict voids what was observed of a host before it jumped.
func (c *Clocks) convict(place int, since int64) {
	if place < len(c.hosts.rows) {
		c.hosts.rows[place].void(c.now, since)
		c.hosts.rows[place].jumped, c.hosts.rows[place].since = true, since
		c.hosts.rows[place].deviation = 0
	} else {
		for i := range c.hosts.rows {
			c.hosts.rows[i].void(c.now, since)
			c.hosts.rows[i].jumped = false // the clock of the host did not
		}
	}
	for i, ends := range c.scratch.ends {
		if ends.low == place || ends.high == place {
			c.pairs.rows[i].void(c.now, since)
		}
	}
}

// void forgets what is older than a jump.
func (p *pair) void(now, since int64) {
	if p.since < since {
		p.restart(now)
	}
}

// lapse notices that a clock which was ahead was set back, where nothing passes to
// its host: then no delay falls, but all from it rise to what they would be without
// the correction, those to us included. A queue makes only some of them rise.
func (c *Clocks) lapse() {
	tallies := c.clearTallies()
	wrong := false
	for place := range c.hosts.rows {
		wrong = wrong || c.hosts.rows[place].deviation != 0
	}
	if !wrong {
		return
	}
	c.each(func(e *envelope, from, _ int) {
		if from == len(c.hosts.rows) || c.hosts.rows[from].deviation == 0 || e.last < c.now-2*period {
			return
		}
		deviation := max(c.hosts.rows[from].deviation, -c.hosts.rows[from].deviation)
		tallies[from].outs++
		if e.rose() > max(step, deviation/4*3) {
			tallies[from].outsFell++
		}
	})
	for place := range c.hosts.rows {
		if t := &tallies[place]; t.outs > 0 && t.outs == t.outsFell {
			c.convict(place, c.now)
		}
	}
}
