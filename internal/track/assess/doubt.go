// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// That a stamp is missing says that something did not happen only where everything
// that happens is seen. What was sampled before us may have been left out; and a
// consumer that lost links to the messages that it took may have taken any message
// that had begun by then; and a clock that jumps says nothing of what was in time.
// Then nobody can tell, and the verdict says so.

// doubt is why the end of a delivery cannot be known from what is missing; NoReason
// when it can.
func (a *Assessor) doubt(m *message, b *branch) journey.Reason {
	switch {
	case m.sampled:
		return journey.UpstreamSampled
	case m.suspect:
		return journey.ClockSuspect
	}
	switch {
	case b.rest:
		return journey.BatchUnclear
	case b.leaf == None:
		return a.doubtCreated(m)
	case b.consumer != 0:
		return journey.NoReason // it was seen to be taken
	case a.neverSent(b):
		return a.doubtSent(m, &a.nodes[b.leaf])
	case a.nodes[b.leaf].Blurred || a.nodes[b.leaf].remains():
		return journey.BatchUnclear
	}
	publish := &a.nodes[b.leaf]
	if a.lost.Since(publish.Profile, false, m.base) {
		return journey.LinksDropped
	}
	return journey.NoReason
}

// doubtCreated is why nobody can tell whether what was created was sent.
func (a *Assessor) doubtCreated(m *message) journey.Reason {
	for _, i := range a.members {
		if n := &a.nodes[i]; n.Stage == span.Created {
			if doubt := a.doubtSent(m, n); doubt != journey.NoReason {
				return doubt
			}
		}
	}
	return journey.NoReason
}

// doubtSent is why nobody can tell that of one creation.
func (a *Assessor) doubtSent(m *message, made *node) journey.Reason {
	switch {
	case made.Blurred:
		return journey.BatchUnclear
	case a.lost.Since(made.Profile, true, m.base):
		return journey.LinksDropped
	}
	return journey.NoReason
}
