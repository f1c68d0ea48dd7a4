// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// life is a message with when its spans arrive and when it settles, in positions of
// a log of ten a second.
type life struct {
	key     string
	traces  []span.TraceID
	spans   map[journey.Position][]span.TraceID // one span of each trace
	settled journey.Position
	stuck   journey.Position // when it was found stuck; 0: never
	bad     bool
}

func newLife(random *rand.Rand, number int) *life {
	l := &life{key: fmt.Sprint("m-", number, "-", random.Uint64()), spans: map[journey.Position][]span.TraceID{}, bad: random.IntN(5) == 0}
	began := journey.Position(1 + random.IntN(2000))
	l.settled = began + journey.Position(random.IntN(900)) // the pass is 300 behind, so half of the decisions come late
	if random.IntN(6) == 0 {
		l.stuck = began + (l.settled-began)/2
	}
	for t := range 1 + random.IntN(3) {
		trace := span.TraceID{byte(t + 1), byte(number >> 8), byte(number)}
		l.traces = append(l.traces, trace)
		l.add(began+journey.Position(random.IntN(int(l.settled-began)+1)), trace) // before it settles
		for range random.IntN(4) {
			l.add(began+journey.Position(random.IntN(1500)), trace) // or after
		}
	}
	return l
}

func (l *life) add(at journey.Position, trace span.TraceID) {
	l.spans[at] = append(l.spans[at], trace)
}

// delivery is what tracking knows of the message at a position.
func (l *life) delivery(at journey.Position) journey.Delivery {
	d := good(l.key, 0)
	if at < l.settled {
		d.Verdict, d.Reason, d.Timeliness = journey.Stuck, journey.StuckAt(span.Consumed), journey.Untimed
	} else if l.bad {
		d.Verdict, d.Reason, d.Timeliness = journey.Failed, journey.InternalError, journey.Untimed
	}
	d.Trace, d.Positions = l.traces[0], nil
	arrived := map[span.TraceID]bool{}
	for position := journey.Position(1); position <= at; position++ {
		for _, trace := range l.spans[position] {
			arrived[trace] = true
			if n := len(d.Positions); n == 0 || d.Positions[n-1] != position {
				d.Positions = append(d.Positions, position)
			}
		}
	}
	for _, trace := range l.traces[1:] {
		if arrived[trace] {
			d.OtherTraces = append(d.OtherTraces, trace)
		}
	}
	return d
}

// Whenever a message is decided, and whenever its spans come, of a kept message each
// span is copied once, and of one that was dropped none.
func TestEachSpanOfAKeptMessageIsCopiedOnce(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(9, 9))
	shares := DefaultShares()
	shares[Random] = 0.3
	s := New(Options{Shares: &shares, Delay: 30 * time.Second})
	var lives []*life
	for i := range 400 {
		lives = append(lives, newLife(random, i))
	}
	const end = 4000
	for at := journey.Position(1); at <= end; at++ {
		now := morning + int64(at)*int64(100*time.Millisecond)
		var stuck, settled []journey.Delivery
		for _, l := range lives {
			for _, trace := range l.spans[at] {
				s.Arrived(at, trace)
			}
			switch at {
			case l.settled:
				settled = append(settled, l.delivery(at))
			case l.stuck:
				stuck = append(stuck, l.delivery(at))
			}
		}
		s.Consider(now, stuck)
		s.Step(at, now, settled)
	}
	var index Index
	copied, reread := map[string]int{}, 0
	for work, ok := s.Next(0); ok; work, ok = s.Next(work.At) {
		for _, c := range work.Copies {
			if c.Position <= work.Passed {
				reread++
			}
			if late := work.At - c.Position; c.Position > work.Passed && (late < 300 || late > 310) {
				t.Errorf("position %d is passed at %d, want 30 seconds later", c.Position, work.At)
			}
			index.Of(&c)
			for _, l := range lives {
				for _, trace := range l.spans[c.Position] {
					if kept := index.Wanted(trace); kept != nil && kept.Key == l.key {
						copied[l.key]++
					}
				}
			}
		}
	}
	kept := 0
	for _, l := range lives {
		want := 0
		if s.KeptOf(l.traces[0]) != nil {
			kept++
			for _, traces := range l.spans {
				want += len(traces)
			}
		} else if l.bad || l.stuck != 0 && l.stuck < l.settled {
			t.Errorf("%s is dropped, and had to be kept", l.key)
		}
		if copied[l.key] != want {
			t.Errorf("%s (settled at %d, stuck at %d, spans at %v): %d spans are copied, want %d", l.key, l.settled, l.stuck, l.spans, copied[l.key], want)
		}
	}
	if kept < 100 || kept == len(lives) || reread < 50 || s.Backlog() == 0 {
		t.Fatalf("%d of %d messages are kept and %d positions read again: this proves too little", kept, len(lives), reread)
	}
}
