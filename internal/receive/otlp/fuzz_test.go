// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"bytes"
	"testing"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/hopstamp/hopstamp/internal/receive/otlptest"
	"github.com/hopstamp/hopstamp/internal/span"
)

// Whatever comes, decoding does not panic, what it takes makes a chunk that is
// read back alike, and it sees all spans of what the official encoder makes of it.
func FuzzDecode(f *testing.F) {
	f.Add(otlptest.Encode(f, otlptest.Platform(1)))
	f.Add(otlptest.AsSDK(f, otlptest.Encode(f, otlptest.Platform(1))))
	f.Add(otlptest.Encode(f, otlptest.OneSpan(ptrace.SpanKindServer, "x", func(s ptrace.Span) {
		s.Events().AppendEmpty().Attributes().PutStr("hopstamp.stage", "rendered")
		s.Links().AppendEmpty().SetTraceID([16]byte{1})
		s.Links().At(0).Attributes().PutStr("messaging.message.id", "m")
		s.TraceState().FromRaw("rojo=1,ot=rv:6e6d1a75832a2f;th:c")
		s.Attributes().PutInt("kafka.offset", 17)
		s.Attributes().PutInt("messaging.kafka.partition", 3)
	})))
	f.Add(span.AppendStamps(nil, &span.Batch{Symbols: []string{""}}))
	f.Add([]byte{0x0a, 2, 0x12, 0})
	table := newTable(f, otlptest.Dimensions())
	f.Fuzz(func(t *testing.T, data []byte) {
		decoder, batch, parts := NewDecoder(table), new(span.Batch), make([]Part, 2)
		export := ptraceotlp.NewExportRequest()
		if err := export.UnmarshalProto(bytes.Clone(data)); err == nil {
			if err := decoder.Decode(otlptest.Encode(t, export.Traces()), batch); err != nil {
				t.Fatal(err)
			}
			if report := decoder.Report(); report.Spans+report.Rejected != export.Traces().SpanCount() {
				t.Fatalf("%+v of %d spans", report, export.Traces().SpanCount())
			}
		}
		if err := decoder.Decode(data, batch); err != nil {
			return
		}
		for i := range batch.Records {
			checkFuzzed(t, &batch.Records[i])
		}
		decoder.Split(data, batch, parts)
		records := 0
		for i := range parts {
			chunk := span.AppendStamps(parts[i].OTLP, &parts[i].Batch)
			err := span.ReadStamps(chunk, nil, func(again *span.Batch) error {
				records += len(again.Records)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if records != len(batch.Records) {
			t.Fatalf("%d records of %d come out of the parts", records, len(batch.Records))
		}
	})
}

// checkFuzzed: what a record says, tracking may rely on.
func checkFuzzed(t *testing.T, r *span.Record) {
	t.Helper()
	if r.Host == 0 || r.Threshold >= 1<<56 {
		t.Fatalf("host %d, threshold %x", r.Host, r.Threshold)
	}
	for i := range r.Links {
		if link := &r.Links[i]; *link == (span.Link{}) || (link.Trace == span.TraceID{}) != (link.Span == span.ID{}) {
			t.Fatalf("link %+v", link)
		}
	}
}
