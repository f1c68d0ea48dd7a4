// SPDX-License-Identifier: Apache-2.0

// Package telemetry is what instrumented services send: spans in OpenTelemetry's
// own protobuf, by the protocol's own rules (OTLP over HTTP and gRPC, repeated when
// the server asks for it). It knows nothing of Hopstamp's code.
package telemetry

import (
	"encoding/hex"
	"fmt"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	resource "go.opentelemetry.io/proto/otlp/resource/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
)

// TraceID is the id of a trace.
type TraceID [16]byte

func (id TraceID) String() string { return hex.EncodeToString(id[:]) }

// SpanID is the id of a span in its trace; zero: none.
type SpanID [8]byte

// Kind of a span, as OpenTelemetry names them.
type Kind = trace.Span_SpanKind

// The kinds.
const (
	Internal = trace.Span_SPAN_KIND_INTERNAL
	Server   = trace.Span_SPAN_KIND_SERVER
	Client   = trace.Span_SPAN_KIND_CLIENT
	Producer = trace.Span_SPAN_KIND_PRODUCER
	Consumer = trace.Span_SPAN_KIND_CONSUMER
)

// Span is one piece of work of a service.
type Span struct {
	Service    string
	Trace      TraceID
	ID, Parent SpanID
	Links      []Link
	Name       string
	Kind       Kind
	Start, End time.Time
	Attributes []any // names and values by turns
	Error      bool
}

// Link points at a span of any trace.
type Link struct {
	Trace TraceID
	Span  SpanID
}

// Context is what others link to.
func (s *Span) Context() Link { return Link{s.Trace, s.ID} }

// Request puts spans, grouped by service, into what an exporter sends.
func Request(spans []Span) *collector.ExportTraceServiceRequest {
	request := &collector.ExportTraceServiceRequest{}
	services := map[string]*trace.ScopeSpans{}
	for i := range spans {
		s := &spans[i]
		scope := services[s.Service]
		if scope == nil {
			scope = &trace.ScopeSpans{Scope: &common.InstrumentationScope{Name: "test"}}
			services[s.Service] = scope
			request.ResourceSpans = append(request.ResourceSpans, &trace.ResourceSpans{
				Resource:   &resource.Resource{Attributes: attributes([]any{"service.name", s.Service})},
				ScopeSpans: []*trace.ScopeSpans{scope},
			})
		}
		scope.Spans = append(scope.Spans, s.wire())
	}
	return request
}

func (s *Span) wire() *trace.Span {
	w := &trace.Span{
		TraceId: s.Trace[:], SpanId: s.ID[:], Name: s.Name, Kind: s.Kind,
		StartTimeUnixNano: uint64(s.Start.UnixNano()), EndTimeUnixNano: uint64(s.End.UnixNano()),
		Attributes: attributes(s.Attributes),
	}
	if s.Parent != (SpanID{}) {
		w.ParentSpanId = s.Parent[:]
	}
	for i := range s.Links {
		w.Links = append(w.Links, &trace.Span_Link{TraceId: s.Links[i].Trace[:], SpanId: s.Links[i].Span[:]})
	}
	if s.Error {
		w.Status = &trace.Status{Code: trace.Status_STATUS_CODE_ERROR}
	}
	return w
}

func attributes(pairs []any) (out []*common.KeyValue) {
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, &common.KeyValue{Key: pairs[i].(string), Value: value(pairs[i+1])})
	}
	return out
}

func value(v any) *common.AnyValue {
	switch v := v.(type) {
	case string:
		return &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: v}}
	case int:
		return &common.AnyValue{Value: &common.AnyValue_IntValue{IntValue: int64(v)}}
	}
	panic(fmt.Sprintf("an attribute of type %T: give a string or an int", v)) //nolint:forbidigo // a mistake in the test
}
