// SPDX-License-Identifier: Apache-2.0

// Package app joins the steps into a server. Read top to bottom, build is the way
// of the data:
//
//	receive -> wal -> track -> count -> store -> query -> api, web
//
// Nothing here decides anything about messages. An App is started and stopped once.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/hopstamp/hopstamp/internal/config"
	"github.com/hopstamp/hopstamp/internal/crashpoint"
	"github.com/hopstamp/hopstamp/internal/forward"
	"github.com/hopstamp/hopstamp/internal/lasting"
	"github.com/hopstamp/hopstamp/internal/query"
	"github.com/hopstamp/hopstamp/internal/receive"
	"github.com/hopstamp/hopstamp/internal/receive/otlp"
	"github.com/hopstamp/hopstamp/internal/store"
	"github.com/hopstamp/hopstamp/internal/wal"
)

// Options of an App.
type Options struct {
	Config  config.Config
	Version string
	Demo    bool // the server says that what it shows is a demonstration
	Logger  *slog.Logger
}

// App is a Hopstamp server.
type App struct {
	options  Options // Config changes under the fold's lock, see Reload
	data     string  // absolute path of the data folder
	started  time.Time
	registry *prometheus.Registry // of metrics that survive a restart by themselves or belong to the process, but the deliveries
	passing  *prometheus.Registry // of those that a process begins at zero
	lasting  *lasting.Counters    // the same, going on where the process before ended

	log        *wal.Log
	folds      folds
	parts      []*store.Parts // of the folds
	deliveries *deliveryCounters
	metrics    *store.Metrics
	receiver   *receive.Receiver
	senders    []*forward.Forwarder // to other backends
	search     *query.Query
	listener   net.Listener
	server     *http.Server

	background context.Context // of the fold and its ticks; ends after the receivers stopped
	running    sync.WaitGroup
	failed     chan error // the first background step that ended in error
	stops      []stop
}

// stop undoes one step of build. They run in reverse order.
type stop struct {
	name string
	do   func(context.Context) error
}

// New opens everything and listens; nothing is answered before Start. When a step
// cannot be built, those before it are stopped again.
func New(ctx context.Context, options Options) (*App, error) {
	a := &App{options: options, started: time.Now(), registry: prometheus.NewRegistry(), passing: prometheus.NewRegistry(), failed: make(chan error, 4)}
	if a.options.Logger == nil {
		a.options.Logger = slog.New(slog.DiscardHandler)
	}
	if err := a.build(ctx); err != nil {
		stopCtx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		return nil, errors.Join(err, a.Stop(stopCtx))
	}
	return a, nil
}

// build is one straight line on purpose: it is the flow.
func (a *App) build(ctx context.Context) (err error) {
	c, logger := &a.options.Config, a.options.Logger
	if err = os.MkdirAll(c.Data, 0o755); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	if a.data, err = filepath.Abs(c.Data); err != nil {
		return fmt.Errorf("name the data folder: %w", err)
	}
	a.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))

	a.log, err = wal.Open(ctx, wal.Options{
		Dir: filepath.Join(c.Data, "log"), Partitions: c.Log.Partitions, Sync: syncMode(c.Log.Fsync),
		MaxAge: c.Log.MaxAge, MaxBytes: c.Log.MaxBytes, KeepUncovered: true, Logger: logger,
	})
	if err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	a.onStop("log", func(context.Context) error { return a.log.Close() })

	if a.lasting, err = lasting.Open(filepath.Join(c.Data, "counters"), a.passing, logger); err != nil {
		return fmt.Errorf("open the counters: %w", err)
	}
	a.onStop("counters", func(context.Context) error { return a.lasting.Close() })

	var cancel context.CancelFunc
	a.background, cancel = context.WithCancel(context.Background())
	a.onStop("folds", func(context.Context) error {
		cancel()
		a.running.Wait()
		return nil
	})
	for partition := range c.Log.Partitions {
		if err = a.openFold(ctx, partition); err != nil {
			return err
		}
	}
	if a.lasting.Fresh() && a.folds.logState().Last > 0 {
		logger.Warn("this data folder remembers no counters of what happened to the server: they begin at zero")
	}
	a.deliveries = newDeliveryCounters(a.folds)
	a.registry.MustRegister(newFoldCollector(a))
	a.passing.MustRegister(newProcessCollector(a))

	a.metrics, err = store.OpenMetrics(store.MetricsOptions{
		Dir: c.Data, Gatherer: together(a.registry, a.lasting), Counters: []*store.Counters{a.deliveries.entered, a.deliveries.left}, Count: a.deliveries.sample,
		Interval: c.Metrics.Every, MaxAge: c.Metrics.MaxAge, MaxBytes: c.Metrics.MaxBytes, Log: logger,
	})
	if err != nil {
		return fmt.Errorf("open the metrics: %w", err)
	}
	a.onStop("metrics", func(context.Context) error { return a.metrics.Stop() })

	a.search = query.New(a.parts, a.folds.live)
	a.onStop("search", func(context.Context) error { return a.search.Close() })

	a.receiver, err = receive.New(receive.Options{
		GRPCAddr: c.OTLP.GRPC, HTTPAddr: c.OTLP.HTTP, Partitions: c.Log.Partitions, Dimensions: c.Dimensions,
		MaxRequest: c.OTLP.MaxRequest, MaxInFlight: c.OTLP.MaxInFlight, Ready: a.folds.admit, Throttled: a.folds.throttled, Registerer: a.passing, Logger: logger,
	}, a.folds)
	if err != nil {
		return fmt.Errorf("listen for OTLP: %w", err)
	}
	a.onStop("receivers", a.receiver.Stop)

	handler, err := a.handler()
	if err != nil {
		return err
	}
	if a.listener, err = net.Listen("tcp", c.Listen); err != nil {
		return fmt.Errorf("listen for the web: %w", err)
	}
	a.server = &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelDebug)} // of readers that went away
	a.onStop("web", a.stopWeb)
	return nil
}

// openFold makes the fold of a partition and what it writes to.
func (a *App) openFold(ctx context.Context, partition int) error {
	c, logger := &a.options.Config, a.options.Logger
	f := newFold(partition, *c, a.log, logger)
	parts, err := store.Open(store.Options{
		Dir: c.Data, Partition: partition, MaxAge: c.Store.MaxAge, MaxBytes: c.Store.MaxBytes / int64(c.Log.Partitions),
		Ledger: f.changes, Log: logger,
	})
	if err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	f.parts = parts
	if err = f.meetLog(ctx); err != nil {
		return err
	}
	f.relayer = newRelayer(func(ctx context.Context, to int, chunk []byte) error { return a.folds.Append(ctx, to, chunk) }, logger)
	if err := a.openKeeper(ctx, f); err != nil {
		return err
	}
	a.folds, a.parts = append(a.folds, f), append(a.parts, parts)
	return nil
}

// openKeeper makes what copies the spans of kept messages.
func (a *App) openKeeper(ctx context.Context, f *fold) error {
	c, logger := &a.options.Config, a.options.Logger
	spans, err := store.OpenSpans(store.SpanOptions{
		Dir: c.Data, Partition: f.partition, FlushEvery: spansPeriod(), MaxAge: c.Sample.MaxAge, MaxBytes: c.Sample.MaxBytes / int64(c.Log.Partitions), Log: logger,
	})
	if err != nil {
		return fmt.Errorf("open the kept spans: %w", err)
	}
	f.keeper = &keeper{fold: f, log: a.log, spans: spans, logger: logger, cutter: otlp.NewCutter()}
	for i := range c.Sample.Forward {
		if err := a.openForward(ctx, f.keeper, &c.Sample.Forward[i]); err != nil {
			return fmt.Errorf("forward to %s: %w", c.Sample.Forward[i].Endpoint, err)
		}
	}
	return nil
}

func syncMode(fsync string) wal.SyncMode {
	if fsync == "interval" {
		return wal.SyncInterval
	}
	return wal.SyncAlways
}

// onStop registers how to undo what was just built.
func (a *App) onStop(name string, do func(context.Context) error) {
	a.stops = append(a.stops, stop{name, do})
}

// Start lets the data flow. What senders give goes into the log from the beginning;
// everything else is answered when what was known before is there again, which is when
// Start returns. With an error the App is good for no more than to be stopped.
func (a *App) Start(ctx context.Context) error {
	a.answer()
	return a.resume(ctx)
}

// answer takes requests, of which those that need more than the log have to wait.
func (a *App) answer() {
	a.run("web", func() error {
		if err := a.server.Serve(a.listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	a.receiver.Start()
}

// resume reads what was known and goes on from there.
func (a *App) resume(ctx context.Context) error {
	for _, f := range a.folds {
		if err := f.restore(ctx); err != nil {
			return err
		}
	}
	crashpoint.At("start.restored")
	for _, f := range a.folds {
		a.run("fold", func() error { return f.follow(a.background) })
		a.run("relays", func() error { return f.relayer.run(a.background) })
		a.run("ticks", func() error { return f.tick(a.background, a.folds.met) })
		a.run("keeper", func() error { return f.keeper.run(a.background) })
		a.run("room", func() error { return f.watchRoom(a.background) })
	}
	for _, sender := range a.senders {
		a.run("forward", func() error { return sender.Run(a.background) })
	}
	a.metrics.Start()
	return nil
}

func (a *App) run(name string, step func() error) {
	a.running.Go(func() {
		if err := step(); err != nil {
			select {
			case a.failed <- fmt.Errorf("%s: %w", name, err):
			default: // an earlier failure already ends the server
			}
		}
	})
}

// Failed tells when a background step ended in error; the server is of no use then.
func (a *App) Failed() <-chan error { return a.failed }

// Stop answers the requests in flight and closes what was built, in reverse. What
// is in the log is folded again at the next start. It is safe after a half-built New.
func (a *App) Stop(ctx context.Context) error {
	var errs []error
	for i := len(a.stops) - 1; i >= 0; i-- {
		if err := a.stops[i].do(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", a.stops[i].name, err))
		}
	}
	a.stops = nil
	return errors.Join(errs...)
}

// stopWeb ends live streams at once: they would otherwise never end.
func (a *App) stopWeb(ctx context.Context) error {
	graceful, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	if a.server.Shutdown(graceful) != nil {
		return a.server.Close()
	}
	return nil
}

// Addresses that the app listens on.
func (a *App) Addresses() (web, grpc, http string) {
	return a.listener.Addr().String(), a.receiver.GRPCAddr(), a.receiver.HTTPAddr()
}
