// SPDX-License-Identifier: Apache-2.0

// Package load sends a workload over OTLP/HTTP or OTLP/gRPC, cheaply enough that
// one core of generator outruns one core of whatever receives it.
//
// Each connection has one request in flight. A message's waves are sent a mean
// StageLag apart, and every message that was begun is finished. A request that is
// refused is sent again, unchanged, until it is accepted or RetryFor has passed.
package load

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hopstamp/hopstamp/bench/workload"
)

// Options of one run.
type Options struct {
	Address     string        `json:"-"`
	Protocol    string        `json:"protocol"` // http or grpc
	Connections int           `json:"connections"`
	Duration    time.Duration `json:"duration_ns"`     // begin no message after it
	Blocks      int64         `json:"blocks"`          // begin no more than this many blocks; 0: no limit
	Rate        float64       `json:"spans_per_s"`     // 0: as fast as it is accepted
	StageLag    time.Duration `json:"stage_lag_ns"`    // mean, between 0.67 and 1.33 of it
	Duplicates  float64       `json:"duplicate_share"` // of requests that are sent twice
	RetryFor    time.Duration `json:"retry_for_ns"`
}

// Standard is how results are measured.
func Standard() Options {
	return Options{Protocol: "http", Connections: 8, Duration: 45 * time.Second,
		StageLag: 1500 * time.Millisecond, RetryFor: 20 * time.Second}
}

// Result of one run.
type Result struct {
	Blocks   int64
	Messages int64
	Spans    int64 // accepted, duplicates included
	Bytes    int64
	Requests int64
	Refused  int64 // answers that asked to come again
	Broken   int64 // requests without an answer
	GivenUp  int64 // requests that were never accepted
	Load     time.Duration
	Total    time.Duration // with the waves of the last messages
	Median   time.Duration // of an accepted request
	P99      time.Duration
	Slowest  time.Duration
	// Complaint is the first error that any request met, empty when none did.
	Complaint string
}

// String is one line of what matters.
func (r Result) String() string {
	return fmt.Sprintf("messages=%d spans=%d requests=%d refused=%d broken=%d given_up=%d load=%.1fs total=%.1fs "+
		"spans_per_s=%.0f request_ms p50=%.1f p99=%.1f max=%.1f", r.Messages, r.Spans, r.Requests, r.Refused, r.Broken,
		r.GivenUp, r.Load.Seconds(), r.Total.Seconds(), float64(r.Spans)/r.Total.Seconds(),
		r.Median.Seconds()*1e3, r.P99.Seconds()*1e3, r.Slowest.Seconds()*1e3)
}

// Generator is one run. Run may be called once; Spans at any time.
type Generator struct {
	options  Options
	workload *workload.Workload
	// exclusive holds, for each template request, the right to patch and send it.
	exclusive []sync.Mutex
	spans     atomic.Int64

	guard sync.Mutex // of what follows
	tally Result
	took  []time.Duration
}

// New prepares a run.
func New(w *workload.Workload, o Options) *Generator {
	return &Generator{options: o, workload: w,
		exclusive: make([]sync.Mutex, w.Params.Ring*workload.RequestsPerBlock)}
}

// Spans accepted until now.
func (g *Generator) Spans() int64 { return g.spans.Load() }

// Run sends until the options say stop, then finishes what it began.
func (g *Generator) Run(ctx context.Context) (Result, error) {
	senders, err := g.connect()
	if err != nil {
		return Result{}, err
	}
	schedule := newSchedule(g.options, g.workload.Params.Batch, time.Now())
	var running sync.WaitGroup
	for _, s := range senders {
		running.Go(func() {
			defer s.Close()
			g.work(ctx, schedule, s)
		})
	}
	running.Wait()
	return g.result(schedule, time.Now()), ctx.Err()
}

// sender gives one request to the receiver and waits for the answer.
type sender interface {
	// send returns errRefused, wrapped, when the receiver answered that it did not take it.
	send(ctx context.Context, payload []byte) error
	io.Closer
}

func (g *Generator) connect() ([]sender, error) {
	dial, ok := map[string]func(string) (sender, error){"http": dialHTTP, "grpc": dialGRPC}[g.options.Protocol]
	if !ok {
		return nil, fmt.Errorf("protocol must be http or grpc, not %q", g.options.Protocol)
	}
	var senders []sender
	for range g.options.Connections {
		s, err := dial(g.options.Address)
		if err != nil {
			return nil, fmt.Errorf("connect to %s: %w", g.options.Address, err)
		}
		senders = append(senders, s)
	}
	return senders, nil
}

func (g *Generator) work(ctx context.Context, schedule *schedule, s sender) {
	for ctx.Err() == nil {
		job, wait, ok := schedule.next(time.Now())
		switch {
		case !ok:
			return
		case wait > 0:
			time.Sleep(wait)
		default:
			g.sendJob(ctx, s, job)
		}
	}
}

func (g *Generator) sendJob(ctx context.Context, s sender, j job) {
	index := g.workload.Template(j.block)*workload.RequestsPerBlock + j.request
	g.exclusive[index].Lock()
	defer g.exclusive[index].Unlock()
	request := g.workload.Block(j.block).Requests[j.request]
	payload := g.workload.Patch(request, j.block, j.base)
	copies := 1
	if chance(uint64(j.block)*31+uint64(j.request)^0xabcdef) < g.options.Duplicates {
		copies = 2
	}
	for range copies {
		g.deliver(ctx, s, payload, request.Spans)
	}
}

// deliver sends until it is accepted.
func (g *Generator) deliver(ctx context.Context, s sender, payload []byte, spans int) {
	for first := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		begun := time.Now()
		err := s.send(ctx, payload)
		giveUp := err != nil && (ctx.Err() != nil || time.Since(first) > g.options.RetryFor)
		g.count(err, giveUp, len(payload), time.Since(begun))
		if err == nil {
			g.spans.Add(int64(spans))
		}
		if err == nil || giveUp {
			return
		}
	}
}

func (g *Generator) result(s *schedule, end time.Time) Result {
	r := g.tally
	r.Blocks = s.block
	r.Messages = s.block * int64(g.workload.Params.Batch)
	r.Spans = g.Spans()
	r.Load, r.Total = s.ended(end).Sub(s.start), end.Sub(s.start)
	if slices.Sort(g.took); len(g.took) > 0 {
		r.Median, r.P99 = g.took[len(g.took)/2], g.took[len(g.took)*99/100]
		r.Slowest = g.took[len(g.took)-1]
	}
	return r
}
