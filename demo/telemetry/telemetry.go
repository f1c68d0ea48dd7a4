// SPDX-License-Identifier: Apache-2.0

// Package telemetry gives each service of quickconnect a tracer provider of its own, as if each ran
// in a process of its own: one resource, one batch, one exporter. Losing the collector never
// disturbs the platform: spans of that time are lost, and one line says so. Safe for concurrent use.
package telemetry

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	sdkresource "go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

const (
	// sendEvery keeps pages live: a span is on its way at most this long after it ended.
	sendEvery     = 200 * time.Millisecond
	exportTimeout = 5 * time.Second
	queuedSpans   = 8192
)

// NewExporter makes the exporter of one service.
type NewExporter func(context.Context) (sdktrace.SpanExporter, error)

// Telemetry owns the providers of all services.
type Telemetry struct {
	newExporter NewExporter
	complaints  *complaints
	life        context.Context
	end         context.CancelFunc

	mu        sync.Mutex
	providers []*sdktrace.TracerProvider
}

// New makes a Telemetry that reports trouble with the exporter through say, one line per outage.
func New(newExporter NewExporter, say func(string)) *Telemetry {
	life, end := context.WithCancel(context.Background())
	return &Telemetry{newExporter: newExporter, complaints: &complaints{say: say}, life: life, end: end}
}

// Service returns the tracer of one instance of a service.
func (t *Telemetry) Service(name, instance string) (trace.Tracer, error) {
	exporter, err := t.newExporter(t.life)
	if err != nil {
		return nil, fmt.Errorf("make the exporter of %s: %w", name, err)
	}
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithSampler(sdktrace.AlwaysSample()),
		sdktrace.WithResource(sdkresource.NewWithAttributes(semconv.SchemaURL,
			semconv.ServiceName(name),
			semconv.ServiceInstanceID(instance),
			semconv.ServiceNamespace("quickconnect"),
		)),
		sdktrace.WithBatcher(&forgivingExporter{SpanExporter: exporter, life: t.life, complaints: t.complaints},
			sdktrace.WithBatchTimeout(sendEvery),
			sdktrace.WithExportTimeout(exportTimeout),
			sdktrace.WithMaxQueueSize(queuedSpans),
		),
	)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.providers = append(t.providers, provider)
	return provider.Tracer("quickconnect"), nil
}

// Shutdown sends what is still held, until ctx ends; then it gives the rest up.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	defer t.end()
	t.mu.Lock()
	defer t.mu.Unlock()
	failures := make([]error, len(t.providers))
	var all sync.WaitGroup
	for i, provider := range t.providers {
		all.Go(func() { failures[i] = provider.Shutdown(ctx) })
	}
	all.Wait()
	return errors.Join(failures...)
}
