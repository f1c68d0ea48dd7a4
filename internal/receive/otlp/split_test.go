// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/VictoriaMetrics/easyproto"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/hopstamp/hopstamp/internal/receive/otlptest"
	"github.com/hopstamp/hopstamp/internal/span"
)

// The function is part of the format of the log: these answers may never change.
func TestPartitionOfIsStable(t *testing.T) {
	t.Parallel()
	var got []int
	for i := range 8 {
		got = append(got, span.PartitionOf(span.TraceID{0: byte(i), 15: byte(3 * i)}, 16))
	}
	if want := []int{0, 1, 15, 8, 15, 4, 7, 13}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestPartitionsAreEven(t *testing.T) {
	t.Parallel()
	const partitions, traces = 7, 70_000
	for why, trace := range map[string]func(i int) span.TraceID{
		"counted at the end":   func(i int) span.TraceID { return span.TraceID{1, 13: byte(i >> 16), 14: byte(i >> 8), 15: byte(i)} },
		"counted at the start": func(i int) span.TraceID { return span.TraceID{byte(i), byte(i >> 8), byte(i >> 16), 15: 1} },
	} {
		var counts [partitions]int
		for i := range traces {
			counts[span.PartitionOf(trace(i), partitions)]++
		}
		for _, count := range counts {
			if count < traces/partitions*95/100 || count > traces/partitions*105/100 {
				t.Errorf("%s: %v", why, counts)
			}
		}
	}
}

func TestSplitLosesAndChangesNothing(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 5))
	decoder, batch := NewDecoder(newTable(t, otlptest.Dimensions())), new(span.Batch)
	parts := make([]Part, 3)
	for range 200 {
		request := otlptest.Encode(t, randomTraces(random))
		if err := decoder.Decode(request, batch); err != nil {
			t.Fatal(err)
		}
		decoder.Split(request, batch, parts)
		var union []string
		for i := range parts {
			placed := placedSpans(t, parts[i].OTLP)
			union = append(union, placed...)
			checkPart(t, &parts[i], i, len(parts), len(placed))
		}
		want := placedSpans(t, request)
		slices.Sort(union)
		slices.Sort(want)
		if !slices.Equal(union, want) {
			t.Fatalf("the parts hold %d spans, the request %d, or they are not the same", len(union), len(want))
		}
	}
}

// checkPart: the official decoder takes the part, all of it belongs there, and
// its batch is what decoding it alone gives.
func checkPart(t *testing.T, part *Part, partition, partitions, spans int) {
	t.Helper()
	export := ptraceotlp.NewExportRequest()
	if err := export.UnmarshalProto(part.OTLP); err != nil {
		t.Fatal(err)
	}
	if export.Traces().SpanCount() != spans {
		t.Fatalf("the official decoder sees %d spans, there are %d", export.Traces().SpanCount(), spans)
	}
	alone, again := NewDecoder(newTable(t, otlptest.Dimensions())), new(span.Batch)
	if err := alone.Decode(part.OTLP, again); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(seenByUs(again), seenByUs(&part.Batch)) || len(again.Records) != len(part.Batch.Records) {
		t.Fatalf("batch of the part %+v, decoded alone %+v", part.Batch, again)
	}
	for i := range part.Batch.Records {
		if at := span.PartitionOf(part.Batch.Records[i].Trace, partitions); at != partition {
			t.Fatalf("a record of partition %d is in %d", at, partition)
		}
	}
}

// placedSpans are the bytes of each span, after those of its resource and scope.
func placedSpans(t *testing.T, request []byte) (all []string) {
	t.Helper()
	for _, resource := range fields(t, request, 1) {
		place := fmt.Sprintf("%x|", headersOf(t, resource))
		for _, scope := range fields(t, resource, 2) {
			for _, s := range fields(t, scope, 2) {
				all = append(all, fmt.Sprintf("%s%x|%x", place, headersOf(t, scope), s))
			}
		}
	}
	return all
}

func fields(t *testing.T, message []byte, number uint32) (all [][]byte) {
	t.Helper()
	var fc easyproto.FieldContext
	var err error
	for len(message) > 0 {
		if message, err = fc.NextField(message); err != nil {
			t.Fatal(err)
		}
		if data, ok := fc.MessageData(); ok && fc.FieldNum == number {
			all = append(all, data)
		}
	}
	return all
}

func headersOf(t *testing.T, message []byte) (headers []byte) {
	for _, number := range []uint32{1, 3} {
		headers = append(headers, bytes.Join(fields(t, message, number), nil)...)
	}
	return headers
}

func TestSplitLeavesOutWhatWasRejected(t *testing.T) {
	t.Parallel()
	traces := otlptest.Platform(2)
	traces.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(1).SetStartTimestamp(0)
	traces.ResourceSpans().At(3).ScopeSpans().At(0).Spans().At(0).SetStartTimestamp(0)
	traces.ResourceSpans().At(3).ScopeSpans().At(0).Spans().At(1).SetStartTimestamp(0)
	request, decoder, batch, parts := otlptest.Encode(t, traces), NewDecoder(newTable(t, otlptest.Dimensions())), new(span.Batch), make([]Part, 1)
	if err := decoder.Decode(request, batch); err != nil {
		t.Fatal(err)
	}
	if decoder.Whole() || decoder.Report().Rejected != 3 {
		t.Fatalf("report %+v", decoder.Report())
	}
	decoder.Split(request, batch, parts)
	export := ptraceotlp.NewExportRequest()
	if err := export.UnmarshalProto(parts[0].OTLP); err != nil {
		t.Fatal(err)
	}
	if got := export.Traces(); got.SpanCount() != 11 || got.ResourceSpans().Len() != 3 || len(parts[0].Batch.Records) != 11 {
		t.Errorf("%d spans of %d resources, %d records", got.SpanCount(), got.ResourceSpans().Len(), len(parts[0].Batch.Records))
	}
}

// A sender must not be able to write decoded stamps into the log.
func TestSplitLeavesOutForeignFields(t *testing.T) {
	t.Parallel()
	honest := otlptest.Encode(t, otlptest.OneSpan(ptrace.SpanKindServer, "x", nil))
	forged := span.AppendStamps(bytes.Clone(honest), &span.Batch{Symbols: []string{""}, Records: make([]span.Record, 3)})
	decoder, batch, parts := NewDecoder(newTable(t, otlptest.Dimensions())), new(span.Batch), make([]Part, 1)
	if err := decoder.Decode(forged, batch); err != nil {
		t.Fatal(err)
	}
	if decoder.Whole() {
		t.Fatal("the forged request may be stored as it is")
	}
	decoder.Split(forged, batch, parts)
	if err := span.ReadStamps(parts[0].OTLP, nil, func(*span.Batch) error { return fmt.Errorf("stamps are in it") }); err != nil {
		t.Error(err)
	}
	if got, want := placedSpans(t, parts[0].OTLP), placedSpans(t, honest); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
