// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// Times are measured, not believed. While no clock is known to be wrong, the times of
// stamps are taken as they are. When one is, a node has the times that its stamp would
// have by our clock, so that what came first is told right whoever said it; the stamp
// keeps what was sent, and what is shown of a message runs by the clock of the host
// where it began.

// begin sets the times of a message: shown by the clock of the host where it began,
// and waited for from its beginning by ours. One that came before it began, and one
// whose clock is suspect, is waited for from when it came.
func (m *message) begin(a *Assessor, st *state.State, root *node, first int64) {
	a.learned = false
	m.now, m.heard, m.again = st.LogTime, st.Throttle.Heard(st.LogTime), st.Throttle.Until
	m.Start, m.shift, m.base = root.Stamp.Start, root.Stamp.Start-root.Began, min(root.Began, first)
	if root.Suspect {
		m.base = first
	}
	for _, i := range a.members {
		m.suspect = m.suspect || a.nodes[i].Suspect
	}
}

// wait gives a hop the time from the end of a node to the start of another, as an
// interval where their clocks are known to differ.
func (a *Assessor) wait(hop *journey.Hop, before, n *node) {
	hop.Wait = time.Duration(max(0, n.Began-before.Ended))
	if before.Host == n.Host || !a.clocks.Wrong() {
		return
	}
	e := a.clocks.Offset(before.Host, n.Host, 0)
	if e.Offset == 0 {
		return
	}
	likely, low, high := e.Wait(n.Stamp.Start-before.Stamp.End, a.message.now-n.Began)
	hop.Wait = time.Duration(likely)
	if high > low {
		hop.WaitLow, hop.WaitHigh = time.Duration(low), time.Duration(high)
	}
}

// LearnClocks shows the clocks what passed between hosts in the message under assessment,
// once, but for hosts that have no name of their own. It tells how much that was.
func (a *Assessor) LearnClocks(st *state.State, nameless span.Symbol) (passages int) {
	if a.learned {
		return 0 // from another delivery of it
	}
	a.learned = true
	for _, i := range a.members {
		n := &a.nodes[i]
		if n.Continues == None {
			continue
		}
		from := &a.nodes[n.Continues]
		if from.Host == n.Host || from.Host == nameless || n.Host == nameless {
			continue
		}
		passages++
		if from.Kind == span.Client && n.Kind == span.Server {
			st.Clocks.RoundTrip(from.Host, n.Host, from.Stamp.Start, n.Stamp.Start, n.Stamp.End, from.Stamp.End, st.LogTime)
			continue
		}
		st.Clocks.Passage(from.Host, n.Host, from.Stamp.Start, n.Stamp.Start, st.LogTime)
	}
	return passages
}
