// SPDX-License-Identifier: Apache-2.0

package store

import (
	"sync"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/scrape"
)

// MetricsJob is the job and the instance label of every series of the metrics.
const MetricsJob = "hopstamp"

// newTarget describes this process as Prometheus describes what it scrapes.
func newTarget(interval time.Duration, known *described) *scrape.Target {
	native := true
	every := model.Duration(interval)
	scraped := &config.ScrapeConfig{JobName: MetricsJob, ScrapeInterval: every, ScrapeTimeout: every,
		MetricsPath: config.DefaultScrapeConfig.MetricsPath, Scheme: config.DefaultScrapeConfig.Scheme, ScrapeNativeHistograms: &native}
	target := scrape.NewTarget(labels.FromStrings(
		model.AddressLabel, MetricsJob, model.JobLabel, MetricsJob, model.InstanceLabel, MetricsJob,
		model.SchemeLabel, scraped.Scheme, model.MetricsPathLabel, scraped.MetricsPath,
		model.ScrapeIntervalLabel, every.String(), model.ScrapeTimeoutLabel, every.String(),
	), scraped, model.LabelSet{model.AddressLabel: MetricsJob}, nil)
	target.SetMetadataStore(known)
	return target
}

// described are the metrics that were sampled, in the order in which they came. It
// implements scrape.MetricMetadataStore for readers on other goroutines.
type described struct {
	mu     sync.Mutex
	list   []scrape.MetricMetadata
	places map[string]int
}

func newDescribed(counters []*Counters) *described {
	d := &described{places: map[string]int{}}
	for _, c := range counters {
		d.add(c.Name, c.Help, model.MetricTypeCounter)
	}
	return d
}

// add takes a metric down the first time.
func (d *described) add(name, help string, kind model.MetricType) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, known := d.places[name]; known {
		return
	}
	d.places[name] = len(d.list)
	d.list = append(d.list, scrape.MetricMetadata{MetricFamily: name, Type: kind, Help: help})
}

func kindOf(f *dto.MetricFamily) model.MetricType {
	switch f.GetType() {
	case dto.MetricType_COUNTER:
		return model.MetricTypeCounter
	case dto.MetricType_GAUGE:
		return model.MetricTypeGauge
	case dto.MetricType_SUMMARY:
		return model.MetricTypeSummary
	case dto.MetricType_HISTOGRAM:
		return model.MetricTypeHistogram
	default:
		return model.MetricTypeUnknown
	}
}

// ListMetadata gives those of all metrics.
func (d *described) ListMetadata() []scrape.MetricMetadata {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.list[:len(d.list):len(d.list)] // what is there does not change
}

// GetMetadata gives that of one.
func (d *described) GetMetadata(name string) (scrape.MetricMetadata, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	at, ok := d.places[name]
	if !ok {
		return scrape.MetricMetadata{}, false
	}
	return d.list[at], true
}

// SizeMetadata is how many bytes their texts have.
func (d *described) SizeMetadata() (bytes int) {
	for _, m := range d.ListMetadata() {
		bytes += len(m.MetricFamily) + len(m.Type) + len(m.Help)
	}
	return bytes
}

// LengthMetadata is how many there are.
func (d *described) LengthMetadata() int { return len(d.ListMetadata()) }
