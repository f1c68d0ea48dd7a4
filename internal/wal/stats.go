// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"sync/atomic"
	"time"
)

// Stats counts what a log did since it was opened, over all partitions.
type Stats struct {
	// Appends is how many chunks were stored and acknowledged.
	Appends uint64
	// Commits is how many log messages they were joined into; each was one
	// publish and, with SyncAlways, one sync.
	Commits uint64
	// Bytes is how much was stored.
	Bytes uint64
	// CommitTime is how long all commits took together, from publish to
	// stored and synced; divided by Commits it is the mean.
	CommitTime time.Duration
	// FailedCommits is how many commits the store refused.
	FailedCommits uint64
	// Busy is how many appends were refused with ErrBusy.
	Busy uint64
	// PendingBytes is how much waits for its commit now.
	PendingBytes int64
	// Reopened is how often the store was opened anew after it had failed.
	Reopened uint64
}

// counters are the running Stats. Every field is written atomically.
type counters struct {
	appends, commits, bytes, failed, busy, reopened atomic.Uint64
	commitNanoseconds, pending                      atomic.Int64
}

// reserve counts size bytes as pending unless that would exceed most.
func (c *counters) reserve(size int, most int64) bool {
	if c.pending.Add(int64(size)) > most {
		c.pending.Add(-int64(size))
		c.busy.Add(1)
		return false
	}
	return true
}

// committed takes the bytes of one commit out of pending and counts how it went.
func (c *counters) committed(chunks, size int, took time.Duration, err error) {
	c.pending.Add(-int64(size))
	if err != nil {
		c.failed.Add(1)
		return
	}
	c.appends.Add(uint64(chunks))
	c.commits.Add(1)
	c.bytes.Add(uint64(size))
	c.commitNanoseconds.Add(int64(took))
}

func (c *counters) stats() Stats {
	return Stats{
		Appends:       c.appends.Load(),
		Commits:       c.commits.Load(),
		Bytes:         c.bytes.Load(),
		CommitTime:    time.Duration(c.commitNanoseconds.Load()),
		FailedCommits: c.failed.Load(),
		Busy:          c.busy.Load(),
		PendingBytes:  c.pending.Load(),
		Reopened:      c.reopened.Load(),
	}
}
