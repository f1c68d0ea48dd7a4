// SPDX-License-Identifier: Apache-2.0

package track

import (
	"math"
	"time"

	"github.com/hopstamp/hopstamp/internal/flat"
	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/track/relay"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// What ended well is let go of when nothing more came for a while. What did not may be
// corrected for much longer: a dead letter is driven back the next morning, the spans
// of a consumer were on a disk without a network. And while senders have to come back
// later, what seems to have ended well may not have: it is held until they have given up.
// Its rows are written when they always
// were, and then its group rests: frozen, with all that joined it, and no deadline but
// the end of its rest. When something comes that says more, the rows that may have become
// wrong are taken back, and written anew when the journey has settled again.
//
// Memory bounds the rests, by what is held counted in a way that a restart does not
// change (load): past the bound those that rest longest go first, and are counted.

// written tells whether there is a row of everything that was told of a group.
func (t *Tracker) written(group *state.Group) bool {
	for e := group.Told; e != 0; {
		known := t.state.Told.At(e)
		if !known.Written {
			return false
		}
		e = known.Next
	}
	return true
}

// extend sets until when a group is held whose rows were just written.
func (t *Tracker) extend(g uint32) {
	group := t.state.Groups.At(g)
	before := group.HeldUntil
	group.HeldUntil = t.neededUntil(group)
	if t.state.RestsForItself(group) {
		group.HeldUntil = max(group.HeldUntil, group.SettleAt+int64(t.options.LingerFailed-t.options.Linger))
		t.others.HoldJoined(g, relay.ForCorrections)
		return
	}
	if before > t.state.LogTime {
		t.others.EndHold(g)
	}
	if t.Throttled() {
		group.HeldUntil = max(group.HeldUntil, t.state.LogTime+int64(giveUpWithin))
		t.others.HoldJoined(g, relay.Shortly)
	}
}

// neededUntil is until when others need a group; 0: they do not.
func (t *Tracker) neededUntil(group *state.Group) int64 {
	switch {
	case !group.Held:
		return 0
	case group.Holders == 0:
		return min(group.HeldUntil, t.others.Until(relay.Shortly))
	}
	return group.HeldUntil
}

// giveUpWithin is for how long an exporter tries to send something: max_elapsed_time of
// the Collector's exporters, unless set otherwise; those of the SDKs give up before.
const giveUpWithin = 5 * time.Minute

// restAll keeps the groups that would leave together, because one of them rests or is on its
// way again. The others wait for it, or go alone.
func (t *Tracker) restAll() {
	t.labelRows()
	for _, g := range t.leaving {
		group := t.state.Groups.At(g)
		group.Leaving = false
		if t.state.MayRest(group) && !reopened(group) {
			t.rest(g, group)
		} else {
			t.plan(g)
		}
	}
}

// stays writes the rows of a group that waited for others only, and lets it rest if it
// may be corrected.
func (t *Tracker) stays(g uint32) bool {
	t.writing = t.writing[:0]
	t.writeRows(g)
	group := t.state.Groups.At(g)
	if !t.state.MayRest(group) && !reopened(group) {
		return false
	}
	t.labelRows()
	if group.Leaving = false; !reopened(group) {
		t.rest(g, group)
	}
	return true
}

// labelRows remembers by what names the rows just written are known, and what they say of
// the way of their kind: when more becomes known, a delivery may have others.
func (t *Tracker) labelRows() {
	for _, w := range t.writing {
		row := &t.effects.Settled[w.row]
		label := state.IDs{Key: row.Key, Recipient: row.ID[len(row.Key)+1:], Coordinate: t.packWay(w, row.Hops)}
		if row.Trace != w.trace {
			label.Conversation = string(row.Trace[:])
		}
		w.known.Label = t.state.Texts.Keep(label)
		t.state.TextBytes += t.state.Texts.Size(w.known.Label)
	}
}

func (t *Tracker) rest(g uint32, group *state.Group) {
	t.unplan(group)
	if t.others.Ours(group) {
		t.others.HoldSought(g, group, t.others.LeaseOfRest(group))
	}
	group.Rests, group.SettleAt, group.Due = true, group.HeldUntil, group.HeldUntil
	t.resting++
	t.rests.Push(flat.Timer{At: group.Due, Group: g})
	t.state.Thawed = append(t.state.Thawed, g) // to be frozen at once
}

// unplan forgets when a group would be looked at next.
func (t *Tracker) unplan(group *state.Group) {
	switch {
	case group.Rests:
		group.Rests = false
		t.resting--
	case group.Due != 0:
		t.planned--
	}
	group.Due = 0
}

// endRests ends the rests that lasted long enough, and the longest ones when memory is
// short: some in each step, so that none takes long.
func (t *Tracker) endRests() {
	for next, ok := t.rests.Pop(t.state.LogTime); ok; next, ok = t.rests.Pop(t.state.LogTime) {
		if !t.restsLonger(next) {
			t.endRest(next)
		}
	}
	for evicted := 0; evicted < mostEvicted && t.crowded(); {
		next, ok := t.rests.Pop(math.MaxInt64)
		if !ok {
			return
		}
		if t.endRest(next) {
			evicted++
			t.counts.Evicted++
		}
	}
}

const mostEvicted = 1 << 14

// crowded tells whether something that rests has to go.
func (t *Tracker) crowded() bool {
	return t.resting > 0 && t.options.MaxBytes > 0 && t.state.Load() > t.options.MaxBytes
}

// restOf is the group that rests until a time; nil when it does not any more.
func (t *Tracker) restOf(next flat.Timer) *state.Group {
	if t.state.Groups.Due(next.Group) != next.At {
		return nil
	}
	if group := t.state.Groups.At(next.Group); group.Rests {
		return group
	}
	return nil
}

// endRest answers false when the group does not rest any more since then.
func (t *Tracker) endRest(next flat.Timer) bool {
	group := t.restOf(next)
	if group == nil {
		return false
	}
	t.unplan(group)
	group.SettleAt, group.HeldUntil = t.state.LogTime, 0
	t.settle(next.Group)
	t.refreeze()
	return true
}

// takeBack tells that the row of a delivery does not hold any more: one with its name,
// and without a verdict.
func (t *Tracker) takeBack(group *state.Group, known *state.Told) {
	texts := t.state.Texts.Read(known.Label)
	known.Written, known.Again, known.Updated = false, true, max(t.state.LogTime, known.Updated+1)
	id, trace := t.assessor.Keep(texts.Key+"/"+texts.Recipient), group.Trace
	copy(trace[:], texts.Conversation) // of what began it, when that is another
	t.effects.Settled = append(t.effects.Settled, journey.Delivery{
		ID: id, Key: id[:len(texts.Key)], Trace: trace, Started: known.Started, Updated: known.Updated, Corrected: true,
	})
	t.takeBackWay(known, texts.Coordinate)
	t.unlabel(known)
}

func (t *Tracker) unlabel(known *state.Told) {
	t.state.TextBytes -= t.state.Texts.Size(known.Label)
	t.state.Texts.Release(known.Label)
	known.Label = 0
}

// forget gives back what was told of a delivery that is let go of.
func (t *Tracker) forget(e uint32) {
	t.unlabel(t.state.Told.At(e))
	t.state.Told.Release(e)
	t.state.NumTold--
}

// restsLonger tells whether a group whose rest would be over is needed for longer by now.
func (t *Tracker) restsLonger(next flat.Timer) bool {
	group := t.restOf(next)
	if group == nil || group.HeldUntil <= t.state.LogTime {
		return false
	}
	group.SettleAt, group.Due = group.HeldUntil, group.HeldUntil
	t.rests.Push(flat.Timer{At: group.Due, Group: next.Group})
	t.refreeze()
	return true
}
