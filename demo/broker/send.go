// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/hopstamp/hopstamp/demo/message"
	"github.com/hopstamp/hopstamp/demo/telemetry"
)

// Send stores a message under its channel's subject, for the channel's worker.
func (c *Connection) Send(ctx context.Context, m message.Message) error {
	return c.send(ctx, m.Channel.Subject(), m)
}

// SendDeadLetter stores a message that a worker gave up on.
func (c *Connection) SendDeadLetter(ctx context.Context, m message.Message) error {
	return c.send(ctx, m.Channel.DeadLetters(), m)
}

func (c *Connection) send(ctx context.Context, subject string, m message.Message) error {
	ctx, span := c.tracer.Start(ctx, "send "+subject, trace.WithSpanKind(trace.SpanKindProducer),
		trace.WithAttributes(describe(subject, m)...),
		trace.WithAttributes(semconv.MessagingOperationTypeSend, semconv.MessagingOperationName("send")))
	defer span.End()

	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	stored := nats.NewMsg(subject)
	stored.Data = m.Encode()
	propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(stored.Header))
	if _, err := c.streams.PublishMsg(ctx, stored); err != nil {
		span.SetStatus(codes.Error, err.Error())
		span.SetAttributes(semconv.ErrorType(err))
		return fmt.Errorf("send %s to %s: %w", m.ID, subject, err)
	}
	return nil
}

// describe says in OpenTelemetry's words which message this is and where it waits.
func describe(subject string, m message.Message) []attribute.KeyValue {
	attributes := []attribute.KeyValue{
		semconv.MessagingSystemKey.String("nats"),
		semconv.MessagingDestinationName(subject),
		semconv.MessagingMessageID(m.ID),
		telemetry.Tenant.String(m.Tenant),
		telemetry.Region.String(m.Region),
		telemetry.Channel.String(string(m.Channel)),
	}
	if m.Conversation != "" {
		attributes = append(attributes, semconv.MessagingMessageConversationID(m.Conversation))
	}
	return attributes
}
