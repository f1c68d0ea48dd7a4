// SPDX-License-Identifier: Apache-2.0

package broker_test

import (
	"errors"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/hopstamp/hopstamp/demo/broker"
	"github.com/hopstamp/hopstamp/demo/message"
)

func connect(t *testing.T, tracer trace.Tracer) (*broker.Broker, *broker.Connection) {
	t.Helper()
	queue, err := broker.Start(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(queue.Stop)
	connection, err := queue.Connect("test", tracer)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(connection.Close)
	return queue, connection
}

// A message keeps coming back, with the context of its producer, until it is done.
func TestDeliveryComesBackUntilItIsDone(t *testing.T) {
	t.Parallel()
	recorder := tracetest.NewSpanRecorder()
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder)).Tracer("test")
	queue, connection := connect(t, tracer)
	sent := message.Message{ID: "m1", Channel: message.Ticketing, Conversation: "case-7", Text: "hello"}
	if err := connection.Send(t.Context(), sent); err != nil {
		t.Fatal(err)
	}
	producer := recorder.Ended()[0]
	if !hasAttribute(producer, attribute.String("messaging.message.conversation_id", "case-7")) {
		t.Errorf("the span lacks the conversation: %v", producer.Attributes())
	}

	subscription, err := connection.Subscribe(t.Context(), message.Ticketing, "group", 1)
	if err != nil {
		t.Fatal(err)
	}
	for attempt := 1; attempt <= 2; attempt++ {
		delivery, err := subscription.Take()
		if err != nil {
			t.Fatal(err)
		}
		if delivery.Attempt != attempt || delivery.Message.Text != "hello" {
			t.Errorf("attempt %d of %q, want %d of hello", delivery.Attempt, delivery.Message.Text, attempt)
		}
		if delivery.Producer().SpanID() != producer.SpanContext().SpanID() {
			t.Errorf("attempt %d: the producer's context was lost", attempt)
		}
		if attempt == 1 {
			err = delivery.RetryIn(1)
		} else {
			err = delivery.Done()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	subscription.Stop()
	if _, err := subscription.Take(); !errors.Is(err, broker.ErrClosed) {
		t.Errorf("take after stop: %v, want ErrClosed", err)
	}
	waiting, err := queue.Waiting(t.Context())
	for deadline := time.Now().Add(5 * time.Second); waiting != 0 && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond) // a settlement is on its way to the broker
		waiting, err = queue.Waiting(t.Context())
	}
	if err != nil || waiting != 0 {
		t.Errorf("%d messages wait, %v; want none", waiting, err)
	}
}

func hasAttribute(span sdktrace.ReadOnlySpan, want attribute.KeyValue) bool {
	for _, got := range span.Attributes() {
		if got == want {
			return true
		}
	}
	return false
}
