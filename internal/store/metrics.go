// SPDX-License-Identifier: Apache-2.0

package store

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/scrape"
	"github.com/prometheus/prometheus/tsdb"
)

// MetricsOptions of the metrics. Dir and Gatherer are required.
type MetricsOptions struct {
	Dir      string              // the TSDB lives in its folder "metrics"
	Gatherer prometheus.Gatherer // of all but the Counters; none has a label job or instance, or times of its own
	Counters []*Counters         // whose values come from Count
	Count    func(*Round)        // adds a sample of every series of the Counters
	Interval time.Duration       // between two samples; default 5 s
	MaxAge   time.Duration       // default 7 days
	MaxBytes int64               // of blocks; default 512 MiB
	Log      *slog.Logger
}

// Metrics keeps the metrics of this process in an embedded Prometheus TSDB.
//
// What it holds is what a Prometheus would hold that scrapes /metrics with native histograms: the same names
// and values, the labels job and instance, an end of the series that go away, and the series "up" and
// "scrape_...". But nothing is written out and parsed again: a sample is appended to a series that is known, so
// one of tens of thousands costs half a microsecond.
type Metrics struct {
	database *tsdb.DB
	sampler  *sampler
	interval time.Duration

	started  bool
	stop     chan struct{}
	finished chan struct{} // closed when no more samples are taken
}

// OpenMetrics opens the TSDB; its log is replayed before this returns.
func OpenMetrics(opts MetricsOptions) (*Metrics, error) {
	orDefault(&opts.Interval, 5*time.Second)
	orDefault(&opts.MaxAge, 7*24*time.Hour)
	orDefault(&opts.MaxBytes, 512<<20)
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	database, err := tsdb.Open(filepath.Join(opts.Dir, "metrics"), opts.Log, nil, databaseOptions(opts), nil)
	if err != nil {
		return nil, fmt.Errorf("open metrics: %w", err)
	}
	return &Metrics{database: database, sampler: newSampler(database, &opts), interval: opts.Interval,
		stop: make(chan struct{}), finished: make(chan struct{})}, nil
}

// databaseOptions keep an idle TSDB small: the series of one process need no large write
// buffers, and no more stripes than make a map of each that is quick with tens of thousands.
func databaseOptions(opts MetricsOptions) *tsdb.Options {
	tuned := tsdb.DefaultOptions()
	tuned.RetentionDuration = opts.MaxAge.Milliseconds()
	tuned.MaxBytes = opts.MaxBytes
	tuned.MaxBlockDuration = max(tuned.MinBlockDuration, opts.MaxAge.Milliseconds()/10)
	tuned.StripeSize = 1 << 10
	tuned.HeadChunksWriteBufferSize = 64 << 10
	tuned.WALSegmentSize = 16 << 20
	tuned.WALReplayConcurrency = 1
	return tuned
}

// Start begins to take samples. It is called at most once, before Stop.
func (m *Metrics) Start() {
	m.started = true
	go m.run()
}

func (m *Metrics) run() {
	defer close(m.finished)
	ticker := time.NewTicker(m.interval)
	defer ticker.Stop()
	began := time.Now().Round(0)
	for at := began; ; {
		m.sampler.sample(m.due(began, at.Round(0)))
		select {
		case <-m.stop:
			return
		case at = <-ticker.C:
		}
	}
}

// due is the time that a sample was to be taken at when that was a moment ago: evenly
// spaced times take the least space. Both are times of the clock on the wall.
func (m *Metrics) due(began, at time.Time) time.Time {
	due := began.Add(at.Sub(began).Round(m.interval))
	if late := at.Sub(due).Abs(); late <= min(2*time.Millisecond, m.interval/100) {
		return due
	}
	return at
}

// Stop takes no more samples and closes the TSDB.
func (m *Metrics) Stop() error {
	if m.started {
		close(m.stop)
		<-m.finished
	}
	if err := m.database.Close(); err != nil {
		return fmt.Errorf("close metrics: %w", err)
	}
	return nil
}

// Database is the TSDB to query.
func (m *Metrics) Database() *tsdb.DB { return m.database }

// Target is what is sampled, as if it were scraped: this process. It knows how that
// went the last time, and the metadata (type, help) of the metrics.
func (m *Metrics) Target() *scrape.Target { return m.sampler.target }
