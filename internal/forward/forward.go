// SPDX-License-Identifier: Apache-2.0

// Package forward sends kept traces to another backend (Tempo, Jaeger, the
// Datadog agent, a Collector ...) over OTLP/HTTP.
//
//	Queue ── Next ──> gzip ── POST ──> backend
//	  ^                          │ taken, or refused for good
//	  └────────── Done ──────────┘ anything else: wait (retry.go), send again
//
// An item is an ExportTraceServiceRequest in protobuf, sent as it is. Items are
// sent one by one in the queue's order, each at least once: it stays in the
// queue until the backend took it or said that it never will (answer.go), so
// stopping and crashing lose nothing. A backend that is down fills the queue,
// whose bound is the queue's own business.
//
// One [Forwarder] serves one backend from one goroutine, Run; its metrics may
// be collected at any time. Nothing is given up without a count and a line in
// the log that has the backend's own words.
package forward

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/klauspost/compress/gzip"
)

// Item is an ExportTraceServiceRequest that is to be sent.
type Item struct {
	Data []byte
	// Done takes it out of the queue.
	Done func(context.Context) error
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
	// Next waits for the next item and gives each once until the process ends.
	Next(context.Context) (Item, error)
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
	// Plain requests are not compressed.
	Plain  bool
	Logger *slog.Logger

	// clock and wait are time itself; tests bring their own.
	clock func() time.Time
	wait  func(context.Context, time.Duration) error
}

// Forwarder sends the items of one queue to one backend.
type Forwarder struct {
	queue   Queue
	options Options
	client  *http.Client
	metrics *metrics
	logger  *slog.Logger

	// body and packer are Run's own, used again for each item.
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
	f := &Forwarder{
		queue: queue, options: options, client: newClient(options.Timeout),
		metrics: newMetrics(options.Name), logger: options.Logger.With("backend", options.Name),
	}
	f.packer = gzip.NewWriter(&f.body)
	return f, nil
}

// newClient follows no redirect: it would turn the request into a GET, whose
// success means nothing.
func newClient(timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
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
	return o
}

// Run sends until ctx ends, which is no error. What was under way then is sent
// again by the next Run of another process.
func (f *Forwarder) Run(ctx context.Context) error {
	defer f.client.CloseIdleConnections()
	for {
		item, err := f.queue.Next(ctx)
		if err == nil {
			err = f.forward(ctx, item)
		}
		if ctx.Err() != nil {
			return nil // it was told to stop
		}
		if err != nil {
			return fmt.Errorf("forward to %s: %w", f.options.Name, err)
		}
	}
}

// forward sends an item until the backend took or refused it, and then takes it
// out of the queue. Its only error is that of ctx.
func (f *Forwarder) forward(ctx context.Context, item Item) error {
	if err := f.pack(item.Data); err != nil {
		return err
	}
	for tries := newRetry(f.options); ; {
		a := f.post(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if a.verdict != again {
			f.settle(item, a, tries)
			break
		}
		f.metrics.retries.WithLabelValues(a.reason).Inc()
		if err := tries.pause(ctx, f.logger, a); err != nil {
			return err
		}
	}
	for tries := newRetry(f.options); ; {
		err := item.Done(ctx)
		if err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		if err := tries.pause(ctx, f.logger, answer{reason: "queue", words: err.Error()}); err != nil {
			return err
		}
	}
}

// settle counts an item that will not be sent again.
func (f *Forwarder) settle(item Item, a answer, tries *retry) {
	spans := countSpans(item.Data)
	f.metrics.requests.WithLabelValues(a.verdict.String()).Inc()
	if a.verdict == refused {
		f.metrics.rejected.WithLabelValues(a.reason).Add(float64(spans))
		f.logger.Error("backend refused spans for good, they are dropped", "spans", spans, "reason", a.reason, "answer", a.words)
		return
	}
	lost := min(a.rejected, spans)
	f.metrics.sent.Add(float64(spans - lost))
	tries.over(f.logger)
	if lost > 0 {
		f.metrics.rejected.WithLabelValues("partial_success").Add(float64(lost))
	}
	if lost > 0 || a.words != "" {
		f.logger.Warn("backend took a request in part", "spans", spans, "rejected", lost, "answer", a.words)
	}
}

func (f *Forwarder) pack(data []byte) error {
	f.body.Reset()
	if f.options.Plain {
		_, err := f.body.Write(data)
		return err
	}
	f.packer.Reset(&f.body)
	_, err := f.packer.Write(data)
	return errors.Join(err, f.packer.Close())
}

// post sends what is packed and reads the answer.
func (f *Forwarder) post(ctx context.Context) answer {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, f.options.Endpoint, bytes.NewReader(f.body.Bytes()))
	if err != nil {
		return answer{reason: "network", words: err.Error()}
	}
	for name, value := range f.options.Headers {
		request.Header.Set(name, value)
	}
	request.Header.Set("Content-Type", "application/x-protobuf")
	if !f.options.Plain {
		request.Header.Set("Content-Encoding", "gzip")
	}
	request.Header.Set("User-Agent", "hopstamp")
	response, err := f.client.Do(request)
	if err != nil {
		return answer{reason: "network", words: err.Error()}
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, largestAnswer))
	if err != nil {
		return answer{reason: "network", words: err.Error()}
	}
	return understand(response, body, f.options.clock())
}
