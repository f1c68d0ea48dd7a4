// SPDX-License-Identifier: Apache-2.0

package clocks

import "slices"

// What a host sends us before it happened proves that it is ahead of us, and nothing of
// how far it is ahead of other hosts: they may be as far ahead and hold back longer what
// they send. A wait between two of them depends on that difference alone. So a host is
// corrected for what we received only by as much as no holding back explains, all of
// those that are ahead like that by the same, and only where what came to them from
// others took long enough. Else it tells of what is still to come.

// heard is what the arrival of a host's spans says of its clock.
type heard struct {
	ahead  int64 // of what most are ahead of us, at least; -Unbounded where nothing was received lately
	lift   int64 // that it is corrected by for it
	denied bool  // what came to it says that it is not so far ahead

	into, against int // pairs that bound how far it is ahead, and those that deny the lift
}

// hear finds how far hosts are ahead of the others, by what we received. When most are
// ahead of us it is we who are late, and what is left of that counts only where no
// holding back explains it.
func (c *Clocks) hear() {
	s := &c.scratch
	s.heard, s.shifts = s.heard[:0], s.shifts[:0]
	for i := range c.hosts.rows {
		p := &c.hosts.rows[i]
		p.deviation, p.bound, p.moved = 0, 0, false
		least, _ := p.interval(c.now)
		s.heard = append(s.heard, heard{ahead: least})
		if least > -Unbounded {
			s.shifts = append(s.shifts, least)
		}
	}
	s.slack = step // less is within what a batch of spans is held back by
	if len(s.shifts) < 2 {
		return
	}
	slices.Sort(s.shifts)
	late := s.shifts[(len(s.shifts)-1)/2]
	if late <= step {
		return
	}
	s.slack = heldBack
	for i := range s.heard {
		if h := &s.heard[i]; h.ahead > -Unbounded {
			h.ahead -= late
		}
	}
}

// lift corrects the hosts that are further ahead than what is believed of them and any
// holding back explains.
func (c *Clocks) lift() {
	if !c.liftTogether() {
		return
	}
	for c.dropDenied() {
	}
	for i := range c.scratch.heard {
		if p := &c.hosts.rows[i]; c.scratch.heard[i].lift > 0 {
			p.bound = max(p.bound, p.down.spread)
		}
	}
}

// liftTogether lifts those that holding back may tell apart by the same, which is the
// most that is proven of any. What came from a host and proves it ahead may have been
// held back, too.
func (c *Clocks) liftTogether() (found bool) {
	s := &c.scratch
	s.shifts = s.shifts[:0]
	for i := range s.heard {
		h, believed := &s.heard[i], c.hosts.rows[i].deviation
		h.lift, h.denied = 0, false
		switch more := h.ahead - believed; {
		case more > heldBack:
			h.lift = more
			s.shifts = append(s.shifts, more)
		case more > 0 && believed > 0 && s.slack < heldBack:
			h.lift, found = more, true
			c.hosts.rows[i].deviation += more
		}
	}
	slices.Sort(s.shifts)
	for from, to := 0, 0; from < len(s.shifts); from = to {
		for to = from; to < len(s.shifts) && s.shifts[to]-s.shifts[from] <= heldBack; {
			to++
		}
		c.liftThose(s.shifts[from], s.shifts[to-1])
	}
	return found || len(s.shifts) > 0
}

func (c *Clocks) liftThose(least, most int64) {
	for i := range c.scratch.heard {
		if h := &c.scratch.heard[i]; h.lift >= least && h.lift <= most {
			h.lift = most
			c.hosts.rows[i].deviation += most
		}
	}
}

// dropDenied takes back the lifts that as much speaks against as for of what came to
// the host from others, and those of which nothing else says anything.
func (c *Clocks) dropDenied() (dropped bool) {
	s := &c.scratch
	for i := range s.heard {
		s.heard[i].into, s.heard[i].against = 0, 0
	}
	for i, ends := range s.ends {
		if ends.low == nobody || ends.high == nobody {
			continue
		}
		p := &c.pairs.rows[i]
		least, most := p.interval(c.now)
		apart := c.hosts.rows[ends.high].deviation - c.hosts.rows[ends.low].deviation
		s.heard[ends.high].weigh(most < Unbounded, apart > most+step, p.jumped)
		s.heard[ends.low].weigh(least > -Unbounded, apart < least-step, p.jumped)
	}
	for i := range s.heard {
		h, p := &s.heard[i], &c.hosts.rows[i]
		alone := p.deviation == h.lift
		if h.lift > 0 && (alone || h.against > 0) && 2*h.against >= h.into {
			p.deviation -= h.lift
			h.lift, h.denied, dropped = 0, h.against > 0, true
		}
	}
	return dropped
}

// weigh counts a pair for or against a lift. Just after a jump nobody knows yet.
func (h *heard) weigh(bounds, denies, jumped bool) {
	if bounds || jumped {
		h.into++
	}
	if bounds && denies || !bounds && jumped {
		h.against++
	}
}

// proven is how far a host is ahead of most at least, by what we received.
func (c *Clocks) proven(place int) int64 {
	h := &c.scratch.heard[place]
	if h.denied || h.ahead == -Unbounded {
		return -Unbounded
	}
	return h.ahead - c.scratch.slack
}
