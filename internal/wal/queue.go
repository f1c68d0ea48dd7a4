// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"sync"
	"time"
)

// Queue is work that must survive a crash until somebody did it: items go in
// at one end, are taken from the other, and leave when they are done.
//
//	[marker] [item 17] [item 21] [item 22]        one JetStream stream
//	 ^ the last id and the drops so far
//
// Ids only increase. Whoever replays the log after a crash adds the same ids
// again; what is at or below the last id ever added is ignored, also when all
// of it was done long ago. An item that was taken and not done when the
// process ended comes again: at least once.
//
// A queue is bounded in bytes. When it is full the oldest item that nobody has
// taken is dropped for the new one, and counted: what happened now explains
// more than what happened while the backend was down. Who cannot do an item now
// gives it back (Release): it keeps its place, so it is among the first that go,
// and is had again by whoever asks for that very item (Again), not by Next.
//
// Durable like the log: with SyncAlways what Add took survives power loss.
type Queue struct {
	log  *Log
	name string
	most int64

	// adding is held by one Add, Again, Done or State at a time.
	adding sync.Mutex
	// Guarded by adding. known is the backend that lastID and dropped were
	// read from; another one means to read them again.
	known   *backend
	lastID  uint64
	dropped uint64

	mu sync.Mutex
	// Guarded by mu. next is the first place that Next did not give yet; taken
	// are places that are neither done nor given back; added is closed and renewed when there is more.
	next  Position
	taken map[Position]bool
	added chan struct{}
}

// Item is one piece of work.
type Item struct {
	// ID is what it was added with.
	ID uint64
	// Added is when.
	Added time.Time
	// Data is the taker's to keep.
	Data []byte

	place Position
}

// QueueState says what a queue holds.
type QueueState struct {
	// Items is how many are not done, taken ones included.
	Items uint64
	// Bytes is what they take on disk.
	Bytes uint64
	// Oldest is when the oldest was added; zero when there is none.
	Oldest time.Time
	// LastID is the highest id ever added.
	LastID uint64
	// Dropped is how many items were dropped undone, since the queue was made.
	Dropped uint64
}

var queueName = regexp.MustCompile(`^[a-z0-9-]{1,60}$`)

// Queue opens the queue of a name, making it when it is missing. It may hold
// maxBytes, at least 4 messages of MaxMessage. One Queue of a name at a time.
func (l *Log) Queue(ctx context.Context, name string, maxBytes int64) (*Queue, error) {
	if !queueName.MatchString(name) {
		return nil, fmt.Errorf("queue name %q does not match %s", name, queueName)
	}
	if least := messagesPerShare * int64(l.options.MaxMessage); maxBytes < least {
		return nil, fmt.Errorf("queue %s holds at least %d bytes, not %d", name, least, maxBytes)
	}
	q := &Queue{log: l, name: name, most: maxBytes, taken: map[Position]bool{}, added: make(chan struct{})}
	q.adding.Lock()
	defer q.adding.Unlock()
	if _, err := q.openLocked(ctx, 0); err != nil {
		return nil, err
	}
	return q, nil
}

// Add stores an item and returns when it is durable. An id at or below the
// last one does nothing. After ErrUnavailable it may or may not be stored:
// adding the same id again is right in both cases. ErrTooLarge is for more
// than MaxMessage less 512 bytes, ErrBusy for a queue that is full of what is taken.
func (q *Queue) Add(ctx context.Context, id uint64, data []byte) error {
	if len(data) > q.log.options.maxItem() {
		return ErrTooLarge
	}
	q.adding.Lock()
	defer q.adding.Unlock()
	stream, err := q.openLocked(ctx, len(data))
	if err != nil {
		return err
	}
	if id <= q.lastID {
		return nil
	}
	if err := q.makeRoomLocked(ctx, stream, len(data)); err != nil {
		return fmt.Errorf("make room in queue %s: %w", q.name, err)
	}
	if err := stream.add(id, data); err != nil {
		q.known = nil
		q.log.keeper.failed(stream.backend, err)
		return fmt.Errorf("add to queue %s: %w: %w", q.name, ErrUnavailable, err)
	}
	q.lastID = id
	q.announce()
	return nil
}

// openLocked returns the queue's stream in a backend that takes size bytes.
func (q *Queue) openLocked(ctx context.Context, size int) (*queueStream, error) {
	backend, err := q.log.writer(size)
	if err != nil {
		return nil, err
	}
	stream, err := backend.queue(ctx, q.name)
	if err != nil {
		return nil, fmt.Errorf("open queue %s: %w", q.name, err)
	}
	if q.known == backend {
		return stream, nil
	}
	if q.lastID, q.dropped, err = stream.recall(ctx); err != nil {
		return nil, fmt.Errorf("open queue %s: %w", q.name, err)
	}
	q.known = backend
	return stream, nil
}

// makeRoomLocked drops the oldest items until size more bytes fit. The drop is
// written down before it is done: a crash between the two counts one too many
// rather than one too few.
func (q *Queue) makeRoomLocked(ctx context.Context, stream *queueStream, size int) error {
	for from := Position(0); ; {
		held, err := stream.bytes(ctx)
		if err != nil || int64(held)+int64(size) <= q.most {
			return err
		}
		oldest, err := stream.item(ctx, from)
		if errors.Is(err, ErrNotFound) { // all are taken
			return ErrBusy
		}
		if err != nil {
			return err
		}
		from = oldest.place + 1
		if q.isTaken(oldest.place) {
			continue
		}
		if err := stream.mark(q.lastID, q.dropped+1); err != nil {
			return err
		}
		q.dropped++
		if err := stream.remove(ctx, oldest.place); err != nil {
			return err
		}
		q.log.options.Logger.Warn("queue is full, its oldest item is dropped",
			"queue", q.name, "id", oldest.ID, "added", oldest.Added, "bytes", len(oldest.Data), "dropped", q.dropped)
	}
}

// State says what the queue holds now.
func (q *Queue) State(ctx context.Context) (QueueState, error) {
	q.adding.Lock()
	defer q.adding.Unlock()
	stream, err := q.openLocked(ctx, 0)
	if err != nil {
		return QueueState{}, err
	}
	state, err := stream.state(ctx)
	state.LastID, state.Dropped = q.lastID, q.dropped
	return state, err
}

func (q *Queue) announce() {
	q.mu.Lock()
	defer q.mu.Unlock()
	close(q.added)
	q.added = make(chan struct{})
}
