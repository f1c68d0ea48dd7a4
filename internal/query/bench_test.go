// SPDX-License-Identifier: Apache-2.0

package query

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/store"
)

const (
	benchParts = 60
	benchRows  = 50_000 // of each
)

// benchWorld has 3 M rows in 60 parts, and gives their keys.
func benchWorld(b *testing.B) (*world, func() string) {
	w := newWorld(b, store.Options{MaxTailRows: benchRows, MaxBytes: 10 << 30, FlushEvery: time.Hour})
	key := func(i int) string { return fmt.Sprintf("%016x", uint64(i)*0x9e3779b97f4a7c15) }
	random := rand.New(rand.NewPCG(1, 1))
	rows := make([]journey.Delivery, benchRows)
	for part := range benchParts {
		for i := range rows {
			serial := part*benchRows + i
			rows[i] = journey.Delivery{Key: key(serial), ID: key(serial) + "/u", Recipient: "u", MessageID: key(serial),
				Trace: span.TraceID{byte(serial), byte(serial >> 8), byte(serial >> 16), 1}, Path: "chat",
				Verdict: journey.Rendered, Reason: journey.ReachedRendered, Timeliness: journey.InTime,
				Started: noon + int64(serial)*int64(time.Millisecond), Updated: noon + int64(part)}
			rows[i].Fulfilled = rows[i].Started + random.Int64N(int64(time.Second))
			if serial%10_000 == 0 {
				rows[i].Verdict = journey.Lost
			}
		}
		if err := fold(w.parts, journey.Position(part+1), noon+int64(part), rows); err != nil {
			b.Fatal(err)
		}
	}
	if stats := w.parts.Stats(); stats.Parts != benchParts {
		b.Fatalf("%+v", stats)
	}
	b.ResetTimer()
	return w, func() string { return key(random.IntN(benchParts * benchRows)) }
}

func BenchmarkQueries(b *testing.B) {
	w, anyKey := benchWorld(b)
	b.Run("Find", func(b *testing.B) {
		before := w.parts.Stats().Searched
		for b.Loop() {
			if found, err := w.query.Find(context.Background(), anyKey()); err != nil || len(found) != 1 {
				b.Fatalf("%d rows, %v", len(found), err)
			}
		}
		b.ReportMetric(float64(w.parts.Stats().Searched-before)/float64(b.N), "parts-read/op")
	})
	for name, f := range map[string]Filter{
		"FirstPage": {},
		"RarePage":  {Verdict: []string{"lost"}},
		"SlowPage":  {SlowerThan: 999 * time.Millisecond},
		"NoRows":    {Verdict: []string{"stuck"}},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, _, err := w.query.Deliveries(context.Background(), f, Cursor{}, 50); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
