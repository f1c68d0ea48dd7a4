// SPDX-License-Identifier: Apache-2.0

package store

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/span"
)

// BenchmarkKeptSpans writes spans at the budget of 1000 a second, in minutes.
func BenchmarkKeptSpans(b *testing.B) {
	works := newPlatform(1).worksOf(61, 250)
	b.ReportAllocs()
	var s *Spans
	for b.Loop() {
		var err error
		if s, err = OpenSpans(SpanOptions{Dir: b.TempDir()}); err != nil {
			b.Fatal(err)
		}
		for _, w := range works {
			if err := s.Fold(w.at, w.logTime, w.spans); err != nil {
				b.Fatal(err)
			}
		}
	}
	stats := s.Stats()
	b.ReportMetric(float64(stats.Bytes)/float64(stats.Rows), "B/span")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(stats.Rows), "ns/span")
}

// BenchmarkSpansOf looks for one trace in a hundred parts.
func BenchmarkSpansOf(b *testing.B) {
	works := newPlatform(1).worksOf(100*60+1, 2)
	s, err := OpenSpans(SpanOptions{Dir: b.TempDir(), MergeEvery: time.Nanosecond})
	if err != nil {
		b.Fatal(err)
	}
	for _, w := range works {
		if err := s.Fold(w.at, w.logTime, w.spans); err != nil {
			b.Fatal(err)
		}
	}
	random := rand.New(rand.NewPCG(1, 1))
	for b.Loop() {
		trace := works[random.IntN(6000)].spans[0].Trace
		if found, err := s.SpansOf(b.Context(), []span.TraceID{trace}); err != nil || len(found) != 4 {
			b.Fatal(len(found), err)
		}
	}
}
