// SPDX-License-Identifier: Apache-2.0

package track

import (
	"slices"

	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// losesLinks tells whether a record covers messages that it has no link to.
func losesLinks(r *span.Record) bool {
	consumes := state.Consumes(r.Stage, r.Kind)
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
	if stamp := t.state.Stamps.At(s); stamp.Lossy || !losesLinks(r) {
		return
	}
	t.state.Stamps.At(s).Lossy = true
	at, now := state.Profile{System: t.translated[r.System], Topic: t.translated[r.Topic]}, t.state.LogTime
	t.state.LostLinks.Report(&at, r.Stage == span.Published, now, now-int64(t.options.Remember))
	if t.options.Partitions > 1 && r.Origin == 0 {
		t.relayStamp(g, s, t.others())
	}
}
