// SPDX-License-Identifier: Apache-2.0

// Package forward sends kept traces to another backend (Tempo, Jaeger, the
// Datadog agent, a Collector ...) over OTLP/HTTP.
//
//	Queue ── Next ──> gzip ── POST ──> backend
//	  ^ │ ^                      │ taken, or refused for good: Done
//	  │ │ └────── Release ───────┤ anything else: aside, and the next one is tried
//	  │ └ Again, when it is due ─┘ (refused.go)
//	  └ Done, when it is given up
//
// An item is an ExportTraceServiceRequest in protobuf, sent as it is. Items are
// sent one by one, each at least once: it stays in the queue until the backend
// took it or said that it never will (answer.go), so stopping and crashing lose
// nothing. They are sent in the queue's order as long as the backend takes them;
// no trace has to come before another.
//
// What is refused without being refused for good blocks nothing. It is set aside,
// in the queue and not in memory, and the next one is tried. Two things may be
// wrong, and what the backend does with the others tells which:
//
//   - The backend takes nothing. Then it is the backend's fault: tries become as
//     rare as once a minute, whatever is tried, and nobody is blamed.
//   - The backend takes others, before and after. Then it is the request's fault:
//     it is tried again at intervals of its own, which grow up to an hour. When
//     these add up to Options.GiveUp it is given up; with 0 it never is.
//
// So the time in which the backend is down counts against nothing. A backend that
// takes too little fills the queue, whose bound is the queue's own business; it
// drops the oldest, which those that were set aside are. Blame is in memory: a new
// process begins with none.
//
// One [Forwarder] serves one backend from one goroutine, Run; its metrics may
// be collected at any time. It holds the data of one item, and some 500 bytes for
// each of at most mostAside that were set aside; past them it tries these alone.
// Nothing is given up without a count and a line in the log that has the backend's
// own words and the traces.
package forward

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/klauspost/compress/gzip"
)

// ErrNone says that there is no item, or not any more.
var ErrNone = errors.New("no such item in the queue")

// Item is an ExportTraceServiceRequest that is to be sent.
type Item struct {
	Data []byte
	// Done takes it out of the queue.
	Done func(context.Context) error
	// Release gives it back: it stays in the queue, which may drop it for room.
	Release func()
	// Again reads the data of an item that was given back, which is then held
	// again; ErrNone when the queue dropped it. Neither it nor the others hold Data.
	Again func(context.Context) ([]byte, error)
}

// Backlog is what a queue holds.
type Backlog struct {
	Items, Bytes uint64
	// Oldest is when the oldest item was added; zero when there is none.
	Oldest time.Time
	// Dropped is how many items went because the queue was full, since it was made.
	Dropped uint64
}

// Queue is where items come from.
type Queue interface {
	// Next gives each item once until the process ends. It waits for one until
	// that says so, or for ever when it is nil, and then returns ErrNone; an item
	// that is there is given in any case.
	Next(ctx context.Context, until <-chan time.Time) (Item, error)
	Backlog(context.Context) (Backlog, error)
}

// Options of a Forwarder. Zero values mean the defaults.
type Options struct {
	// Name is the backend's in metrics and logs. Default: the endpoint's host.
	Name string
	// Endpoint is a URL; without a path, /v1/traces is meant.
	Endpoint string
	// Headers go with each request: a token, a tenant.
	Headers map[string]string
	// Timeout of one request. Default 30s.
	Timeout time.Duration
	// GiveUp is after how long a request is dropped that the backend refuses,
	// not for good, while it takes others. Default 0: never.
	GiveUp time.Duration
	// Plain requests are not compressed.
	Plain  bool
	Logger *slog.Logger

	// clock, wait and after are time itself; tests bring their own.
	clock func() time.Time
	wait  func(context.Context, time.Duration) error
	after func(time.Duration) <-chan time.Time
	// most is how many may be set aside: mostAside but in tests.
	most int
}

// Forwarder sends the items of one queue to one backend.
type Forwarder struct {
	queue   Queue
	options Options
	client  *http.Client
	metrics *metrics
	logger  *slog.Logger
	passed  <-chan time.Time // a time that has come

	// All below are Run's own. aside is what the backend refused and may take yet.
	aside aside
	// pace is of the tries since the backend last took something, and nothing is
	// sent before resume.
	pace   *retry
	resume time.Time
	// body and packer are used again for each item.
	body   bytes.Buffer
	packer *gzip.Writer
}

// New makes a Forwarder; Run starts it.
func New(queue Queue, options Options) (*Forwarder, error) {
	target, err := url.Parse(options.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("read forwarding endpoint: %w", err)
	}
	if target.Host == "" || target.Scheme != "http" && target.Scheme != "https" {
		return nil, fmt.Errorf("forwarding endpoint %q is not an http or https URL", options.Endpoint)
	}
	if target.Path == "" || target.Path == "/" {
		target.Path = "/v1/traces"
	}
	options.Endpoint = target.String()
	options = options.withDefaults(target.Host)
	passed := make(chan time.Time)
	close(passed)
	f := &Forwarder{
		queue: queue, options: options, client: newClient(options.Timeout), passed: passed, pace: newRetry(options),
		metrics: newMetrics(options.Name), logger: options.Logger.With("backend", options.Name),
	}
	f.packer = gzip.NewWriter(&f.body)
	return f, nil
}

func (o Options) withDefaults(host string) Options {
	if o.Name == "" {
		o.Name = host
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.clock == nil {
		o.clock = time.Now
	}
	if o.wait == nil {
		o.wait = wait
	}
	if o.after == nil {
		o.after = time.After
	}
	if o.most == 0 {
		o.most = mostAside
	}
	return o
}

// Run sends until ctx ends, which is no error. What was under way then is sent
// again by the next Run of another process.
func (f *Forwarder) Run(ctx context.Context) error {
	defer f.client.CloseIdleConnections()
	for {
		r, data, err := f.next(ctx)
		if err == nil {
			err = f.forward(ctx, r, data)
		}
		if ctx.Err() != nil {
			return nil // it was told to stop
		}
		if err != nil {
			return fmt.Errorf("forward to %s: %w", f.options.Name, err)
		}
	}
}
