// SPDX-License-Identifier: Apache-2.0

package track

import (
	"time"

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
	timed                       bool // its latency was sampled
	seen                        bool // in the review under way
}

// review assesses a group and tells what changed since it was told last.
func (t *Tracker) review(g uint32) {
	group := t.groups.at(g)
	t.unsee(group)
	patience := group.first + int64(t.options.Settle)
	next, settleAt := int64(0), group.touched+int64(t.options.Linger)
	found := false
	settled := t.assessor.assess(t, g, t.now < patience, func(f *finding) {
		found = true
		t.tell(group, f)
		switch at := f.nextLook(); {
		case f.verdict.OnTheWay():
			settleAt = 0
			if next == 0 || at < next {
				next = at
			}
		case settleAt != 0:
			settleAt = max(settleAt, at)
		}
	})
	t.retract(group)
	switch {
	case !settled:
		settleAt, next = 0, earliest(next, patience)
	case !found && (group.in != 0 || group.out != 0):
		settleAt = group.touched + int64(t.options.Orphans)
	}
	group.message = group.message || found
	group.settleAt = settleAt
	if at := earliest(next, settleAt); at != 0 {
		if at <= t.now {
			at = t.now + int64(t.options.Linger) // due already, but waiting for the group it is joined to
		}
		t.schedule(g, at)
	}
}

func (t *Tracker) unsee(group *group) {
	for e := group.told; e != 0; {
		known := t.told.at(e)
		known.seen = false
		e = known.next
	}
}

// earliest of two moments, of which 0 means never.
func earliest(x, y int64) int64 {
	if x == 0 || y != 0 && y < x {
		return y
	}
	return x
}

// nextLook is when time alone changes the verdict; for what failed, until when
// another attempt may correct it.
func (f *finding) nextLook() int64 {
	switch f.verdict {
	case journey.Pending:
		return f.base + int64(f.path.Deadline)
	case journey.Stuck, journey.Failed:
		return f.base + int64(f.path.GiveUp)
	}
	return 0
}

// tell compares a finding with what was told, and adds ledger entries and a sample
// for the difference.
func (t *Tracker) tell(group *group, f *finding) {
	tally := journey.Tally{
		Class: t.Classes.intern(f.class, t.overflow), Minute: f.start / 60e9,
		Verdict: f.verdict, Reason: f.reason, Timeliness: f.timeliness, Hop: f.hop,
	}
	known := t.toldOf(group, f.id)
	if known == nil {
		var e uint32
		e, known = t.told.alloc()
		known.id, known.next = f.id, group.told
		group.told = e
		t.enter(tally, 1)
	} else if known.tally != tally {
		t.enter(known.tally, -1)
		t.enter(tally, 1)
	}
	if known.tally != tally || known.fulfilled != f.fulfilled {
		known.updated = t.now
	}
	known.tally, known.started, known.fulfilled, known.seen = tally, f.start, f.fulfilled, true
	if !f.verdict.OnTheWay() {
		t.sample(known, f)
	}
}

func (t *Tracker) toldOf(group *group, id uint64) *told {
	for e := group.told; e != 0; {
		known := t.told.at(e)
		if known.id == id && !known.seen {
			return known
		}
		e = known.next
	}
	return nil
}

func (t *Tracker) enter(tally journey.Tally, delta int32) {
	t.effects.Entries = append(t.effects.Entries, journey.Entry{Tally: tally, Delta: delta})
}

// sample gives the latencies of a delivery whose verdict was reached, each hop and
// the whole once: a later correction does not measure the same passage again.
func (t *Tracker) sample(known *told, f *finding) {
	s := journey.Sample{Class: known.tally.Class, Minute: known.tally.Minute, Late: f.timeliness == journey.Late}
	from := len(t.effects.Hops)
	for _, hop := range t.assessor.hopsOf(f) {
		if bit := uint32(1) << hop.To; known.sampled&bit == 0 {
			known.sampled |= bit
			t.effects.Hops = append(t.effects.Hops, hop)
		}
	}
	s.Hops = t.effects.Hops[from:]
	if f.verdict.Good() && !known.timed {
		known.timed = true
		s.Good = true
		s.Latency = max(1, time.Duration(f.fulfilled-f.start))
	}
	if s.Good || len(s.Hops) > 0 {
		t.effects.Samples = append(t.effects.Samples, s)
	}
}

// retract takes back what was told of deliveries that turned out to be others.
func (t *Tracker) retract(group *group) {
	link := &group.told
	for *link != 0 {
		e := *link
		known := t.told.at(e)
		if known.seen {
			link = &known.next
			continue
		}
		t.enter(known.tally, -1)
		*link = known.next
		t.told.release(e)
	}
}

// finished tells whether nothing more is expected of a group. One that links to
// another is let go of together with it; whatever nobody touched for long, always.
func (t *Tracker) finished(group *group) bool {
	if t.options.KeepAll {
		return false
	}
	if t.now-group.touched >= t.abandoned() {
		return true
	}
	return group.settleAt != 0 && t.now >= group.settleAt && group.out == 0
}

// abandoned is how long after its last stamp a group is let go of in any case.
func (t *Tracker) abandoned() int64 {
	longest := t.options.Orphans
	for i := range t.paths {
		longest = max(longest, t.paths[i].GiveUp)
	}
	return int64(3 * longest)
}

// settle lets go of a group: its deliveries become rows, its memory is freed.
func (t *Tracker) settle(g uint32) {
	group := t.groups.at(g)
	if group.message {
		t.unsee(group)
		t.assessor.assess(t, g, false, func(f *finding) {
			if known := t.toldOf(group, f.id); known != nil {
				t.effects.Settled = append(t.effects.Settled, t.delivery(f, known.updated))
			}
		})
	}
	for group.in != 0 {
		e := group.in
		edge := t.edges.at(e)
		group.in = edge.nextIn
		t.unlink(e, edge, group.message)
	}
	t.free(g)
}

// unlink removes an edge from the group it starts in, and lets that group go too
// when it belongs to nothing else.
func (t *Tracker) unlink(e uint32, edge *edge, message bool) {
	from := t.groups.at(edge.from)
	for link := &from.out; *link != 0; link = &t.edges.at(*link).nextOut {
		if *link == e {
			*link = edge.nextOut
			break
		}
	}
	stamp := t.stamps.at(edge.stamp)
	for link := &stamp.edges; *link != 0; link = &t.edges.at(*link).nextOfStamp {
		if *link == e {
			*link = edge.nextOfStamp
			break
		}
	}
	source, self := edge.from, edge.from == edge.to
	t.edges.release(e)
	if self || from.out != 0 {
		return
	}
	if from.message {
		t.schedule(source, t.now+int64(t.options.Linger))
		return
	}
	from.message = message // it was part of one: remember the trace
	t.settle(source)
}

// free gives back the memory of a group whose incoming edges are gone.
func (t *Tracker) free(g uint32) {
	group := t.groups.at(g)
	for group.out != 0 {
		e := group.out
		edge := t.edges.at(e)
		group.out = edge.nextOut
		t.unlinkTarget(e, edge)
		t.edges.release(e)
	}
	for s := group.stamps; s != 0; {
		stamp := t.stamps.at(s)
		if !group.message {
			t.counts.Unjoined++
		}
		t.forget(g, stamp)
		t.texts.release(stamp.texts)
		next := stamp.next
		t.stamps.release(s)
		s = next
	}
	for e := group.told; e != 0; {
		next := t.told.at(e).next
		t.told.release(e)
		e = next
	}
	if group.message {
		t.graves.add(group.trace, t.now)
	}
	delete(t.traces, group.trace)
	t.groups.release(g)
}

func (t *Tracker) unlinkTarget(e uint32, edge *edge) {
	for link := &t.groups.at(edge.to).in; *link != 0; link = &t.edges.at(*link).nextIn {
		if *link == e {
			*link = edge.nextIn
			return
		}
	}
}

// forget takes the ids of a stamp out of the index, where they still lead to its group.
func (t *Tracker) forget(g uint32, stamp *stamp) {
	texts := t.texts.read(stamp.texts)
	for _, text := range [...]string{texts.key, texts.message, texts.conversation} {
		if text == "" {
			continue
		}
		if hash := hashOf(text); t.byID[hash] == g {
			delete(t.byID, hash)
		}
	}
}

// stageBits must hold a bit for each stage.
const _ = uint32(1) << (span.NumStages - 1)
