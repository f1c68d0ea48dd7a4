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

// followOn follows for as long as one backend lives.
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
	// A connection of its own keeps a replay from delaying acknowledgements.
	connection, err := backend.connect()
	if err != nil {
		return fmt.Errorf("connect to log server: %w", err)
	}
	defer connection.Close()
	if err := f.checkStart(ctx, backend); err != nil {
		return err
	}
	messages, err := f.subscribe(ctx, connection)
	if err != nil {
		return fmt.Errorf("follow partition %d: %w", f.partition, err)
	}
	defer messages.Stop()
	return f.pump(ctx, messages)
}

func (f *follower) checkStart(ctx context.Context, backend *backend) error {
	state, err := backend.state(ctx, f.partition)
	if err != nil {
		return err
	}
	if f.next > state.Last+1 {
		return fmt.Errorf("follow partition %d from %d: %w, which ends at %d", f.partition, f.next, ErrAhead, state.Last)
	}
	return nil
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

// pump delivers until something ends it. The ordered consumer notices a
// delivery that got lost on the way and fetches it again, so a gap in the
// positions that arrive is a gap in the log.
func (f *follower) pump(ctx context.Context, messages jetstream.MessagesContext) error {
	for {
		received, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return fmt.Errorf("follow partition %d: %w", f.partition, err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		about, err := received.Metadata()
		if err != nil {
			return fmt.Errorf("follow partition %d: %w", f.partition, err)
		}
		position := Position(about.Sequence.Stream)
		if position < f.next {
			continue
		}
		err = f.deliver(Message{
			Partition: f.partition,
			Position:  position,
			Skipped:   uint64(position - f.next),
			Stored:    about.Timestamp,
			Data:      received.Data(),
		})
		if err != nil {
			return refusal{cause: err}
		}
		f.next = position + 1
	}
}
