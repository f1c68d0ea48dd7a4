// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/hopstamp/hopstamp/demo/fault"
)

// observed is a platform that runs in a test, and the spans that it has sent so far.
type observed struct {
	exporter *tracetest.InMemoryExporter
	told     *lockedBuffer
	cancel   context.CancelFunc
	result   chan error
}

// keepSpans is an in-memory exporter that all services share, and that none of them may empty.
type keepSpans struct{ *tracetest.InMemoryExporter }

func (keepSpans) Shutdown(context.Context) error { return nil }

type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

// observe runs the platform until the test ends or stop is called; a chosen fault is there at once.
func observe(t *testing.T, o Options) *observed {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	seen := &observed{exporter: tracetest.NewInMemoryExporter(), told: &lockedBuffer{}, cancel: cancel, result: make(chan error, 1)}
	o.Out, o.DataDir = seen.told, t.TempDir()
	go func() {
		exporter := func(context.Context) (sdktrace.SpanExporter, error) { return keepSpans{seen.exporter}, nil }
		seen.result <- run(ctx, o, exporter, fault.Times{Calm: 20 * time.Second, Last: time.Minute})
	}()
	t.Cleanup(cancel)
	return seen
}

// stop ends the platform and returns every span that it made.
func (o *observed) stop(t *testing.T) spans {
	t.Helper()
	o.cancel()
	select {
	case err := <-o.result:
		if err != nil {
			t.Fatalf("run: %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the platform did not stop")
	}
	return spans(o.exporter.GetSpans())
}

// until waits for the spans to show something; it fails the test if they never do.
func (o *observed) until(t *testing.T, what string, shown func(spans) bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !shown(spans(o.exporter.GetSpans())) {
		if time.Now().After(deadline) {
			t.Fatalf("never saw %s; told:\n%s", what, o.told)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// spans are asked in the way a reader of traces would.
type spans []tracetest.SpanStub

// where keeps the spans that have all of the attributes.
func (s spans) where(wanted ...attribute.KeyValue) spans {
	var kept spans
	for _, span := range s {
		if has(span, wanted...) {
			kept = append(kept, span)
		}
	}
	return kept
}

// named keeps the spans of that name.
func (s spans) named(name string) spans {
	var kept spans
	for _, span := range s {
		if span.Name == name {
			kept = append(kept, span)
		}
	}
	return kept
}

// childrenOf keeps the spans whose parent is that span.
func (s spans) childrenOf(parent tracetest.SpanStub) spans {
	var kept spans
	for _, span := range s {
		if span.Parent.SpanID() == parent.SpanContext.SpanID() && span.Parent.TraceID() == parent.SpanContext.TraceID() {
			kept = append(kept, span)
		}
	}
	return kept
}

// linkedTo keeps the spans that link to that span from a trace of their own.
func (s spans) linkedTo(origin tracetest.SpanStub) spans {
	var kept spans
	for _, span := range s {
		for _, link := range span.Links {
			if link.SpanContext.SpanID() == origin.SpanContext.SpanID() &&
				span.SpanContext.TraceID() != origin.SpanContext.TraceID() && !span.Parent.IsValid() {
				kept = append(kept, span)
			}
		}
	}
	return kept
}

func has(span tracetest.SpanStub, wanted ...attribute.KeyValue) bool {
	for _, want := range wanted {
		if value(span, want.Key) != want.Value {
			return false
		}
	}
	return true
}

// value is the empty value where the span has no such attribute.
func value(span tracetest.SpanStub, key attribute.Key) attribute.Value {
	for _, attribute := range span.Attributes {
		if attribute.Key == key {
			return attribute.Value
		}
	}
	return attribute.Value{}
}

// attributeOf is that attribute as another span has it.
func attributeOf(span tracetest.SpanStub, key attribute.Key) attribute.KeyValue {
	return attribute.KeyValue{Key: key, Value: value(span, key)}
}

func service(span tracetest.SpanStub) string {
	name, _ := span.Resource.Set().Value("service.name")
	return name.AsString()
}
