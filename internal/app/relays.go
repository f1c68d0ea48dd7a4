// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hopstamp/hopstamp/internal/crashpoint"
	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// relayer appends what a fold relays to the logs of other partitions. The fold goes
// on meanwhile; a snapshot waits until everything that came before it is stored
// there, because only then a start need not relay it again.
type relayer struct {
	append func(ctx context.Context, partition int, chunk []byte) error
	logger *slog.Logger
	queue  chan relay
	sent   sync.WaitGroup // one for each relay that is not stored yet
	behind atomic.Int64   // how many they are
}

type relay struct {
	to    int
	chunk []byte
}

// relaysAhead is how many relays may wait; past that the fold waits.
const relaysAhead = 256

func newRelayer(append func(context.Context, int, []byte) error, logger *slog.Logger) *relayer {
	return &relayer{append: append, logger: logger, queue: make(chan relay, relaysAhead)}
}

// add takes what a step relays.
func (r *relayer) add(ctx context.Context, relays []journey.Relay) {
	for _, out := range relays {
		r.sent.Add(1)
		r.behind.Add(1)
		select {
		case r.queue <- relay{out.To, span.AppendStamps(nil, out.Batch)}:
		case <-ctx.Done():
			r.done()
		}
	}
}

func (r *relayer) done() {
	r.behind.Add(-1)
	r.sent.Done()
}

// run appends until ctx ends. What is left in the queue then is relayed again by the
// next start.
func (r *relayer) run(ctx context.Context) error {
	for {
		select {
		case next := <-r.queue:
			r.send(ctx, next)
			r.done()
		case <-ctx.Done():
			for len(r.queue) > 0 {
				<-r.queue
				r.done()
			}
			return nil
		}
	}
}

// send tries until it is stored: nobody else would send it again.
func (r *relayer) send(ctx context.Context, next relay) {
	for wait := 10 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		err := r.append(ctx, next.to, next.chunk)
		if err == nil || ctx.Err() != nil {
			crashpoint.At("relay.appended")
			return
		}
		r.logger.Warn("a relay could not be stored and is tried again", "partition", next.to, "error", err)
		if pause(ctx, wait); ctx.Err() != nil {
			return
		}
	}
}
