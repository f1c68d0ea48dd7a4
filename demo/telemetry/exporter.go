// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// complainEvery is the least time between two lines about an unreachable collector.
const complainEvery = time.Minute

// OTLP exports over OTLP/gRPC, in plain text, to endpoint (host:port).
func OTLP(endpoint string) NewExporter {
	return func(ctx context.Context) (sdktrace.SpanExporter, error) {
		return otlptracegrpc.New(ctx,
			otlptracegrpc.WithEndpoint(endpoint),
			otlptracegrpc.WithInsecure(),
			otlptracegrpc.WithTimeout(exportTimeout),
			otlptracegrpc.WithRetry(otlptracegrpc.RetryConfig{
				Enabled: true, InitialInterval: 200 * time.Millisecond, MaxInterval: time.Second, MaxElapsedTime: exportTimeout,
			}),
		)
	}
}

// forgivingExporter keeps trouble with the collector from reaching OpenTelemetry's process-wide
// error handler, which belongs to whoever embeds the platform. When life ends, so does an export.
type forgivingExporter struct {
	sdktrace.SpanExporter
	life       context.Context
	complaints *complaints
}

func (e *forgivingExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(e.life, cancel)()
	e.complaints.note(e.SpanExporter.ExportSpans(ctx, spans), len(spans))
	return nil
}

// complaints turns a stream of export results into one line per outage and one per recovery.
type complaints struct {
	say func(string)

	mu       sync.Mutex
	lost     int
	complain time.Time // when the latest line was said
}

func (c *complaints) note(err error, spans int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err != nil:
		c.lost += spans
		if time.Since(c.complain) >= complainEvery {
			c.complain = time.Now()
			c.say(fmt.Sprintf("telemetry is not getting through, the platform goes on without it: %v", err))
		}
	case c.lost > 0:
		c.say(fmt.Sprintf("telemetry is getting through again; %d spans were lost", c.lost))
		c.lost = 0
	}
}
