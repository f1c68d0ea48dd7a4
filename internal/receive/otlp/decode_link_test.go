// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"reflect"
	"testing"

	"github.com/VictoriaMetrics/easyproto"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/hopstamp/hopstamp/internal/receive/otlptest"
	"github.com/hopstamp/hopstamp/internal/span"
)

// A batch: the span says what its messages have alike, the links what they have not.
func TestLinksSayWhichMessages(t *testing.T) {
	t.Parallel()
	to := span.Link{Trace: span.TraceID{9}, Span: span.ID{8}}
	tests := []struct {
		why        string
		ids        bool
		attributes []any
		want       []span.Link
	}{
		{"nothing but ids", true, nil, []span.Link{to}},
		{"attributes of no use", true, []any{"x", "y", "n", 1}, []span.Link{to}},
		{"names of today", true, []any{"messaging.message.id", "m-1", "messaging.message.conversation_id", "c-1",
			"hopstamp.message.key", "k-1", "hopstamp.recipient", "u-1", "kafka.offset", 17},
			[]span.Link{{Trace: to.Trace, Span: to.Span, Key: "k-1", MessageID: "m-1", Conversation: "c-1", Recipient: "u-1", Coordinate: "3:17"}}},
		{"names before", true, []any{"messaging.message_id", "m-1", "messaging.conversation_id", "c-1", "messaging.kafka.message.offset", 17,
			"messaging.kafka.partition", 4}, []span.Link{{Trace: to.Trace, Span: to.Span, MessageID: "m-1", Conversation: "c-1", Coordinate: "4:17"}}},
		{"an offset as the id", true, []any{"messaging.message.id", "17", "messaging.kafka.offset", 17},
			[]span.Link{{Trace: to.Trace, Span: to.Span, Coordinate: "3:17"}}},
		{"a number as the id, at Kafka", true, []any{"messaging.message.id", "17"}, []span.Link{{Trace: to.Trace, Span: to.Span, Coordinate: "3:17"}}},
		{"a tag", true, []any{"rabbitmq.message.delivery_tag", 5}, []span.Link{{Trace: to.Trace, Span: to.Span, Coordinate: "#5@c-1"}}},
		{"no ids, but a message", false, []any{"messaging.message.id", "m-1"}, []span.Link{{MessageID: "m-1"}}},
		{"no ids and no message", false, []any{"x", "y"}, nil},
		{"nothing at all", false, nil, nil},
	}
	for _, test := range tests {
		traces := otlptest.OneSpan(ptrace.SpanKindClient, "poll orders", func(s ptrace.Span) {
			otlptest.SetAttributes(s.Attributes(), "messaging.system", "kafka", "messaging.destination.partition.id", "3",
				"messaging.client.id", "c-1", "messaging.batch.message_count", 3)
			for i := range 3 { // the middle one is tested, between two others
				link := s.Links().AppendEmpty()
				if i != 1 {
					link.SetTraceID(pcommon.TraceID{byte(i + 1)})
					link.SetSpanID(pcommon.SpanID{1})
					continue
				}
				if test.ids {
					link.SetTraceID(pcommon.TraceID(to.Trace))
					link.SetSpanID(pcommon.SpanID(to.Span))
				}
				otlptest.SetAttributes(link.Attributes(), test.attributes...)
			}
		})
		want := append([]span.Link{{Trace: span.TraceID{1}, Span: span.ID{1}}}, test.want...)
		want = append(want, span.Link{Trace: span.TraceID{3}, Span: span.ID{1}})
		request := otlptest.Encode(t, traces)
		for shape, request := range map[string][]byte{"collector": request, "sdk": otlptest.AsSDK(t, request)} {
			decoder, batch := NewDecoder(newTable(t, nil)), new(span.Batch)
			if err := decoder.Decode(request, batch); err != nil || len(batch.Records) != 1 {
				t.Fatalf("%s: %v, %+v", test.why, err, decoder.Report())
			}
			if r := &batch.Records[0]; !reflect.DeepEqual(r.Links, want) || len(batch.Links) != len(want) || r.Batch != 3 {
				t.Errorf("%s, %s:\ngot  %+v\nwant %+v", test.why, shape, r.Links, want)
			}
		}
	}
}

func TestLinkOfHalfAnIDLeadsNowhere(t *testing.T) {
	t.Parallel()
	record, _, _ := decodeOne(t, otlptest.OneSpan(ptrace.SpanKindClient, "poll", func(s ptrace.Span) {
		for range 2 {
			s.Links().AppendEmpty().SetTraceID(pcommon.TraceID{9})
		}
		s.Links().At(1).Attributes().PutStr("hopstamp.message.key", "k")
	}))
	if want := []span.Link{{Key: "k"}}; !reflect.DeepEqual(record.Links, want) {
		t.Errorf("links %+v, want %+v", record.Links, want)
	}
}

func TestBrokenAttributeOfALink(t *testing.T) {
	t.Parallel()
	decoder, batch := NewDecoder(newTable(t, nil)), new(span.Batch)
	broken := func(m *easyproto.MessageMarshaler) {
		m.AppendBytes(1, []byte("1234567812345678"))
		m.AppendBytes(2, []byte("12345678"))
		m.AppendFixed64(7, otlptest.BaseTime)
		m.AppendMessage(13).AppendBytes(4, []byte{0x0a, 9, 'x'})
	}
	if err := decoder.Decode(request(broken), batch); err != nil {
		t.Fatal(err)
	}
	if report := decoder.Report(); report.rejected[badLink] != 1 || len(batch.Records) != 0 || len(batch.Links) != 0 {
		t.Errorf("report %+v, %d records, %d links", report, len(batch.Records), len(batch.Links))
	}
}
