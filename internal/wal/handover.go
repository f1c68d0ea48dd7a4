// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"sync"
	"sync/atomic"
	"time"
)

// The bytes of a commit are in memory, and a follower that has seen all before them
// need not read them back from the server:
//
//	Append --> committer --> server: stored, synced
//	               |
//	               +--> desk --> handover of follower 1 --> deliver
//	                      +----> handover of follower 2 --> deliver
//
//  1. A log message comes to the desk after its commit, so whoever gets it from there
//     sees only what is stored and, with SyncAlways, synced.
//  2. A handover holds what was committed since its follower came, without a gap, or it
//     is over: when too much waits in it, and when a commit failed, whose message may or
//     may not be stored. The follower then reads on from the server and comes anew.
//  3. The bytes have one owner, the lent message, which counts who holds it: the committer
//     while it commits, each handover it waits in, the follower that delivers it. The last
//     one gives them back to the committer's free buffers. Nobody writes to them before.

// handedAhead is how many bytes may wait for one follower. A fold that pauses for a
// snapshot should not have to read from the server what came meanwhile.
const handedAhead = 32 << 20

// lent is a log message in the memory of its committer.
type lent struct {
	position Position
	stored   time.Time
	buffer   *[]byte
	holders  atomic.Int32
	back     *sync.Pool
}

// lend makes a message of a buffer, held by the caller.
func lend(buffer *[]byte, back *sync.Pool) *lent {
	l := &lent{buffer: buffer, back: back}
	l.holders.Store(1)
	return l
}

func (l *lent) giveBack() {
	if l.holders.Add(-1) == 0 {
		*l.buffer = (*l.buffer)[:0]
		l.back.Put(l.buffer)
	}
}

// desk hands what one committer stored to the followers of its partition.
type desk struct {
	mu        sync.Mutex
	handovers []*handover // guarded by mu, and so is what is in them
}

// handover is what waits for one follower.
type handover struct {
	desk    *desk
	waiting []*lent
	bytes   int
	over    bool
	// changed holds one after something came, or when it is over.
	changed chan struct{}
}

// open makes a handover that gets every message whose commit ends from now on. Its
// follower has to close it.
func (d *desk) open() *handover {
	h := &handover{desk: d, changed: make(chan struct{}, 1)}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.handovers = append(d.handovers, h)
	return h
}

// hand gives a message that is stored to all who follow.
func (d *desk) hand(message *lent) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, h := range d.handovers {
		h.takeLocked(message)
	}
}

// fail ends all handovers: what a failed commit stored is known to the server alone.
func (d *desk) fail() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, h := range d.handovers {
		h.endLocked()
	}
}

func (h *handover) takeLocked(message *lent) {
	if h.over {
		return
	}
	if h.bytes += len(*message.buffer); h.bytes > handedAhead {
		h.endLocked()
		return
	}
	message.holders.Add(1)
	h.waiting = append(h.waiting, message)
	h.wake()
}

func (h *handover) endLocked() {
	for _, message := range h.waiting {
		message.giveBack()
	}
	h.waiting, h.over = nil, true
	h.wake()
}

func (h *handover) wake() {
	select {
	case h.changed <- struct{}{}:
	default: // one is there already
	}
}

// next is the oldest message that waits, which the caller has to give back; nil when
// there is none now. It is over when none will come any more.
func (h *handover) next() (message *lent, over bool) {
	h.desk.mu.Lock()
	defer h.desk.mu.Unlock()
	if len(h.waiting) == 0 {
		return nil, h.over
	}
	message = h.waiting[0]
	h.waiting[0] = nil
	if h.waiting = h.waiting[1:]; len(h.waiting) == 0 {
		h.waiting = nil
	}
	h.bytes -= len(*message.buffer)
	return message, false
}

func (h *handover) close() {
	h.desk.mu.Lock()
	defer h.desk.mu.Unlock()
	h.endLocked()
	for i, other := range h.desk.handovers {
		if other == h {
			h.desk.handovers = append(h.desk.handovers[:i], h.desk.handovers[i+1:]...)
			return
		}
	}
}
