// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// followAhead is how many messages are fetched ahead of deliver. A limit in
	// bytes would be closer to what matters, but a client that asks for fewer
	// bytes than the next message has is refused, and asks again at once, without
	// end.
	followAhead = 16
	// followRetry spaces the tries to follow on after an unexpected error.
	followRetry = 100 * time.Millisecond
)

// follower is where one Follow has come to.
type follower struct {
	log       *Log
	partition int
	// next is the first position not delivered yet.
	next    Position
	deliver func(Message) error
}

// refusal is an error of deliver, which must end Follow as it is.
type refusal struct{ cause error }

func (r refusal) Error() string { return r.cause.Error() }

// Follow delivers every message of a partition from a position on, one by one
// in order: first those stored, then new ones as they come. From 0 is the same
// as from 1. It returns ctx's error when ctx ends, deliver's error as it is,
// ErrClosed when the log closes, and ErrAhead when from is beyond the next
// position to be written.
//
// Positions that are no longer held are passed over, at the start as well as
// when retention overtakes a slow follower, and Message.Skipped counts them.
func (l *Log) Follow(ctx context.Context, partition int, from Position, deliver func(Message) error) error {
	if err := l.check(partition); err != nil {
		return err
	}
	f := &follower{log: l, partition: partition, next: max(from, 1), deliver: deliver}
	for {
		err := f.followOn(ctx)
		var refused refusal
		switch {
		case errors.As(err, &refused):
			return refused.cause
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, ErrClosed) || errors.Is(err, ErrAhead):
			return err
		}
		l.options.Logger.Debug("follow on after", "partition", partition, "position", f.next, "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(followRetry):
		}
	}
}

// followOn follows for as long as one backend is current: what is stored already comes
// from the server, and what is committed from then on from the committer.
func (f *follower) followOn(ctx context.Context) error {
	backend, replaced, err := f.log.keeper.readable()
	if err != nil {
		return err
	}
	if backend == nil {
		select {
		case <-ctx.Done():
		case <-replaced:
		}
		return ErrUnavailable
	}
	for err == nil {
		err = f.round(ctx, backend, replaced)
	}
	return err
}

// round goes on until the handover is over.
func (f *follower) round(ctx context.Context, backend *backend, replaced <-chan struct{}) error {
	// It is opened before it is asked what is stored, so nothing is between the two.
	handed := f.log.committers[f.partition].desk.open()
	defer handed.close()
	state, err := backend.state(ctx, f.partition)
	if err != nil {
		return err
	}
	if f.next > state.Last+1 {
		return fmt.Errorf("follow partition %d from %d: %w, which ends at %d", f.partition, f.next, ErrAhead, state.Last)
	}
	if err := f.readThrough(ctx, backend, state.Last); err != nil {
		return fmt.Errorf("follow partition %d: %w", f.partition, err)
	}
	return f.takeOver(ctx, handed, replaced)
}

// takeOver delivers what is handed over, and returns nil when something of it is missing.
func (f *follower) takeOver(ctx context.Context, handed *handover, replaced <-chan struct{}) error {
	for {
		message, over := handed.next()
		// A backend that was replaced may have lost what this follower has seen: then
		// positions from the new one mean other messages.
		select {
		case <-replaced:
			if message != nil {
				message.giveBack()
			}
			return ErrUnavailable
		default:
		}
		switch {
		case over:
			return nil
		case message != nil:
			missing, err := f.take(ctx, message)
			if missing || err != nil {
				return err
			}
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-replaced:
		case <-handed.changed:
		}
	}
}

// take delivers a message that was handed over, if it is the next one.
func (f *follower) take(ctx context.Context, message *lent) (missing bool, err error) {
	defer message.giveBack()
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if message.position < f.next {
		return false, nil
	}
	if message.position > f.next {
		return true, nil
	}
	return false, f.give(Message{Position: message.position, Stored: message.stored, Data: *message.buffer})
}

// give delivers a message at the next position or behind it.
func (f *follower) give(m Message) error {
	m.Partition, m.Skipped = f.partition, uint64(m.Position-f.next)
	if err := f.deliver(m); err != nil {
		return refusal{cause: err}
	}
	f.next = m.Position + 1
	return nil
}

// readThrough delivers what the server holds, up to a position.
func (f *follower) readThrough(ctx context.Context, backend *backend, last Position) error {
	if f.next > last {
		return nil
	}
	// A connection of its own keeps a replay from delaying acknowledgements.
	connection, err := backend.connect()
	if err != nil {
		return fmt.Errorf("connect to log server: %w", err)
	}
	defer connection.Close()
	messages, err := f.subscribe(ctx, connection)
	if err != nil {
		return err
	}
	defer messages.Stop()
	return f.pump(ctx, backend, messages, last)
}

func (f *follower) subscribe(ctx context.Context, connection *nats.Conn) (jetstream.MessagesContext, error) {
	js, err := jetstream.New(connection)
	if err != nil {
		return nil, err
	}
	consumer, err := js.OrderedConsumer(ctx, streamName(f.partition), jetstream.OrderedConsumerConfig{
		DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:       uint64(f.next),
		InactiveThreshold: time.Minute,
		MaxResetAttempts:  1,
	})
	if err != nil {
		return nil, err
	}
	return consumer.Messages(jetstream.PullMaxMessages(followAhead))
}

// pump delivers until a position was reached, or something ends it. The ordered
// consumer notices a delivery that got lost on the way and fetches it again, so a gap
// in the positions that arrive is a gap in the log.
func (f *follower) pump(ctx context.Context, backend *backend, messages jetstream.MessagesContext, last Position) error {
	for f.next <= last {
		received, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		about, err := received.Metadata()
		if err != nil {
			return err
		}
		position := Position(about.Sequence.Stream)
		if position < f.next {
			continue
		}
		if position > f.next {
			if err := backend.passedOver(ctx, f.partition, f.next, position); err != nil {
				return err
			}
		}
		if err := f.give(Message{Position: position, Stored: about.Timestamp, Data: received.Data()}); err != nil {
			return err
		}
	}
	return nil
}
