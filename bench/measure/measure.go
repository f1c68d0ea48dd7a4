// SPDX-License-Identifier: Apache-2.0

// Package measure puts one contender under the load and reads what that costs.
// The generator runs in this process, which therefore should have a core of its
// own. Runs must not overlap.
package measure

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/hopstamp/hopstamp/bench/contender"
	"github.com/hopstamp/hopstamp/bench/ledger"
	"github.com/hopstamp/hopstamp/bench/load"
	"github.com/hopstamp/hopstamp/bench/workload"
)

// Measurement is one run. Costs are in seconds of CPU for a million spans.
type Measurement struct {
	Contender      string        `json:"contender"`
	Protocol       string        `json:"protocol"`
	SpansPerSecond float64       `json:"spans_per_s"`       // sustained, after the warm-up
	LoadCost       float64       `json:"load_cpu_s_per_m"`  // after the warm-up, while messages were begun
	TotalCost      float64       `json:"total_cpu_s_per_m"` // from the first span until put-off work was done
	PeakMiB        float64       `json:"peak_rss_mib"`
	Messages       int64         `json:"messages"`
	Spans          int64         `json:"spans"`
	Refused        int64         `json:"refused"`
	Broken         int64         `json:"broken"`
	GivenUp        int64         `json:"given_up"`
	MedianMs       float64       `json:"request_p50_ms"`
	P99Ms          float64       `json:"request_p99_ms"`
	GeneratorCores float64       `json:"generator_cores"`
	OtherCores     float64       `json:"other_cores"` // what the rest of the machine used: noise
	Scrapes        int           `json:"scrapes,omitempty"`
	ScrapeFailures int           `json:"scrape_failures,omitempty"` // those that took too long among them
	Ledger         *ledger.Check `json:"ledger,omitempty"`
	// Complaint is the first error that a request met.
	Complaint string `json:"complaint,omitempty"`
}

// Bench is what all runs share.
type Bench struct {
	Core     string // of the contender
	Folder   string // of the runs; each run has its own in it
	Workload *workload.Workload
	Load     load.Options
}

// warmUp is left out of rates: the first messages' later waves must have arrived.
func (b Bench) warmUp() time.Duration { return min(12*time.Second, b.Load.Duration/3) }

// RunFolder is where a contender's log and data are. It is emptied before a run.
func (b Bench) RunFolder(c contender.Contender) string { return filepath.Join(b.Folder, c.Name) }

// Run measures a contender, then kills it.
func (b Bench) Run(ctx context.Context, c contender.Contender) (Measurement, error) {
	if err := os.RemoveAll(b.RunFolder(c)); err != nil {
		return Measurement{}, fmt.Errorf("empty the folder of %s: %w", c.Name, err)
	}
	running, err := c.Start(b.Core, b.RunFolder(c))
	if err != nil {
		return Measurement{}, err
	}
	defer running.Kill()
	if err := sleep(ctx, 1500*time.Millisecond); err != nil { // start-up is measured elsewhere
		return Measurement{}, err
	}
	return b.observe(ctx, c, running)
}

// observe loads what runs, waits until it has settled and adds up.
func (b Bench) observe(ctx context.Context, c contender.Contender, running *contender.Running) (m Measurement, err error) {
	options := b.Load
	options.Address = running.OTLP(options.Protocol)
	if c.Scraped {
		scraping := scrape(ctx, running.Metrics(), scrapeEvery)
		defer func() { m.Scrapes, m.ScrapeFailures = scraping.stop() }()
	}
	generator := load.New(b.Workload, options)
	watching := watch(running.Process, generator)
	result, err := generator.Run(ctx)
	samples, watchErr := watching.stop()
	if err != nil || watchErr != nil {
		return Measurement{}, fmt.Errorf("load %s: %w", c.Name, errors.Join(err, watchErr))
	}
	if err := settle(ctx, c, running); err != nil {
		return Measurement{}, err
	}
	m = Measurement{
		Contender: c.Name, Protocol: options.Protocol, Messages: result.Messages, Spans: result.Spans,
		Refused: result.Refused, Broken: result.Broken, GivenUp: result.GivenUp, Complaint: result.Complaint,
		MedianMs: result.Median.Seconds() * 1e3, P99Ms: result.P99.Seconds() * 1e3,
	}
	m.addRates(samples.between(b.warmUp(), result.Load))
	if err := m.addTotals(samples[0], running, result.Spans); err != nil {
		return Measurement{}, err
	}
	if c.Hopstamp {
		m.Ledger, err = checkLedger(ctx, running, b.Workload.Outcomes(result.Blocks))
	}
	return m, err
}

// settle waits until put-off work is done.
func settle(ctx context.Context, c contender.Contender, running *contender.Running) error {
	if err := sleep(ctx, c.Settles); err != nil || !c.Hopstamp {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	return ledger.Server{URL: running.URL()}.CatchUp(ctx)
}

func checkLedger(ctx context.Context, running *contender.Running, truth map[workload.Outcome]int64) (*ledger.Check, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	check, err := ledger.Server{URL: running.URL()}.Check(ctx, truth)
	return &check, err
}

func (m *Measurement) addRates(first, last sample) {
	spans := float64(last.spans - first.spans)
	seconds := last.at.Sub(first.at).Seconds()
	if spans == 0 || seconds == 0 {
		return
	}
	m.SpansPerSecond = spans / seconds
	cost := (last.contender.CPU - first.contender.CPU).Seconds()
	generator := (last.generator.CPU - first.generator.CPU).Seconds()
	m.LoadCost = cost / spans * 1e6
	m.GeneratorCores = generator / seconds
	m.OtherCores = max(0, (last.machine-first.machine).Seconds()-cost-generator) / seconds
}

func (m *Measurement) addTotals(first sample, running *contender.Running, spans int64) error {
	used, err := running.Usage()
	if err != nil {
		return err
	}
	peak, err := running.Peak()
	if err != nil {
		return err
	}
	m.PeakMiB = float64(peak) / (1 << 20)
	m.TotalCost = (used.CPU - first.contender.CPU).Seconds() / float64(max(1, spans)) * 1e6
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
