// SPDX-License-Identifier: Apache-2.0

package wal

import "time"

// ages knows roughly when the messages of a partition were stored: enough to
// tell which are older than MaxAge, without reading them again.
//
// Positions are the true order of messages, clocks are not: one that is set
// back stamps new messages with old times. So the time of a mark is never
// before that of the mark in front of it, and a message counts as at least as
// new as every marked one before it.
type ages struct{ marks []mark }

// mark says that the messages up to a position were stored at a time or before.
type mark struct {
	position Position
	at       time.Time
}

// note adds a mark behind the others. Positions that are marked already are
// not marked again.
func (a *ages) note(position Position, at time.Time) {
	if n := len(a.marks); n > 0 {
		last := a.marks[n-1]
		if position <= last.position {
			return
		}
		if at.Before(last.at) {
			at = last.at
		}
	} else if position == 0 {
		return
	}
	a.marks = append(a.marks, mark{position, at})
}

// olderThan is the highest position all of whose messages up to it were stored
// at cutoff or before; 0 when there is none.
func (a *ages) olderThan(cutoff time.Time) Position {
	var highest Position
	for _, m := range a.marks {
		if m.at.After(cutoff) {
			break
		}
		highest = m.position
	}
	return highest
}

// forget lets go of the marks up to a position.
func (a *ages) forget(through Position) {
	kept := 0
	for kept < len(a.marks) && a.marks[kept].position <= through {
		kept++
	}
	a.marks = append(a.marks[:0], a.marks[kept:]...)
}
