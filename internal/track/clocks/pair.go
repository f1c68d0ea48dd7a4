// SPDX-License-Identifier: Apache-2.0

package clocks

// pair is what passed between two hosts. Its offset is how far high is ahead of low.
type pair struct {
	low, high Host     // low < high
	up        envelope // of what went from low to high: the offset is at most its bound
	down      envelope // of what went from high to low: the offset is at least minus its bound

	expected int64 // the offset as it was reviewed last
	gains    int64 // how fast high gains on low, in parts per billion; 0: not known
	since    int64 // when the first was observed of what is held
	jumped   bool  // it restarted after a jump and too little was observed since

	// Of a host against Us only.
	deviation int64 // how far the host is believed to be ahead, from all its pairs
	bound     int64 // of the deviation
	seen      int64 // when one of its pairs was observed last
	moved     bool  // in the review under way
}

// observe takes a passage, upwards from low to high, and tells whether only a jump
// explains it.
func (p *pair) observe(upwards bool, at, left, delay int64) (fell bool) {
	e, expected := &p.down, -p.expected
	if upwards {
		e, expected = &p.up, p.expected
	}
	if p.since == 0 {
		p.since = at
	}
	switch {
	case p.evident() && delay < expected-step-min(e.spread, 10*step):
		return p.doubt(e, at, delay)
	case expected == 0 && delay < -grain && !e.convinced(at, left):
		e.last = at
	default:
		e.observe(at, delay)
	}
	return false
}

const (
	convincing = 3 // delays below what is possible prove a clock wrong; fewer may be times that are none
	doubtFor   = 6 // periods
)

// doubt takes a delay that is less than nothing by what is known. Some of them,
// and all that was known is void.
func (p *pair) doubt(e *envelope, at, delay int64) bool {
	number := at / period
	if e.doubts == 0 || number-e.doubted > doubtFor {
		e.doubts, e.doubted, e.highest = 0, number, delay
	}
	e.doubts++
	e.last, e.highest = at, max(e.highest, delay)
	if e.doubts < convincing {
		return false
	}
	highest := e.highest
	p.restart(at)
	e.fell, e.hints = at, convincing
	e.observe(at, highest)
	return true
}

// restart forgets what was observed before a jump. What we receive does not say whether
// it was the host that jumped, or we did, or it tells of what is to come; see blame.
func (p *pair) restart(at int64) {
	p.up.restart()
	p.down.restart()
	p.expected, p.gains, p.since, p.jumped = 0, 0, at, p.jumped || p.low != Us
}

// evident tells whether enough was observed to contradict.
func (p *pair) evident() bool { return p.up.filled >= evident || p.down.filled >= evident }

// interval is where the offset lies. Low is above high when it contradicts itself.
func (p *pair) interval(at int64) (low, high int64) {
	high, _ = p.up.bound(at)
	low, _ = p.down.bound(at)
	return -low, high
}

// last is when the pair was observed last.
func (p *pair) last() int64 { return max(p.up.last, p.down.last, p.seen) }
