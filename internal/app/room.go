// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"time"

	"github.com/hopstamp/hopstamp/internal/wal"
)

// The log lets go of its oldest messages when it holds as much as it may. Two may still
// need them: a start, which folds what lies behind the last snapshot, and the second pass,
// which copies the spans of kept messages some time after they came. Therefore senders have
// to wait before the log lets go of what is needed; meanwhile time goes on, snapshots are
// taken and spans are copied, and that makes room.

// roomEvery is how often the log is asked what it holds; what is appended until it is asked
// again is counted.
const roomEvery = 250 * time.Millisecond

// spareRoom is the part of the log that is left for what nobody is asked about: requests
// that were let in already, the time, and what partitions relay to each other.
const spareRoom = 8

// room is how many bytes may come until senders have to wait; less than 0 while they do.
func (f *fold) room() int64 { return f.mayAppend.Load() - f.appended.Load() }

// full tells whether the log could take more only by letting go of what is needed.
func (f *fold) full() bool { return f.room() < 0 }

// room is that of the partition which has least, at least 0.
func (all folds) room() int64 {
	least := all[0].room()
	for _, f := range all[1:] {
		least = min(least, f.room())
	}
	return max(least, 0)
}

// watchRoom finds out how much may be appended, until ctx ends.
func (f *fold) watchRoom(ctx context.Context) error {
	for ctx.Err() == nil {
		f.findRoom()
		pause(ctx, roomEvery)
	}
	return nil
}

func (f *fold) findRoom() {
	stored := f.appended.Load() - f.log.Stats().PendingBytes // before the log is asked: what comes in between counts twice, and not never
	needed := f.firstNeeded()
	held, err := f.log.State(f.partition)
	if err != nil {
		return // it takes nothing now, and says so to senders
	}
	f.mayAppend.Store(f.needed.mayAppend(held, stored, needed, f.logBytes))
}

// firstNeeded is the first position of the log that somebody may still read.
func (f *fold) firstNeeded() wal.Position {
	f.mu.Lock()
	defer f.mu.Unlock()
	done := uint64(f.saved.position)
	if f.unsettled() || f.sampler.Backlog() > 0 {
		done = min(done, f.sampler.Copied().Number())
	}
	return wal.Position(done + 1)
}

// needed is what the log must not let go of.
type needed struct {
	first wal.Position // only grows: what was needed no more is not needed again
	marks []mark       // the last one before it, and those after it
}

// mark says how many bytes this process had stored when a message was the last one.
type mark struct {
	last   wal.Position
	stored int64
}

// mayAppend is how many bytes this process may store in all before a log of so many bytes
// lets go of what is needed.
func (n *needed) mayAppend(held wal.State, stored int64, first wal.Position, most int64) int64 {
	n.first = max(n.first, first)
	if last := len(n.marks) - 1; last < 0 || n.marks[last].last < held.Last {
		n.marks = append(n.marks, mark{held.Last, stored})
	}
	for len(n.marks) > 1 && n.marks[1].last < n.first {
		n.marks = n.marks[1:]
	}
	if n.marks[0].last >= n.first {
		return stored + roomFor(held, n.first, most)
	}
	return n.marks[0].stored + most - most/spareRoom
}

// roomFor is how many bytes may come as long as what is needed begins with what came before
// this process: what is free, and what lies before it. Messages are taken to be of one size,
// which errs less the nearer it comes.
func roomFor(held wal.State, needed wal.Position, most int64) int64 {
	room := most - int64(held.Bytes)
	if held.Messages > 0 && needed > held.First {
		room += int64(held.Bytes) / int64(held.Messages) * int64(needed-held.First)
	}
	return room - most/spareRoom
}
