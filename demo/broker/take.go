// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/hopstamp/hopstamp/demo/message"
)

// ErrClosed is what Take returns once its subscription is stopped.
var ErrClosed = errors.New("subscription is closed")

// Subscription hands the messages of one channel to the members of a group, each to one of them.
type Subscription struct {
	group   string
	subject string
	pull    jetstream.MessagesContext
}

// Subscribe joins the durable consumer group of a channel. At most held messages wait inside the
// subscription for a Take: the rest stays with the broker, where other members may take it.
func (c *Connection) Subscribe(ctx context.Context, channel message.Channel, group string, held int) (*Subscription, error) {
	consumer, err := c.streams.CreateOrUpdateConsumer(ctx, deliverStream, jetstream.ConsumerConfig{
		Durable: group, FilterSubject: channel.Subject(), AckPolicy: jetstream.AckExplicitPolicy,
		AckWait: ackWait, MaxAckPending: -1,
	})
	if err != nil {
		return nil, fmt.Errorf("join consumer group %s: %w", group, err)
	}
	pull, err := consumer.Messages(jetstream.PullMaxMessages(held))
	if err != nil {
		return nil, fmt.Errorf("pull as %s: %w", group, err)
	}
	return &Subscription{group: group, subject: channel.Subject(), pull: pull}, nil
}

// Take waits for the next message; many may wait at once.
func (s *Subscription) Take() (*Delivery, error) {
	for {
		taken, err := s.pull.Next()
		switch {
		case errors.Is(err, jetstream.ErrMsgIteratorClosed):
			return nil, ErrClosed
		case errors.Is(err, jetstream.ErrNoHeartbeat):
			continue
		case err != nil:
			return nil, fmt.Errorf("take from %s: %w", s.subject, err)
		}
		delivery, err := s.open(taken)
		if err == nil {
			return delivery, nil
		}
		// What nobody can read now, nobody will ever: settle it, or it comes back for ever.
		_ = taken.Term()
	}
}

// Stop ends every Take; messages that nobody took go back to the broker.
func (s *Subscription) Stop() { s.pull.Stop() }

func (s *Subscription) open(taken jetstream.Msg) (*Delivery, error) {
	body, err := message.Decode(taken.Data())
	if err != nil {
		return nil, err
	}
	about, err := taken.Metadata()
	if err != nil {
		return nil, fmt.Errorf("read the delivery count: %w", err)
	}
	return &Delivery{Message: body, Attempt: int(about.NumDelivered), taken: taken, subscription: s}, nil
}

// Delivery is one attempt at one message. It must be settled once: Done, or RetryIn.
type Delivery struct {
	Message message.Message
	Attempt int // 1 is the first

	taken        jetstream.Msg
	subscription *Subscription
}

// Producer is the context of the span that sent the message.
func (d *Delivery) Producer() trace.SpanContext {
	ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.HeaderCarrier(d.taken.Headers()))
	return trace.SpanContextFromContext(ctx)
}

// Attributes describe the delivery for the span that processes it.
func (d *Delivery) Attributes() []attribute.KeyValue {
	return append(describe(d.subscription.subject, d.Message),
		semconv.MessagingOperationTypeProcess,
		semconv.MessagingOperationName("process"),
		semconv.MessagingConsumerGroupName(d.subscription.group),
	)
}

// Done removes the message from the broker.
func (d *Delivery) Done() error { return d.taken.Ack() }

// RetryIn gives the message back; the broker hands it out again after the delay.
func (d *Delivery) RetryIn(delay time.Duration) error { return d.taken.NakWithDelay(delay) }
