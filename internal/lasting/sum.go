// SPDX-License-Identifier: Apache-2.0

package lasting

import (
	"cmp"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
)

// sum adds what was counted before to what of now lasts, and changes neither. What
// only one of them has is in it as it is. Of a name that changed its type, what was
// before is left out: it means something else.
func sum(before, now []*dto.MetricFamily) []*dto.MetricFamily {
	named := map[string]*dto.MetricFamily{}
	for _, f := range before {
		named[f.GetName()] = f
	}
	total := make([]*dto.MetricFamily, 0, len(before)+len(now))
	for _, f := range now {
		known := named[f.GetName()]
		delete(named, f.GetName())
		if !lasts(f) {
			continue
		}
		if known != nil && known.GetType() == f.GetType() {
			f = &dto.MetricFamily{Name: f.Name, Help: f.Help, Type: f.Type, Unit: f.Unit, Metric: sumMetrics(known.GetMetric(), f.GetMetric())}
		}
		total = append(total, f)
	}
	for _, f := range named {
		total = append(total, f)
	}
	slices.SortFunc(total, byName)
	return total
}

// sumMetrics adds the metrics of the same name that have the same labels.
func sumMetrics(before, now []*dto.Metric) []*dto.Metric {
	labelled := map[string]*dto.Metric{}
	for _, m := range before {
		labelled[labelsOf(m)] = m
	}
	total := make([]*dto.Metric, 0, len(before)+len(now))
	for _, m := range now {
		labels := labelsOf(m)
		if known := labelled[labels]; known != nil {
			m = sumMetric(known, m)
			delete(labelled, labels)
		}
		total = append(total, m)
	}
	for _, m := range labelled {
		total = append(total, m)
	}
	slices.SortFunc(total, func(x, y *dto.Metric) int { return cmp.Compare(labelsOf(x), labelsOf(y)) })
	return total
}

// labelsOf is what a metric is known by. They are sorted by name when they are gathered.
func labelsOf(m *dto.Metric) string {
	var labels strings.Builder
	for _, pair := range m.GetLabel() {
		labels.WriteString(pair.GetName())
		labels.WriteByte(0xff)
		labels.WriteString(pair.GetValue())
		labels.WriteByte(0xff)
	}
	return labels.String()
}

func sumMetric(before, now *dto.Metric) *dto.Metric {
	if now.Histogram != nil {
		return &dto.Metric{Label: now.Label, Histogram: sumHistograms(before.GetHistogram(), now.GetHistogram())}
	}
	return &dto.Metric{Label: now.Label, Counter: &dto.Counter{
		Value: new(before.GetCounter().GetValue() + now.GetCounter().GetValue()), CreatedTimestamp: before.GetCounter().GetCreatedTimestamp(),
	}}
}
