// SPDX-License-Identifier: Apache-2.0

package clocks

import "slices"

// Source is the clock of a host, as it is believed to be against ours.
type Source struct {
	Host    Host
	Offset  int64   // ahead of us; 0: nothing proves it wrong
	Bound   int64   // as of an Estimate: of what is known best of it
	Drift   float64 // ppm that it gains on the others; 0 where too little is known
	Suspect bool
	Since   int64 // log time since which its clock runs as said: when it was met, or jumped last
}

// Sources are all hosts that were observed lately, in the order of their numbers. It
// is for people: it looks at everything.
func (c *Clocks) Sources(at int64) []Source {
	at = max(at, c.now)
	c.seat()
	var all []Source
	for i := range c.hosts.rows {
		row := &c.hosts.rows[i]
		if row.last() < at-idle {
			continue
		}
		bound, drift := c.best(i, at)
		all = append(all, Source{Host: row.high, Offset: row.deviation, Bound: bound, Drift: drift, Suspect: row.jumped, Since: row.since})
	}
	slices.SortFunc(all, func(x, y Source) int { return int(x.Host) - int(y.Host) })
	return all
}

// best is the smallest bound that a host has with anybody, and the drift that most
// of the hosts it has to do with see.
func (c *Clocks) best(place int, at int64) (bound int64, drift float64) {
	row := &c.hosts.rows[place]
	bound = Unbounded
	var drifts []float64
	look := func(p *pair, sign float64) {
		if e := c.estimate(p.low, p.high, at); e.Known {
			bound = min(bound, e.Bound)
		}
		if ppm, ok := p.drift(); ok {
			drifts = append(drifts, sign*ppm)
		}
	}
	look(row, 1)
	for i, ends := range c.scratch.ends {
		switch place {
		case ends.low:
			look(&c.pairs.rows[i], -1)
		case ends.high:
			look(&c.pairs.rows[i], 1)
		}
	}
	if bound == Unbounded {
		bound = row.bound
	}
	return bound, middle(drifts)
}

const (
	driftLength = 60e9 // that must be observed to tell a drift
	driftSpread = 50   // ppm of that time by which points may scatter
)

// drift is how fast the high host gains on the low one, in ppm.
func (p *pair) drift() (ppm float64, ok bool) {
	up, down := p.up.fit(), p.down.fit()
	best, sign := up, 1.0
	if !up.tells() || down.tells() && down.off < up.off {
		best, sign = down, -1
	}
	return sign * best.slope * 1e6, best.tells()
}

func (l *line) tells() bool {
	return l.length >= driftLength && l.off < l.length/1_000_000*driftSpread
}

// middle of some numbers; of two in the middle the one nearer to zero.
func middle(numbers []float64) float64 {
	n := len(numbers)
	if n == 0 {
		return 0
	}
	slices.Sort(numbers)
	low, high := numbers[(n-1)/2], numbers[n/2]
	if max(low, -low) < max(high, -high) {
		return low
	}
	return high
}
