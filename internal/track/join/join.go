// SPDX-License-Identifier: Apache-2.0

// Package join decides who continues whom: by the parent, by what a link says, and where
// no context was carried, by names that both show. A consumer that continues nothing which
// is here seeks its message; what is found is an edge like that of a link, until what the
// sender said arrives. Which of several is taken does not depend on who came first.
//
//	links, adopt              what the senders said
//	names, candidates, seek   what is found by names
//	circle, push              what is not to be found
//	mark                      whose verdicts that may change
//	ids                       under what ids it is shown to those who ask
//
// It changes what is held (package state) and remembers, for the step under way, what is
// to be matched and what is to be reviewed. Everything else that a join leads to, when a
// group is looked at and who else has to know of it, is its [Host]'s.
package join

import (
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// Host is who holds the groups.
type Host interface {
	// Group finds or makes the group of a trace that something links to; 0 when the trace
	// was let go of.
	Group(trace span.TraceID) uint32
	// Plan asks to look at a group again when its time has come, and Unplan not to.
	Plan(g uint32)
	Unplan(group *state.Group)
	// Joined is called when a group has come to continue another one.
	Joined(g, to uint32)
	// HoldTarget holds a group for as long as one that continues it.
	HoldTarget(target *state.Group, until int64)
	// Sought is called when an edge was matched, and FoundIn when something of a group that
	// sought its message turned out to have said it.
	Sought(edge *state.Edge)
	FoundIn(g uint32)
}

// Joins are those of the groups in a state. What is asked for during a step waits until
// [Joins.Match], and the marks of the step until [Joins.Unmark].
type Joins struct {
	state *state.State
	host  Host

	// Dirty are the groups to review, in the order in which they were marked. The host
	// empties it.
	Dirty  []uint32
	marked []uint32 // stamps from which the journeys above were marked
	marks  []uint32 // stamps to do so from
	roused []uint32 // groups of which all that seek are looked at again
	unsure []uint32 // edges to match

	candidates candidates
}

// New makes the joins of a state that is not changed by others while one of its methods runs.
func New(of *state.State, host Host) Joins {
	return Joins{state: of, host: host, candidates: newCandidates()}
}
