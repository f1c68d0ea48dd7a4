// SPDX-License-Identifier: Apache-2.0

package app

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/receive/otlp"
	"github.com/hopstamp/hopstamp/internal/receive/otlptest"
	"github.com/hopstamp/hopstamp/internal/sample"
	"github.com/hopstamp/hopstamp/internal/span"
)

// BenchmarkCopy copies the spans of a second's work out of log messages of 504 spans,
// each of another trace: of one in fifty, or, as when a burst got stuck, of all.
func BenchmarkCopy(b *testing.B) {
	for _, of := range []struct {
		name  string
		every int
	}{{"few", 50}, {"all", 1}} {
		b.Run(of.name, func(b *testing.B) {
			messages, copies, kept := keptMessages(b, 64, of.every)
			k := &keeper{cutter: otlp.NewCutter(), logger: slog.New(slog.DiscardHandler)}
			b.ReportAllocs()
			for b.Loop() {
				k.begin(copies)
				for i := range messages {
					if err := k.cut(messages[i], &copies[i]); err != nil {
						b.Fatal(err)
					}
				}
				if len(k.kept) != kept {
					b.Fatalf("%d spans are copied of %d", len(k.kept), kept)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*kept), "ns/kept")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(messages)*504), "ns/span")
		})
	}
}

// keptMessages makes log messages, of which every so many traces are kept. Ids are in
// the stamps alone, where they can be others than those that were sent.
func keptMessages(b *testing.B, count, every int) (messages [][]byte, copies []sample.Copy, kept int) {
	table, err := otlp.NewTable(otlptest.Dimensions())
	if err != nil {
		b.Fatal(err)
	}
	random, decoder, batch := rand.New(rand.NewPCG(1, 1)), otlp.NewDecoder(table), new(span.Batch)
	sent := otlptest.Encode(b, otlptest.Platform(72))
	for i := range count {
		request, from := bytes.Clone(sent), sample.Copy{Position: journey.Position(i)}
		if err := decoder.DecodeAndStrip(request, batch); err != nil {
			b.Fatal(err)
		}
		for j := range batch.Records {
			trace := &batch.Records[j].Trace
			binary.LittleEndian.PutUint64(trace[:], random.Uint64())
			binary.LittleEndian.PutUint64(trace[8:], random.Uint64())
			if j%every == 0 {
				from.Kept = append(from.Kept, &sample.Kept{Key: fmt.Sprintf("%016x", random.Uint64()), Traces: []span.TraceID{*trace}})
				kept++
			}
		}
		message := span.AppendStamps(nil, batch)
		decoder.StripTexts()
		messages, copies = append(messages, otlp.AppendPacked(message, request)), append(copies, from)
	}
	return messages, copies, kept
}
