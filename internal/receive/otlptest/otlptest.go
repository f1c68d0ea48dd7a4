// SPDX-License-Identifier: Apache-2.0

// Package otlptest makes OpenTelemetry trace requests for tests.
package otlptest

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// BaseTime is about when the spans are, nanoseconds since 1970.
const BaseTime = 1_700_000_000_000_000_000

// Dimensions are where the dimensions of Platform come from, as an operator with
// names of their own would configure them.
func Dimensions() map[string][]string {
	return map[string][]string{
		"tenant":      {"hopstamp.tenant", "tenant.id", "customer.id"},
		"channel":     {"hopstamp.channel", "channel"},
		"destination": {"hopstamp.destination", "destination"},
		"region":      {"hopstamp.region", "region"},
	}
}

// Platform is a request like those of a messaging platform: each message is a
// trace of seven spans of four services, about 330 bytes a span.
func Platform(messages int) ptrace.Traces {
	traces := ptrace.NewTraces()
	random := rand.New(rand.NewPCG(1, 2))
	var scopes [4]ptrace.ScopeSpans
	for i, service := range []string{"ingress-api", "stream-router", "delivery", "receipt-tracker"} {
		resource := traces.ResourceSpans().AppendEmpty()
		resource.SetSchemaUrl("https://opentelemetry.io/schemas/1.37.0")
		SetAttributes(resource.Resource().Attributes(), "service.name", service, "service.version", "1.42.0",
			"service.instance.id", service+"-7c9d8f6b5-00001", "deployment.environment.name", "production",
			"telemetry.sdk.language", "go", "telemetry.sdk.name", "opentelemetry")
		scopes[i] = resource.ScopeSpans().AppendEmpty()
		scopes[i].Scope().SetName("messaging/" + service)
		scopes[i].Scope().SetVersion("0.3.1")
	}
	for i := range messages {
		appendMessage(random, &scopes, uint64(i+1))
	}
	return traces
}

func appendMessage(random *rand.Rand, scopes *[4]ptrace.ScopeSpans, message uint64) {
	tenant, channel := fmt.Sprintf("tenant-%04d", random.IntN(200)), []string{"sms", "email", "push"}[random.IntN(3)]
	provider, region := fmt.Sprintf("provider-%02d", random.IntN(20)), []string{"eu-west-1", "us-east-1"}[random.IntN(2)]
	var trace pcommon.TraceID
	binary.BigEndian.PutUint64(trace[:], random.Uint64())
	binary.BigEndian.PutUint64(trace[8:], random.Uint64())
	id := fmt.Sprintf("%016x%016x", random.Uint64(), random.Uint64())
	var ids [7]pcommon.SpanID
	add := func(scope, at, parent int, kind ptrace.SpanKind, name string, attributes ...any) ptrace.Span {
		s := scopes[scope].Spans().AppendEmpty()
		binary.BigEndian.PutUint64(ids[at][:], message<<8|uint64(at+1))
		s.SetTraceID(trace)
		s.SetSpanID(ids[at])
		if parent >= 0 {
			s.SetParentSpanID(ids[parent])
		}
		s.SetName(name)
		s.SetKind(kind)
		s.SetFlags(0x101)
		s.SetStartTimestamp(pcommon.Timestamp(BaseTime + message*1_000_000 + uint64(at)*1000))
		s.SetEndTimestamp(s.StartTimestamp() + 5_000_000)
		SetAttributes(s.Attributes(), attributes...)
		return s
	}
	add(0, 0, -1, ptrace.SpanKindServer, "POST /v1/messages", "http.request.method", "POST", "http.route", "/v1/messages",
		"url.path", "/v1/messages", "url.scheme", "https", "http.response.status_code", 202, "server.address", "api.example.com",
		"server.port", 443, "client.address", "10.1.2.3", "user_agent.original", "okhttp/4.12.0", "network.protocol.version", "1.1",
		"tenant.id", tenant, "channel", channel, "region", region)
	add(0, 1, 0, ptrace.SpanKindInternal, "normalize", "tenant.id", tenant, "channel", channel, "message.size", random.IntN(2000),
		"route.rule", fmt.Sprintf("rule-%03d", random.IntN(300)))
	add(0, 2, 1, ptrace.SpanKindProducer, "publish events", "messaging.system", "nats", "messaging.operation.name", "publish",
		"messaging.operation.type", "send", "messaging.destination.name", "events."+channel, "messaging.message.id", id,
		"messaging.message.body.size", random.IntN(2000), "server.address", "nats-0.nats.svc", "tenant.id", tenant)
	link := add(1, 3, 2, ptrace.SpanKindConsumer, "process events", "messaging.system", "nats", "messaging.operation.name", "process",
		"messaging.operation.type", "process", "messaging.destination.name", "events."+channel, "messaging.message.id", id,
		"messaging.consumer.group.name", "delivery-workers", "tenant.id", tenant).Links().AppendEmpty()
	link.SetTraceID(trace)
	link.SetSpanID(ids[2])
	add(2, 4, 3, ptrace.SpanKindInternal, "deliver", "tenant.id", tenant, "channel", channel, "region", region,
		"destination", provider, "retry_count", 0, "delivery.status", "sent")
	add(2, 5, 4, ptrace.SpanKindClient, "POST", "http.request.method", "POST", "server.address", provider+".example.net",
		"server.port", 443, "url.full", "https://"+provider+".example.net/v2/send", "http.response.status_code", 200,
		"network.protocol.version", "2", "tenant.id", tenant, "destination", provider)
	add(3, 6, 4, ptrace.SpanKindClient, "receipt", "http.request.method", "POST", "server.address", "hooks."+tenant+".example.org",
		"http.response.status_code", 200, "receipt.type", "delivered", "tenant.id", tenant, "channel", channel)
}

// SetAttributes takes names and values in turn.
func SetAttributes(to pcommon.Map, pairs ...any) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if err := to.PutEmpty(pairs[i].(string)).FromRaw(pairs[i+1]); err != nil {
			panic(err) //nolint:forbidigo // of fixtures for tests; a wrong one is a mistake in the test
		}
	}
}

// Encode writes the request as the Collector does: fields in descending order.
func Encode(t testing.TB, traces ptrace.Traces) []byte {
	t.Helper()
	request, err := ptraceotlp.NewExportRequestFromTraces(traces).MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	return request
}

// AsSDK re-encodes a request with the fields in ascending order, as the SDKs do;
// the Collector's encoder writes them in descending order.
func AsSDK(t testing.TB, request []byte) []byte {
	t.Helper()
	var message coltrace.ExportTraceServiceRequest
	if err := proto.Unmarshal(request, &message); err != nil {
		t.Fatal(err)
	}
	again, err := proto.MarshalOptions{Deterministic: true}.Marshal(&message)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// OneSpan is a request of one span with valid ids and times, that the test completes.
func OneSpan(kind ptrace.SpanKind, name string, complete func(ptrace.Span)) ptrace.Traces {
	traces := ptrace.NewTraces()
	resource := traces.ResourceSpans().AppendEmpty()
	resource.Resource().Attributes().PutStr("service.name", "gateway")
	s := resource.ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	s.SetTraceID(pcommon.TraceID{1})
	s.SetSpanID(pcommon.SpanID{2})
	s.SetKind(kind)
	s.SetName(name)
	s.SetStartTimestamp(BaseTime)
	s.SetEndTimestamp(BaseTime + 1000)
	if complete != nil {
		complete(s)
	}
	return traces
}

// WithAttributes is a completion of oneSpan.
func WithAttributes(pairs ...any) func(ptrace.Span) {
	return func(s ptrace.Span) { SetAttributes(s.Attributes(), pairs...) }
}
