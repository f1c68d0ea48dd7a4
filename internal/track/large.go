// SPDX-License-Identifier: Apache-2.0

package track

import (
	"time"

	"github.com/hopstamp/hopstamp/internal/track/state"
)

// A message is assessed as a whole, whenever something of it comes. One with very many
// recipients, whose spans come in very many requests, would take all time from the others.
// So what was large when it was looked at last is left alone for a while, the longer the
// larger it is, and then looked at once for all that came meanwhile. Deadlines pass when
// they pass, and it is not let go of before it was looked at: what it adds up to is the same.

const (
	// manyNodes are those from which on a journey is large.
	manyNodes = 64
	// pauseEach is how long one is left alone for each of its nodes: about thirty times
	// what it takes to assess one.
	pauseEach = 100 * time.Microsecond
	// longestPause keeps what is told of the largest close to what is known.
	longestPause = 5 * time.Second
	// detected is how late a passed deadline may be told.
	detected = time.Second
)

// pauseAfter sets until when a group is left alone that was just looked at.
func (t *Tracker) pauseAfter(group *state.Group) {
	group.Again = 0
	if nodes := t.assessor.Gathered(); nodes >= t.options.manyNodes {
		group.Again = t.state.LogTime + int64(min(time.Duration(nodes)*t.options.pauseEach, t.longestPause()))
	}
}

// longestPause is one after which no deadline has passed too long ago of a message that
// began meanwhile in the same trace.
func (t *Tracker) longestPause() time.Duration {
	return min(longestPause, max(detected, t.assessor.ShortestDeadline()))
}

// reviewLater plans to look at a group of which something came while it is left alone. It
// answers false when it is not.
func (t *Tracker) reviewLater(g uint32) bool {
	group := t.state.Groups.At(g)
	if group.Again <= t.state.LogTime {
		return false
	}
	group.Look = state.Earliest(group.Look, group.Again)
	t.plan(g)
	return true
}
