// SPDX-License-Identifier: Apache-2.0

package track

import (
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// Times are measured, not believed. While no clock is known to be wrong, the times of
// stamps are taken as they are. When one is, a node has the times that its stamp would
// have by our clock, so that what came first is told right whoever said it; the stamp
// keeps what was sent, and what is shown of a message runs by the clock of the host
// where it began.

// setRight gives the nodes the times that they have by our clock.
func (a *assessor) setRight(t *State) {
	if !t.clocks.Wrong() {
		return
	}
	for i := range a.nodes {
		n := &a.nodes[i]
		ahead, suspect := t.clocks.Ahead(n.Host)
		n.start, n.end, n.suspect = n.start-ahead, n.end-ahead, suspect
	}
}

// begin sets the times of a message: shown by the clock of the host where it began,
// and waited for from its beginning by ours. One that came before it began, and one
// whose clock is suspect, is waited for from when it came.
func (m *message) begin(a *assessor, root *node, first int64) {
	m.start, m.shift, m.base = root.stamp.start, root.stamp.start-root.start, min(root.start, first)
	if root.suspect {
		m.base = first
	}
	for _, i := range a.members {
		m.suspect = m.suspect || a.nodes[i].suspect
	}
}

// wait gives a hop the time from the end of a node to the start of another, as an
// interval where their clocks are known to differ.
func (a *assessor) wait(hop *journey.Hop, before, n *node) {
	hop.Wait = time.Duration(max(0, n.start-before.end))
	if before.Host == n.Host || !a.clocks.Wrong() {
		return
	}
	e := a.clocks.Offset(before.Host, n.Host, 0)
	if e.Offset == 0 {
		return
	}
	likely, low, high := e.Wait(n.stamp.start-before.stamp.end, a.message.now-n.start)
	hop.Wait = time.Duration(likely)
	if high > low {
		hop.WaitLow, hop.WaitHigh = time.Duration(low), time.Duration(high)
	}
}

// learnClocks shows the clocks what passed between hosts in a message that ended, but for
// hosts that have no name of their own. It tells how much that was.
func (a *assessor) learnClocks(t *State, nameless span.Symbol) (passages int) {
	for _, i := range a.members {
		n := &a.nodes[i]
		if n.parent == none {
			continue
		}
		from := &a.nodes[n.parent]
		if from.Host == n.Host || from.Host == nameless || n.Host == nameless {
			continue
		}
		passages++
		if from.Kind == span.Client && n.Kind == span.Server {
			t.clocks.RoundTrip(from.Host, n.Host, from.stamp.start, n.stamp.start, n.stamp.end, from.stamp.end, t.now)
			continue
		}
		t.clocks.Passage(from.Host, n.Host, from.stamp.start, n.stamp.start, t.now)
	}
	return passages
}
