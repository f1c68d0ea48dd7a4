// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"
	"unsafe"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track"
)

// The stream of the benchmarks: seven spans a message in four waves, one a
// service, as exporters send them: batches of 500 records, each wave a little later.
//
//	SERVER, INTERNAL, PRODUCER | CONSUMER | INTERNAL, CLIENT | CLIENT
const (
	streamBatch = 500 // messages of a round, and records of a batch
	streamRound = 250 * time.Millisecond
)

var streamWaves = [4][]int{{0, 1, 2}, {3}, {4, 5}, {6}}

// stream makes the batches of each round by writing new ids into those of the first.
type stream struct {
	batches [4][]*span.Batch
	ids     [4][][]byte // message id of each record, where it has one
	round   uint64
	at      journey.Position
}

func newStream() *stream {
	s := &stream{}
	for wave, roles := range streamWaves {
		var all []span.Record
		symbols := &span.Batch{}
		symbols.Reset()
		for m := range streamBatch {
			for _, role := range roles {
				all = append(all, streamRecord(symbols, role, m))
			}
		}
		for from := 0; from < len(all); from += streamBatch {
			s.batches[wave] = append(s.batches[wave], &span.Batch{Symbols: symbols.Symbols, Records: all[from : from+streamBatch]})
		}
		s.ids[wave] = make([][]byte, len(all))
		for i := range all {
			if r := &all[i]; r.Stage == span.Published || r.Stage == span.Processed {
				id := fmt.Appendf(nil, "%032x", i)
				s.ids[wave][i], r.MessageID = id, unsafe.String(&id[0], len(id))
			}
			if all[i].Stage == span.Processed {
				all[i].Links = make([]span.Link, 1)
			}
		}
	}
	return s
}

func streamRecord(b *span.Batch, role, message int) (r span.Record) {
	services := [...]string{"ingress-api", "ingress-api", "ingress-api", "stream-router", "delivery", "delivery", "receipt-tracker"}
	names := [...]string{"POST /v1/messages", "route", "publish events", "process events", "deliver", "POST", "receipt"}
	stages := [...]span.Stage{span.Accepted, span.None, span.Published, span.Processed, span.None, span.Invoked, span.Invoked}
	kinds := [...]span.Kind{span.Server, span.Internal, span.Producer, span.Consumer, span.Internal, span.Client, span.Client}
	channel := []string{"sms", "email", "push"}[message%3]
	r.Service, r.Name, r.Stage, r.Kind = symbol(b, services[role]), symbol(b, names[role]), stages[role], kinds[role]
	r.Dims[span.Tenant] = symbol(b, "tenant-"+strconv.Itoa(message%100))
	switch role {
	case 0:
		r.Route = symbol(b, "/v1/messages")
		r.Dims[span.Channel], r.Dims[span.Region] = symbol(b, channel), symbol(b, "eu-west-1")
	case 2, 3:
		r.System, r.Topic = symbol(b, "nats"), symbol(b, "events."+channel)
	case 4:
		r.Dims[span.Channel], r.Dims[span.Destination] = symbol(b, channel), symbol(b, "provider-"+strconv.Itoa(message%20))
	case 5:
		r.Dims[span.Destination] = symbol(b, "provider-"+strconv.Itoa(message%20))
		r.Server, r.HTTPStatus = symbol(b, "provider.example"), 200
	case 6:
		r.Server, r.HTTPStatus = symbol(b, "hooks.example"), 200
	}
	r.Start = int64(message)*20_000 + int64(role)*10e6
	r.End = r.Start + 8e6
	return r
}

// next sends a round: the waves of it and of the rounds before overlap in time.
func (s *stream) next(each func(journey.Position, *span.Batch)) {
	base := dawn + int64(s.round)*int64(streamRound)
	for wave, roles := range streamWaves {
		for part, b := range s.batches[wave] {
			b.Received = base + int64(wave)*50e6
			for i := range b.Records {
				at := part*streamBatch + i
				s.rename(&b.Records[i], s.ids[wave][at], at/len(roles), roles[at%len(roles)], base)
			}
			s.at++
			each(s.at, b)
		}
	}
	s.round++
}

func (s *stream) rename(r *span.Record, id []byte, message, role int, base int64) {
	number := s.round*streamBatch + uint64(message)
	binary.BigEndian.PutUint64(r.Trace[:8], number*0x9e3779b97f4a7c15)
	binary.BigEndian.PutUint64(r.Trace[8:], number+1)
	parents := [...]int{-1, 0, 0, 2, 3, 4, 4}
	spanOf := func(role int) (id span.ID) {
		binary.BigEndian.PutUint64(id[:], (number*8+uint64(role))*0x9e3779b97f4a7c15|1)
		return id
	}
	r.Span = spanOf(role)
	if parents[role] >= 0 {
		r.Parent = spanOf(parents[role])
	}
	if len(id) > 0 {
		const digits = "0123456789abcdef"
		for i := range 16 {
			id[i] = digits[number>>(4*i)&15]
		}
	}
	if len(r.Links) > 0 {
		r.Links[0] = span.Link{Trace: r.Trace, Span: r.Parent}
	}
	length := r.End - r.Start
	r.Start = base + int64(message)*20_000 + int64(role)*10e6
	r.End = r.Start + length
}

// BenchmarkStep folds the stream in its steady state: as many messages are let go
// of as begin.
func BenchmarkStep(b *testing.B) {
	tracker := track.New(track.Options{})
	s := newStream()
	settled, samples := 0, 0
	step := func(at journey.Position, batch *span.Batch) {
		for effects := tracker.Step(at, batch); effects != nil; effects = tracker.More() {
			settled += len(effects.Settled)
			samples += len(effects.Samples)
		}
	}
	for range int(75 * time.Second / streamRound) {
		s.next(step)
	}
	settled = 0
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	b.ResetTimer()
	spans := 0
	var rounds []time.Duration
	for b.Loop() {
		from := time.Now()
		s.next(step)
		rounds = append(rounds, time.Since(from))
		spans += 7 * streamBatch
	}
	b.StopTimer()
	slices.Sort(rounds)
	b.ReportMetric(float64(rounds[len(rounds)/10].Nanoseconds())/(7*streamBatch), "quiet-ns/span")
	runtime.ReadMemStats(&after)
	traces, _ := tracker.Size()
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(spans), "ns/span")
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/float64(spans), "allocs/span")
	b.ReportMetric(float64(settled)/float64(spans/7), "settled/message")
	b.ReportMetric(float64(traces), "traces")
}

// BenchmarkFreeze thaws and freezes messages of seven spans, 500 at a time as in a step.
func BenchmarkFreeze(b *testing.B) {
	tracker, s := track.New(track.Options{}), newStream()
	tracker.FreezeAfter(0)
	for range int(50 * time.Second / streamRound) {
		s.next(func(at journey.Position, batch *span.Batch) { tracker.Step(at, batch) })
	}
	traces, _ := tracker.Size()
	from := uint32(1)
	var thaws, freezes []float64
	for b.Loop() {
		began := time.Now()
		count := float64(tracker.Thaw(from, streamBatch))
		thawed := time.Now()
		tracker.Refreeze()
		thaws = append(thaws, float64(thawed.Sub(began))/count)
		freezes = append(freezes, float64(time.Since(thawed))/count)
		if from += 2 * streamBatch; int(from)+streamBatch > traces {
			from = from%streamBatch + 1
		}
	}
	slices.Sort(thaws)
	slices.Sort(freezes)
	b.ReportMetric(thaws[len(thaws)/10], "thaw-ns")
	b.ReportMetric(freezes[len(freezes)/10], "freeze-ns")
}

// BenchmarkMemory measures what a message in flight costs, all of it counted.
func BenchmarkMemory(b *testing.B) {
	for b.Loop() {
		s := newStream()
		before := heap()
		tracker := track.New(track.Options{})
		for range int(50 * time.Second / streamRound) {
			s.next(func(at journey.Position, batch *span.Batch) { tracker.Step(at, batch) })
		}
		traces, stamps := tracker.Size()
		b.ReportMetric(float64(heap()-before)/float64(traces), "B/message")
		b.ReportMetric(float64(stamps)/float64(traces), "spans/message")
		runtime.KeepAlive(tracker)
	}
}

func heap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
