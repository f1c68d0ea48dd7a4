// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"cmp"
	"slices"

	"github.com/hopstamp/hopstamp/internal/journey"
)

// Work is what fell due to be copied at one position of the fold.
//
// Works come at most once a second of log time. One without copies follows in the
// next period after one with copies, so that whoever stores by period can end it.
type Work struct {
	At     journey.Position // of the fold; ascending from work to work
	Now    int64            // log time there
	Passed journey.Position // copies at or below it are behind the pass: to be read again
	Copies []Copy           // by position
}

// Copy is a log message out of which spans are to be copied. [Index] finds them.
type Copy struct {
	Position journey.Position
	Kept     []*Kept
}

// copies turn decisions into works.
type copies struct {
	delay, period int64

	second int64            // of the log's time, the last one seen
	began  []began          // the seconds inside of the delay
	passed journey.Position // up to here everything that was wanted is in works
	wanted map[journey.Position][]*Kept
	size   int   // of wanted, in pairs
	open   bool  // the last work had copies,
	ends   int64 // and this is the log time at which its period ends
	works  []Work
	due    int // pairs in works
}

// began is the last position before a second of log time.
type began struct {
	second int64
	before journey.Position
}

const secondLong = int64(1e9)

func newCopies(delay, period int64) copies {
	return copies{delay: (delay + secondLong - 1) / secondLong, period: period, wanted: map[journey.Position][]*Kept{}}
}

// want asks for the spans of a message in a log message.
func (c *copies) want(position journey.Position, kept *Kept) {
	list := c.wanted[position]
	if n := len(list); n > 0 && list[n-1] == kept {
		return
	}
	c.wanted[position] = append(list, kept)
	c.size++
}

// advance moves the pass when a second of log time is over.
func (c *copies) advance(at journey.Position, now int64) {
	second := now / secondLong
	if second == c.second {
		return
	}
	c.second = second
	c.began = append(c.began, began{second, at - 1})
	before, reached := c.passed, 0
	for reached < len(c.began) && c.began[reached].second <= second-c.delay {
		c.passed = max(c.passed, c.began[reached].before)
		reached++
	}
	c.began = slices.Delete(c.began, 0, reached)
	work := Work{At: at, Now: now, Passed: before, Copies: c.take(at.Partition())}
	if len(work.Copies) == 0 && (!c.open || now < c.ends) {
		return
	}
	c.open, c.ends = len(work.Copies) > 0, (now/c.period+1)*c.period
	c.works = append(c.works, work)
}

// take removes what is wanted up to where the pass has come. What lies in the log of
// another partition came from there, so it is behind everybody's pass.
func (c *copies) take(home int) (taken []Copy) {
	for position, kept := range c.wanted {
		if position <= c.passed || position.Partition() != home {
			taken = append(taken, Copy{position, kept})
			delete(c.wanted, position)
			c.size -= len(kept)
			c.due += len(kept)
		}
	}
	slices.SortFunc(taken, func(a, b Copy) int { return cmp.Compare(a.Position, b.Position) })
	return taken
}

// Next is the first work after a position of the fold; ok is false when none is due.
// What it points to never changes.
func (s *Sampler) Next(after journey.Position) (work Work, ok bool) {
	works := s.copies.works
	at, found := slices.BinarySearchFunc(works, after, func(w Work, after journey.Position) int { return cmp.Compare(w.At, after) })
	if found {
		at++
	}
	if at == len(works) {
		return Work{}, false
	}
	return works[at], true
}

// Done lets go of the works up to a position of the fold: what they asked for is
// stored for good. Until then they are part of the snapshot.
func (s *Sampler) Done(upTo journey.Position) {
	c := &s.copies
	done := 0
	for done < len(c.works) && c.works[done].At <= upTo {
		for i := range c.works[done].Copies {
			c.due -= len(c.works[done].Copies[i].Kept)
		}
		done++
	}
	c.works = slices.Delete(c.works, 0, done)
}

// Copied is where the pass has come: what stands in the log behind that position may still
// be copied, or is not stored yet. Only a late decision asks for something before it.
func (s *Sampler) Copied() journey.Position {
	if works := s.copies.works; len(works) > 0 {
		return works[0].Passed
	}
	return s.copies.passed
}

// Backlog is how many pairs of a message and a log message are still to be copied,
// or not yet stored.
func (s *Sampler) Backlog() int { return s.copies.size + s.copies.due }

// Waiting tells whether the passing of log time alone makes works fall due.
func (s *Sampler) Waiting() bool { return s.copies.size > 0 || s.copies.open }
