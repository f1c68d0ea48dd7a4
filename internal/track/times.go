// SPDX-License-Identifier: Apache-2.0

package track

import (
	"slices"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/clocks"
)

// Times are measured, not believed. While no clock is known to be wrong, the times of
// stamps are taken as they are. When one is, a node has the times that its stamp would
// have by our clock, so that what came first is told right whoever said it; the stamp
// keeps what was sent, and what is shown of a message runs by the clock of the host
// where it began.

// hear compares the clocks of a batch's hosts with ours: one span of each run of
// spans of the same host is enough. What counts is when it began, since nobody tells
// of a span before that, while an end may be foretold, or reckoned wrongly.
func (t *Tracker) hear(batch *span.Batch) {
	last := span.Symbol(0)
	for i := range batch.Records {
		r := &batch.Records[i]
		if host := t.translated[r.Host]; host != last && r.Origin == 0 {
			last = host
			if host != t.overflow {
				t.clocks.Heard(host, r.Start, batch.Received)
			}
		}
	}
}

// setRight gives the nodes the times that they have by our clock.
func (a *assessor) setRight(t *Tracker) {
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

// mostPassages of a step are looked at: clocks do not change from one message to the next.
const mostPassages = 64

// learnClocks shows the clocks what passed between hosts in a message that ended.
func (t *Tracker) learnClocks() {
	a := &t.assessor
	if t.passages >= mostPassages {
		return
	}
	for _, i := range a.members {
		n := &a.nodes[i]
		if n.parent == none {
			continue
		}
		from := &a.nodes[n.parent]
		if from.Host == n.Host || from.Host == t.overflow || n.Host == t.overflow {
			continue
		}
		t.passages++
		if from.Kind == span.Client && n.Kind == span.Server {
			t.clocks.RoundTrip(from.Host, n.Host, from.stamp.start, n.stamp.start, n.stamp.end, from.stamp.end, t.now)
			continue
		}
		t.clocks.Passage(from.Host, n.Host, from.stamp.start, n.stamp.start, t.now)
	}
}

// clocksOf says which clocks of a journey differ from that of the host where it began.
func (t *Tracker) clocksOf(root *node) (differ []journey.Clock) {
	a := &t.assessor
	if !t.clocks.Wrong() {
		return nil
	}
	var met []span.Symbol
	for _, i := range a.members {
		host := a.nodes[i].Host
		if slices.Contains(met, host) {
			continue
		}
		met = append(met, host)
		e := t.clocks.Offset(root.Host, host, t.now)
		if _, suspect := t.clocks.Ahead(host); e.Offset != 0 || suspect {
			differ = append(differ, journey.Clock{Host: t.Symbols.Text(host), Offset: time.Duration(-e.Offset), Bound: time.Duration(e.Bound), Suspect: suspect})
		}
	}
	return differ
}

// Sources are the clocks of all hosts that were heard of lately, each against ours.
func (t *Tracker) Sources() []Source {
	var sources []Source
	for _, s := range t.clocks.Sources(t.now) {
		sources = append(sources, Source{Host: t.Symbols.Text(s.Host), Source: s})
	}
	return sources
}

// Source is the clock of a host.
type Source struct {
	Host string
	clocks.Source
}
