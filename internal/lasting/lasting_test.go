// SPDX-License-Identifier: Apache-2.0

package lasting

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// process is one that counts; each begins at zero.
type process struct {
	*Counters
	said     bytes.Buffer
	requests *prometheus.CounterVec
	seconds  prometheus.Histogram
	waiting  prometheus.Gauge
}

func begin(t *testing.T, path string) *process {
	t.Helper()
	p := &process{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "requests_total", Help: "Requests."}, []string{"code"}),
		seconds:  prometheus.NewHistogram(prometheus.HistogramOpts{Name: "seconds", Help: "Time.", NativeHistogramBucketFactor: 1.1}),
		waiting:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "waiting", Help: "What waits."}),
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(p.requests, p.seconds, p.waiting)
	p.Counters = open(t, path, registry, &p.said)
	return p
}

func open(t *testing.T, path string, of prometheus.Gatherer, said *bytes.Buffer) *Counters {
	t.Helper()
	c, err := Open(path, of, slog.New(slog.NewTextHandler(said, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.file.close() }) // unless the test did: a process that is killed does not
	return c
}

// see is what a look shows, in words.
func see(t *testing.T, c *Counters) string {
	t.Helper()
	families, err := c.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, label := range m.GetLabel() {
				name += "," + label.GetValue()
			}
			value := m.GetCounter().GetValue() + m.GetGauge().GetValue()
			if h := m.GetHistogram(); h != nil {
				name, value = fmt.Sprintf("%s(%v)", name, h.GetSampleSum()), float64(h.GetSampleCount())
			}
			lines = append(lines, fmt.Sprintf("%s=%v", name, value))
		}
	}
	return strings.Join(lines, " ")
}

func mustSee(t *testing.T, c *Counters, want string) {
	t.Helper()
	if got := see(t, c); got != want {
		t.Fatalf("shown is %s\n   must be %s", got, want)
	}
}

func TestWhatWasSeenIsSeenAgainAfterAKill(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "counters")
	first := begin(t, path)
	if !first.Fresh() {
		t.Error("there was a file")
	}
	first.requests.WithLabelValues("200").Add(5)
	first.requests.WithLabelValues("503").Inc()
	first.seconds.Observe(2)
	first.waiting.Set(9)
	mustSee(t, first.Counters, "requests_total,200=5 requests_total,503=1 seconds(2)=1 waiting=9")
	first.requests.WithLabelValues("200").Add(100) // which nobody saw

	second := begin(t, path)
	mustSee(t, second.Counters, "requests_total,200=5 requests_total,503=1 seconds(2)=1 waiting=0")
	second.requests.WithLabelValues("200").Add(2)
	second.requests.WithLabelValues("429").Inc()
	second.seconds.Observe(4)
	mustSee(t, second.Counters, "requests_total,200=7 requests_total,429=1 requests_total,503=1 seconds(6)=2 waiting=0")
	mustSee(t, second.Counters, "requests_total,200=7 requests_total,429=1 requests_total,503=1 seconds(6)=2 waiting=0")

	third := begin(t, path)
	mustSee(t, third.Counters, "requests_total,200=7 requests_total,429=1 requests_total,503=1 seconds(6)=2 waiting=0")
	if second.Fresh() || third.Fresh() || first.said.Len()+second.said.Len()+third.said.Len() > 0 {
		t.Errorf("of a whole file is said: %s%s%s", &first.said, &second.said, &third.said)
	}
}

func TestAStopRemembersWhatNobodySaw(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "counters")
	first := begin(t, path)
	first.requests.WithLabelValues("200").Add(3)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	mustSee(t, begin(t, path).Counters, "requests_total,200=3 seconds(0)=0 waiting=0")
}

// A metric that this version does not have is shown and kept; one that became something
// else begins anew.
func TestOtherVersions(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "counters")
	first := begin(t, path)
	first.requests.WithLabelValues("200").Add(3)
	first.seconds.Observe(1)
	see(t, first.Counters)

	registry := prometheus.NewRegistry()
	other := prometheus.NewGauge(prometheus.GaugeOpts{Name: "seconds", Help: "Seconds."})
	registry.MustRegister(other)
	other.Set(4)
	mustSee(t, open(t, path, registry, new(bytes.Buffer)), "requests_total,200=3 seconds=4")

	third := begin(t, path)
	third.requests.WithLabelValues("200").Add(1)
	mustSee(t, third.Counters, "requests_total,200=4 seconds(0)=0 waiting=0")
}

func TestReadersSeeNoReset(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "counters")
	var since [2][]string
	for i := range since {
		p := begin(t, path)
		p.requests.WithLabelValues("200").Inc()
		families, err := p.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families[:2] {
			m := f.GetMetric()[0]
			since[i] = append(since[i], m.GetCounter().GetCreatedTimestamp().String()+m.GetHistogram().GetCreatedTimestamp().String())
		}
	}
	for i, was := range since[0] {
		if is := since[1][i]; is != was || was == "" {
			t.Errorf("counting began at %q, after a restart at %q", was, is)
		}
	}
}

func TestWhileTheFileCannotBeWrittenCountersStandStill(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "counters")
	p := begin(t, path)
	p.requests.WithLabelValues("200").Add(1)
	mustSee(t, p.Counters, "requests_total,200=1 seconds(0)=0 waiting=0")
	p.said.Reset()
	_ = p.file.handle.Close() // as a disk that is gone
	p.requests.WithLabelValues("200").Add(1)
	p.waiting.Set(3)
	for range 3 {
		mustSee(t, p.Counters, "requests_total,200=1 seconds(0)=0 waiting=3")
	}
	if times := strings.Count(p.said.String(), "stand still"); times != 1 {
		t.Errorf("it was said %d times", times)
	}
	again, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	p.file.handle = again
	mustSee(t, p.Counters, "requests_total,200=2 seconds(0)=0 waiting=3")
}

// Histograms are added as if one had seen everything, also when their resolution differs.
func TestHistogramsAreAddedExactly(t *testing.T) {
	t.Parallel()
	for name, factors := range map[string][2]float64{"same": {1.1, 1.1}, "now coarser": {1.1, 1.6}, "now finer": {2, 1.1}} {
		before, now, whole := native(factors[0]), native(factors[1]), native(max(factors[0], factors[1]))
		for i := range 400 {
			value := math.Exp(float64(i%83)/4 - 9)
			if i%7 == 0 {
				value = -value
			}
			if i%11 == 0 {
				value = 0
			}
			whole.Observe(value)
			if i%3 == 0 {
				before.Observe(value)
			} else {
				now.Observe(value)
			}
		}
		got, want := sumHistograms(written(t, before), written(t, now)), written(t, whole)
		if difference := math.Abs(got.GetSampleSum() - want.GetSampleSum()); difference > 1e-6 {
			t.Errorf("%s: the sums differ by %v", name, difference)
		}
		if plain(got) != plain(want) {
			t.Errorf("%s:\n is      %s\n must be %s", name, plain(got), plain(want))
		}
	}
}

// plain is all but the sum and the time; gaps between buckets may be filled or not.
func plain(h *dto.Histogram) string {
	positive, negative := buckets{}, buckets{}
	positive.add(h.GetPositiveSpan(), h.GetPositiveDelta(), 0)
	negative.add(h.GetNegativeSpan(), h.GetNegativeDelta(), 0)
	for _, b := range [...]buckets{positive, negative} {
		maps.DeleteFunc(b, func(_ int32, count int64) bool { return count == 0 })
	}
	return fmt.Sprint(h.GetSampleCount(), h.GetSchema(), h.GetZeroThreshold(), h.GetZeroCount(), positive, negative)
}

func native(factor float64) prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{Name: "h", NativeHistogramBucketFactor: factor})
}

func written(t *testing.T, h prometheus.Histogram) *dto.Histogram {
	t.Helper()
	var m dto.Metric
	if err := h.Write(&m); err != nil {
		t.Fatal(err)
	}
	return m.GetHistogram()
}
