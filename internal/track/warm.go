// SPDX-License-Identifier: Apache-2.0

package track

import (
	"slices"

	"github.com/hopstamp/hopstamp/internal/flat"
)

// What a step needs is spread over all of the tracker's memory, and to wait for one
// piece after the other takes longer than the work on it. So before the work each
// piece is looked at, in loops in which no look depends on the one before it: the
// processor then fetches many pieces at a time. Nothing depends on what is seen, and
// nothing is changed by it but that some groups are thawed.

// warmAhead is for how many groups at a time: what is fetched must still be there when
// it is worked on.
const warmAhead = 64

// warmBytes is how much of a slot is fetched, which most messages fit into.
const warmBytes, cacheLine = 512, 64

// warmed is what warm goes by from loop to loop.
type warmed struct {
	refs  []uint32 // numbers of groups, then of their stamps
	open  []*group // those of them that are
	names []uint64
	sum   uint64 // of what was seen, so that no look is left out as useless
}

// warmTimers fetches what is needed to look at groups whose time has come, or to let go
// of them; many are only given another time. What is frozen is thawed, because only then
// is it known what more is needed.
func (t *Tracker) warmTimers(timers []flat.Entry) {
	w := &t.warmed
	w.refs = w.refs[:0]
	for _, timer := range timers {
		w.refs = append(w.refs, timer.Group())
	}
	t.warmHomes(w)
	w.open = slices.DeleteFunc(w.open, func(group *group) bool { return !t.overdue(group) && !t.finished(group) })
	t.warmStamps(w)
	for _, timer := range timers {
		if g := timer.Group(); t.groups.isFrozen(g) && t.groups.due(g) <= t.now && !t.postpone(g) {
			w.open = append(w.open, t.groups.at(g))
		}
	}
	t.warmClasses(w)
	t.warmNames(w)
}

// warmClasses fetches what was told last of open groups, to be compared with what is found.
func (t *Tracker) warmClasses(w *warmed) {
	for _, group := range w.open {
		if group.told != 0 {
			w.sum += uint64(t.Classes.Class(t.told.At(group.told).tally.Class).Path)
		}
	}
}

// warmNames fetches the places in the tables from which the finished ones of the open
// groups are taken out.
func (t *Tracker) warmNames(w *warmed) {
	leaving := w.open[:0]
	for _, group := range w.open {
		if t.finished(group) {
			leaving = append(leaving, group)
		}
	}
	for _, group := range leaving {
		hash := fingerprint(group.trace)
		w.sum += t.traces.Look(hash) + t.graves.young.Look(hash)
	}
	w.names = w.names[:0]
	for _, group := range leaving {
		for s := group.stamps; s != 0; s = t.stamps.at(s).next {
			if stamp := t.stamps.at(s); stamp.texts != 0 {
				t.eachOffered(t.profiles.at(stamp.profile), stamp, func(_ match, name uint64) { w.names = append(w.names, name) })
			}
		}
	}
	for _, name := range w.names {
		w.sum += t.offers.Look(name)
	}
}

// warmGroups fetches groups by their numbers.
func (t *State) warmGroups(from, to uint32) {
	w := &t.warmed
	w.refs = w.refs[:0]
	for g := from; g < to; g++ {
		w.refs = append(w.refs, g)
	}
	t.warmHomes(w)
	t.warmStamps(w)
}

// warmHomes goes from groups to their homes, and on to what is frozen there or their
// records, and lists those that are open. Here and below, what may lie on two lines is
// looked at where it begins and where it ends.
func (t *State) warmHomes(w *warmed) {
	w.open = w.open[:0]
	for _, g := range w.refs {
		switch home := *t.groups.homes.At(g); {
		case home&frozenHome != 0:
			slot := t.groups.frozen.Slot(home.slot())
			for at := 0; at < min(len(slot), warmBytes); at += cacheLine {
				w.sum += uint64(slot[at])
			}
		case home != 0:
			w.open = append(w.open, t.groups.open.At(uint32(home)))
		}
	}
	for _, group := range w.open {
		w.sum += uint64(group.trace[0]) + uint64(group.due) + group.shown
	}
}

// warmStamps goes from open groups to the two newest runs of their stamps, and on to
// what those said and what was told of them.
func (t *State) warmStamps(w *warmed) {
	w.refs = w.refs[:0]
	for _, group := range w.open {
		if group.stamps != 0 {
			w.refs = append(w.refs, group.stamps)
		}
	}
	older := w.refs[:0]
	for _, s := range w.refs {
		if before := w.look(t.stamps.runs.At(s / runLength)); before != 0 {
			older = append(older, before)
		}
	}
	for _, s := range older {
		w.look(t.stamps.runs.At(s / runLength))
	}
	for _, group := range w.open {
		if group.told != 0 {
			known := t.told.At(group.told)
			w.sum += known.id + uint64(known.next)
		}
		for s, few := group.stamps, 2*runLength; s != 0 && few > 0; s, few = t.stamps.at(s).next, few-1 {
			if ref := t.stamps.at(s).texts; ref != 0 {
				slot := t.texts.slots.Slot(flat.Ref(ref))
				w.sum += uint64(slot[0]) + uint64(slot[len(slot)-1])
			}
		}
	}
}

// look reads from each line of the processor's cache that a run of stamps takes. It
// gives the stamp before the run.
func (w *warmed) look(run *stampRun) (before uint32) {
	for i := range run {
		w.sum += uint64(run[i].start) + uint64(run[i].profile)
	}
	return run[0].next
}
