// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"slices"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// A row says in which log messages its spans are, and in which traces. Those of a message
// are listed for all of its deliveries, unless they are many: 100,000 recipients in as many
// traces would each list all of them. Then a row lists what its delivery has in common with
// others, as far as that is not too much, and its own.

const (
	fewMembers = 64 // stamps of a message up to which each row lists where all are
	mostListed = 64 // stamps of which a row does of more, of those in common and of its own
)

// evidence is where the spans of some stamps are.
type evidence struct {
	positions []journey.Position // ascending, each once
	traces    []span.TraceID     // but for the home trace, by first mention
}

// ofMany are the lists of a message with many, while its rows are written out.
type ofMany struct {
	branch int32 // that the common ones are of; none: of no branch yet
	common evidence
	own    evidence
}

// evidence of all of a message, for who copies its spans; nil when each row has it.
func (a *about) evidence() *journey.Evidence {
	if !a.many {
		return nil
	}
	return &journey.Evidence{Traces: a.otherTraces, Positions: a.positions}
}

// evidenceOf is where the spans of a delivery are.
func (a *Assessor) evidenceOf(st *state.State, f *Finding) evidence {
	if !a.about.many {
		return evidence{a.about.positions, a.about.otherTraces}
	}
	common, own := &a.ofMany.common, &a.ofMany.own
	if a.ofMany.branch != a.inBranch {
		a.ofMany.branch = a.inBranch
		common.positions, common.traces = common.positions[:0], common.traces[:0]
		common.add(a, st, a.shared)
		common.add(a, st, a.inCommon)
		common.finish(a)
	}
	own.positions, own.traces = append(own.positions[:0], common.positions...), append(own.traces[:0], common.traces...)
	own.add(a, st, f.own)
	own.finish(a)
	return evidence{keep(&a.rows.positions, own.positions), keep(&a.rows.traces, own.traces)}
}

// add lists so many more stamps as may be.
func (e *evidence) add(a *Assessor, st *state.State, run []int32) {
	last := uint32(0)
	for _, i := range run[:min(len(run), mostListed)] {
		n := &a.nodes[i]
		e.positions = append(e.positions, n.Position)
		if n.Group != last {
			last = n.Group
			e.traces = append(e.traces, st.Groups.At(last).Trace)
		}
	}
}

// finish lists each once.
func (e *evidence) finish(a *Assessor) {
	slices.Sort(e.positions)
	e.positions = slices.Compact(e.positions)
	e.traces = firsts(e.traces, a.about.trace)
}
