// SPDX-License-Identifier: Apache-2.0

package join

import (
	"slices"

	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// LosesLinks tells whether a record covers messages that it has no link to.
func LosesLinks(r *span.Record) bool {
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
