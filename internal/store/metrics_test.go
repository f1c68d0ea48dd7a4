// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

// samplesOf counts the float and the histogram samples of a metric, and gives the last value.
func samplesOf(t *testing.T, m *Metrics, name string) (floats, histograms int, last float64) {
	t.Helper()
	querier, err := m.Database().Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	defer querier.Close()
	series := querier.Select(context.Background(), false, nil, labels.MustNewMatcher(labels.MatchEqual, "__name__", name))
	for series.Next() {
		samples := series.At().Iterator(nil)
		for kind := samples.Next(); kind != chunkenc.ValNone; kind = samples.Next() {
			if kind == chunkenc.ValFloat {
				floats++
				_, last = samples.At()
			} else {
				histograms++
				_, whole := samples.AtFloatHistogram(nil)
				last = whole.Count
			}
		}
	}
	if series.Err() != nil {
		t.Fatal(series.Err())
	}
	return floats, histograms, last
}

func waitFor(t *testing.T, what string, true func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !true(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not come", what)
		}
	}
}

func TestMetricsAreSampledAndSurviveARestart(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	counter := prometheus.NewCounter(prometheus.CounterOpts{Name: "hopstamp_things_total", Help: "Things."})
	native := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "hopstamp_latency_seconds", Help: "Latency.",
		NativeHistogramBucketFactor: 1.1})
	registry.MustRegister(counter, native)
	counter.Add(7)
	for i := range 100 {
		native.Observe(float64(i))
	}
	opts := MetricsOptions{Dir: t.TempDir(), Gatherer: registry, Interval: 20 * time.Millisecond}
	metrics, err := OpenMetrics(opts)
	if err != nil {
		t.Fatal(err)
	}
	metrics.Start()
	waitFor(t, "three samples of a counter", func() bool {
		floats, _, last := samplesOf(t, metrics, "hopstamp_things_total")
		return floats >= 3 && last == 7
	})
	waitFor(t, "a native histogram", func() bool {
		_, histograms, count := samplesOf(t, metrics, "hopstamp_latency_seconds")
		return histograms >= 1 && count == 100
	})
	if floats, _, _ := samplesOf(t, metrics, "hopstamp_latency_seconds_bucket"); floats != 0 {
		t.Errorf("%d samples of classic buckets beside a native histogram", floats)
	}
	if err := metrics.Stop(); err != nil {
		t.Fatal(err)
	}

	reopened, err := OpenMetrics(opts)
	if err != nil {
		t.Fatal(err)
	}
	if floats, _, _ := samplesOf(t, reopened, "hopstamp_things_total"); floats < 3 {
		t.Errorf("%d samples after a restart", floats)
	}
	if err := reopened.Stop(); err != nil { // never started
		t.Fatal(err)
	}
}

func TestMetricsStopRightAfterStart(t *testing.T) {
	t.Parallel()
	metrics, err := OpenMetrics(MetricsOptions{Dir: t.TempDir(), Gatherer: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	metrics.Start()
	if err := metrics.Stop(); err != nil {
		t.Fatal(err)
	}
}
