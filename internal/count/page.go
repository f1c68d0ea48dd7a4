// SPDX-License-Identifier: Apache-2.0

package count

import (
	"math/bits"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// tally is what deliveries of a minute are counted under, in one number. Those of a
// class are ordered like their rows.
type tally uint64

// How a tally is laid out, from the lowest bit.
const (
	hopBits        = 4
	timelinessBits = 7

	toAt         = 1 // bit 0: estimated
	fromAt       = toAt + hopBits
	timelinessAt = fromAt + hopBits
	reasonAt     = timelinessAt + timelinessBits
	verdictAt    = reasonAt + 8
	classAt      = verdictAt + 8

	// Both are negative, which does not compile, when a field outgrows its bits.
	_ = uint(1<<hopBits - span.NumStages)
	_ = uint(1<<timelinessBits - journey.NumTimeliness)
)

func tallyOf(class uint32, v journey.Verdict, r journey.Reason, t journey.Timeliness, hop journey.HopID, estimated bool) tally {
	return tally(class)<<classAt | tally(v)<<verdictAt | tally(r)<<reasonAt | tally(t)<<timelinessAt |
		tally(hop.From)<<fromAt | tally(hop.To)<<toAt | tally(bit(estimated))
}

func (t tally) class() uint32            { return uint32(t >> classAt) }
func (t tally) verdict() journey.Verdict { return journey.Verdict(t >> verdictAt) }
func (t tally) reason() journey.Reason   { return journey.Reason(t >> reasonAt) }
func (t tally) timeliness() journey.Timeliness {
	return journey.Timeliness(t>>timelinessAt) & (1<<timelinessBits - 1)
}

func (t tally) hop() journey.HopID {
	const mask = 1<<hopBits - 1
	return journey.HopID{From: span.Stage(t>>fromAt) & mask, To: span.Stage(t>>toAt) & mask}
}

// slot is the moves of one tally, with all that an entry needs side by side: the
// tables are far larger than caches are. It has no pointers.
type slot struct {
	tally   tally
	moves   Moves
	changed Moves  // since the last TakeChanges
	total   uint32 // place in the ledger's totals, plus one; 0: the slot is free
	dirty   bool   // listed in the page's dirty slots
}

// page is the slots of one minute, a hash table with open addressing.
type page struct {
	minute int64
	slots  []slot // a power of two
	used   int
	dirty  []uint32 // places of slots
}

const smallestPage = 8

func newPage(minute int64) *page { return &page{minute: minute, slots: make([]slot, smallestPage)} }

// find is the place of a tally, or the free one where it belongs.
func (p *page) find(t tally) uint32 {
	mask := uint32(len(p.slots) - 1)
	at := p.home(t)
	for p.slots[at].total != 0 && p.slots[at].tally != t {
		at = (at + 1) & mask
	}
	return at
}

// home is the place where the search for a tally begins.
func (p *page) home(t tally) uint32 {
	return uint32(uint64(t) * 0x9e3779b97f4a7c15 >> (64 - bits.Len32(uint32(len(p.slots)-1))))
}

// add gives a tally that is not there a slot, and its place.
func (p *page) add(t tally, total uint32) uint32 {
	if p.used++; 4*p.used > 3*len(p.slots) {
		p.grow()
	}
	at := p.find(t)
	p.slots[at] = slot{tally: t, total: total}
	return at
}

func (p *page) grow() {
	before := p.slots
	p.slots, p.dirty = make([]slot, 2*len(before)), p.dirty[:0]
	for i := range before {
		if s := &before[i]; s.total != 0 {
			at := p.find(s.tally)
			p.slots[at] = *s
			if s.dirty {
				p.dirty = append(p.dirty, at)
			}
		}
	}
}

// change notes what is to be stored.
func (p *page) change(at uint32, moves Moves) {
	s := &p.slots[at]
	s.changed.add(moves)
	if !s.dirty {
		s.dirty = true
		p.dirty = append(p.dirty, at)
	}
}

// takeChanges adds to a list what changed.
func (p *page) takeChanges(into []change) []change {
	for _, at := range p.dirty {
		s := &p.slots[at]
		into = append(into, change{p.minute, s.tally, s.changed})
		s.changed, s.dirty = Moves{}, false
	}
	p.dirty = p.dirty[:0]
	return into
}
