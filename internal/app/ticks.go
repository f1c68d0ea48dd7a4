// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"time"

	"github.com/hopstamp/hopstamp/internal/span"
)

// tickEvery is how often the passing of time is written to the log: absence is an
// event too, and a budget of one second to notice it leaves no more.
const tickEvery = 500 * time.Millisecond

// What the log let go of never arrives, so nobody waits for it without end.
const (
	catchUpWithin = time.Minute
	catchUpLook   = 5 * time.Millisecond
)

// tick writes the time to the log while something waits for it to pass, so that a
// replay sees deadlines pass where they passed. An idle server writes nothing.
//
// The first is written in any case: whatever the log still holds of the past, this
// one comes after it, so that the replay has an end that surely arrives.
//
// No time passes before all partitions have caught up: what one relays to another must
// not come later there for the time that the server was down.
func (f *fold) tick(ctx context.Context, caughtUp func() bool) error {
	ticker := time.NewTicker(tickEvery)
	defer ticker.Stop()
	for began := time.Now(); !caughtUp() && time.Since(began) < catchUpWithin; {
		pause(ctx, catchUpLook)
		if ctx.Err() != nil {
			return nil
		}
	}
	first, failing := true, false
	for now := time.Now(); ; {
		throttled := f.throttled.Swap(false)
		err := f.append(ctx, timeOf(now, throttled))
		if err != nil {
			f.throttled.CompareAndSwap(false, throttled)
		}
		if err != nil && !failing && ctx.Err() == nil { // said once until it goes well again
			f.logger.Warn("the time cannot be written to the log: until it can, deadlines are noticed late", "error", err)
		}
		failing = err != nil
		first = first && err != nil
		for wanted := false; !wanted; wanted = first || f.replayed() && f.waiting() {
			select {
			case <-ctx.Done():
				return nil
			case now = <-ticker.C:
			}
		}
	}
}

// timeOf is a chunk that says what time it is, and whether senders had to come back later
// until then.
func timeOf(now time.Time, throttled bool) []byte {
	return span.AppendStamps(nil, &span.Batch{Received: now.UnixNano(), Symbols: []string{""}, Throttled: throttled})
}

// waiting tells whether the passing of time changes anything: a journey is held, what was
// counted is in memory only and becomes a part with the next period, or the log is full of
// what is still needed.
func (f *fold) waiting() bool {
	if f.full() {
		return true
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.unsettled()
}

// unsettled tells whether anything that came is still on its way to where it is stored.
// The caller holds mu.
func (f *fold) unsettled() bool {
	return f.tracker.Waiting() || f.sampler.Waiting() || f.ledger.Changed() || f.parts.Stats().TailRows > 0
}
