// SPDX-License-Identifier: Apache-2.0

package app

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/hopstamp/hopstamp/internal/count"
	"github.com/hopstamp/hopstamp/internal/sample"
	"github.com/hopstamp/hopstamp/internal/store"
)

// collector shows what was counted to Prometheus, at the moment of a scrape.
// docs/reference/metrics.md lists the metrics.
type collector struct {
	app     *App
	desc    map[string]*prometheus.Desc
	collect func(*collector, chan<- prometheus.Metric)
}

// newFoldCollector shows what the folds know, but the delivery counters (deliveryCounters).
func newFoldCollector(a *App) *collector {
	return newCollector(a, foldMetrics, (*collector).collectFolds)
}

// newProcessCollector shows what happened to this process.
func newProcessCollector(a *App) *collector {
	return newCollector(a, processMetrics, (*collector).collectProcess)
}

func newCollector(a *App, metrics []metric, collect func(*collector, chan<- prometheus.Metric)) *collector {
	c := &collector{app: a, desc: map[string]*prometheus.Desc{}, collect: collect}
	for i := range metrics {
		c.desc[metrics[i].name] = metrics[i].describe()
	}
	return c
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range c.desc {
		out <- desc
	}
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(out chan<- prometheus.Metric) { c.collect(c, out) }

// collectFolds shows nothing while the log is replayed after a start: the counts are
// behind what was shown before, which would look like a reset.
func (c *collector) collectFolds(out chan<- prometheus.Metric) {
	if c.app.folds.replayed() {
		c.collectCounts(out)
		c.collectTracking(out)
		c.collectSampling(out)
		c.collectClocks(out)
	}
}

func (c *collector) collectProcess(out chan<- prometheus.Metric) {
	c.collectSnapshots(out)
	c.collectLog(out)
	c.collectStore(out)
}

func (c *collector) counter(out chan<- prometheus.Metric, name string, value float64, labels ...string) {
	out <- prometheus.MustNewConstMetric(c.desc[name], prometheus.CounterValue, value, labels...)
}

func (c *collector) gauge(out chan<- prometheus.Metric, name string, value float64, labels ...string) {
	out <- prometheus.MustNewConstMetric(c.desc[name], prometheus.GaugeValue, value, labels...)
}

// collectCounts shows what the partitions count together.
func (c *collector) collectCounts(out chan<- prometheus.Metric) {
	for l, n := range c.app.deliveries.inFlight() {
		c.gauge(out, "in_flight_deliveries", float64(n), l[:]...)
	}
	paths := map[string]*count.PathTimes{}
	for _, f := range c.app.folds {
		f.mu.Lock()
		f.latency.Totals(func(path string, times *count.PathTimes) {
			if paths[path] == nil {
				paths[path] = &count.PathTimes{}
			}
			paths[path].Merge(times)
		})
		f.mu.Unlock()
	}
	for path, times := range paths {
		c.histogram(out, "delivery_latency_seconds", &times.Whole, path)
		for i := range times.Hops {
			h := &times.Hops[i]
			c.histogram(out, "hop_wait_seconds", &h.Wait, path, h.Hop.From.String(), h.Hop.To.String())
			c.histogram(out, "hop_work_seconds", &h.Work, path, h.Hop.From.String(), h.Hop.To.String())
		}
	}
}

// collectTracking shows what tracking holds and met.
func (c *collector) collectTracking(out chan<- prometheus.Metric) {
	var held, met struct{ bytes, traces, stamps, duplicates, late, unjoined, evicted, resting, classes, texts, malformed float64 }
	throttled := 0.0
	for _, f := range c.app.folds {
		f.mu.Lock()
		traces, stamps := f.tracker.Size()
		held.traces += float64(traces)
		held.stamps += float64(stamps)
		held.bytes += float64(f.tracker.Bytes())
		counts := f.tracker.Counts()
		met.stamps += float64(counts.Stamps)
		met.duplicates += float64(counts.Duplicates)
		met.late += float64(counts.Late)
		met.unjoined += float64(counts.Unjoined)
		met.evicted += float64(counts.Evicted)
		held.resting += float64(f.tracker.Resting())
		classes, texts := f.tracker.Overflowed()
		met.classes += float64(classes)
		met.texts += float64(texts)
		met.malformed += float64(f.malformed.Load())
		if f.tracker.Throttled() {
			throttled = 1
		}
		f.mu.Unlock()
	}
	c.gauge(out, "track_traces", held.traces)
	c.gauge(out, "track_stamps", held.stamps)
	c.gauge(out, "track_bytes", held.bytes)
	c.counter(out, "track_stamps_total", met.stamps)
	c.counter(out, "track_duplicate_stamps_total", met.duplicates)
	c.counter(out, "track_late_stamps_total", met.late)
	c.counter(out, "track_unjoined_stamps_total", met.unjoined)
	c.counter(out, "track_evicted_total", met.evicted)
	c.gauge(out, "track_resting_traces", held.resting)
	c.counter(out, "track_overflowed_total", met.classes, "class")
	c.counter(out, "track_overflowed_total", met.texts, "text")
	c.counter(out, "track_malformed_messages_total", met.malformed)
	c.gauge(out, "track_throttled", throttled)
	now := c.app.folds.pulse()
	c.gauge(out, "track_position", float64(now.Position))
	c.gauge(out, "track_log_time_seconds", float64(now.Time.UnixNano())/1e9)
	c.gauge(out, "track_lag_seconds", float64(now.LagUS)/1e6)
}

// collectClocks shows the clocks that are wrong, not those of thousands of hosts that are right.
func (c *collector) collectClocks(out chan<- prometheus.Metric) {
	for _, s := range (reader{c.app}).Clocks() {
		if s.OffsetUS == 0 && !s.Suspect {
			return
		}
		suspect := 0.0
		if s.Suspect {
			suspect = 1
		}
		c.gauge(out, "clock_offset_seconds", float64(s.OffsetUS)/1e6, s.Host)
		c.gauge(out, "clock_suspect", suspect, s.Host)
	}
}

// collectSampling shows of which messages the spans are kept.
func (c *collector) collectSampling(out chan<- prometheus.Metric) {
	var sums [sample.NumPolicies]sample.Counts
	var shares [sample.NumPolicies]float64
	var overdrawn uint64
	backlog := 0
	for _, f := range c.app.folds {
		f.mu.Lock()
		for p := range sample.NumPolicies {
			counts := f.sampler.Counts(p)
			sums[p].Decided += counts.Decided
			sums[p].Kept += counts.Kept
			shares[p] += f.sampler.Share(p) / float64(len(c.app.folds))
		}
		overdrawn, backlog = overdrawn+f.sampler.Overdrawn(), backlog+f.sampler.Backlog()
		f.mu.Unlock()
	}
	for p := range sample.NumPolicies {
		c.counter(out, "sample_decided_total", float64(sums[p].Decided), p.String())
		c.counter(out, "sample_kept_total", float64(sums[p].Kept), p.String())
		c.gauge(out, "sample_share", shares[p], p.String())
	}
	c.counter(out, "sample_overdrawn_total", float64(overdrawn))
	c.gauge(out, "sample_backlog", float64(backlog))
}

// collectSnapshots shows how saving the state went, and copying kept spans.
func (c *collector) collectSnapshots(out chan<- prometheus.Metric) {
	var sum saved
	var missed uint64
	for _, f := range c.app.folds {
		f.mu.Lock()
		sum.count += f.saved.count
		sum.failures += f.saved.failures
		sum.bytes += f.saved.bytes
		sum.took = max(sum.took, f.saved.took)
		sum.behind += f.saved.behind
		missed += f.keeper.missed
		f.mu.Unlock()
	}
	c.counter(out, "snapshots_total", float64(sum.count))
	c.counter(out, "snapshot_failures_total", float64(sum.failures))
	c.gauge(out, "snapshot_bytes", float64(sum.bytes))
	c.gauge(out, "snapshot_seconds", sum.took.Seconds())
	c.gauge(out, "snapshot_behind_bytes", float64(sum.behind))
	c.counter(out, "sample_missed_messages_total", float64(missed))
}

func (c *collector) histogram(out chan<- prometheus.Metric, name string, h *count.Histogram, labels ...string) {
	buckets := map[int]int64{}
	h.Buckets(func(index int, count uint64) { buckets[index] = int64(count) })
	metric, err := prometheus.NewConstNativeHistogram(c.desc[name], h.Count, h.Sum.Seconds(), buckets, nil, h.Shorter,
		count.Schema, 1e-6, time.Time{}, labels...)
	if err != nil {
		metric = prometheus.NewInvalidMetric(c.desc[name], err)
	}
	out <- metric
}

func (c *collector) collectLog(out chan<- prometheus.Metric) {
	stats := c.app.log.Stats()
	c.counter(out, "log_appends_total", float64(stats.Appends))
	c.counter(out, "log_commits_total", float64(stats.Commits))
	c.counter(out, "log_bytes_total", float64(stats.Bytes))
	c.counter(out, "log_commit_seconds_total", stats.CommitTime.Seconds())
	c.counter(out, "log_failed_commits_total", float64(stats.FailedCommits))
	c.counter(out, "log_busy_total", float64(stats.Busy))
	c.counter(out, "log_reopened_total", float64(stats.Reopened))
	c.gauge(out, "log_pending_bytes", float64(stats.PendingBytes))
	state := c.app.folds.logState()
	c.gauge(out, "log_held_bytes", float64(state.Bytes))
	c.gauge(out, "log_room_bytes", float64(c.app.folds.room()))
	c.gauge(out, "log_missing_messages", float64(state.Missing))
	c.gauge(out, "log_first_position", float64(state.First))
	c.gauge(out, "log_last_position", float64(state.Last))
}

func (c *collector) collectStore(out chan<- prometheus.Metric) {
	var sum store.Stats
	var failures uint64
	var kept store.SpanStats
	for i, f := range c.app.folds {
		sum.Add(c.app.parts[i].Stats())
		spans := f.keeper.spans.Stats()
		kept.Parts, kept.Bytes, kept.Rows = kept.Parts+spans.Parts, kept.Bytes+spans.Bytes, kept.Rows+spans.Rows+int64(spans.TailRows)
		failures += f.storeErrs.Load()
	}
	c.gauge(out, "store_parts", float64(kept.Parts), "spans")
	c.gauge(out, "store_kept_spans", float64(kept.Rows))
	c.gauge(out, "store_parts", float64(sum.Parts), "verdicts")
	c.gauge(out, "store_parts", float64(sum.LedgerParts), "ledger")
	c.gauge(out, "store_bytes", float64(sum.Bytes+kept.Bytes))
	c.gauge(out, "store_rows", float64(sum.Rows))
	c.gauge(out, "store_tail_rows", float64(sum.TailRows))
	c.counter(out, "store_flushes_total", float64(sum.Flushes))
	c.counter(out, "store_retired_parts_total", float64(sum.Retired))
	c.counter(out, "store_damaged_parts_total", float64(sum.Damaged))
	c.counter(out, "store_errors_total", float64(failures))
}
