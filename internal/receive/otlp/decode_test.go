// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/VictoriaMetrics/easyproto"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/hopstamp/hopstamp/internal/receive/otlptest"
	"github.com/hopstamp/hopstamp/internal/span"
)

func TestDecodeTheJourneyOfAMessage(t *testing.T) {
	t.Parallel()
	decoder, batch := NewDecoder(newTable(t, otlptest.Dimensions())), new(span.Batch)
	for shape, request := range map[string][]byte{"collector": otlptest.Encode(t, otlptest.Platform(1)), "sdk": otlptest.AsSDK(t, otlptest.Encode(t, otlptest.Platform(1)))} {
		if err := decoder.Decode(request, batch); err != nil {
			t.Fatal(err)
		}
		var got []string
		for i := range batch.Records {
			r := &batch.Records[i]
			got = append(got, fmt.Sprintf("%s %q %s %s %d", batch.Text(r.Service), batch.Text(r.Name), r.Kind, r.Stage, r.HTTPStatus))
			if tenant := batch.Text(r.Dims[span.Tenant]); !strings.HasPrefix(tenant, "tenant-") {
				t.Errorf("%s: tenant %q", got[i], tenant)
			}
		}
		want := []string{
			`ingress-api "POST /v1/messages" server accepted 202`,
			`ingress-api "normalize" internal  0`,
			`ingress-api "publish events" producer published 0`,
			`stream-router "process events" consumer processed 0`,
			`delivery "deliver" internal  0`,
			`delivery "POST" client invoked 200`,
			`receipt-tracker "receipt" client invoked 200`,
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\ngot  %s\nwant %s", shape, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
		}
		publish, process := &batch.Records[2], &batch.Records[3]
		if process.MessageID == "" || process.MessageID != publish.MessageID || process.Parent != publish.Span ||
			!reflect.DeepEqual(process.Links, []span.Link{{Trace: publish.Trace, Span: publish.Span}}) {
			t.Errorf("%s: process %+v does not follow publish %+v", shape, process, publish)
		}
	}
}

func TestSpansThatCannotBeTaken(t *testing.T) {
	t.Parallel()
	id16, id8 := make([]byte, 16), make([]byte, 8)
	id16[0], id8[0] = 1, 1
	type change func(m *easyproto.MessageMarshaler)
	good := func(trace, id []byte, start uint64, more change) change {
		return func(m *easyproto.MessageMarshaler) {
			m.AppendBytes(1, trace)
			m.AppendBytes(2, id)
			m.AppendFixed64(7, start)
			m.AppendFixed64(8, otlptest.BaseTime)
			if more != nil {
				more(m)
			}
		}
	}
	link := func(trace []byte) change {
		return func(m *easyproto.MessageMarshaler) {
			l := m.AppendMessage(13)
			l.AppendBytes(1, trace)
			l.AppendBytes(2, id8)
		}
	}
	tests := []struct {
		why  string
		span change
		want reason
	}{
		{"as it should be", good(id16, id8, otlptest.BaseTime, nil), notRejected},
		{"no trace id", good(nil, id8, otlptest.BaseTime, nil), badTraceID},
		{"zero trace id", good(make([]byte, 16), id8, otlptest.BaseTime, nil), badTraceID},
		{"short trace id", good(id16[:8], id8, otlptest.BaseTime, nil), badTraceID},
		{"long trace id", good(make([]byte, 17), id8, otlptest.BaseTime, nil), badTraceID},
		{"no span id", good(id16, nil, otlptest.BaseTime, nil), badSpanID},
		{"zero span id", good(id16, make([]byte, 8), otlptest.BaseTime, nil), badSpanID},
		{"long span id", good(id16, id16, otlptest.BaseTime, nil), badSpanID},
		{"short parent", good(id16, id8, otlptest.BaseTime, func(m *easyproto.MessageMarshaler) { m.AppendBytes(4, id8[:4]) }), badParentID},
		{"zero parent", good(id16, id8, otlptest.BaseTime, func(m *easyproto.MessageMarshaler) { m.AppendBytes(4, make([]byte, 8)) }), notRejected},
		{"no start", good(id16, id8, 0, nil), badStart},
		{"absurd start", good(id16, id8, 1<<63, nil), badStart},
		{"absurd end", good(id16, id8, otlptest.BaseTime, func(m *easyproto.MessageMarshaler) { m.AppendFixed64(8, 1<<63) }), badEnd},
		{"end before start", good(id16, id8, otlptest.BaseTime+1000, nil), notRejected},
		{"short id in a link", good(id16, id8, otlptest.BaseTime, link(id8)), badLink},
		{"link without ids", good(id16, id8, otlptest.BaseTime, link(nil)), notRejected},
		{"name is a number", good(id16, id8, otlptest.BaseTime, func(m *easyproto.MessageMarshaler) { m.AppendUint64(5, 1) }), malformedSpan},
		{"attribute is cut", good(id16, id8, otlptest.BaseTime, func(m *easyproto.MessageMarshaler) { m.AppendBytes(9, []byte{0x0a, 9, 'x'}) }), malformedSpan},
		{"attribute is empty", good(id16, id8, otlptest.BaseTime, func(m *easyproto.MessageMarshaler) { m.AppendBytes(9, nil) }), notRejected},
		{"event is cut", good(id16, id8, otlptest.BaseTime, func(m *easyproto.MessageMarshaler) { m.AppendBytes(11, []byte{0x0a}) }), malformedSpan},
		{"status is cut", good(id16, id8, otlptest.BaseTime, func(m *easyproto.MessageMarshaler) { m.AppendBytes(15, []byte{0x0a}) }), malformedSpan},
		{"too many links", good(id16, id8, otlptest.BaseTime, func(m *easyproto.MessageMarshaler) {
			for range maxLinks + 1 {
				link(id16)(m)
			}
		}), tooManyLinks},
	}
	table := newTable(t, nil)
	for _, test := range tests {
		decoder, batch := NewDecoder(table), new(span.Batch)
		if err := decoder.Decode(request(good(id16, id8, otlptest.BaseTime, nil), test.span), batch); err != nil {
			t.Errorf("%s: %v", test.why, err)
			continue
		}
		report := decoder.Report()
		if test.want == notRejected {
			if report.Rejected != 0 || len(batch.Records) != 2 {
				t.Errorf("%s: rejected: %s", test.why, report.First)
			}
			continue
		}
		if report.rejected[test.want] != 1 || report.Rejected != 1 || len(batch.Records) != 1 || len(batch.Links) != 0 {
			t.Errorf("%s: report %+v with %d records, want one rejected for %s", test.why, report, len(batch.Records), test.want)
		}
		want := fmt.Sprintf("span 2 of the request, of service %q: %s", "s", reasons[test.want].words)
		if report.First != want {
			t.Errorf("%s: said %q, want %q", test.why, report.First, want)
		}
	}
}

// request is a resource "s" with one scope that holds the spans.
func request(spans ...func(*easyproto.MessageMarshaler)) []byte {
	m := new(easyproto.Marshaler)
	resourceSpans := m.MessageMarshaler().AppendMessage(1)
	attribute := resourceSpans.AppendMessage(1).AppendMessage(1)
	attribute.AppendString(1, "service.name")
	attribute.AppendMessage(2).AppendString(1, "s")
	scope := resourceSpans.AppendMessage(2)
	for _, write := range spans {
		write(scope.AppendMessage(2))
	}
	return m.Marshal(nil)
}

func TestBrokenFramingRefusesTheRequest(t *testing.T) {
	t.Parallel()
	whole := otlptest.Encode(t, otlptest.OneSpan(ptrace.SpanKindServer, "x", nil))
	decoder, batch := NewDecoder(newTable(t, nil)), new(span.Batch)
	for n := 1; n < len(whole); n++ {
		if err := decoder.Decode(whole[:n], batch); !errors.Is(err, ErrMalformed) {
			t.Fatalf("%d of %d bytes: error %v, want ErrMalformed", n, len(whole), err)
		}
	}
	for why, broken := range map[string][]byte{
		"field number 0":         {0x02, 0},
		"group":                  {0x0b},
		"resource is a number":   {0x0a, 2, 0x08, 1},
		"scope is a number":      {0x0a, 2, 0x10, 1},
		"span is a number":       {0x0a, 4, 0x12, 2, 0x10, 1},
		"attribute is a number":  {0x0a, 4, 0x0a, 2, 0x08, 1},
		"resource spans as text": []byte("not protobuf"),
	} {
		if err := decoder.Decode(broken, batch); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: error %v, want ErrMalformed", why, err)
		}
	}
	if err := decoder.Decode(nil, batch); err != nil || decoder.Report().Spans != 0 {
		t.Errorf("an empty request: %v", err)
	}
}

// Protobuf allows fields in any order; the resource may follow its spans.
func TestResourceAfterItsSpans(t *testing.T) {
	t.Parallel()
	m := new(easyproto.Marshaler)
	resourceSpans := m.MessageMarshaler().AppendMessage(1)
	s := resourceSpans.AppendMessage(2).AppendMessage(2)
	s.AppendFixed64(7, otlptest.BaseTime)
	s.AppendBytes(2, []byte("12345678"))
	s.AppendBytes(1, []byte("1234567812345678"))
	attribute := resourceSpans.AppendMessage(1).AppendMessage(1)
	attribute.AppendMessage(2).AppendString(1, "late")
	attribute.AppendString(1, "service.name")
	decoder, batch := NewDecoder(newTable(t, nil)), new(span.Batch)
	if err := decoder.Decode(m.Marshal(nil), batch); err != nil {
		t.Fatal(err)
	}
	if got := batch.Text(batch.Records[0].Service); got != "late" {
		t.Errorf("service %q", got)
	}
}

func TestServiceWithoutName(t *testing.T) {
	t.Parallel()
	traces := otlptest.OneSpan(ptrace.SpanKindServer, "x", nil)
	traces.ResourceSpans().At(0).Resource().Attributes().Clear()
	record, batch, _ := decodeOne(t, traces)
	if got := batch.Text(record.Service); got != "unknown_service" {
		t.Errorf("service %q", got)
	}
}

func TestEventsThatSayAStage(t *testing.T) {
	t.Parallel()
	event := func(s ptrace.Span, name string, at uint64, attributes ...any) {
		e := s.Events().AppendEmpty()
		e.SetName(name)
		e.SetTimestamp(pcommon.Timestamp(at))
		otlptest.SetAttributes(e.Attributes(), attributes...)
	}
	record, batch, report := decodeOne(t, otlptest.OneSpan(ptrace.SpanKindInternal, "push", func(s ptrace.Span) {
		otlptest.SetAttributes(s.Attributes(), "hopstamp.message.key", "k-1", "hopstamp.channel", "push", "hopstamp.recipient", "u-0")
		event(s, "log", otlptest.BaseTime+1, "x", "y")
		event(s, "shown", otlptest.BaseTime+2, "hopstamp.stage", "rendered", "hopstamp.recipient", "u-1", "hopstamp.device", "ios")
		event(s, "guess", otlptest.BaseTime+3, "hopstamp.stage", "seen")
		event(s, "untimed", 0, "hopstamp.stage", "opened")
		event(s, "failed", otlptest.BaseTime+4, "hopstamp.stage", "delivered", "error.type", "timeout", "hopstamp.outcome", "failed")
	}))
	if len(batch.Records) != 3 || report.Spans != 1 || report.odd[unknownStage] != 1 || report.odd[unreadEvent] != 1 {
		t.Fatalf("%d records, report %+v", len(batch.Records), report)
	}
	shown, failed := &batch.Records[1], &batch.Records[2]
	if shown.Trace != record.Trace || shown.Span != record.Span || shown.Parent != record.Span || shown.Event != 2 ||
		shown.Start != otlptest.BaseTime+2 || shown.End != shown.Start || shown.Stage != span.Rendered || !shown.Explicit ||
		shown.Service != record.Service || batch.Text(shown.Name) != "shown" {
		t.Errorf("event %+v of span %+v", shown, record)
	}
	if shown.Key != "k-1" || shown.Recipient != "u-1" || batch.Text(shown.Dims[span.Channel]) != "push" || batch.Text(shown.Dims[span.Device]) != "ios" {
		t.Errorf("event says key %q, recipient %q, dims %v", shown.Key, shown.Recipient, shown.Dims)
	}
	if failed.Event != 5 || failed.Recipient != "u-0" || !failed.Error || failed.Category != span.Timeout || failed.Outcome != span.OutcomeFailed {
		t.Errorf("failed event %+v", failed)
	}
	if record.Dims[span.Device] != 0 || record.Error {
		t.Errorf("the span took from its events: %+v", record)
	}
}

func TestLongAndBrokenTexts(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", maxText)
	record, batch, report := decodeOne(t, otlptest.OneSpan(ptrace.SpanKindServer, "x"+long, otlptest.WithAttributes(
		"hopstamp.message.key", long, "hopstamp.recipient", "u\xff", "hopstamp.tenant", "t\xff", "hopstamp.channel", "t\xff")))
	name := batch.Text(record.Name)
	if len(name) > maxText || len(name) < maxText-4 || !utf8.ValidString(name) || report.odd[shortenedText] != 1 {
		t.Errorf("name of %d bytes, %d shortened", len(name), report.odd[shortenedText])
	}
	if record.Key != "" || report.odd[droppedID] != 1 {
		t.Errorf("key of %d bytes, %d dropped", len(record.Key), report.odd[droppedID])
	}
	if record.Recipient != "u\uFFFD" || batch.Text(record.Dims[span.Tenant]) != "t\uFFFD" || record.Dims[span.Tenant] != record.Dims[span.Channel] {
		t.Errorf("recipient %q, tenant %q", record.Recipient, batch.Text(record.Dims[span.Tenant]))
	}
}

func TestEachTextHasOneSymbol(t *testing.T) {
	t.Parallel()
	decoder, batch := NewDecoder(newTable(t, otlptest.Dimensions())), new(span.Batch)
	for _, messages := range []int{500, 3, 500} { // grows, and is used again
		if err := decoder.Decode(otlptest.Encode(t, otlptest.Platform(messages)), batch); err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, text := range batch.Symbols {
			if seen[text] {
				t.Fatalf("%d messages: %q has two symbols", messages, text)
			}
			seen[text] = true
		}
		if !seen["tenant-0001"] && messages == 500 {
			t.Fatal("a tenant is missing")
		}
	}
}

func TestDecodeAllocatesNothingPerSpan(t *testing.T) {
	decoder, batch := NewDecoder(newTable(t, otlptest.Dimensions())), new(span.Batch)
	request := otlptest.Encode(t, otlptest.Platform(72))
	allocations := testing.AllocsPerRun(20, func() {
		if err := decoder.Decode(request, batch); err != nil {
			t.Fatal(err)
		}
	})
	if len(batch.Records) != 504 || allocations != 0 {
		t.Errorf("%v allocations for %d spans", allocations, len(batch.Records))
	}
}
