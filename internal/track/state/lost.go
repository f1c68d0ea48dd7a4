// SPDX-License-Identifier: Apache-2.0

package state

import "github.com/hopstamp/hopstamp/internal/span"

// Destination is where messages go: what was published there or, of sends that lost
// links, what was created to be.
type Destination struct {
	System, Topic span.Symbol
	created       bool
}

// LostLinks remembers when those that take from a destination, or send to it, last
// reported that they lost links, in log time. It is bounded: destinations past its limit share one time.
type LostLinks struct {
	last map[Destination]int64
	rest int64
}

// maxDestinations that are told apart.
const maxDestinations = 1 << 12

func newLostLinks() LostLinks { return LostLinks{last: map[Destination]int64{}} }

// Report takes in that one who takes from a destination, or sends there what was created,
// lost links. Nobody asks any more about what is older than the horizon.
func (l *LostLinks) Report(at *Profile, created bool, now, horizon int64) {
	of := Destination{at.System, at.Topic, created}
	if _, known := l.last[of]; !known && len(l.last) >= maxDestinations {
		for d, at := range l.last {
			if at < horizon {
				delete(l.last, d)
			}
		}
		if len(l.last) >= maxDestinations {
			l.rest = now
			return
		}
	}
	l.last[of] = now
}

// Since tells whether links were lost at the destination of a send, or of what was created, at
// or after a moment.
func (l *LostLinks) Since(by *Profile, created bool, moment int64) bool {
	at, known := l.last[Destination{by.System, by.Topic, created}]
	if !known {
		at = l.rest
	}
	return at != 0 && at >= moment
}
