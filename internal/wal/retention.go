// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// ageSteps is into how many steps MaxAge is divided: messages go that much
	// later than they might.
	ageSteps    = 256
	fastestStep = 50 * time.Millisecond
	// ageSamples is how many messages are looked at to learn the ages of what
	// an earlier process stored.
	ageSamples = 64
	// clockDoubt is how far the clock may lie behind the newest message before
	// that is worth a word.
	clockDoubt = time.Second
)

// retention drops what is older than MaxAge. JetStream could do so itself, but
// it believes the clock and knows of no snapshot: a clock that jumps, or a
// server that was off for longer than MaxAge, would cost what nobody folded yet.
// MaxBytes is left to JetStream, which always drops the oldest.
type retention struct {
	log *Log
	now func() time.Time
	// ages are the run goroutine's own, by partition; nil until sampled.
	ages   []*ages
	stop   context.CancelFunc
	ended  chan struct{}
	warned map[int]bool
}

func startRetention(l *Log) *retention {
	ctx, cancel := context.WithCancel(context.Background())
	r := &retention{
		log: l, now: l.options.now, ages: make([]*ages, l.options.Partitions),
		stop: cancel, ended: make(chan struct{}), warned: map[int]bool{},
	}
	go r.run(ctx)
	return r
}

func (r *retention) close() {
	r.stop()
	<-r.ended
}

func (r *retention) run(ctx context.Context) {
	defer close(r.ended)
	tick := time.NewTicker(max(r.log.options.MaxAge/ageSteps, fastestStep))
	defer tick.Stop()
	for {
		for partition := range r.ages {
			if err := r.step(ctx, partition); err != nil && ctx.Err() == nil {
				r.log.options.Logger.Debug("retention waits", "partition", partition, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// step drops what has become too old in one partition. The first one also
// clears away what a crash left of a snapshot.
func (r *retention) step(ctx context.Context, partition int) error {
	backend, err := r.log.reader(partition)
	if err != nil {
		return err
	}
	ctx, cancel := backend.within(ctx)
	defer cancel()
	state, err := backend.state(ctx, partition)
	if err != nil {
		return err
	}
	if r.ages[partition] == nil {
		if err := r.log.snapshots[partition].sweep(ctx); err != nil {
			return err
		}
		if r.ages[partition], err = r.sample(ctx, backend, partition, state); err != nil {
			return err
		}
	}
	known := r.ages[partition]
	known.note(state.Last, r.now())
	through := known.olderThan(r.now().Add(-r.log.options.MaxAge))
	if through, err = r.uncovered(ctx, partition, through); err != nil || through < state.First {
		return err
	}
	if err := backend.streams[partition].Purge(ctx, jetstream.WithPurgeSequence(uint64(through)+1)); err != nil {
		return fmt.Errorf("drop what is older than %v: %w", r.log.options.MaxAge, err)
	}
	known.forget(through)
	return nil
}

// sample learns the ages of what is there, from a few messages.
func (r *retention) sample(ctx context.Context, backend *backend, partition int, state State) (*ages, error) {
	learned := &ages{}
	for i := range ageSamples {
		if state.Messages == 0 {
			return learned, nil
		}
		at := state.First + Position(uint64(state.Last-state.First)*uint64(i+1)/ageSamples)
		stored, err := backend.streams[partition].GetMsg(ctx, uint64(at))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("learn the ages of partition %d: %w", partition, err)
		}
		learned.note(at, stored.Time)
		if behind := stored.Time.Sub(r.now()); behind > clockDoubt && !r.warned[partition] {
			r.warned[partition] = true
			r.log.options.Logger.Warn("clock is behind the log: was it set back? "+
				"Messages count as no older than those before them, so they are kept longer, not shorter",
				"partition", partition, "position", at, "behind", behind)
		}
	}
	return learned, nil
}

// uncovered limits what may be dropped to what the older kept snapshot covers,
// if that was asked for.
func (r *retention) uncovered(ctx context.Context, partition int, through Position) (Position, error) {
	if !r.log.options.KeepUncovered || through == 0 {
		return through, nil
	}
	covered, err := r.log.snapshots[partition].covered(ctx)
	return min(through, covered), err
}
