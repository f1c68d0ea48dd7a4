// SPDX-License-Identifier: Apache-2.0

package clocks

// Unbounded stands for no bound. A difference of times can be added to it.
const Unbounded = 1 << 62

// step is the least that counts as a jump. It is what a clock daemon corrects by
// running faster or slower for a while; it sets a clock only when it is off by more.
const step = 100e6

// Estimate is how far a clock is ahead of another.
type Estimate struct {
	Low, High int64 // proven bounds, as long as no clock jumps; -Unbounded and Unbounded: none
	Offset    int64 // what to reckon with; 0: the raw times are believed
	// Bound is how far the truth may be from Offset: proven where Low and High are
	// bounds, else how much the observations of the one side scatter.
	Bound   int64
	Drift   int64 // how fast the clock gains, in parts per billion; 0: not known
	Known   bool  // something was observed that this follows from
	Suspect bool  // a clock jumped and little is known since, or the bounds contradict each other
}

// Offset is how far the clock of to is ahead of that of from. Where little or nothing
// passed between the two, each is taken for what it is against the others: a host
// that is not proven wrong is believed to be right.
func (c *Clocks) Offset(from, to Host, at int64) Estimate {
	if from == to {
		return Estimate{Known: true}
	}
	at = max(at, c.now)
	if from < to {
		return c.estimate(from, to, at)
	}
	e := c.estimate(to, from, at)
	e.Low, e.High, e.Offset, e.Drift = -e.High, -e.Low, -e.Offset, -e.Drift
	return e
}

// unknownDrift is what a clock may gain that nobody measured: computers' are within
// 100 parts per million.
const unknownDrift = 100e3

// Wait corrects the difference of two times, the later one by the clock of to, that
// are as old as said: by then the offset has become another. A wait is never negative.
func (e *Estimate) Wait(raw, age int64) (likely, low, high int64) {
	if e.Offset == 0 {
		likely = max(0, raw)
		return likely, likely, likely
	}
	const million, thousand = 1e6, 1e3
	past := max(0, age) / million
	raw += past * e.Drift / thousand
	least, most := e.Low, e.High
	if least == -Unbounded {
		least = e.Offset - e.Bound
	}
	if most == Unbounded {
		most = e.Offset + e.Bound
	}
	if e.Drift == 0 {
		least -= past * unknownDrift / thousand
		most += past * unknownDrift / thousand
	}
	return max(0, raw-e.Offset), max(0, raw-most), max(0, raw-least)
}

func (c *Clocks) estimate(low, high Host, at int64) Estimate {
	e := Estimate{Low: -Unbounded, High: Unbounded}
	p := c.pair(low, high)
	if p != nil {
		e.Drift = p.gains
		e.Low, e.High = p.interval(at)
		e.Suspect = p.suspect() || e.Low > e.High+step
	}
	if e.Low > e.High { // drift that is faster than allowed for, a jump just now, or two clocks of one name
		e.Low, e.High = e.High, e.Low
	}
	below, above := e.Low > -Unbounded, e.High < Unbounded
	before, after := c.hosts.find(Us, low), c.hosts.find(Us, high)
	e.Known = below || above
	e.Suspect = e.Suspect || before.suspect() || after.suspect()
	if below && above {
		if e.Low > 0 || e.High < 0 {
			e.Offset = e.Low + (e.High-e.Low)/2
		}
		e.Bound = max(e.High-e.Offset, e.Offset-e.Low)
		return e
	}
	believed := after.ahead() - before.ahead()
	e.Known = e.Known || believed != 0
	if low == Us { // what comes to us proves a difference from us, not from others
		e.Low = min(e.Low, believed)
	}
	e.Offset = min(max(believed, e.Low), e.High)
	switch {
	case above:
		e.Bound = p.up.spread + e.High - e.Offset
	case below:
		e.Bound = p.down.spread + e.Offset - e.Low
	case believed != 0:
		e.Bound = max(before.scatter(), after.scatter())
	}
	return e
}

// The following take nil for a host that nothing is known of.

func (p *pair) suspect() bool { return p != nil && p.jumped }

func (p *pair) ahead() int64 {
	if p == nil {
		return 0
	}
	return p.deviation
}

func (p *pair) scatter() int64 {
	if p == nil {
		return 0
	}
	return max(p.bound, p.down.spread)
}
