// SPDX-License-Identifier: Apache-2.0

package track

import (
	"io"

	"github.com/hopstamp/hopstamp/internal/flat"
	"github.com/hopstamp/hopstamp/internal/track/frames"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// Restore makes the tracker that wrote a snapshot. The options are those of now:
// other paths or bounds than before are taken as they are by [Tracker.Reconfigure],
// for what happens from here on.
func Restore(options Options, from io.Reader) (*Tracker, error) {
	t := blank(options)
	r := frames.NewReader(from)
	if r.Next() {
		for _, moment := range [...]*int64{&t.state.LogTime, &t.state.Throttle.Since, &t.state.Throttle.Until} {
			*moment = int64(r.Fixed64())
		}
		for _, count := range [...]*uint64{&t.counts.Stamps, &t.counts.Duplicates, &t.counts.Differing, &t.counts.Late, &t.counts.Unjoined, &t.counts.Evicted} {
			*count = r.Uvarint()
		}
		t.state.TextBytes = int64(r.Uvarint())
	}
	t.state.Read(r, t.planRead)
	if err := r.End(); err != nil {
		return nil, err
	}
	t.configure()
	return t, nil
}

// planRead plans a group as it was planned.
func (t *Tracker) planRead(g uint32, head *state.Group) {
	timer := flat.Timer{At: head.Due, Group: g}
	switch {
	case head.Rests:
		t.resting++
		t.rests.Push(timer)
	case head.Due != 0:
		t.planned++
		t.timers.Push(timer)
	}
}
