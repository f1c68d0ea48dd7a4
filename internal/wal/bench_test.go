// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
)

const benchmarkChunk = 160 << 10

// BenchmarkAppend is 8 receivers that each wait for their chunk.
func BenchmarkAppend(b *testing.B) {
	for name, mode := range map[string]SyncMode{"always": SyncAlways, "interval": SyncInterval} {
		b.Run(name, func(b *testing.B) {
			l := openLog(b, Options{Sync: mode})
			b.SetBytes(benchmarkChunk)
			b.ReportAllocs()
			b.ResetTimer()
			appendTogether(b, l, b.N)
			b.ReportMetric(float64(l.Stats().Appends)/float64(l.Stats().Commits), "appends/commit")
		})
	}
}

func appendTogether(b *testing.B, l *Log, count int) {
	data := chunk("x", benchmarkChunk)
	var taken atomic.Int64
	var receivers sync.WaitGroup
	for range 8 {
		receivers.Go(func() {
			for taken.Add(1) <= int64(count) {
				if _, err := l.Append(b.Context(), 0, data); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	receivers.Wait()
}

// BenchmarkFollow replays messages of one chunk each.
func BenchmarkFollow(b *testing.B) {
	l := openLog(b, Options{Sync: SyncInterval})
	data := chunk("x", benchmarkChunk)
	const stored = 4000
	for range stored {
		if _, err := l.Append(b.Context(), 0, data); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(stored * benchmarkChunk)
	b.ReportAllocs()
	for b.Loop() {
		err := l.Follow(b.Context(), 0, 1, func(m Message) error {
			if m.Position == stored {
				return errEnough
			}
			return nil
		})
		if !errors.Is(err, errEnough) {
			b.Fatal(err)
		}
	}
}
