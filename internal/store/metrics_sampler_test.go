// SPDX-License-Identifier: Apache-2.0

package store

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/scrape"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

// sampled opens metrics whose samples the test takes.
func sampled(t testing.TB, opts MetricsOptions) *Metrics {
	t.Helper()
	opts.Dir = t.TempDir()
	metrics, err := OpenMetrics(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := metrics.Stop(); err != nil {
			t.Error(err)
		}
	})
	return metrics
}

// lastOf is the last sample of every series, in words; "stale" is one that has ended.
func lastOf(t *testing.T, m *Metrics) map[string]string {
	t.Helper()
	querier, err := m.Database().Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	defer querier.Close()
	last := map[string]string{}
	all := querier.Select(context.Background(), false, nil, labels.MustNewMatcher(labels.MatchEqual, "job", MetricsJob))
	for all.Next() {
		samples := all.At().Iterator(nil)
		for kind := samples.Next(); kind != chunkenc.ValNone; kind = samples.Next() {
			key := all.At().Labels().String()
			if kind == chunkenc.ValFloat {
				_, v := samples.At()
				last[key] = inWords(v)
				continue
			}
			_, h := samples.AtFloatHistogram(nil)
			last[key] = h.String()
			if value.IsStaleNaN(h.Sum) {
				last[key] = "stale"
			}
		}
	}
	if all.Err() != nil {
		t.Fatal(all.Err())
	}
	return last
}

func inWords(v float64) string {
	if value.IsStaleNaN(v) {
		return "stale"
	}
	return labels.FormatOpenMetricsFloat(v)
}

// scraped is what Prometheus' own parser makes of the same metrics.
func scraped(t *testing.T, gatherer prometheus.Gatherer) map[string]string {
	t.Helper()
	families, err := gatherer.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	format := expfmt.NewFormat(expfmt.TypeProtoDelim)
	encoder := expfmt.NewEncoder(&page, format)
	for _, f := range families {
		if err := encoder.Encode(f); err != nil {
			t.Fatal(err)
		}
	}
	parser, err := textparse.New(page.Bytes(), string(format), labels.NewSymbolTable(), textparse.ParserOptions{})
	if err != nil {
		t.Fatal(err)
	}
	last := map[string]string{}
	for {
		entry, err := parser.Next()
		if errors.Is(err, io.EOF) {
			return last
		}
		if err != nil {
			t.Fatal(err)
		}
		if entry != textparse.EntrySeries && entry != textparse.EntryHistogram {
			continue
		}
		var names labels.Labels
		parser.Labels(&names)
		key := labels.NewBuilder(names).Set("job", MetricsJob).Set("instance", MetricsJob).Labels().String()
		if entry == textparse.EntryHistogram {
			_, _, h, _ := parser.Histogram()
			last[key] = h.ToFloat(nil).String()
			continue
		}
		_, _, v := parser.Series()
		last[key] = inWords(v)
	}
}

// everyKind has metrics of every kind that this process may have.
func everyKind() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	counter := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "counted_total", Help: "Counted."}, []string{"path", "empty"})
	gauge := prometheus.NewGauge(prometheus.GaugeOpts{Name: "gauged", Help: "Gauged."})
	untyped := prometheus.NewUntypedFunc(prometheus.UntypedOpts{Name: "untyped", Help: "Untyped."}, func() float64 { return math.Inf(1) })
	summary := prometheus.NewSummary(prometheus.SummaryOpts{Name: "summed", Help: "Summed.", Objectives: map[float64]float64{0.5: 0.05, 1: 0}})
	classic := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "classic_seconds", Help: "Classic.", Buckets: []float64{0.1, 1, 10}})
	both := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "both_seconds", Help: "Both.", Buckets: []float64{0.1, 1}, NativeHistogramBucketFactor: 1.1})
	empty := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "empty_seconds", Help: "Empty.", NativeHistogramBucketFactor: 1.1})
	registry.MustRegister(counter, gauge, untyped, summary, classic, both, empty)
	counter.WithLabelValues(`with "quotes"`, "").Add(3)
	counter.WithLabelValues("chat", "not").Add(1e18)
	gauge.Set(-0.5)
	for i := range 200 {
		v := math.Exp(float64(i%40) - 20)
		summary.Observe(v)
		classic.Observe(v)
		both.Observe(v)
		both.Observe(-v)
	}
	both.Observe(0)
	return registry
}

// What is stored is what a Prometheus would store that scrapes the same metrics.
func TestSamplesAreThoseOfAScrape(t *testing.T) {
	t.Parallel()
	registry := everyKind()
	metrics := sampled(t, MetricsOptions{Gatherer: registry})
	for i := range 3 {
		metrics.sampler.sample(time.Unix(int64(i), 0))
	}
	got, want := lastOf(t, metrics), scraped(t, registry)
	for _, report := range reportNames {
		delete(got, `{__name__="`+report+`", instance="hopstamp", job="hopstamp"}`)
	}
	if len(want) < 15 || !maps.Equal(got, want) {
		t.Errorf("the samples are\n%v\nthose of a scrape\n%v", got, want)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		described, ok := metrics.Target().GetMetadata(f.GetName())
		if kind := strings.ToLower(f.GetType().String()); !ok || described.Help != f.GetHelp() || string(described.Type) != strings.Replace(kind, "untyped", "unknown", 1) {
			t.Errorf("%s is described as %+v", f.GetName(), described)
		}
	}
}

// steps is a source of metrics that changes.
type steps struct {
	gauges map[string]float64
	err    error
}

func (s *steps) Gather() ([]*dto.MetricFamily, error) {
	name, kind := "stuck", dto.MetricType_GAUGE
	family := &dto.MetricFamily{Name: &name, Type: &kind}
	for path, v := range s.gauges {
		label := "path"
		family.Metric = append(family.Metric, &dto.Metric{Label: []*dto.LabelPair{{Name: &label, Value: &path}}, Gauge: &dto.Gauge{Value: &v}})
	}
	return []*dto.MetricFamily{family}, s.err
}

func TestSeriesEnd(t *testing.T) {
	t.Parallel()
	verdicts := &Counters{Name: "verdicts_total", Help: "Verdicts.", Labels: []string{"path", "tenant"}}
	chat, orders := verdicts.Series("chat", ""), verdicts.Series("orders", "acme")
	counted := map[*Series]float64{}
	source := &steps{}
	var log strings.Builder
	metrics := sampled(t, MetricsOptions{Gatherer: source, Counters: []*Counters{verdicts}, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn})), Count: func(r *Round) {
		for series, v := range counted {
			r.Add(series, v)
		}
	}})
	const stuckChat, stuckMail = `{__name__="stuck", instance="hopstamp", job="hopstamp", path="chat"}`, `{__name__="stuck", instance="hopstamp", job="hopstamp", path="mail"}`
	const countedChat = `{__name__="verdicts_total", instance="hopstamp", job="hopstamp", path="chat"}`
	const countedOrders = `{__name__="verdicts_total", instance="hopstamp", job="hopstamp", path="orders", tenant="acme"}`
	const up, added = `{__name__="up", instance="hopstamp", job="hopstamp"}`, `{__name__="scrape_series_added", instance="hopstamp", job="hopstamp"}`
	broken := errors.New("broken")
	for i, step := range []struct {
		name    string
		at      int64 // seconds
		gauges  map[string]float64
		counted map[*Series]float64
		err     error
		want    map[string]string
		health  scrape.TargetHealth
	}{
		{"first", 10, map[string]float64{"chat": 1, "mail": 2}, map[*Series]float64{chat: 5}, nil,
			map[string]string{stuckChat: "1.0", stuckMail: "2.0", countedChat: "5.0", up: "1.0", added: "3.0"}, scrape.HealthGood},
		{"one goes, one comes", 15, map[string]float64{"chat": 1}, map[*Series]float64{chat: 6, orders: 1}, nil,
			map[string]string{stuckChat: "1.0", stuckMail: "stale", countedChat: "6.0", countedOrders: "1.0", up: "1.0", added: "1.0"}, scrape.HealthGood},
		{"it comes back, a counter goes", 20, map[string]float64{"chat": 1, "mail": 3}, map[*Series]float64{orders: 1}, nil,
			map[string]string{stuckChat: "1.0", stuckMail: "3.0", countedChat: "stale", countedOrders: "1.0", up: "1.0"}, scrape.HealthGood},
		{"all end when gathering fails", 25, map[string]float64{"chat": 1}, map[*Series]float64{orders: 1}, broken,
			map[string]string{stuckChat: "stale", stuckMail: "stale", countedOrders: "stale", up: "0.0"}, scrape.HealthBad},
		{"and again", 30, nil, nil, broken, map[string]string{stuckChat: "stale", up: "0.0"}, scrape.HealthBad},
		{"they begin again", 35, map[string]float64{"chat": 7}, map[*Series]float64{chat: 8, orders: 2}, nil,
			map[string]string{stuckChat: "7.0", countedChat: "8.0", countedOrders: "2.0", stuckMail: "stale", up: "1.0"}, scrape.HealthGood},
		{"a clock that was set back adds nothing", 12, map[string]float64{"chat": 9}, map[*Series]float64{chat: 9, orders: 9}, nil,
			map[string]string{stuckChat: "7.0", countedChat: "8.0", countedOrders: "2.0", up: "1.0"}, scrape.HealthGood},
		{"until it is past that again", 40, map[string]float64{"chat": 10}, map[*Series]float64{chat: 10, orders: 10}, nil,
			map[string]string{stuckChat: "10.0", countedChat: "10.0", countedOrders: "10.0", up: "1.0"}, scrape.HealthGood},
	} {
		source.gauges, source.err, counted = step.gauges, step.err, step.counted
		metrics.sampler.sample(time.Unix(step.at, 0))
		got := lastOf(t, metrics)
		for series, want := range step.want {
			if got[series] != want {
				t.Errorf("%d, %s: %s is %s, must be %s", i, step.name, series, got[series], want)
			}
		}
		if health := metrics.Target().Health(); health != step.health {
			t.Errorf("%d, %s: the target is %s", i, step.name, health)
		}
	}
	if lines := strings.Count(log.String(), "\n"); lines != 2 || !strings.Contains(log.String(), "broken") || !strings.Contains(log.String(), "8 samples are refused") {
		t.Errorf("%d lines, must be one for each time that it went wrong:\n%s", lines, log.String())
	}
}

func TestSamplesAreEvenlySpaced(t *testing.T) {
	t.Parallel()
	m := &Metrics{interval: 5 * time.Second}
	began := time.Unix(1000, 123e6)
	for late, want := range map[time.Duration]time.Duration{
		0: 0, 5*time.Second + time.Millisecond: 5 * time.Second, 10*time.Second - time.Millisecond: 10 * time.Second,
		10*time.Second + 3*time.Millisecond: 10*time.Second + 3*time.Millisecond,                   // a busy machine
		-72 * time.Minute:                   -72 * time.Minute, 17 * time.Second: 17 * time.Second, // a clock that was set
	} {
		if got := m.due(began, began.Add(late)).Sub(began); got != want {
			t.Errorf("a sample after %v is one of %v, must be of %v", late, got, want)
		}
	}
}

// The cost of a round with the series of bench/.
func BenchmarkSample(b *testing.B) {
	counters := &Counters{Name: "deliveries_total", Help: "Deliveries.", Labels: []string{"path", "tenant", "channel"}}
	var all []*Series
	for i := range 32_000 {
		all = append(all, counters.Series("messages", "tenant-"+string(rune('a'+i%200)), "channel-"+string(rune('a'+i/200))))
	}
	round := 0
	metrics := sampled(b, MetricsOptions{Gatherer: prometheus.NewRegistry(), Counters: []*Counters{counters}, Count: func(r *Round) {
		for i, series := range all {
			r.Add(series, float64(round*i))
		}
	}})
	for b.Loop() {
		round++
		metrics.sampler.sample(time.Unix(int64(round)*5, 0))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(all)), "ns/sample")
}
