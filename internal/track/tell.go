// SPDX-License-Identifier: Apache-2.0

package track

import (
	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// told is what the ledger was told of a delivery.
type told struct {
	id                          uint64
	tally                       journey.Tally
	started, fulfilled, updated int64
	sampled                     uint32 // stages whose hop was sampled, by bit
	next                        uint32
	timed                       bool    // its latency was sampled
	seen                        bool    // in the review under way
	written                     bool    // there is a row that says it
	again                       bool    // there was one that was taken back
	label                       textRef // of what is written, while it may be corrected: key and the rest of the id
}

// review assesses a group, tells what changed since it was told last, and plans
// when to look again.
func (t *Tracker) review(g uint32) {
	group := t.groups.at(g)
	if !t.ours(group) || group.partial && group.told == 0 { // others know what it is part of
		group.look, group.settleAt = 0, group.touched+int64(t.options.Orphans)
		t.plan(g)
		return
	}
	t.recall(group)
	patience := t.patience(group)
	linger := int64(t.options.Linger)
	look, settleAt, waiting, found := int64(0), group.touched+linger, false, false
	settled := t.assessor.assess(&t.State, g, t.now < patience, func(f *finding) {
		found = true
		known := t.tell(group, f)
		switch at := f.nextLook(); {
		case f.verdict.OnTheWay():
			waiting, look = true, earliest(look, at)
		default:
			settleAt = max(settleAt, at, known.updated+linger)
		}
	})
	t.retract(group)
	switch {
	case !settled:
		waiting, look = true, earliest(look, patience)
	case !found && t.assessor.expectant(&t.State, group):
		settleAt = group.touched + int64(t.options.Orphans)
		if group.count == 0 && t.options.Partitions > 1 {
			settleAt += linger // who else needs it may still say so
		}
	}
	if waiting {
		settleAt = 0
	}
	group.message = group.message || found
	if found {
		look = earliest(look, t.holdAlong(g, group, settleAt))
	}
	group.look, group.settleAt = earliest(look, t.askOthers(g, group)), settleAt
	t.plan(g)
}

// earliest of two moments, of which 0 means never.
func earliest(x, y int64) int64 {
	if x == 0 || y != 0 && y < x {
		return y
	}
	return x
}

// recall prepares the comparison with what was told of a group.
func (t *Tracker) recall(group *group) {
	count := 0
	for e := group.told; e != 0; count++ {
		known := t.told.At(e)
		known.seen = false
		e = known.next
	}
	t.recalled, t.manyTold = group.told, count > fewTold
	if !t.manyTold {
		return
	}
	clear(t.toldIndex)
	for e := group.told; e != 0; e = t.told.At(e).next {
		t.toldIndex[t.told.At(e).id] = e
	}
}

// fewTold is the number of deliveries up to which walking beats an index.
const fewTold = 16

// toldOf finds what was told of a delivery before this review.
func (t *Tracker) toldOf(id uint64) *told {
	if t.manyTold {
		if e, ok := t.toldIndex[id]; ok {
			return t.told.At(e)
		}
		return nil
	}
	for e := t.recalled; e != 0; {
		known := t.told.At(e)
		if known.id == id {
			return known
		}
		e = known.next
	}
	return nil
}

// tell compares a finding with what was told, and adds ledger entries and a sample
// for the difference.
func (t *Tracker) tell(group *group, f *finding) *told {
	known := t.toldOf(f.id)
	if known == nil {
		known = t.renamed(f.id)
	}
	tally := t.tally(known, f)
	changed := known == nil || known.tally != tally
	switch {
	case known == nil:
		var e uint32
		e, known = t.told.Alloc()
		t.deliveries++
		known.id, known.next = f.id, group.told
		group.told = e
		t.enter(tally, 1)
	case changed:
		t.enter(known.tally, -1)
		t.enter(tally, 1)
	}
	differs := changed || known.fulfilled != f.fulfilled
	if known.written && (differs || known.started != f.start || !t.manyTold) {
		t.takeBack(group, known)
	}
	if differs {
		known.updated = max(t.now, known.updated)
	}
	if changed && !f.verdict.OnTheWay() {
		t.learnClocks()
	}
	known.tally, known.started, known.fulfilled, known.seen = tally, f.start, f.fulfilled, true
	switch {
	case f.rest() && !f.verdict.Bad(): // whoever takes one measures its passages
	case !f.verdict.OnTheWay():
		t.sample(known, f)
	case changed && f.verdict == journey.Stuck:
		t.effects.Stuck = append(t.effects.Stuck, t.assessor.delivery(&t.State, f, known.updated))
	}
	return known
}

// tally is what the ledger counts a finding under.
func (t *Tracker) tally(known *told, f *finding) journey.Tally {
	return journey.Tally{
		Class: t.classOf(known, &f.class), Minute: f.start / 60e9,
		Verdict: f.verdict, Reason: f.reason, Timeliness: f.timeliness, Hop: f.hop, Estimated: f.estimated(&t.assessor),
	}
}

// renamed takes the only delivery that was told of for one whose id is new: more
// became known, such as its topic, and that changed the id. What was sampled of it
// stays sampled.
func (t *Tracker) renamed(id uint64) *told {
	if t.recalled == 0 {
		return nil
	}
	only := t.told.At(t.recalled)
	if only.next != 0 || only.seen {
		return nil
	}
	only.id = id
	return only
}

// classOf numbers a class. It is mostly the one that was told before.
func (t *Tracker) classOf(known *told, class *journey.Class) journey.ClassID {
	if known != nil && t.Classes.Class(known.tally.Class) == *class {
		return known.tally.Class
	}
	return t.Classes.intern(class, t.overflow)
}

func (t *Tracker) enter(tally journey.Tally, delta int32) {
	t.effects.Entries = append(t.effects.Entries, journey.Entry{Tally: tally, Delta: delta})
}

// sample gives the latencies of a delivery whose verdict was reached, each hop and
// the whole once: a later correction does not measure the same passage again. What
// failed may be tried again, and then waited longer to be consumed than it seems now.
func (t *Tracker) sample(known *told, f *finding) {
	stages := t.assessor.stagesOf(f)
	if f.verdict == journey.Failed {
		stages &^= 1 << span.Consumed
	}
	if known.timed && stages&^known.sampled == 0 {
		return
	}
	s := journey.Sample{Class: known.tally.Class, Minute: known.tally.Minute, Late: f.timeliness == journey.Late}
	from := len(t.effects.Hops)
	for _, hop := range t.assessor.hopsOf(f) {
		t.effects.Hops = append(t.effects.Hops, hop)
		s.Fresh |= 1 << hop.To
	}
	s.Fresh &= stages &^ known.sampled
	known.sampled |= s.Fresh
	s.Hops = t.effects.Hops[from:]
	if f.verdict.Good() && !known.timed {
		known.timed = true
		s.Good = true
		s.Latency = max(1, between(f.start, f.fulfilled))
	}
	if s.Good || s.Fresh != 0 {
		t.effects.Samples = append(t.effects.Samples, s)
	}
}

// retract takes back what was told of deliveries that turned out to be others.
func (t *Tracker) retract(group *group) {
	link := &group.told
	for *link != 0 {
		e := *link
		known := t.told.At(e)
		if known.seen {
			link = &known.next
			continue
		}
		t.enter(known.tally, -1)
		if known.written {
			t.takeBack(group, known)
		}
		*link = known.next
		t.forget(e)
	}
}

// stageBits must hold a bit for each stage.
const _ = uint32(1) << (span.NumStages - 1)
