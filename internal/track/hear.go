// SPDX-License-Identifier: Apache-2.0

package track

import (
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/clocks"
)

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
				t.state.Clocks.Heard(host, r.Start, batch.Received)
			}
		}
	}
}

// mostPassages of a step are looked at: clocks do not change from one message to the next.
const mostPassages = 64

// learnClocks shows the clocks what passed between hosts in the message under review.
func (t *Tracker) learnClocks() {
	if t.passages < mostPassages {
		t.passages += t.assessor.LearnClocks(&t.state, t.overflow)
	}
}

// Sources are the clocks of all hosts that were heard of lately, each against ours.
func (t *Tracker) Sources() []Source {
	var sources []Source
	for _, s := range t.state.Clocks.Sources(t.state.LogTime) {
		sources = append(sources, Source{Host: t.state.Symbols.Text(s.Host), Source: s})
	}
	return sources
}

// Source is the clock of a host.
type Source struct {
	Host string
	clocks.Source
}
