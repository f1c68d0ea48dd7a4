// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"context"
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
			appendTogether(b, l, b.N, benchmarkChunk)
			b.ReportMetric(float64(l.Stats().Appends)/float64(l.Stats().Commits), "appends/commit")
		})
	}
}

// BenchmarkAppendFollowed is the same, of requests as an agent sends them, with a
// follower that keeps up.
func BenchmarkAppendFollowed(b *testing.B) {
	l := openLog(b, Options{})
	ctx, cancel := context.WithCancel(b.Context())
	var follower sync.WaitGroup
	follower.Go(func() {
		sum := 0
		_ = l.Follow(ctx, 0, 1, func(m Message) error {
			for _, x := range m.Data { // as a fold looks at all of it
				sum += int(x)
			}
			return nil
		})
	})
	const request = 60 << 10
	b.SetBytes(request)
	b.ReportAllocs()
	b.ResetTimer()
	appendTogether(b, l, b.N, request)
	b.StopTimer()
	b.ReportMetric(float64(l.Stats().Appends)/float64(l.Stats().Commits), "appends/commit")
	cancel()
	follower.Wait()
}

func appendTogether(b *testing.B, l *Log, count, size int) {
	data := chunk("x", size)
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
