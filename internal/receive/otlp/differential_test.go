// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/hopstamp/hopstamp/internal/receive/otlptest"
	"github.com/hopstamp/hopstamp/internal/span"
)

// seenSpan is what both decoders must see alike.
type seenSpan struct {
	Trace          span.TraceID
	Span, Parent   span.ID
	Service, Name  string
	Kind           span.Kind
	Start, End     int64
	Error          bool
	HTTPStatus     uint16
	MessageID      string
	Tenant         string
	Links          []span.Link
	DroppedLinks   uint32
	StampsInEvents int

	Host, Cluster, Coordinate string
	Batch                     uint32
	Threshold                 uint64
	Partial                   bool
}

func TestDecodesWhatTheOfficialDecoderDoes(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 11))
	decoder, batch := NewDecoder(newTable(t, otlptest.Dimensions())), new(span.Batch)
	for range 300 {
		request := otlptest.Encode(t, randomTraces(random))
		if random.IntN(2) == 0 {
			request = otlptest.AsSDK(t, request)
		}
		if err := decoder.Decode(request, batch); err != nil {
			t.Fatal(err)
		}
		ours, theirs := seenByUs(batch), seenByThem(t, request)
		if decoder.Report().Rejected != 0 || !reflect.DeepEqual(ours, theirs) {
			t.Fatalf("report %+v\nours   %+v\ntheirs %+v", decoder.Report(), ours, theirs)
		}
	}
}

func seenByUs(batch *span.Batch) (all []seenSpan) {
	for i := range batch.Records {
		r := &batch.Records[i]
		if r.Event > 0 {
			all[len(all)-1].StampsInEvents++
			continue
		}
		all = append(all, seenSpan{
			Trace: r.Trace, Span: r.Span, Parent: r.Parent, Service: batch.Text(r.Service), Name: batch.Text(r.Name),
			Kind: r.Kind, Start: r.Start, End: r.End, Error: r.Error, HTTPStatus: r.HTTPStatus, MessageID: r.MessageID,
			Tenant: batch.Text(r.Dims[span.Tenant]), Links: append([]span.Link(nil), r.Links...), DroppedLinks: r.DroppedLinks,
			Host: batch.Text(r.Host), Cluster: batch.Text(r.Cluster), Coordinate: r.Coordinate, Batch: r.Batch,
			Threshold: r.Threshold, Partial: r.Partial,
		})
	}
	return all
}

func seenByThem(t *testing.T, request []byte) (all []seenSpan) {
	t.Helper()
	export := ptraceotlp.NewExportRequest()
	if err := export.UnmarshalProto(request); err != nil {
		t.Fatal(err)
	}
	for _, resource := range export.Traces().ResourceSpans().All() {
		service, host := stringOf(resource.Resource().Attributes(), "service.name"), stringOf(resource.Resource().Attributes(), "host.id")
		if host == "" {
			host = service
		}
		for _, scope := range resource.ScopeSpans().All() {
			for _, s := range scope.Spans().All() {
				all = append(all, theirSpan(service, host, s))
			}
		}
	}
	return all
}

func theirSpan(service, host string, s ptrace.Span) seenSpan {
	seen := seenSpan{
		Trace: span.TraceID(s.TraceID()), Span: span.ID(s.SpanID()), Parent: span.ID(s.ParentSpanID()),
		Service: service, Name: s.Name(), Kind: span.Kind(s.Kind()), Start: int64(s.StartTimestamp()), End: int64(s.EndTimestamp()),
		MessageID: stringOf(s.Attributes(), "messaging.message.id"), Tenant: stringOf(s.Attributes(), "tenant.id"),
		DroppedLinks: s.DroppedLinksCount(), Host: host, Cluster: stringOf(s.Attributes(), "kafka.cluster.id"),
		Partial: s.Flags()&0xff != 0 && s.Flags()&1 == 0, Coordinate: theirCoordinate(s.Attributes(), s.Attributes()),
	}
	if s.TraceState().AsRaw() == "rojo=1,ot=rv:6e6d1a75832a2f;th:c" {
		seen.Threshold = 3 << 54
	}
	if count, ok := s.Attributes().Get("messaging.batch.message_count"); ok {
		seen.Batch = uint32(count.Int())
	}
	if status, ok := s.Attributes().Get("http.response.status_code"); ok {
		seen.HTTPStatus = uint16(status.Int())
	}
	seen.Error = s.Status().Code() == ptrace.StatusCodeError || s.Kind() == ptrace.SpanKindClient && seen.HTTPStatus >= 400 ||
		s.Kind() == ptrace.SpanKindServer && seen.HTTPStatus >= 500
	for _, link := range s.Links().All() {
		seen.Links = append(seen.Links, span.Link{Trace: span.TraceID(link.TraceID()), Span: span.ID(link.SpanID()),
			MessageID:    stringOf(link.Attributes(), "messaging.message.id"),
			Conversation: stringOf(link.Attributes(), "messaging.message.conversation_id"),
			Coordinate:   theirCoordinate(link.Attributes(), s.Attributes())})
	}
	for _, event := range s.Events().All() {
		if stringOf(event.Attributes(), "hopstamp.stage") != "" {
			seen.StampsInEvents++
		}
	}
	return seen
}

func theirCoordinate(attributes, around pcommon.Map) string {
	if offset := stringOf(attributes, "kafka.offset"); offset != "" && stringOf(around, "messaging.destination.partition.id") != "" {
		return stringOf(around, "messaging.destination.partition.id") + ":" + offset
	}
	return ""
}

func stringOf(attributes pcommon.Map, name string) string {
	if value, ok := attributes.Get(name); ok {
		return value.AsString()
	}
	return ""
}

func randomTraces(random *rand.Rand) ptrace.Traces {
	traces := ptrace.NewTraces()
	for range random.IntN(4) {
		resource := traces.ResourceSpans().AppendEmpty()
		resource.SetSchemaUrl(fmt.Sprintf("https://example.org/%d", random.IntN(3)))
		otlptest.SetAttributes(resource.Resource().Attributes(), "service.name", fmt.Sprintf("service-%d", random.IntN(5)), "list", []any{1, "x"})
		if random.IntN(2) == 0 {
			resource.Resource().Attributes().PutStr("host.id", fmt.Sprintf("host-%d", random.IntN(3)))
		}
		for range random.IntN(4) {
			scope := resource.ScopeSpans().AppendEmpty()
			scope.SetSchemaUrl("scope schema")
			scope.Scope().SetName("scope")
			for range random.IntN(6) {
				randomSpan(random, scope.Spans().AppendEmpty())
			}
		}
	}
	return traces
}

func randomSpan(random *rand.Rand, s ptrace.Span) {
	s.SetTraceID(pcommon.TraceID{byte(random.Uint32()), byte(random.Uint32()), 2: 1})
	s.SetSpanID(pcommon.SpanID{byte(random.Uint32()), 1: 1})
	if random.IntN(2) == 0 {
		s.SetParentSpanID(pcommon.SpanID{byte(random.Uint32()), 1: 1})
	}
	s.SetName([]string{"", "work", "send orders", string(make([]byte, 200))}[random.IntN(4)])
	s.SetKind(ptrace.SpanKind(random.IntN(6)))
	s.SetStartTimestamp(pcommon.Timestamp(1 + random.Uint64()>>1))
	s.SetEndTimestamp(pcommon.Timestamp(random.Uint64() >> 1))
	s.SetDroppedLinksCount(random.Uint32N(3))
	s.Status().SetCode(ptrace.StatusCode(random.IntN(3)))
	s.Status().SetMessage("a message")
	s.TraceState().FromRaw([]string{"", "rojo=1,ot=rv:6e6d1a75832a2f;th:c", "ot=th:0"}[random.IntN(3)])
	s.SetFlags([]uint32{0, 0x100, 0x101, 0x302}[random.IntN(4)])
	if random.IntN(2) == 0 {
		otlptest.SetAttributes(s.Attributes(), "http.response.status_code", 100+random.IntN(500), "tenant.id", fmt.Sprintf("t%d", random.IntN(9)),
			"messaging.message.id", fmt.Sprintf("m-%d", random.Uint32()), "long", string(make([]byte, random.IntN(300))),
			"map", map[string]any{"a": []any{1.5, true}}, "bytes", []byte{1, 2}, "kafka.cluster.id", fmt.Sprintf("c%d", random.IntN(2)),
			"messaging.batch.message_count", random.IntN(9))
	}
	if random.IntN(2) == 0 {
		otlptest.SetAttributes(s.Attributes(), "messaging.destination.partition.id", fmt.Sprint(random.IntN(3)), "kafka.offset", random.IntN(99))
	}
	for range random.IntN(3) {
		link := s.Links().AppendEmpty()
		link.SetTraceID(pcommon.TraceID{byte(random.Uint32()), 1: 1})
		link.SetSpanID(pcommon.SpanID{byte(random.Uint32()), 1: 1})
		if random.IntN(3) > 0 {
			otlptest.SetAttributes(link.Attributes(), "messaging.message.id", "other", "kafka.offset", random.IntN(99),
				"messaging.message.conversation_id", fmt.Sprintf("c%d", random.IntN(99)))
		}
		event := s.Events().AppendEmpty()
		event.SetTimestamp(otlptest.BaseTime)
		if random.IntN(2) == 0 {
			otlptest.SetAttributes(event.Attributes(), "hopstamp.stage", "rendered")
		}
	}
}
