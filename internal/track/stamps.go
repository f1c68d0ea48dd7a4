// SPDX-License-Identifier: Apache-2.0

package track

import "github.com/hopstamp/hopstamp/internal/flat"

// stamps holds those of a group side by side, in runs, because they are always
// looked at together: a run is fetched into the processor's cache as a whole. The
// number of a stamp is that of its run, times runLength, and its place in it.
type stamps struct{ runs flat.Slab[stampRun] }

type stampRun [runLength]stamp

const runLength = 4

// alloc makes a stamp in a group whose newest is the one given.
func (st *stamps) alloc(newest uint32) (uint32, *stamp) {
	if next := newest + 1; next%runLength != 0 && newest != 0 {
		return next, st.at(next)
	}
	run, stamps := st.runs.Alloc()
	return run * runLength, &stamps[0]
}

func (st *stamps) at(s uint32) *stamp { return &st.runs.At(s / runLength)[s%runLength] }

// release takes the stamps of a group back, which have to be named from the newest
// to the oldest: the first of a run, which is named last, gives it back.
func (st *stamps) release(s uint32) {
	if s%runLength == 0 {
		st.runs.Release(s / runLength)
	}
}
