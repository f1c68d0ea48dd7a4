// SPDX-License-Identifier: Apache-2.0

package receive

import (
	"context"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdkresource "go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/hopstamp/hopstamp/internal/receive/otlptest"
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
