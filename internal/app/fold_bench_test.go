// SPDX-License-Identifier: Apache-2.0

package app

import (
	"encoding/binary"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/config"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/store"
	"github.com/hopstamp/hopstamp/internal/wal"
)

// The stream of the benchmark, as in bench/workload: seven spans a message, which
// four services report one after the other, in log messages of 504 spans.
//
//	SERVER, INTERNAL, PRODUCER | CONSUMER | INTERNAL, CLIENT | CLIENT
const (
	foldBlock = 504                   // messages
	foldEvery = 14 * time.Millisecond // of log time, a block
	foldLag   = 107                   // blocks between the waves of a message: 1.5 s
	foldRing  = 32                    // blocks whose dimensions differ
	foldSpans = 7 * foldBlock
)

var foldWaves = [...][]int{{0, 1, 2}, {3}, {4, 5}, {6}}

// foldStream makes the log messages of block after block.
type foldStream struct {
	random *rand.Rand
	blocks [foldRing][]span.Record // of each message, its seven
	batch  span.Batch
	index  map[string]span.Symbol
	base   int64
	number int64
	at     wal.Position
	chunks [][]byte
}

func newFoldStream() *foldStream {
	s := &foldStream{random: rand.New(rand.NewPCG(1, 2)), index: map[string]span.Symbol{"": 0}, base: time.Now().UnixNano()}
	s.batch.Reset()
	tenants := rand.NewZipf(s.random, 1.1, 4, 199)
	for block := range s.blocks {
		for range foldBlock {
			s.blocks[block] = append(s.blocks[block], s.message(int(tenants.Uint64()))...)
		}
	}
	return s
}

func (s *foldStream) symbol(text string) span.Symbol {
	known, ok := s.index[text]
	if !ok {
		known = span.Symbol(len(s.batch.Symbols))
		s.batch.Symbols = append(s.batch.Symbols, text)
		s.index[text] = known
	}
	return known
}

// message makes the records of a message, whose times are after its beginning.
func (s *foldStream) message(tenant int) []span.Record {
	records := make([]span.Record, 7)
	services := [...]string{"ingress-api", "ingress-api", "ingress-api", "stream-router", "delivery", "delivery", "receipt-tracker"}
	names := [...]string{"POST /v1/messages", "route", "publish events", "process events", "deliver", "POST", "receipt"}
	stages := [...]span.Stage{span.Accepted, span.None, span.Published, span.Processed, span.None, span.Invoked, span.Invoked}
	kinds := [...]span.Kind{span.Server, span.Internal, span.Producer, span.Consumer, span.Internal, span.Client, span.Client}
	channel := []string{"sms", "whatsapp", "rcs", "email", "push", "viber"}[s.random.IntN(6)]
	region := []string{"eu-west-1", "us-east-1", "ap-southeast-1"}[s.random.IntN(3)]
	destination := fmt.Sprintf("provider-%02d", s.random.IntN(20))
	begin := int64(0)
	for role := range records {
		r := &records[role]
		r.Service, r.Name, r.Stage, r.Kind = s.symbol(services[role]), s.symbol(names[role]), stages[role], kinds[role]
		r.Host = s.symbol(services[role] + "-7c9d8f6b5-00001")
		r.Dims[span.Tenant] = s.symbol(fmt.Sprintf("tenant-%04d", tenant))
		begin += s.random.Int64N(4e6)
		r.Start, r.End = begin, begin+1e5+s.random.Int64N(90e6)
		switch role {
		case 0:
			r.Route, r.HTTPStatus = s.symbol("/v1/messages"), 202
			r.Dims[span.Channel], r.Dims[span.Region] = s.symbol(channel), s.symbol(region)
		case 2, 3:
			r.System, r.Topic = s.symbol("nats"), s.symbol("events."+channel)
		case 4, 5:
			r.Dims[span.Destination] = s.symbol(destination)
			r.HTTPStatus, r.Server = 200, s.symbol(destination+".example.net")
		case 6:
			r.Server, r.HTTPStatus = s.symbol(fmt.Sprintf("hooks.tenant-%04d.example.org", tenant)), 200
		}
	}
	if s.random.IntN(100) == 0 {
		records[5].HTTPStatus, records[5].Error, records[5].ErrorType = 503, true, s.symbol("503")
	}
	return records
}

// next is the log messages of a block's time: the first wave of the block, and the
// later ones of those that began before it. Their bytes hold until the next.
func (s *foldStream) next(each func(wal.Message)) {
	var used int
	for wave, roles := range foldWaves {
		number := s.number - int64(wave)*foldLag
		if number < 0 {
			break
		}
		s.batch.Received = s.base + s.number*int64(foldEvery)
		for from := 0; from < foldBlock; from += foldBlock / len(roles) {
			s.batch.Records = s.batch.Records[:0]
			for m := from; m < from+foldBlock/len(roles); m++ {
				for _, role := range roles {
					s.batch.Records = append(s.batch.Records, s.stamped(number, m, role))
				}
			}
			if used == len(s.chunks) {
				s.chunks = append(s.chunks, nil)
			}
			s.chunks[used] = span.AppendStamps(s.chunks[used][:0], &s.batch)
			s.at++
			each(wal.Message{Position: s.at, Data: s.chunks[used]})
			used++
		}
	}
	s.number++
}

// stamped is a record of a message of a block, with ids and times.
func (s *foldStream) stamped(block int64, message, role int) span.Record {
	r, base := s.blocks[block%foldRing][7*message+role], s.base+block*int64(foldEvery)
	number := uint64(block)*foldBlock + uint64(message)
	binary.BigEndian.PutUint64(r.Trace[:8], number*0x9e3779b97f4a7c15)
	binary.BigEndian.PutUint64(r.Trace[8:], number*0xff51afd7ed558ccd)
	spanOf := func(role int) (id span.ID) {
		binary.BigEndian.PutUint64(id[:], (number*8+uint64(role))*0x9e3779b97f4a7c15|1)
		return id
	}
	r.Span = spanOf(role)
	if parent := [...]int{-1, 0, 1, 2, 3, 4, 4}[role]; parent >= 0 {
		r.Parent = spanOf(parent)
	}
	if r.System != 0 {
		r.MessageID = fmt.Sprintf("%016x%016x", number*0xc4ceb9fe1a85ec53, number*0x9e3779b97f4a7c15)
	}
	if r.Stage == span.Processed {
		r.Links = []span.Link{{Trace: r.Trace, Span: r.Parent}}
	}
	r.Start += base + int64(message)*20_000
	r.End += base + int64(message)*20_000
	return r
}

// BenchmarkFold folds the stream in its steady state: as many messages are let go of
// as begin. Only the fold is timed.
func BenchmarkFold(b *testing.B) {
	c := config.Default()
	c.Track.Linger, c.Track.SnapshotEvery = 10*time.Second, 1<<62
	f := newFold(0, c, nil, slog.New(slog.DiscardHandler))
	if err := f.clear(); err != nil {
		b.Fatal(err)
	}
	var err error
	if f.parts, err = store.Open(store.Options{Dir: b.TempDir(), Ledger: f.changes}); err != nil {
		b.Fatal(err)
	}
	f.relayer = newRelayer(nil, f.logger)
	s := newFoldStream()
	var took time.Duration
	var rounds []time.Duration
	step := func(m wal.Message) {
		from := time.Now()
		if err := f.take(b.Context(), m); err != nil {
			b.Fatal(err)
		}
		f.saved.behind = 0
		f.sampler.Done(f.position)
		took += time.Since(from)
	}
	for range int(25 * time.Second / foldEvery) {
		s.next(step)
	}
	spans := 0
	took = 0
	b.ReportAllocs()
	for b.Loop() {
		before := took
		s.next(step)
		rounds = append(rounds, took-before)
		spans += foldSpans
	}
	slices.Sort(rounds)
	stats := f.parts.Stats()
	b.ReportMetric(float64(took.Nanoseconds())/float64(spans), "fold-ns/span")
	b.ReportMetric(float64(rounds[len(rounds)/10].Nanoseconds())/foldSpans, "quiet-ns/span")
	b.ReportMetric(float64(stats.Bytes)/float64(stats.Rows), "B/row")
}
