// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/hopstamp/hopstamp/internal/config"
	"github.com/hopstamp/hopstamp/internal/forward"
	"github.com/hopstamp/hopstamp/internal/wal"
)

// openForward makes the queue and the sender of a backend that gets what a keeper
// copies. A backend is known by its address: its queue is found again after a restart
// whatever else changed.
func (a *App) openForward(ctx context.Context, k *keeper, to *config.Forward) error {
	name := fmt.Sprintf("forward-%016x-%d", xxhash.Sum64String(to.Endpoint), k.fold.partition)
	queue, err := a.log.Queue(ctx, name, max(leastQueue, to.QueueBytes/int64(a.options.Config.Log.Partitions)))
	if err != nil {
		return err
	}
	backend := to.Endpoint
	if address, err := url.Parse(to.Endpoint); err == nil {
		backend = address.Host
	}
	if partitions := a.options.Config.Log.Partitions; partitions > 1 {
		backend = fmt.Sprintf("%s (%d of %d)", backend, k.fold.partition+1, partitions)
	}
	sender, err := forward.New(durable{queue}, forward.Options{
		Name: backend, Endpoint: to.Endpoint, Headers: to.Headers, Timeout: to.Timeout, GiveUp: to.GiveUp,
		Plain: to.Compression == "none", Logger: a.options.Logger,
	})
	if err != nil {
		return err
	}
	if err := errors.Join(a.passing.Register(sender), a.registry.Register(sender.OfQueue())); err != nil {
		return fmt.Errorf("show its metrics: %w", err)
	}
	k.forwards, a.senders = append(k.forwards, queue), append(a.senders, sender)
	return nil
}

// leastQueue is the smallest that the log makes.
const leastQueue = 32 << 20

// durable is a queue of the log as a sender sees it.
type durable struct{ queue *wal.Queue }

func (d durable) Next(ctx context.Context, until <-chan time.Time) (forward.Item, error) {
	item, err := d.queue.Next(ctx, until)
	if err != nil {
		return forward.Item{}, ofForward(err)
	}
	data := item.Data
	item.Data = nil // what holds the item must not hold its data
	return forward.Item{
		Data:    data,
		Done:    func(ctx context.Context) error { return d.queue.Done(ctx, item) },
		Release: func() { d.queue.Release(item) },
		Again: func(ctx context.Context) ([]byte, error) {
			again, err := d.queue.Again(ctx, item)
			return again.Data, ofForward(err)
		},
	}, nil
}

// ofForward is an error of the queue in the words of a sender.
func ofForward(err error) error {
	if errors.Is(err, wal.ErrNotFound) {
		return forward.ErrNone
	}
	return err
}

func (d durable) Backlog(ctx context.Context) (forward.Backlog, error) {
	state, err := d.queue.State(ctx)
	return forward.Backlog{Items: state.Items, Bytes: state.Bytes, Oldest: state.Oldest, Dropped: state.Dropped}, err
}
