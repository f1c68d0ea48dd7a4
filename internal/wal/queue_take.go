// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Next takes the oldest item that was not given yet, and waits when there is
// none, up to what until says; nil waits for ever. It returns ErrNotFound when
// there was none until then, ctx's error when ctx ends and ErrClosed when the
// log closes. What is there is given also when until has passed before.
func (q *Queue) Next(ctx context.Context, until <-chan time.Time) (Item, error) {
	for {
		_, replaced, closed := q.log.keeper.readable()
		if closed != nil {
			return Item{}, closed
		}
		item, added, err := q.take(ctx)
		if err == nil {
			return item, nil
		}
		var again <-chan time.Time
		if !errors.Is(err, ErrNotFound) {
			again = time.After(followRetry)
		}
		select {
		case <-ctx.Done():
			return Item{}, ctx.Err()
		case <-until:
			return Item{}, ErrNotFound
		case <-added:
		case <-replaced:
		case <-again:
		}
	}
}

// take takes an item that is there. With an error comes what to wait for.
func (q *Queue) take(ctx context.Context) (Item, <-chan struct{}, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	backend, _, err := q.log.keeper.readable()
	if backend == nil && err == nil {
		err = ErrUnavailable
	}
	if err != nil {
		return Item{}, q.added, err
	}
	stream, err := backend.queue(ctx, q.name)
	if err != nil {
		return Item{}, q.added, err
	}
	item, err := stream.item(ctx, q.next)
	if err != nil {
		return Item{}, q.added, err
	}
	q.next, q.taken[item.place] = item.place+1, true
	return item, nil, nil
}

// Release gives an item back that Next or Again gave. It stays in the queue and
// may be dropped to make room.
func (q *Queue) Release(item Item) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.taken, item.place)
}

// Again takes an item that was given back; of the one it is asked for only who
// it is matters, not its data. ErrNotFound: it was dropped to make room, and
// counted, or is done.
func (q *Queue) Again(ctx context.Context, item Item) (Item, error) {
	q.adding.Lock() // so that it is not dropped between being found and being taken
	defer q.adding.Unlock()
	stream, err := q.openLocked(ctx, 0)
	if err != nil {
		return Item{}, err
	}
	found, err := stream.item(ctx, item.place)
	if err == nil && found.place != item.place {
		err = ErrNotFound
	}
	if err != nil {
		return Item{}, fmt.Errorf("take item %d of queue %s again: %w", item.ID, q.name, err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.taken[found.place] = true
	return found, nil
}

// Done removes an item that Next or Again gave. That the removal is not synced is
// harmless: the item would come once more.
func (q *Queue) Done(ctx context.Context, item Item) error {
	q.adding.Lock()
	defer q.adding.Unlock()
	stream, err := q.openLocked(ctx, 0)
	if err != nil {
		return err
	}
	// The last item carries the last id; that has to outlive it.
	if item.ID == q.lastID {
		if err := stream.mark(q.lastID, q.dropped); err != nil {
			q.log.keeper.failed(stream.backend, err)
			return fmt.Errorf("remember the last id of queue %s: %w: %w", q.name, ErrUnavailable, err)
		}
	}
	if err := stream.remove(ctx, item.place); err != nil {
		return fmt.Errorf("remove an item of queue %s: %w", q.name, err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.taken, item.place)
	return nil
}

func (q *Queue) isTaken(place Position) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.taken[place]
}
