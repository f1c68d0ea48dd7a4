// SPDX-License-Identifier: Apache-2.0

// Package worker takes messages of one channel from the broker and works on them until each is done
// or given up on. Every attempt is a CONSUMER span of its own; the broker keeps a failed message and
// hands it out again after a growing delay. The last attempt puts it among the dead letters and says
// so. A Worker owns its goroutines from Start to Stop.
package worker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/hopstamp/hopstamp/demo/broker"
	"github.com/hopstamp/hopstamp/demo/message"
	"github.com/hopstamp/hopstamp/demo/tally"
	"github.com/hopstamp/hopstamp/demo/telemetry"
)

// longestBackoff bounds the delay between two attempts, except where the other side asks for more.
const longestBackoff = 8 * time.Second

// Job says which messages to work on, and how.
type Job struct {
	Channel  message.Channel
	Group    string
	Hands    int           // messages worked on at once
	Attempts int           // of which the last ends among the dead letters
	Backoff  time.Duration // before the second attempt; doubles from there
	// Linked starts a trace of its own for each attempt, linked to the producer's, as OpenTelemetry
	// recommends; otherwise the attempt is a child in the producer's trace.
	Linked bool
	// Do works on one message. The span of the attempt is in ctx.
	Do func(ctx context.Context, m message.Message) error
}

// Service is where a worker runs: its connection, its tracer, and what it counts on.
type Service struct {
	Connection *broker.Connection
	Tracer     trace.Tracer
	Tally      *tally.Tally
}

// Worker works on one job.
type Worker struct {
	Service
	job          Job
	subscription *broker.Subscription
	hands        sync.WaitGroup
}

// Start joins the job's consumer group and begins to work.
func Start(ctx context.Context, service Service, job Job) (*Worker, error) {
	subscription, err := service.Connection.Subscribe(ctx, job.Channel, job.Group, job.Hands)
	if err != nil {
		return nil, fmt.Errorf("start worker %s: %w", job.Group, err)
	}
	w := &Worker{Service: service, job: job, subscription: subscription}
	for range job.Hands {
		w.hands.Go(w.work)
	}
	return w, nil
}

// Stop takes no more messages and waits for those in hand.
func (w *Worker) Stop() {
	w.subscription.Stop()
	w.hands.Wait()
}

func (w *Worker) work() {
	for {
		delivery, err := w.subscription.Take()
		if err != nil {
			return
		}
		w.attempt(delivery)
	}
}

// attempt makes one attempt. A settlement that does not reach the broker needs no answer: the broker
// hands the message out again, which is what at-least-once means.
func (w *Worker) attempt(delivery *broker.Delivery) {
	ctx, span := w.startSpan(delivery)
	defer span.End()
	err := w.job.Do(ctx, delivery.Message)
	switch {
	case err == nil:
		w.Tally.Processed.Add(1)
		_ = delivery.Done()
	case delivery.Attempt < w.job.Attempts:
		w.Tally.Retried.Add(1)
		fail(span, err)
		_ = delivery.RetryIn(w.delay(delivery.Attempt, err))
	default:
		fail(span, err)
		w.giveUp(ctx, delivery)
	}
}

func (w *Worker) startSpan(delivery *broker.Delivery) (context.Context, trace.Span) {
	producer := delivery.Producer()
	ctx := context.Background()
	options := []trace.SpanStartOption{
		trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithAttributes(delivery.Attributes()...),
		trace.WithAttributes(telemetry.Retry.Int(delivery.Attempt - 1)),
	}
	if w.job.Linked {
		options = append(options, trace.WithNewRoot(), trace.WithLinks(trace.Link{SpanContext: producer}))
	} else {
		ctx = trace.ContextWithRemoteSpanContext(ctx, producer)
	}
	return w.Tracer.Start(ctx, "process "+w.job.Channel.Subject(), options...)
}

// giveUp moves the message to the dead letters; if even that fails, the broker hands it out again.
func (w *Worker) giveUp(ctx context.Context, delivery *broker.Delivery) {
	if err := w.Connection.SendDeadLetter(ctx, delivery.Message); err != nil {
		_ = delivery.RetryIn(longestBackoff)
		return
	}
	trace.SpanFromContext(ctx).SetAttributes(telemetry.Outcome.String(telemetry.OutcomeDeadLettered))
	w.Tally.DeadLettered.Add(1)
	_ = delivery.Done()
}

// delay doubles with each attempt, and is never shorter than what the other side asked for.
func (w *Worker) delay(attempt int, err error) time.Duration {
	delay := min(w.job.Backoff<<(attempt-1), longestBackoff)
	var refusal *Refusal
	if errors.As(err, &refusal) {
		delay = max(delay, refusal.RetryAfter)
	}
	return delay
}

// fail says on the span of the attempt what went wrong.
func fail(span trace.Span, err error) {
	span.SetStatus(codes.Error, err.Error())
	var refusal *Refusal
	if !errors.As(err, &refusal) {
		span.SetAttributes(semconv.ErrorType(err), telemetry.ErrorCategory.String("internal"))
		return
	}
	span.SetAttributes(semconv.ErrorTypeKey.String(refusal.Type), telemetry.ErrorCategory.String(refusal.Category))
}
