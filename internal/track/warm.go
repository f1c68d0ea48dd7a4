// SPDX-License-Identifier: Apache-2.0

package track

import (
	"slices"

	"github.com/hopstamp/hopstamp/internal/flat"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// warmTimers fetches what is needed to look at groups whose time has come, or to let go
// of them; many are only given another time. What is frozen is thawed, because only then
// is it known what more is needed.
func (t *Tracker) warmTimers(timers []flat.Entry) {
	w := &t.state.Warmed
	w.Refs = w.Refs[:0]
	for _, timer := range timers {
		w.Refs = append(w.Refs, timer.Group())
	}
	t.state.WarmHomes(w)
	w.Open = slices.DeleteFunc(w.Open, func(group *state.Group) bool { return !t.overdue(group) && !t.finished(group) })
	t.state.WarmStamps(w)
	for _, timer := range timers {
		if g := timer.Group(); t.state.Groups.IsFrozen(g) && t.state.Groups.Due(g) <= t.state.LogTime && !t.postpone(g) {
			w.Open = append(w.Open, t.state.Groups.At(g))
		}
	}
	t.warmClasses(w)
	t.warmNames(w)
}

// warmClasses fetches what was told last of open groups, to be compared with what is found.
func (t *Tracker) warmClasses(w *state.Warmed) {
	for _, group := range w.Open {
		if group.Told != 0 {
			w.Sum += uint64(t.state.Classes.Class(t.state.Told.At(group.Told).Tally.Class).Path)
		}
	}
}

// warmNames fetches the places in the tables from which the finished ones of the open
// groups are taken out.
func (t *Tracker) warmNames(w *state.Warmed) {
	leaving := w.Open[:0]
	for _, group := range w.Open {
		if t.finished(group) {
			leaving = append(leaving, group)
		}
	}
	for _, group := range leaving {
		hash := state.Fingerprint(group.Trace)
		w.Sum += t.state.Traces.Look(hash) + t.state.Graves.Young.Look(hash)
	}
	w.Names = w.Names[:0]
	for _, group := range leaving {
		for s := group.Stamps; s != 0; s = t.state.Stamps.At(s).Next {
			if stamp := t.state.Stamps.At(s); stamp.Texts != 0 {
				t.state.EachOffered(t.state.Profiles.At(stamp.Profile), stamp, func(_ state.Match, name uint64) { w.Names = append(w.Names, name) })
			}
		}
	}
	for _, name := range w.Names {
		w.Sum += t.state.Offers.Look(name)
	}
}
