// SPDX-License-Identifier: Apache-2.0

package clocks

import (
	"cmp"
	"slices"
)

const (
	grain     = 1e6 // a contradiction of less is not worth a host's name
	maxRounds = 64  // hosts that can be found wrong in one review
	heldBack  = 1e9 // what even the promptest span of some minutes may take to reach us
)

// believe finds how far each host is off, so that as few as possible are. As long as
// some pair contradicts what is believed of its hosts, the one that most of its pairs
// speak against is taken to be wrong. What we received counts before that, and after
// it for those that the pairs say it of.
func (c *Clocks) believe() {
	c.hear()
	c.lift()
	c.settlePairs()
	c.lift()
}

func (c *Clocks) settlePairs() {
	for range maxRounds {
		tallies, missed := c.tallyMisses()
		if !missed {
			return
		}
		worst := c.worst(tallies)
		if worst == nobody {
			return
		}
		c.shift(worst)
	}
}

// missing is how much further apart the hosts of a pair are than believed; 0 when
// the pair has nothing against it.
func (c *Clocks) missing(i int) (more, bound int64, says bool) {
	p, ends := &c.pairs.rows[i], c.scratch.ends[i]
	low, high := p.interval(c.now)
	if ends.low == nobody || ends.high == nobody || low == -Unbounded && high == Unbounded || low > high {
		return 0, 0, false
	}
	before, after := &c.hosts.rows[ends.low], &c.hosts.rows[ends.high]
	believed, tolerance := after.deviation-before.deviation, int64(grain)
	if before.moved || after.moved {
		tolerance = step // what is left when a host was put where most want it
	}
	switch {
	case believed >= low-tolerance && believed <= high+tolerance:
		return 0, 0, true
	case low > -Unbounded && high < Unbounded:
		return low + (high-low)/2 - believed, (high - low) / 2, true
	case high < Unbounded:
		return high - believed, p.up.spread, true
	}
	return low - believed, p.down.spread, true
}

func (c *Clocks) tallyMisses() (tallies []tally, missed bool) {
	tallies = c.clearTallies()
	for i, ends := range c.scratch.ends {
		more, _, says := c.missing(i)
		if !says {
			continue
		}
		low, high := &tallies[ends.low], &tallies[ends.high]
		low.pairs++
		high.pairs++
		if more != 0 {
			low.misses++
			high.misses++
			low.shift, high.shift, missed = -more, more, true
		}
	}
	return tallies, missed
}

// worst is the host that the largest part of its pairs speaks against. One that is
// known to be ahead may be further ahead, which blames nobody anew. Of equal ones it
// is the host that may be late, since a span can reach us long after its end, but not
// before it.
func (c *Clocks) worst(tallies []tally) int {
	worst := nobody
	for place := range c.hosts.rows {
		p, t := &c.hosts.rows[place], &tallies[place]
		least := c.proven(place)
		if t.misses == 0 || p.moved || t.shift < 0 && p.deviation+t.shift < least {
			continue
		}
		known := max(p.deviation, least)
		t.further = known > 0 && t.shift > 0 && (p.deviation+t.shift < known+heldBack || 2*t.misses >= t.pairs)
		if worst == nobody || t.worseThan(&tallies[worst]) {
			worst = place
		}
	}
	return worst
}

func (t *tally) worseThan(other *tally) bool {
	if t.further != other.further {
		return t.further
	}
	if mine, others := t.misses*other.pairs, other.misses*t.pairs; mine != others {
		return mine > others
	}
	if t.misses != other.misses {
		return t.misses > other.misses
	}
	return t.shift < 0 && other.shift >= 0
}

// shift moves a host to where the middle one of the pairs that speak against it wants it.
func (c *Clocks) shift(place int) {
	s, row := &c.scratch, &c.hosts.rows[place]
	s.wishes = s.wishes[:0]
	for i, ends := range s.ends {
		more, bound, _ := c.missing(i)
		switch {
		case more == 0:
			continue
		case ends.high == place:
			s.wishes = append(s.wishes, wish{more, bound})
		case ends.low == place:
			s.wishes = append(s.wishes, wish{-more, bound})
		}
	}
	slices.SortFunc(s.wishes, func(x, y wish) int { return cmp.Or(cmp.Compare(x.shift, y.shift), cmp.Compare(x.bound, y.bound)) })
	middle := s.wishes[(len(s.wishes)-1)/2]
	row.deviation += middle.shift
	row.bound = max(row.bound, middle.bound)
	row.moved = true
}
