// SPDX-License-Identifier: Apache-2.0

package store

import (
	"errors"
	"fmt"
	"math"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
)

var errFloatHistogram = errors.New("histograms of floats are not kept")

// family adds the samples of all metrics of a name. One metric may be several series,
// named as in the text format.
func (s *sampler) family(r *Round, f *dto.MetricFamily) {
	name := f.GetName()
	for _, m := range f.GetMetric() {
		switch {
		case m.Counter != nil:
			r.Add(s.find(name, m, "", ""), m.Counter.GetValue())
		case m.Gauge != nil:
			r.Add(s.find(name, m, "", ""), m.Gauge.GetValue())
		case m.Untyped != nil:
			r.Add(s.find(name, m, "", ""), m.Untyped.GetValue())
		case m.Summary != nil:
			s.summary(r, name, m)
		case isNative(m.GetHistogram()):
			s.native(r, name, m)
		case m.Histogram != nil:
			s.classic(r, name, m)
		}
	}
}

// find finds or makes the series of a metric, with one more label or none.
func (s *sampler) find(name string, m *dto.Metric, label, value string) *Series {
	all := labels.NewScratchBuilder(len(m.GetLabel()) + 4)
	all.Add(model.MetricNameLabel, name)
	for _, pair := range m.GetLabel() {
		all.Add(pair.GetName(), pair.GetValue())
	}
	if label != "" {
		all.Add(label, value)
	}
	made := newSeries(&all)
	key := string(made.labels.Bytes(nil))
	if known := s.by[key]; known != nil {
		return known
	}
	s.by[key] = made
	return made
}

func (s *sampler) summary(r *Round, name string, m *dto.Metric) {
	r.Add(s.find(name+"_count", m, "", ""), float64(m.Summary.GetSampleCount()))
	r.Add(s.find(name+"_sum", m, "", ""), m.Summary.GetSampleSum())
	for _, q := range m.Summary.GetQuantile() {
		r.Add(s.find(name, m, model.QuantileLabel, labels.FormatOpenMetricsFloat(q.GetQuantile())), q.GetValue())
	}
}

// classic adds a histogram that has no native buckets.
func (s *sampler) classic(r *Round, name string, m *dto.Metric) {
	r.Add(s.find(name+"_count", m, "", ""), float64(m.Histogram.GetSampleCount()))
	r.Add(s.find(name+"_sum", m, "", ""), m.Histogram.GetSampleSum())
	whole := false
	for _, b := range m.Histogram.GetBucket() {
		r.Add(s.find(name+"_bucket", m, model.BucketLabel, labels.FormatOpenMetricsFloat(b.GetUpperBound())), float64(b.GetCumulativeCount()))
		whole = whole || math.IsInf(b.GetUpperBound(), +1)
	}
	if !whole {
		r.Add(s.find(name+"_bucket", m, model.BucketLabel, "+Inf"), float64(m.Histogram.GetSampleCount()))
	}
}

// isNative tells a native histogram by what only such a one has; an empty one has an empty span.
func isNative(h *dto.Histogram) bool {
	return len(h.GetPositiveSpan())+len(h.GetNegativeSpan()) > 0 || h.GetZeroThreshold() > 0 || h.GetZeroCount() > 0
}

// native adds a native histogram; its classic buckets, if it has any, are left out.
func (s *sampler) native(r *Round, name string, m *dto.Metric) {
	from := m.Histogram
	if from.SampleCountFloat != nil || from.ZeroCountFloat != nil || len(from.GetPositiveCount())+len(from.GetNegativeCount()) > 0 {
		r.err = fmt.Errorf("%s: %w", name, errFloatHistogram)
		return
	}
	h := &histogram.Histogram{
		Schema: from.GetSchema(), Count: from.GetSampleCount(), Sum: from.GetSampleSum(),
		ZeroThreshold: from.GetZeroThreshold(), ZeroCount: from.GetZeroCount(),
		PositiveSpans: spansOf(from.GetPositiveSpan()), PositiveBuckets: append([]int64{}, from.GetPositiveDelta()...),
		NegativeSpans: spansOf(from.GetNegativeSpan()), NegativeBuckets: append([]int64{}, from.GetNegativeDelta()...),
	}
	h.Compact(0)
	r.append(s.find(name, m, "", ""), 0, h)
}

func spansOf(from []*dto.BucketSpan) []histogram.Span {
	spans := make([]histogram.Span, len(from))
	for i, span := range from {
		spans[i] = histogram.Span{Offset: span.GetOffset(), Length: span.GetLength()}
	}
	return spans
}
