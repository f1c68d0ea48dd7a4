// SPDX-License-Identifier: Apache-2.0

package track

import (
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// host is what the joins ask of the tracker, see join.Host.
type host struct{ *Tracker }

func (h host) Group(trace span.TraceID) uint32             { return h.group(trace, nil) }
func (h host) Plan(g uint32)                               { h.plan(g) }
func (h host) Unplan(group *state.Group)                   { h.unplan(group) }
func (h host) Joined(g, to uint32)                         { h.others.Along(g, to) }
func (h host) HoldTarget(target *state.Group, until int64) { h.others.HoldTarget(target, until) }
func (h host) Sought(edge *state.Edge)                     { h.others.Answer(edge) }
func (h host) FoundIn(g uint32)                            { h.others.CorrectOthers(g) }
