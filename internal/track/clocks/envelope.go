// SPDX-License-Identifier: Apache-2.0

package clocks

const (
	period  = int64(10e9) // of the log's time, of which only the lowest point is kept
	periods = 24          // that are looked back on: four minutes

	// maxDrift is the part of a second by which two clocks move apart in a second at
	// the most, 1/2000: 500 ppm is as fast as a clock is ever slewed by ntpd. A
	// bound that was observed at one time holds at another, widened by this.
	maxDrift = 2000

	// evident is how many periods must have been observed to call a level known.
	evident = 3
)

// point is a delay by two clocks, which may be negative, and when it was observed.
type point struct{ at, delay int64 }

// key orders points by the bound that they give at any one time after both.
func (p point) key() int64 { return p.delay - p.at/maxDrift }

// envelope is the lower edge of all delays from one host to another in a sliding
// window: the lowest of each period. The ring is written at the period's number.
//
//	delay  .  ' .      . '   .
//	       . .    '  .    .    '
//	      ---o------o-------o---   line: under all points, close to most
//	                           now
type envelope struct {
	lowest [periods]point // at is 0 where nothing was observed
	newest int64          // number of the newest period
	best   int64          // least key of them
	filled int            // periods that were observed
	spread int64          // how far the points are off the line, as reviewed last
	last   int64          // when something was observed last, before a restart too

	fell    int64 // when it was found below what was expected, which only a jump explains
	doubts  int   // points below what was expected
	doubted int64 // number of the period of the first of them
	highest int64 // of them

	hints  int   // what arrived before it left while both clocks were believed, up to convincing
	hinted int64 // number of the period of the first of them or, when they convince, of the last
	hint   int64 // when the last of them left
}

func (e *envelope) observe(at, delay int64) {
	e.last = at
	number := at / period
	if number > e.newest || e.filled == 0 {
		e.slide(number)
	}
	p := point{at, delay}
	slot := &e.lowest[number%periods]
	if slot.at != 0 && slot.key() <= p.key() {
		return
	}
	if slot.at == 0 {
		e.filled++
	}
	if *slot = p; e.filled == 1 || p.key() < e.best {
		e.best = p.key()
	}
}

// convinced counts what arrived before it left, which is told of each thing once or more
// often, and tells whether that is more than a mistake by now.
func (e *envelope) convinced(at, left int64) bool {
	number := at / period
	switch {
	case e.hints == 0 || number-e.hinted > doubtFor:
		e.hints, e.hinted, e.hint = 1, number, left
	case e.hints == convincing:
		e.hinted = number
	case e.hint != left:
		e.hints++
		e.hint = left
	}
	return e.hints == convincing
}

// slide makes room for the periods up to one.
func (e *envelope) slide(number int64) {
	for n := max(e.newest+1, number-periods+1); n <= number; n++ {
		e.lowest[n%periods] = point{}
	}
	e.newest, e.filled = number, 0
	for _, p := range e.lowest {
		if p.at == 0 {
			continue
		}
		if e.filled++; e.filled == 1 || p.key() < e.best {
			e.best = p.key()
		}
	}
}

// bound is the most that the offset is; ok is false when nothing recent says.
func (e *envelope) bound(at int64) (most int64, ok bool) {
	if e.filled == 0 || at/period-e.newest >= periods {
		return Unbounded, false
	}
	return e.best + at/maxDrift, true
}

// restart forgets the level; what was observed of its fall stays.
func (e *envelope) restart() {
	e.lowest, e.best, e.filled, e.spread, e.doubts = [periods]point{}, 0, 0, 0, 0
}

// stayed tells whether what was observed in the periods after that of a moment is as
// quick as it was before.
func (e *envelope) stayed(since int64) bool {
	var old, young point
	for _, p := range e.lowest {
		switch number := p.at / period; {
		case p.at == 0:
		case number > since/period && (young.at == 0 || p.key() < young.key()):
			young = p
		case number < since/period && (old.at == 0 || p.key() < old.key()):
			old = p
		}
	}
	return old.at != 0 && young.at != 0 && young.key()-old.key() < step
}

// rose is by how much the newest two periods are above all before them; 0 when
// they are not, or too little was observed.
func (e *envelope) rose() int64 {
	var old, young, olds, youngs int64
	for _, p := range e.lowest {
		switch {
		case p.at == 0:
		case p.at/period >= e.newest-1:
			if youngs++; youngs == 1 || p.key() < young {
				young = p.key()
			}
		default:
			if olds++; olds == 1 || p.key() < old {
				old = p.key()
			}
		}
	}
	if olds == 0 || youngs < 2 {
		return 0
	}
	return max(0, young-old)
}
