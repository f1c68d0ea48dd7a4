// SPDX-License-Identifier: Apache-2.0

// Package receive takes OpenTelemetry traces over gRPC and HTTP (protobuf, JSON;
// plain, gzip, zstd) and hands them to the log. It is the first step of the way
// of the data, and the only one that knows OTLP.
//
//	grpc.go  http.go         read the bytes of a request, no more than allowed (budget.go, body.go)
//	    json.go              JSON -> protobuf
//	    intake.go            one request: decode, divide, store, answer
//	        otlp.Decoder     OTLP bytes -> span.Batch, in the words of this product
//	        otlp.Part        the spans of a trace go to the partition of its id
//	        Log              span.AppendStamps(batch) ++ what OTLP bytes say beside them, packed, per partition
//	    refusal.go           why a request was not taken, in words, for both transports
//
// A request is answered only after the log has stored all of it. When it is
// refused after part of it was stored (several partitions), the sender repeats
// it and the spans come twice: whoever reads the log knows a span by its ids.
// A span that cannot be taken is left out and said in the answer (partial
// success); nothing is dropped silently.
//
// A [Receiver] may be used by any number of goroutines. The chunk given to the
// log is used again once Append returns. Times are nanoseconds since 1970.
package receive

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"

	"github.com/hopstamp/hopstamp/internal/receive/otlp"
)

// What a Log may answer, and ErrBusy also Options.Ready. Any other error means that
// the log is not available: the sender is told to repeat the request.
var (
	// ErrBusy says that no more can be taken now: the sender is told to come back soon.
	ErrBusy = errors.New("log is busy")
	// ErrTooLarge says that a chunk will never fit: the sender is told not to repeat it.
	ErrTooLarge = errors.New("chunk is too large for the log")
)

// Log stores chunks durably. It must not keep a chunk after it returned.
type Log interface {
	Append(ctx context.Context, partition int, chunk []byte) error
}

// Options of a Receiver. Zero values mean the defaults.
type Options struct {
	GRPCAddr, HTTPAddr string              // where to listen; port 0 chooses one
	Partitions         int                 // of the log; default 1
	Dimensions         map[string][]string // see otlp.NewTable
	MaxRequest         int                 // bytes of a request after decompression; default 16 MiB
	MaxInFlight        int64               // bytes of all requests being taken; default 64 MiB

	Now        func() time.Time      // default time.Now
	Logger     *slog.Logger          // default: silent
	Registerer prometheus.Registerer // default: one of its own
	Ready      func() error          // nil while data may be taken, else the reason why not; default: always
	Throttled  func()                // called when a sender was told to come back later
}

func (o Options) withDefaults() (Options, error) {
	if o.GRPCAddr == "" || o.HTTPAddr == "" {
		return o, errors.New("addresses for OTLP over gRPC and over HTTP are needed")
	}
	if o.Partitions == 0 {
		o.Partitions = 1
	}
	if o.Throttled == nil {
		o.Throttled = func() {}
	}
	if o.MaxRequest == 0 {
		o.MaxRequest = 16 << 20
	}
	if o.MaxInFlight == 0 {
		o.MaxInFlight = max(64<<20, int64(o.MaxRequest))
	}
	if o.Partitions < 0 || o.MaxRequest < 0 || o.MaxRequest > 1<<30 || o.MaxInFlight < int64(o.MaxRequest) {
		return o, fmt.Errorf("limits do not fit: %d partitions, requests of %d bytes (at most 1 GiB), %d bytes in flight (at least one request)",
			o.Partitions, o.MaxRequest, o.MaxInFlight)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Registerer == nil {
		o.Registerer = prometheus.NewRegistry()
	}
	if o.Ready == nil {
		o.Ready = func() error { return nil }
	}
	return o, nil
}

// Receiver is a pair of servers in front of a log.
type Receiver struct {
	options Options
	log     Log
	metrics *metrics
	budget  *budget
	sources *sources
	jobs    sync.Pool   // of *job
	parcels sync.Pool   // of *parcel
	failing atomic.Bool // the log was not available the last time

	grpcListener, httpListener net.Listener
	grpcServer                 *grpc.Server
	httpServer                 *http.Server
	serving                    sync.WaitGroup
}

// New listens on both addresses. Nothing is answered before Start.
func New(o Options, log Log) (*Receiver, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	table, err := otlp.NewTable(o.Dimensions)
	if err != nil {
		return nil, err
	}
	r := &Receiver{options: o, log: log, budget: &budget{limit: o.MaxInFlight}, sources: newSources()}
	r.jobs.New = func() any { return &job{decoder: otlp.NewDecoder(table), parts: make([]otlp.Part, o.Partitions)} }
	r.parcels.New = func() any { return &parcel{chunks: make([][]byte, o.Partitions)} }
	if r.metrics, err = newMetrics(o.Registerer, r.budget); err != nil {
		return nil, err
	}
	if r.grpcListener, err = net.Listen("tcp", o.GRPCAddr); err != nil {
		return nil, fmt.Errorf("listen for OTLP over gRPC: %w", err)
	}
	if r.httpListener, err = net.Listen("tcp", o.HTTPAddr); err != nil {
		r.grpcListener.Close()
		return nil, fmt.Errorf("listen for OTLP over HTTP: %w", err)
	}
	r.grpcServer, r.httpServer = r.newGRPCServer(), r.newHTTPServer()
	return r, nil
}

// answered counts a request, and tells of a sender that has to come back later.
func (r *Receiver) answered(transport, encoding, code string, started time.Time, refused *refusal) {
	r.metrics.countRequest(transport, encoding, code, started, refused)
	if refused != nil && refused.retry > 0 {
		r.options.Throttled()
	}
}

// GRPCAddr is the address that is listened on.
func (r *Receiver) GRPCAddr() string { return r.grpcListener.Addr().String() }

// HTTPAddr is the address that is listened on.
func (r *Receiver) HTTPAddr() string { return r.httpListener.Addr().String() }

// Start answers requests until Stop.
func (r *Receiver) Start() {
	r.serving.Go(func() {
		if err := r.grpcServer.Serve(r.grpcListener); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
			r.options.Logger.Error("OTLP over gRPC ended", "error", err)
		}
	})
	r.serving.Go(func() {
		if err := r.httpServer.Serve(r.httpListener); err != nil && !errors.Is(err, http.ErrServerClosed) {
			r.options.Logger.Error("OTLP over HTTP ended", "error", err)
		}
	})
}

// Stop takes no new requests and answers those in flight. When the context ends
// before, their connections are cut and its error is returned.
func (r *Receiver) Stop(ctx context.Context) error {
	defer r.serving.Wait()
	done := make(chan struct{})
	go func() {
		r.grpcServer.GracefulStop()
		close(done)
	}()
	err := r.httpServer.Shutdown(ctx)
	select {
	case <-done:
	case <-ctx.Done():
		err = ctx.Err()
		r.grpcServer.Stop()
		<-done
	}
	if err != nil {
		r.httpServer.Close()
	}
	r.grpcListener.Close() // open still when the servers were never started
	r.httpListener.Close()
	return err
}

// Sources are the services that sent spans, the newest first.
func (r *Receiver) Sources() []Source { return r.sources.list() }
