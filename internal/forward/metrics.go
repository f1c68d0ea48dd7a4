// SPDX-License-Identifier: Apache-2.0

package forward

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// collectPatience is how long a scrape waits for the queue.
const collectPatience = 5 * time.Second

// metrics of one Forwarder; all have the label backend.
type metrics struct {
	sent                                 prometheus.Counter
	requests, rejected, givenUp, retries *prometheus.CounterVec
	items, aside, bytes, age, dropped    *prometheus.Desc
}

func newMetrics(backend string) *metrics {
	labels := prometheus.Labels{"backend": backend}
	counters := func(name, help string, by string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hopstamp_forward_" + name, Help: help, ConstLabels: labels}, []string{by})
	}
	describe := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc("hopstamp_forward_"+name, help, nil, labels)
	}
	return &metrics{
		sent: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "hopstamp_forward_sent_spans_total", Help: "Spans that the backend took.", ConstLabels: labels}),
		requests: counters("requests_total", "Requests that are settled, by outcome: taken, refused or given_up.", "outcome"),
		rejected: counters("rejected_spans_total", "Spans that the backend refused for good, by the status it answered or partial_success.", "reason"),
		givenUp:  counters("given_up_spans_total", "Spans that were dropped because the backend kept refusing them while it took others, by the status it answered last or network.", "reason"),
		retries:  counters("retries_total", "Requests that have to be sent again, by the status answered or network.", "reason"),
		items:    describe("queue_items", "Requests that wait to be sent."),
		aside:    describe("set_aside_items", "Requests in the queue that the backend refused so far and that are tried again, while others are sent."),
		bytes:    describe("queue_bytes", "Bytes of the queue on disk."),
		age:      describe("queue_oldest_seconds", "How long the oldest request has been waiting."),
		dropped:  describe("queue_dropped_total", "Requests that were dropped unsent because the queue was full, since it was made."),
	}
}

// Describe is for prometheus, as Collect is: what this Forwarder did.
func (f *Forwarder) Describe(to chan<- *prometheus.Desc) {
	for _, counters := range f.metrics.counters() {
		counters.Describe(to)
	}
}

// Collect gives what this Forwarder did.
func (f *Forwarder) Collect(to chan<- prometheus.Metric) {
	for _, counters := range f.metrics.counters() {
		counters.Collect(to)
	}
}

func (m *metrics) counters() []prometheus.Collector {
	return []prometheus.Collector{m.sent, m.requests, m.rejected, m.givenUp, m.retries}
}

// OfQueue are the metrics of what waits. The queue, not the Forwarder, remembers how
// much it dropped.
func (f *Forwarder) OfQueue() prometheus.Collector { return backlog{f} }

type backlog struct{ *Forwarder }

// Describe is for prometheus.
func (b backlog) Describe(to chan<- *prometheus.Desc) {
	m := b.metrics
	for _, desc := range []*prometheus.Desc{m.items, m.aside, m.bytes, m.age, m.dropped} {
		to <- desc
	}
}

// Collect is for prometheus.
func (b backlog) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), collectPatience)
	defer cancel()
	now, err := b.queue.Backlog(ctx)
	if err != nil {
		b.logger.Debug("queue does not say what it holds", "error", err)
		return
	}
	age := 0.0
	if !now.Oldest.IsZero() {
		age = max(0, b.options.clock().Sub(now.Oldest).Seconds())
	}
	show := func(desc *prometheus.Desc, kind prometheus.ValueType, value float64) {
		to <- prometheus.MustNewConstMetric(desc, kind, value)
	}
	m := b.metrics
	show(m.items, prometheus.GaugeValue, float64(now.Items))
	show(m.aside, prometheus.GaugeValue, float64(b.aside.count.Load()))
	show(m.bytes, prometheus.GaugeValue, float64(now.Bytes))
	show(m.age, prometheus.GaugeValue, age)
	show(m.dropped, prometheus.CounterValue, float64(now.Dropped))
}
