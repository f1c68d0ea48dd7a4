// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

const fifth = 5 // the number of the block that the tests look at

func small(t testing.TB) *Workload {
	t.Helper()
	w, err := New(Params{Seed: 7, Batch: 60, Ring: 2, Pods: 1})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestOfficialEncoderGivesIdenticalBytes(t *testing.T) {
	w := small(t)
	for _, request := range w.Block(fifth).Requests {
		ours := w.Patch(request, fifth, 1e18)
		var decoded collectortrace.ExportTraceServiceRequest
		if err := proto.Unmarshal(ours, &decoded); err != nil {
			t.Fatal(err)
		}
		official, err := proto.MarshalOptions{Deterministic: true}.Marshal(&decoded)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(official, ours) {
			t.Fatalf("the official encoder gives other bytes: %d, ours %d", len(official), len(ours))
		}
	}
}

func TestBytesNeverChange(t *testing.T) {
	w := small(t)
	hash := sha256.New()
	base := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()
	for _, request := range w.Block(0).Requests {
		b := w.Patch(request, 0, base)
		hash.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(b))))
		hash.Write(b)
	}
	const published = "2de2b7007f965cc704299c7ecc4e0c59807e499cf07cd9e5d3657d10be24a47a"
	if got := hex.EncodeToString(hash.Sum(nil)); got != published {
		t.Errorf("the load is %s, published results are for %s", got, published)
	}
}

// trace is what the Collector's decoder finds of one trace.
type trace struct {
	parents     map[pspan]pspan
	first, last uint64
}

type pspan = [8]byte

// decode reads a block with the Collector's decoder.
func decode(t *testing.T, w *Workload) map[[16]byte]*trace {
	traces := map[[16]byte]*trace{}
	for _, request := range w.Block(fifth).Requests {
		decoded := ptraceotlp.NewExportRequest()
		if err := decoded.UnmarshalProto(w.Patch(request, fifth, 1e18)); err != nil {
			t.Fatal(err)
		}
		if got := decoded.Traces().SpanCount(); got != request.Spans || got != w.Params.Batch {
			t.Fatalf("a request has %d spans, says %d, should have %d", got, request.Spans, w.Params.Batch)
		}
		for _, resource := range decoded.Traces().ResourceSpans().All() {
			for _, scope := range resource.ScopeSpans().All() {
				for _, span := range scope.Spans().All() {
					gather(traces, span)
					checkConsumer(t, span)
				}
			}
		}
	}
	return traces
}

func gather(traces map[[16]byte]*trace, span ptrace.Span) {
	found := traces[span.TraceID()]
	if found == nil {
		found = &trace{parents: map[pspan]pspan{}, first: 1 << 63}
		traces[span.TraceID()] = found
	}
	found.parents[span.SpanID()] = span.ParentSpanID()
	found.first = min(found.first, uint64(span.StartTimestamp()))
	found.last = max(found.last, uint64(span.EndTimestamp()))
}

func checkConsumer(t *testing.T, span ptrace.Span) {
	if span.Kind() != ptrace.SpanKindConsumer {
		return
	}
	if span.Links().Len() != 1 || span.Links().At(0).TraceID() != span.TraceID() ||
		span.Links().At(0).SpanID() != span.ParentSpanID() {
		t.Fatal("a consumer is not linked to its producer")
	}
	if id, _ := span.Attributes().Get("messaging.message.id"); len(id.Str()) != 32 || id.Str() == messageID {
		t.Fatalf("a consumer has the message id %q", id.Str())
	}
}

func TestWavesFormCompleteTraces(t *testing.T) {
	w := small(t)
	traces := decode(t, w)
	if len(traces) != w.Params.Batch {
		t.Fatalf("%d traces of %d messages", len(traces), w.Params.Batch)
	}
	for slot := range w.Block(fifth).Messages {
		ids := idsOf(w.Params.Seed, uint64(fifth*w.Params.Batch+slot))
		var id [16]byte
		binary.BigEndian.PutUint64(id[:], ids.traceHigh)
		binary.BigEndian.PutUint64(id[8:], ids.traceLow)
		found := traces[id]
		if found == nil || len(found.parents) != SpansPerMessage {
			t.Fatalf("message %d is incomplete: %+v", slot, found)
		}
		if roots := roots(t, found); roots != 1 {
			t.Fatalf("message %d has %d roots", slot, roots)
		}
		truth := w.Block(fifth).Messages[slot].TraceDuration()
		if took := time.Duration(found.last - found.first); took != truth {
			t.Fatalf("message %d took %v, should take %v", slot, took, truth)
		}
	}
}

func roots(t *testing.T, found *trace) (count int) {
	for _, parent := range found.parents {
		if parent == (pspan{}) {
			count++
		} else if _, ok := found.parents[parent]; !ok {
			t.Fatal("a span's parent is in no request")
		}
	}
	return count
}

func TestOutcomesFollowFromTheMessages(t *testing.T) {
	for name, c := range map[string]struct {
		message Message
		want    Outcome
	}{
		"provider refused it": {Message{Error: true}, Outcome{"failed", ""}},
		"provider was quick":  {Message{}, Outcome{"sent", "in_time"}},
		"provider took longer than the deadline": {
			Message{Duration: [spanKinds]time.Duration{post: Deadline + 1}}, Outcome{"sent", "late"}},
	} {
		if got := c.message.Outcome(); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	w := small(t)
	var total int64
	for _, count := range w.Outcomes(3) {
		total += count
	}
	if total != 3*int64(w.Params.Batch) {
		t.Errorf("%d outcomes of %d messages", total, 3*w.Params.Batch)
	}
}

func BenchmarkPatch(b *testing.B) {
	w := small(b)
	spans := 0
	b.ReportAllocs()
	for i := int64(0); b.Loop(); i++ {
		for _, request := range w.Block(i).Requests {
			w.Patch(request, i, 1e18)
			spans += request.Spans
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(spans), "ns/span")
}
