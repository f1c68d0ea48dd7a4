// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/timestamp"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/scrape"
	"github.com/prometheus/prometheus/storage"
)

// Counters are the series of one name that are too many to be gathered, sorted and looked
// up for every sample. Each is made once, and adds its value in every Round.
type Counters struct {
	Name, Help string
	Labels     []string
}

// Series makes the series with these values of the labels.
func (c *Counters) Series(values ...string) *Series {
	all := labels.NewScratchBuilder(len(values) + 3)
	all.Add(model.MetricNameLabel, c.Name)
	for i, name := range c.Labels {
		all.Add(name, values[i])
	}
	return newSeries(&all)
}

// Series is one of the TSDB. It belongs to the sampler's goroutine.
type Series struct {
	labels labels.Labels
	ref    storage.SeriesRef // what the TSDB knows it by; 0: not yet
	round  uint64            // the last one with a sample of it
}

// newSeries of these labels, in any order, and of this process. An empty value is
// the same as no label.
func newSeries(all *labels.ScratchBuilder) *Series {
	all.Add(model.JobLabel, MetricsJob)
	all.Add(model.InstanceLabel, MetricsJob)
	all.Sort()
	return &Series{labels: all.Labels().WithoutEmpty()}
}

// sampler takes samples of all metrics. It belongs to one goroutine; others read
// its target.
type sampler struct {
	database storage.AppendableV2
	gatherer prometheus.Gatherer
	count    func(*Round)
	target   *scrape.Target
	known    *described
	log      *slog.Logger

	number  uint64             // of the last round
	alive   []*Series          // sampled in the last round
	spare   []*Series          // for those of the next
	by      map[string]*Series // those gathered, by their labels
	reports [len(reportNames)]*Series
	failing bool // since the last round
}

// reportNames are the series that tell how a round went, as Prometheus tells it of a scrape.
var reportNames = [...]string{"up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling", "scrape_series_added"}

func newSampler(database storage.AppendableV2, opts *MetricsOptions) *sampler {
	s := &sampler{database: database, gatherer: opts.Gatherer, count: opts.Count, known: newDescribed(opts.Counters), log: opts.Log, by: map[string]*Series{}}
	s.target = newTarget(opts.Interval, s.known)
	for i, name := range reportNames {
		all := labels.NewScratchBuilder(3)
		all.Add(model.MetricNameLabel, name)
		s.reports[i] = newSeries(&all)
	}
	return s
}

// sample takes a sample of everything, or of nothing: then the series end, and "up" is 0.
func (s *sampler) sample(at time.Time) {
	began := time.Now()
	r := s.round(at)
	s.take(r)
	failure := r.err
	if failure != nil {
		_ = r.appender.Rollback() // what led to it is told
		r = s.round(at)
	}
	s.end(r)
	s.report(r, failure == nil, time.Since(began))
	if r.err == nil {
		r.err = r.appender.Commit()
	} else {
		_ = r.appender.Rollback()
	}
	s.alive, s.spare = r.sampled, s.alive[:0]
	s.tell(errors.Join(failure, r.err), r)
	s.target.Report(at, time.Since(began), failure)
}

// Round is the taking of one sample of every series, all of the same time.
type Round struct {
	appender storage.AppenderV2
	at       int64 // milliseconds
	number   uint64
	sampled  []*Series
	fresh    int   // of the series, those that the TSDB was not told of before
	refused  int   // samples
	why      error // of one of them
	err      error // why the round fails
}

func (s *sampler) round(at time.Time) *Round {
	s.number++
	return &Round{appender: s.database.AppenderV2(context.Background()), at: timestamp.FromTime(at), number: s.number, sampled: s.spare[:0]}
}

// take takes the samples.
func (s *sampler) take(r *Round) {
	families, err := s.gatherer.Gather()
	if err != nil {
		r.err = fmt.Errorf("gather the metrics: %w", err)
		return
	}
	for _, f := range families {
		s.known.add(f.GetName(), f.GetHelp(), kindOf(f))
		s.family(r, f)
	}
	if s.count != nil {
		s.count(r)
	}
}

// Add adds the sample of a series, one in a round.
func (r *Round) Add(s *Series, value float64) { r.append(s, value, nil) }

func (r *Round) append(s *Series, value float64, h *histogram.Histogram) {
	if r.err != nil {
		return
	}
	if s.ref == 0 {
		r.fresh++
	}
	ref, err := r.appender.Append(s.ref, s.labels, 0, r.at, value, h, nil, storage.AOptions{})
	switch {
	case err == nil:
		s.ref = ref
	case refused(err):
		r.refused, r.why = r.refused+1, err
	default:
		r.err = fmt.Errorf("append to %s: %w", s.labels, err)
		return
	}
	s.round = r.number
	r.sampled = append(r.sampled, s)
}

// refused tells whether an error is of one sample only, because of its time: the clock was set back.
func refused(err error) bool {
	for _, known := range [...]error{storage.ErrOutOfOrderSample, storage.ErrDuplicateSampleForTimestamp, storage.ErrOutOfBounds, storage.ErrTooOldSample} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

// end ends the series that were sampled in the last round and are not in this one.
func (s *sampler) end(r *Round) {
	stale := math.Float64frombits(value.StaleNaN)
	for _, series := range s.alive {
		if series.round == r.number {
			continue
		}
		_, err := r.appender.Append(series.ref, series.labels, 0, r.at, stale, nil, nil, storage.AOptions{RejectOutOfOrder: true})
		if err != nil && !refused(err) {
			r.err = fmt.Errorf("end %s: %w", series.labels, err)
			return
		}
		delete(s.by, string(series.labels.Bytes(nil)))
	}
}

// report adds the samples that tell how the round went.
func (s *sampler) report(r *Round, up bool, took time.Duration) {
	samples := float64(len(r.sampled))
	values := [len(reportNames)]float64{0, took.Seconds(), samples, samples, float64(r.fresh)}
	if up {
		values[0] = 1
	}
	sampled := r.sampled
	for i, series := range s.reports {
		r.append(series, values[i], nil)
	}
	r.sampled = sampled // these never end
}

// tell logs what went wrong, once until it goes well again.
func (s *sampler) tell(failure error, r *Round) {
	if failure == nil && r.refused > 0 {
		failure = fmt.Errorf("%d samples are refused: %w", r.refused, r.why)
	}
	if failure != nil && !s.failing {
		s.log.Warn("own metrics are not stored", "error", failure)
	}
	s.failing = failure != nil
}
