// SPDX-License-Identifier: Apache-2.0

package track

import (
	"io"

	"github.com/hopstamp/hopstamp/internal/track/frames"
)

// Snapshot writes all that later effects depend on. A tracker restored from it and
// fed the rest of the log gives the same effects, to the byte, as this one would.
// It is written as a stream and changes nothing. Not during a step.
//
// The position in the log is the caller's to remember: it is the one of the last
// step or tick.
func (t *Tracker) Snapshot(to io.Writer) error {
	w := frames.NewWriter(to)
	for _, moment := range [...]int64{t.state.LogTime, t.state.Throttle.Since, t.state.Throttle.Until} {
		w.Fixed(uint64(moment))
	}
	w.Uvarints(t.counts.Stamps, t.counts.Duplicates, t.counts.Differing, t.counts.Late, t.counts.Unjoined, t.counts.Evicted, uint64(t.state.TextBytes))
	w.Item()
	t.state.Write(w)
	return w.End()
}
