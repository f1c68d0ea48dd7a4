// SPDX-License-Identifier: Apache-2.0

package receive

import (
	"context"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdkresource "go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/hopstamp/hopstamp/internal/receive/otlp"
	"github.com/hopstamp/hopstamp/internal/receive/otlptest"
	"github.com/hopstamp/hopstamp/internal/span"
)

// The OpenTelemetry SDK for Go, with its own exporters, is understood.
func TestRealExporters(t *testing.T) {
	t.Parallel()
	exporters := map[string]func(rig) (sdktrace.SpanExporter, error){
		"grpc": func(r rig) (sdktrace.SpanExporter, error) {
			return otlptracegrpc.New(t.Context(), otlptracegrpc.WithEndpoint(r.GRPCAddr()), otlptracegrpc.WithInsecure())
		},
		"grpc gzip": func(r rig) (sdktrace.SpanExporter, error) {
			return otlptracegrpc.New(t.Context(), otlptracegrpc.WithEndpoint(r.GRPCAddr()), otlptracegrpc.WithInsecure(),
				otlptracegrpc.WithCompressor("gzip"))
		},
		"http": func(r rig) (sdktrace.SpanExporter, error) {
			return otlptracehttp.New(t.Context(), otlptracehttp.WithEndpoint(r.HTTPAddr()), otlptracehttp.WithInsecure())
		},
		"http gzip": func(r rig) (sdktrace.SpanExporter, error) {
			return otlptracehttp.New(t.Context(), otlptracehttp.WithEndpoint(r.HTTPAddr()), otlptracehttp.WithInsecure(),
				otlptracehttp.WithCompression(otlptracehttp.GzipCompression))
		},
	}
	for name, newExporter := range exporters {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := serve(t, &memoryLog{}, nil)
			exporter, err := newExporter(r)
			if err != nil {
				t.Fatal(err)
			}
			sendAMessage(t, exporter)
			want := []string{"0 shop/POST /v1/messages accepted", "0 shop/push delivered", "0 shop/send orders published", "0 shop/shown rendered"}
			if got := r.log.names(t); !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
			if got, want := keptSpans(t, r.log), []string{"POST /v1/messages", "push", "send orders"}; !slices.Equal(got, want) {
				t.Errorf("cut out of the log: %q, want %q", got, want)
			}
			sources := r.Sources()
			if len(sources) != 1 || sources[0].Service != "shop" || sources[0].Spans != 3 || sources[0].Last.UnixNano() != otlptest.BaseTime {
				t.Errorf("sources %+v", sources)
			}
			transport, _, _ := strings.Cut(name, " ")
			if r.metric(t, "requests_total", "transport", transport) != 1 {
				t.Errorf("the request was not counted for %s", transport)
			}
		})
	}
}

// keptSpans cuts all spans out of a log, as the official decoder sees them.
func keptSpans(t *testing.T, log *memoryLog) (names []string) {
	t.Helper()
	log.mu.Lock()
	defer log.mu.Unlock()
	half := func(span.TraceID) (otlp.Keep, bool) { return otlp.Keep{Threshold: 1 << 55, Random: 3 << 54}, true }
	request, err := otlp.NewCutter().Cut(nil, slices.Concat(log.chunks[0]...), half, nil)
	export := ptraceotlp.NewExportRequest()
	if err == nil {
		err = export.UnmarshalProto(request)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, resource := range export.Traces().ResourceSpans().All() {
		for _, scope := range resource.ScopeSpans().All() {
			for _, s := range scope.Spans().All() {
				names = append(names, s.Name())
				if state := s.TraceState().AsRaw(); state != "ot=th:8;rv:c0000000000000" || scope.Scope().Name() != "test" {
					t.Errorf("%s of scope %q has trace state %q", s.Name(), scope.Scope().Name(), state)
				}
			}
		}
	}
	slices.Sort(names)
	return names
}

func sendAMessage(t *testing.T, exporter sdktrace.SpanExporter) {
	t.Helper()
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter),
		sdktrace.WithResource(sdkresource.NewSchemaless(attribute.String("service.name", "shop"))))
	tracer := provider.Tracer("test")
	ctx, root := tracer.Start(context.Background(), "POST /v1/messages", trace.WithSpanKind(trace.SpanKindServer))
	_, send := tracer.Start(ctx, "send orders", trace.WithSpanKind(trace.SpanKindProducer),
		trace.WithAttributes(attribute.String("messaging.system", "nats")))
	send.End()
	_, push := tracer.Start(ctx, "push", trace.WithAttributes(attribute.String("hopstamp.stage", "delivered")))
	push.AddEvent("shown", trace.WithAttributes(attribute.String("hopstamp.stage", "rendered")))
	push.End()
	root.End()
	if err := provider.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
}
