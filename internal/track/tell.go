// SPDX-License-Identifier: Apache-2.0

package track

import (
	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/assess"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// review assesses a group, tells what changed since it was told last, and plans
// when to look again.
func (t *Tracker) review(g uint32) {
	group := t.state.Groups.At(g)
	if !t.others.Ours(group) || group.Partial && group.Told == 0 { // others know what it is part of
		group.Look, group.SettleAt = 0, group.Touched+int64(t.options.Orphans)
		t.plan(g)
		return
	}
	t.recall(group)
	patience := t.others.Patience(group)
	linger := int64(t.options.Linger)
	look, settleAt, waiting, found := int64(0), group.Touched+linger, false, false
	settled := t.assessor.Assess(&t.state, g, t.state.LogTime < patience, func(f *assess.Finding) {
		found = true
		known := t.tell(group, f)
		if f.Verdict.OnTheWay() {
			waiting, look = true, state.Earliest(look, f.NextLook())
		} else {
			settleAt = max(settleAt, known.Updated+linger)
		}
	})
	t.retract(group)
	t.pauseAfter(group)
	switch {
	case !settled:
		waiting, look = true, state.Earliest(look, patience)
	case !found && t.assessor.Expectant(&t.state, group):
		settleAt = group.Touched + int64(t.options.Orphans)
		if group.Count == 0 && t.options.Partitions > 1 {
			settleAt += linger // who else needs it may still say so
		}
	case found && !t.state.RestsForItself(group) && t.leadsElsewhere(group): // a message there may say that it needs it
		settleAt = max(settleAt, group.Touched+int64(t.options.Orphans))
	}
	if waiting {
		settleAt = 0
	}
	group.Message = group.Message || found
	if found {
		look = state.Earliest(look, t.others.HoldAlong(g, group, settleAt))
	}
	group.Look, group.SettleAt = state.Earliest(look, t.others.AskOthers(g, group)), settleAt
	t.plan(g)
}

// leadsElsewhere tells whether a group continues what has another home, and of which nothing
// is here.
func (t *Tracker) leadsElsewhere(group *state.Group) bool {
	return t.options.Partitions > 1 && t.continuesAny(group, func(to *state.Group) bool { return to.Count == 0 && !t.others.Ours(to) })
}

// recall prepares the comparison with what was told of a group.
func (t *Tracker) recall(group *state.Group) {
	count := 0
	for e := group.Told; e != 0; count++ {
		known := t.state.Told.At(e)
		known.Seen = false
		e = known.Next
	}
	t.recalled, t.manyTold = group.Told, count > fewTold
	if !t.manyTold {
		return
	}
	clear(t.toldIndex)
	for e := group.Told; e != 0; e = t.state.Told.At(e).Next {
		t.toldIndex[t.state.Told.At(e).ID] = e
	}
}

// fewTold is the number of deliveries up to which walking beats an index.
const fewTold = 16

// toldOf finds what was told of a delivery before this review.
func (t *Tracker) toldOf(id uint64) *state.Told {
	if t.manyTold {
		if e, ok := t.toldIndex[id]; ok {
			return t.state.Told.At(e)
		}
		return nil
	}
	for e := t.recalled; e != 0; {
		known := t.state.Told.At(e)
		if known.ID == id {
			return known
		}
		e = known.Next
	}
	return nil
}

// tell compares a finding with what was told, and adds ledger entries and a sample
// for the difference.
func (t *Tracker) tell(group *state.Group, f *assess.Finding) *state.Told {
	known := t.toldOf(f.ID)
	if known == nil {
		known = t.renamed(f.ID)
	}
	tally := t.tally(known, f)
	changed := known == nil || known.Tally != tally
	switch {
	case known == nil:
		var e uint32
		e, known = t.state.Told.Alloc()
		t.state.NumTold++
		known.ID, known.Next = f.ID, group.Told
		group.Told = e
		t.enter(tally, 1)
	case changed:
		t.enter(known.Tally, -1)
		t.enter(tally, 1)
	}
	differs := changed || known.Fulfilled != f.Fulfilled
	if known.Written && (differs || known.Started != f.Start || !t.manyTold) {
		t.takeBack(group, known)
	}
	if differs {
		known.Updated = max(t.state.LogTime, known.Updated)
	}
	if changed && !f.Verdict.OnTheWay() {
		t.learnClocks()
	}
	known.Tally, known.Started, known.Fulfilled, known.Seen = tally, f.Start, f.Fulfilled, true
	switch {
	case f.Rest() && !f.Verdict.Bad(): // whoever takes one measures its passages
	case !f.Verdict.OnTheWay():
		t.sample(known, f)
	case changed && f.Verdict == journey.Stuck:
		t.effects.Stuck = append(t.effects.Stuck, t.assessor.Delivery(&t.state, f, known.Updated))
	}
	return known
}

// tally is what the ledger counts a finding under.
func (t *Tracker) tally(known *state.Told, f *assess.Finding) journey.Tally {
	return journey.Tally{
		Class: t.classOf(known, &f.Class), Minute: f.Start / 60e9,
		Verdict: f.Verdict, Reason: f.Reason, Timeliness: f.Timeliness, Hop: f.Hop, Estimated: f.Estimated(&t.assessor),
	}
}

// renamed takes the only delivery that was told of for one whose id is new: more
// became known, such as its topic, and that changed the id. What was sampled of it
// stays sampled.
func (t *Tracker) renamed(id uint64) *state.Told {
	if t.recalled == 0 {
		return nil
	}
	only := t.state.Told.At(t.recalled)
	if only.Next != 0 || only.Seen {
		return nil
	}
	only.ID = id
	return only
}

// classOf numbers a class. It is mostly the one that was told before.
func (t *Tracker) classOf(known *state.Told, class *journey.Class) journey.ClassID {
	if known != nil && t.state.Classes.Class(known.Tally.Class) == *class {
		return known.Tally.Class
	}
	return t.state.Classes.Intern(class, t.overflow)
}

func (t *Tracker) enter(tally journey.Tally, delta int32) {
	t.effects.Entries = append(t.effects.Entries, journey.Entry{Tally: tally, Delta: delta})
}

// sample gives the latencies of a delivery whose verdict was reached, each hop and
// the whole once: a later correction does not measure the same passage again. What
// failed may be tried again, and then waited longer to be consumed than it seems now.
func (t *Tracker) sample(known *state.Told, f *assess.Finding) {
	stages := t.assessor.StagesOf(f)
	if f.Verdict == journey.Failed {
		stages &^= 1 << span.Consumed
	}
	if known.Timed && stages&^known.Sampled == 0 {
		return
	}
	s := journey.Sample{Class: known.Tally.Class, Minute: known.Tally.Minute, Late: f.Timeliness == journey.Late}
	from := len(t.effects.Hops)
	for _, hop := range t.assessor.HopsOf(f) {
		t.effects.Hops = append(t.effects.Hops, hop)
		s.Fresh |= 1 << hop.To
	}
	s.Fresh &= stages &^ known.Sampled
	known.Sampled |= s.Fresh
	s.Hops = t.effects.Hops[from:]
	if f.Verdict.Good() && !known.Timed {
		known.Timed = true
		s.Good = true
		s.Latency = max(1, state.Between(f.Start, f.Fulfilled))
	}
	if s.Good || s.Fresh != 0 {
		t.effects.Samples = append(t.effects.Samples, s)
	}
}

// retract takes back what was told of deliveries that turned out to be others.
func (t *Tracker) retract(group *state.Group) {
	link := &group.Told
	for *link != 0 {
		e := *link
		known := t.state.Told.At(e)
		if known.Seen {
			link = &known.Next
			continue
		}
		t.enter(known.Tally, -1)
		if known.Written {
			t.takeBack(group, known)
		}
		*link = known.Next
		t.forget(e)
	}
}

// stageBits must hold a bit for each stage.
const _ = uint32(1) << (span.NumStages - 1)
