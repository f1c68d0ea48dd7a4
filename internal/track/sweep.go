// SPDX-License-Identifier: Apache-2.0

package track

import (
	"time"

	"github.com/hopstamp/hopstamp/internal/flat"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// Most messages in flight wait, and nothing happens to them for long. The group of
// one that was not touched for a moment is frozen: written into a few bytes (see
// state/encode.go), and its records are given back. Its number, its timer and its ids
// lead to it as before, and whoever asks for it gets it thawed. So freezing changes
// what a group costs and nothing else: neither an effect nor an order.
//
// One for which nothing more is expected stays open while there is room: it is about
// to be let go of, and to write and read it before that would cost more than it brings.
//
// Edges stay as they are. They name groups by number and spans by id; the stamp that
// one starts at has a number only while its group is open, see startOf. A group is
// looked at with those that edges join to it, so one that is large and has any edges,
// or has very many, stays open: it would be thawed for each of the others.

// idleBefore is how long a group is left alone before it is frozen.
const idleBefore = 2 * time.Second

// Groups that the hand passes: in a step a few, and three for each that began in it,
// so it comes around several times while as many begin as are open; in a tick, when
// there is time, many.
const sweepLeast, sweepEach, sweepTick = 16, 3, 4096

// sweep moves a hand over the open groups and freezes those that are idle.
func (t *Tracker) sweep(count int) {
	open, w := &t.state.Groups.Open, &t.state.Warmed
	for left := min(count, int(open.Used())); left > 0; left -= state.WarmAhead {
		w.Refs = w.Refs[:0]
		for range min(left, state.WarmAhead) {
			if t.hand++; t.hand > open.Used() {
				t.hand = 1
			}
			if group := open.At(t.hand); group.Number != 0 && t.idle(group) {
				w.Refs = append(w.Refs, group.Number)
			}
		}
		t.state.WarmHomes(w)
		t.state.WarmStamps(w)
		for _, group := range w.Open {
			t.freezeIdle(group)
		}
	}
}

// refreeze freezes what was thawed only to be looked at. Nobody may hold a pointer
// to a group or a stamp.
func (t *Tracker) refreeze() {
	for _, g := range t.state.Thawed {
		if group := t.state.Groups.IfOpen(g); group != nil {
			t.freezeIdle(group)
		}
	}
	t.state.Thawed = t.state.Thawed[:0]
}

// freezeIdle freezes a group that is idle.
func (t *Tracker) freezeIdle(group *state.Group) {
	if t.idle(group) {
		t.state.Freeze(group)
	}
}

// idle tells whether nobody works on a group, and it was left alone for long.
func (t *Tracker) idle(group *state.Group) bool {
	if t.state.LogTime-group.Touched < int64(t.idleBefore) || group.Dirty || group.Leaving {
		return false
	}
	if edges := group.Outs + group.Ins; edges > 0 && max(edges, group.Count) > state.FewStamps {
		return false
	}
	return group.SettleAt == 0 || group.Due == 0 || group.Rests || t.state.Groups.Open.Live() > t.options.MaxOpen
}

// postpone gives a frozen group whose time has not come really a new one, without
// thawing it. It answers false when there is something to do.
func (t *Tracker) postpone(g uint32) bool {
	at := t.state.Postpone(g)
	if at != 0 {
		t.timers.Push(flat.Timer{At: at, Group: g})
	}
	return at != 0
}
