// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"testing"

	"github.com/hopstamp/hopstamp/internal/receive/otlptest"
	"github.com/hopstamp/hopstamp/internal/span"
)

func BenchmarkDecode(b *testing.B) {
	request := otlptest.Encode(b, otlptest.Platform(72))
	for _, shape := range []struct {
		name    string
		request []byte
	}{{"sdk", otlptest.AsSDK(b, request)}, {"collector", request}} {
		b.Run(shape.name, func(b *testing.B) {
			decoder, batch := NewDecoder(newTable(b, otlptest.Dimensions())), new(span.Batch)
			b.SetBytes(int64(len(shape.request)))
			b.ReportAllocs()
			for b.Loop() {
				if err := decoder.Decode(shape.request, batch); err != nil {
					b.Fatal(err)
				}
			}
			perSpan(b, len(batch.Records))
			b.ReportMetric(float64(len(shape.request))/float64(len(batch.Records)), "B/span")
		})
	}
}

func BenchmarkSplit(b *testing.B) {
	request := otlptest.Encode(b, otlptest.Platform(72))
	decoder, batch, parts := NewDecoder(newTable(b, otlptest.Dimensions())), new(span.Batch), make([]Part, 8)
	if err := decoder.Decode(request, batch); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		decoder.Split(request, batch, parts)
	}
	perSpan(b, len(batch.Records))
}

func perSpan(b *testing.B, spans int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*spans), "ns/span")
}

// How fast nothing is found in a log message, and what a kept span costs.
func BenchmarkCut(b *testing.B) {
	request := otlptest.Encode(b, otlptest.Platform(72))
	kept := map[span.TraceID]Keep{{1}: {}}
	for _, shape := range []struct {
		name    string
		request []byte
		keep    func(span.TraceID) (Keep, bool)
	}{
		{"nothing/sdk", otlptest.AsSDK(b, request), func(trace span.TraceID) (Keep, bool) { keep, ok := kept[trace]; return keep, ok }},
		{"nothing/collector", request, func(trace span.TraceID) (Keep, bool) { keep, ok := kept[trace]; return keep, ok }},
		{"all/collector", request, everyTrace},
	} {
		b.Run(shape.name, func(b *testing.B) {
			cutter, message := NewCutter(), logMessage(b, shape.request)
			var out []byte
			b.SetBytes(int64(len(message)))
			b.ReportAllocs()
			for b.Loop() {
				var err error
				if out, err = cutter.Cut(out[:0], message, shape.keep, nil); err != nil {
					b.Fatal(err)
				}
			}
			perSpan(b, 504)
		})
	}
}
