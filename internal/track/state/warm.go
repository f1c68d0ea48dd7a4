// SPDX-License-Identifier: Apache-2.0

package state

import "github.com/hopstamp/hopstamp/internal/flat"

// What a step needs is spread over all of the tracker's memory, and to wait for one
// piece after the other takes longer than the work on it. So before the work each
// piece is looked at, in loops in which no look depends on the one before it: the
// processor then fetches many pieces at a time. Nothing depends on what is seen, and
// nothing is changed by it but that some groups are thawed.

// WarmAhead is for how many groups at a time: what is fetched must still be there when
// it is worked on.
const WarmAhead = 64

// warmBytes is how much of a slot is fetched, which most messages fit into.
const warmBytes, cacheLine = 512, 64

// Warmed is what warm goes by from loop to loop.
type Warmed struct {
	Refs  []uint32 // numbers of groups, then of their stamps
	Open  []*Group // those of them that are
	Names []uint64
	Sum   uint64 // of what was seen, so that no look is left out as useless
}

// WarmGroups fetches groups by their numbers.
func (st *State) WarmGroups(from, to uint32) {
	w := &st.Warmed
	w.Refs = w.Refs[:0]
	for g := from; g < to; g++ {
		w.Refs = append(w.Refs, g)
	}
	st.WarmHomes(w)
	st.WarmStamps(w)
}

// WarmHomes goes from groups to their homes, and on to what is frozen there or their
// records, and lists those that are open. Here and below, what may lie on two lines is
// looked at where it begins and where it ends.
func (st *State) WarmHomes(w *Warmed) {
	w.Open = w.Open[:0]
	for _, g := range w.Refs {
		switch home := *st.Groups.homes.At(g); {
		case home&frozenHome != 0:
			slot := st.Groups.Frozen.Slot(home.slot())
			for at := 0; at < min(len(slot), warmBytes); at += cacheLine {
				w.Sum += uint64(slot[at])
			}
		case home != 0:
			w.Open = append(w.Open, st.Groups.Open.At(uint32(home)))
		}
	}
	for _, group := range w.Open {
		w.Sum += uint64(group.Trace[0]) + uint64(group.Due) + group.Shown
	}
}

// WarmStamps goes from open groups to the two newest runs of their stamps, and on to
// what those said and what was told of them.
func (st *State) WarmStamps(w *Warmed) {
	w.Refs = w.Refs[:0]
	for _, group := range w.Open {
		if group.Stamps != 0 {
			w.Refs = append(w.Refs, group.Stamps)
		}
	}
	older := w.Refs[:0]
	for _, s := range w.Refs {
		if before := w.look(st.Stamps.Runs.At(s / runLength)); before != 0 {
			older = append(older, before)
		}
	}
	for _, s := range older {
		w.look(st.Stamps.Runs.At(s / runLength))
	}
	for _, group := range w.Open {
		if group.Told != 0 {
			known := st.Told.At(group.Told)
			w.Sum += known.ID + uint64(known.Next)
		}
		for s, few := group.Stamps, 2*runLength; s != 0 && few > 0; s, few = st.Stamps.At(s).Next, few-1 {
			if ref := st.Stamps.At(s).Texts; ref != 0 {
				slot := st.Texts.Slots.Slot(flat.Ref(ref))
				w.Sum += uint64(slot[0]) + uint64(slot[len(slot)-1])
			}
		}
	}
}

// look reads from each line of the processor's cache that a run of stamps takes. It
// gives the stamp before the run.
func (w *Warmed) look(run *stampRun) (before uint32) {
	for i := range run {
		w.Sum += uint64(run[i].Start) + uint64(run[i].Profile)
	}
	return run[0].Next
}

// WarmRoom fetches the places that are given next: to groups that begin, and to runs of
// stamps for those and for groups whose newest run is full.
func (st *State) WarmRoom(w *Warmed, begin int) {
	free := st.Groups.Open.Free()
	for _, g := range free[max(0, len(free)-begin):] {
		group := st.Groups.Open.At(g)
		w.Sum += uint64(group.Stamps) + uint64(group.Due) + group.Shown
	}
	for _, group := range w.Open {
		if (group.Stamps+1)%runLength == 0 {
			begin++
		}
	}
	free = st.Stamps.Runs.Free()
	for _, run := range free[max(0, len(free)-begin):] {
		w.look(st.Stamps.Runs.At(run))
	}
}
