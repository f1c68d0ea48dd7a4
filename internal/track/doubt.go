// SPDX-License-Identifier: Apache-2.0

package track

import (
	"slices"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// That a stamp is missing says that something did not happen only where everything
// that happens is seen. What was sampled before us may have been left out; and a
// consumer that lost links to the messages that it took may have taken any message
// that had begun by then; and a clock that jumps says nothing of what was in time. Then nobody can tell, and the verdict says so.

// destination is where messages go: what was published there or, of sends that lost
// links, what was created to be.
type destination struct {
	system, topic span.Symbol
	created       bool
}

// lostLinks remembers when those that take from a destination, or send to it, last
// reported that they lost links, in log time. It is bounded: destinations past its limit share one time.
type lostLinks struct {
	last map[destination]int64
	rest int64
}

// maxDestinations that are told apart.
const maxDestinations = 1 << 12

func newLostLinks() lostLinks { return lostLinks{last: map[destination]int64{}} }

// losesLinks tells whether a record covers messages that it has no link to.
func losesLinks(r *span.Record) bool {
	consumes := consumes(r.Stage, r.Kind)
	if r.Stage == span.Published && !consumes {
		return r.DroppedLinks > 0 || createsFewer(r)
	}
	short := len(r.Links) > 0 && int(r.Batch) > len(r.Links) && r.Origin == 0 // a relay has the links that matter
	return consumes && (r.DroppedLinks > 0 || short)
}

// createsFewer tells whether a send links to some of the spans that created its messages.
func createsFewer(r *span.Record) bool {
	return r.Origin == 0 && int(r.Batch) > len(r.Links) && slices.ContainsFunc(r.Links, func(link span.Link) bool { return link.Trace != span.TraceID{} })
}

// reportLost remembers that a stamp lost links, and tells the other partitions.
func (t *Tracker) reportLost(g, s uint32, r *span.Record) {
	if stamp := t.stamps.at(s); stamp.lossy || !losesLinks(r) {
		return
	}
	t.stamps.at(s).lossy = true
	t.lost.report(&profile{System: t.translated[r.System], Topic: t.translated[r.Topic]}, r.Stage == span.Published, t.now, t.now-int64(t.options.Remember))
	if t.options.Partitions > 1 && r.Origin == 0 {
		t.relayStamp(g, s, t.others())
	}
}

// report takes in that one who takes from a destination, or sends there what was created,
// lost links. Nobody asks any more about what is older than the horizon.
func (l *lostLinks) report(at *profile, created bool, now, horizon int64) {
	of := destination{at.System, at.Topic, created}
	if _, known := l.last[of]; !known && len(l.last) >= maxDestinations {
		for d, at := range l.last {
			if at < horizon {
				delete(l.last, d)
			}
		}
		if len(l.last) >= maxDestinations {
			l.rest = now
			return
		}
	}
	l.last[of] = now
}

// since tells whether links were lost at the destination of a send, or of what was created, at
// or after a moment.
func (l *lostLinks) since(by *profile, created bool, moment int64) bool {
	at, known := l.last[destination{by.System, by.Topic, created}]
	if !known {
		at = l.rest
	}
	return at != 0 && at >= moment
}

// doubt is why the end of a delivery cannot be known from what is missing; NoReason
// when it can.
func (a *assessor) doubt(m *message, b *branch) journey.Reason {
	switch {
	case m.sampled:
		return journey.UpstreamSampled
	case m.suspect:
		return journey.ClockSuspect
	}
	switch {
	case b.rest:
		return journey.BatchUnclear
	case b.leaf == none:
		return a.doubtCreated(m)
	case b.consumer != 0:
		return journey.NoReason // it was seen to be taken
	case a.neverSent(b):
		return a.doubtSent(m, &a.nodes[b.leaf])
	case a.nodes[b.leaf].blurred || a.nodes[b.leaf].remains():
		return journey.BatchUnclear
	}
	publish := &a.nodes[b.leaf]
	if a.lost.since(publish.profile, false, m.base) {
		return journey.LinksDropped
	}
	return journey.NoReason
}

// doubtCreated is why nobody can tell whether what was created was sent.
func (a *assessor) doubtCreated(m *message) journey.Reason {
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
func (a *assessor) doubtSent(m *message, made *node) journey.Reason {
	switch {
	case made.blurred:
		return journey.BatchUnclear
	case a.lost.since(made.profile, true, m.base):
		return journey.LinksDropped
	}
	return journey.NoReason
}
