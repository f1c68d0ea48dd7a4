// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	httpconfig "github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery/targetgroup"
	"github.com/prometheus/prometheus/scrape"
	"github.com/prometheus/prometheus/tsdb"
)

// scrapeJob is the job and the instance label of every series.
const scrapeJob = "hopstamp"

// MetricsOptions of the metrics. Dir and Gatherer are required.
type MetricsOptions struct {
	Dir      string // the TSDB lives in its folder "metrics"
	Gatherer prometheus.Gatherer
	Interval time.Duration // between two samples; default 5 s
	MaxAge   time.Duration // default 7 days
	MaxBytes int64         // of blocks; default 512 MiB
	Log      *slog.Logger
}

// Metrics keeps the metrics of this process in an embedded Prometheus TSDB.
//
// The samples are taken by Prometheus' own scrape manager, over connections that
// are pipes in memory. So native histograms, metadata, staleness and the series
// "up" are exactly those of a Prometheus that scrapes /metrics, whatever this
// server listens on; converting what is gathered would be that parser written
// again. A scrape of some hundred series costs about a millisecond.
type Metrics struct {
	database *tsdb.DB
	scraper  *scrape.Manager
	config   *config.Config
	listener *pipeListener
	server   *http.Server
	log      *slog.Logger

	mu       sync.Mutex // guards the two below
	scraping bool
	stopped  bool
	finished chan struct{} // closed when scraping has ended, or never began
}

// OpenMetrics opens the TSDB; its log is replayed before this returns.
func OpenMetrics(opts MetricsOptions) (*Metrics, error) {
	orDefault(&opts.Interval, 5*time.Second)
	orDefault(&opts.MaxAge, 7*24*time.Hour)
	orDefault(&opts.MaxBytes, 512<<20)
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	text := fmt.Sprintf("scrape_configs: [{job_name: %s, scrape_interval: %[2]s, scrape_timeout: %[2]s, "+
		"scrape_native_histograms: true, enable_compression: false}]", scrapeJob, model.Duration(opts.Interval))
	loaded, err := config.Load(text, opts.Log)
	if err != nil {
		return nil, fmt.Errorf("configure scraping every %s: %w", opts.Interval, err)
	}
	database, err := tsdb.Open(filepath.Join(opts.Dir, "metrics"), opts.Log, nil, databaseOptions(opts), nil)
	if err != nil {
		return nil, fmt.Errorf("open metrics: %w", err)
	}
	m := &Metrics{database: database, config: loaded, listener: newPipeListener(), log: opts.Log,
		finished: make(chan struct{})}
	m.server = &http.Server{Handler: promhttp.HandlerFor(opts.Gatherer, promhttp.HandlerOpts{DisableCompression: true})}
	// What the scraper and the database say of themselves would drown our own metrics, so they get a registry that nobody reads.
	m.scraper, err = scrape.NewManager(&scrape.Options{
		DiscoveryReloadOnStartup: true,
		HTTPClientOptions:        []httpconfig.HTTPClientOption{httpconfig.WithDialContextFunc(m.listener.dial)},
	}, opts.Log, nil, nil, database, prometheus.NewRegistry())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open scraper: %w", err), database.Close())
	}
	return m, nil
}

// databaseOptions keep an idle TSDB small: a few thousand series of one process
// need neither many stripes nor large write buffers.
func databaseOptions(opts MetricsOptions) *tsdb.Options {
	tuned := tsdb.DefaultOptions()
	tuned.RetentionDuration = opts.MaxAge.Milliseconds()
	tuned.MaxBytes = opts.MaxBytes
	tuned.MaxBlockDuration = max(tuned.MinBlockDuration, opts.MaxAge.Milliseconds()/10)
	tuned.StripeSize = 1 << 8
	tuned.HeadChunksWriteBufferSize = 64 << 10
	tuned.WALSegmentSize = 16 << 20
	tuned.WALReplayConcurrency = 1
	return tuned
}

// Start begins to take samples. The scraper asks the resolver for the name of
// this host first, which may take long, so neither Start nor Stop waits for that.
func (m *Metrics) Start() {
	go func() { _ = m.server.Serve(m.listener) }() // always ends with ErrServerClosed
	go func() {
		defer close(m.finished)
		if err := m.scraper.ApplyConfig(m.config); err != nil {
			m.log.Error("start scraping", "error", err)
			return
		}
		m.mu.Lock()
		m.scraping = !m.stopped
		m.mu.Unlock()
		if !m.scraping {
			return
		}
		targets := make(chan map[string][]*targetgroup.Group, 1)
		targets <- map[string][]*targetgroup.Group{scrapeJob: {{
			Targets: []model.LabelSet{{model.AddressLabel: scrapeJob}}}}}
		_ = m.scraper.Run(targets) // ends with Stop, and has no error to tell
	}()
}

// Stop takes no more samples and closes the TSDB.
func (m *Metrics) Stop() error {
	m.mu.Lock()
	m.stopped = true
	scraping := m.scraping
	m.mu.Unlock()
	if scraping {
		m.scraper.Stop()
		<-m.finished
	}
	_ = m.server.Close()
	if err := m.database.Close(); err != nil {
		return fmt.Errorf("close metrics: %w", err)
	}
	return nil
}

// Database is the TSDB to query.
func (m *Metrics) Database() *tsdb.DB { return m.database }

// Scraper knows the metadata (type, help, unit) of the metrics.
func (m *Metrics) Scraper() *scrape.Manager { return m.scraper }

// pipeListener accepts the connections that dial makes, in memory.
type pipeListener struct {
	accepted chan net.Conn
	closed   chan struct{}
}

func newPipeListener() *pipeListener {
	return &pipeListener{accepted: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case l.accepted <- theirs:
		return ours, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept waits for a dial.
func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.accepted:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept. The server calls it once.
func (l *pipeListener) Close() error {
	close(l.closed)
	return nil
}

// Addr is a name without meaning.
func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: scrapeJob, Net: "pipe"} }
