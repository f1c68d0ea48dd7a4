// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"context"
	"runtime"
	"sync"
	"time"
)

// Group commit, one committer per partition:
//
//	Append A --> [A]            commit 1: A        | publish, sync |
//	Append B ----> \                               |               |
//	Append C -----> [B C]       meanwhile gathers  |               | commit 2: B C
//	Append D ------> /  [D]     D did not fit into MaxMessage      |              | commit 3: D
//
//  1. Append copies its chunk behind the last batch that waits, or starts a
//     new one when the batch would grow beyond MaxMessage.
//  2. The committer lets all run that can, in case they append, takes the oldest
//     batch out, so it cannot grow any more, commits it, and tells all who wait
//     for it. Then the next.
//
// Invariants: one commit at a time, so positions follow the order of arrival;
// nobody waits on a timer, an idle log commits at once and a busy one gathers
// for as long as the disk and the other work of the processors need; a chunk is
// in one batch, whole.

// committer joins the chunks of one partition into log messages.
type committer struct {
	// commit stores one log message and returns when it is durable. Called by
	// the committer's own goroutine only.
	commit     func(data []byte) (Position, error)
	maxMessage int
	maxPending int64
	counters   *counters
	// desk hands on what is committed.
	desk desk
	// buffers are free *[]byte for batches; it lets go of them when idle.
	buffers sync.Pool
	ended   chan struct{}

	mu      sync.Mutex
	changed sync.Cond
	// waiting and closing are guarded by mu; waiting is oldest first.
	waiting []*batch
	closing bool
}

// batch is what one commit stores. Until it is taken out of waiting it is
// guarded by the committer's mu, then the committer's goroutine owns it, and
// after done is closed position and err are everybody's to read. Its buffer is
// lent to followers when it is stored (see handover.go).
type batch struct {
	buffer   *[]byte
	chunks   int
	position Position
	err      error
	done     chan struct{}
}

func newCommitter(options Options, counters *counters, commit func([]byte) (Position, error)) *committer {
	c := &committer{
		commit:     commit,
		maxMessage: options.MaxMessage,
		maxPending: options.MaxPending,
		counters:   counters,
		buffers:    sync.Pool{New: func() any { return new([]byte) }},
		ended:      make(chan struct{}),
	}
	c.changed.L = &c.mu
	go c.run()
	return c
}

func (c *committer) append(ctx context.Context, chunk []byte) (Position, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if len(chunk) > c.maxMessage {
		return 0, ErrTooLarge
	}
	if !c.counters.reserve(len(chunk), c.maxPending) {
		return 0, ErrBusy
	}
	joined := c.join(chunk)
	if joined == nil {
		c.counters.pending.Add(-int64(len(chunk)))
		return 0, ErrClosed
	}
	select {
	case <-joined.done:
		return joined.position, joined.err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// join puts the chunk into a batch that waits, or returns nil when closing.
func (c *committer) join(chunk []byte) *batch {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing {
		return nil
	}
	last := c.lastWaitingLocked(len(chunk))
	*last.buffer = append(*last.buffer, chunk...)
	last.chunks++
	return last
}

// lastWaitingLocked returns the batch that has room for size more bytes.
func (c *committer) lastWaitingLocked(size int) *batch {
	if n := len(c.waiting); n > 0 && len(*c.waiting[n-1].buffer)+size <= c.maxMessage {
		return c.waiting[n-1]
	}
	fresh := &batch{buffer: c.buffers.Get().(*[]byte), done: make(chan struct{})}
	c.waiting = append(c.waiting, fresh)
	c.changed.Signal()
	return fresh
}

func (c *committer) run() {
	defer close(c.ended)
	for {
		next := c.take()
		if next == nil {
			return
		}
		message := lend(next.buffer, &c.buffers)
		message.stored = time.Now()
		message.position, next.err = c.commit(*next.buffer)
		next.position = message.position
		c.counters.committed(next.chunks, len(*next.buffer), time.Since(message.stored), next.err)
		if next.err == nil {
			c.desk.hand(message)
		} else {
			c.desk.fail()
		}
		message.giveBack()
		close(next.done)
	}
}

// take waits for the oldest batch; nil means closing and nothing left.
func (c *committer) take() *batch {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.waiting) == 0 && !c.closing {
		c.changed.Wait()
	}
	c.letJoinLocked()
	if len(c.waiting) == 0 {
		return nil
	}
	oldest := c.waiting[0]
	c.waiting[0] = nil
	c.waiting = c.waiting[1:]
	return oldest
}

// wellFilled is how large a batch is that need not let others join.
const wellFilled = 512 << 10

// letJoinLocked lets those go first who are about to append, for as long as they do:
// where there are fewer processors than senders, the committer would otherwise be
// called for each chunk, and sync for each.
func (c *committer) letJoinLocked() {
	for joined := 0; len(c.waiting) == 1 && c.waiting[0].chunks > joined && len(*c.waiting[0].buffer) < wellFilled; {
		joined = c.waiting[0].chunks
		c.mu.Unlock()
		runtime.Gosched()
		c.mu.Lock()
	}
}

// close refuses new chunks and returns when all that waited are committed.
func (c *committer) close() {
	c.mu.Lock()
	c.closing = true
	c.changed.Signal()
	c.mu.Unlock()
	<-c.ended
}
