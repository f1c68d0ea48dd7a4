// SPDX-License-Identifier: Apache-2.0

package query

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/hopstamp/hopstamp/internal/store"
)

// grafana asks the API as Grafana does.
type grafana struct {
	t       *testing.T
	address string
}

// ask gives the data of an answer, and its status.
func (g grafana) ask(path string, parameters ...string) (data json.RawMessage, code int) {
	g.t.Helper()
	form := url.Values{}
	for i := 0; i < len(parameters); i += 2 {
		form.Add(parameters[i], parameters[i+1])
	}
	response, err := http.Get(g.address + "/prometheus/api/v1/" + path + "?" + form.Encode())
	if err != nil {
		g.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	var answer struct{ Data json.RawMessage }
	if err := json.Unmarshal(body, &answer); err != nil {
		g.t.Fatalf("%s answers %d %q", path, response.StatusCode, body)
	}
	return answer.Data, response.StatusCode
}

// value is the value of an expression that gives one series; ok is false when it gives none.
func (g grafana) value(expression string) (value float64, ok bool) {
	g.t.Helper()
	data, code := g.ask("query", "query", expression)
	var answer struct{ Result []struct{ Value [2]any } }
	if err := json.Unmarshal(data, &answer); err != nil || code != http.StatusOK {
		g.t.Fatalf("%s: %d %s %v", expression, code, data, err)
	}
	if len(answer.Result) != 1 {
		return 0, false
	}
	value, err := strconv.ParseFloat(answer.Result[0].Value[1].(string), 64)
	if err != nil {
		g.t.Fatal(err)
	}
	return value, true
}

func (g grafana) eventually(expression string, right func(float64) bool) {
	g.t.Helper()
	var last float64
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if value, ok := g.value(expression); ok {
			if last = value; right(value) {
				return
			}
		}
	}
	g.t.Fatalf("%s stays %v", expression, last)
}

func TestPrometheusAPI(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	verdicts := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hopstamp_verdicts_total", Help: "Verdicts."}, []string{"path"})
	stuck := prometheus.NewGauge(prometheus.GaugeOpts{Name: "hopstamp_stuck", Help: "Stuck now."})
	latency := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "hopstamp_latency_seconds", Help: "Latency.",
		NativeHistogramBucketFactor: 1.1})
	registry.MustRegister(verdicts, stuck, latency)
	stuck.Set(3)
	verdicts.WithLabelValues("chat").Add(1)
	verdicts.WithLabelValues("orders").Add(1)
	latency.Observe(0.2)
	metrics, err := store.OpenMetrics(store.MetricsOptions{Dir: t.TempDir(), Gatherer: registry, Interval: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	metrics.Start()
	t.Cleanup(func() {
		if err := metrics.Stop(); err != nil {
			t.Error(err)
		}
	})
	handler, err := NewPrometheus(metrics, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	g := grafana{t: t, address: server.URL}

	g.eventually(`hopstamp_stuck`, func(v float64) bool { return v == 3 })
	for range 400 { // more than the one observation that the first sample has
		latency.Observe(0.2)
	}
	verdicts.WithLabelValues("chat").Add(99)
	g.eventually(`rate(hopstamp_verdicts_total{path="chat"}[1m])`, func(v float64) bool { return v > 0 })
	g.eventually(`rate(hopstamp_verdicts_total{path="orders"}[1m])`, func(v float64) bool { return v == 0 })
	g.eventually(`histogram_quantile(0.99, rate(hopstamp_latency_seconds[1m]))`, func(v float64) bool { return v > 0.18 && v < 0.22 })
	g.eventually(`histogram_count(hopstamp_latency_seconds)`, func(v float64) bool { return v == 401 })

	now := time.Now()
	at := func(back time.Duration) string { return now.Add(-back).UTC().Format(time.RFC3339Nano) }
	for _, call := range []struct {
		path       string
		parameters []string
		want       string
	}{
		{"query_range", []string{"query", "up", "start", at(time.Minute), "end", at(0), "step", "1s"}, `"resultType":"matrix"`},
		{"label/path/values", nil, `["chat","orders"]`},
		{"labels", nil, `"path"`},
		{"series", []string{"match[]", "hopstamp_stuck"}, `"job":"hopstamp"`},
		{"metadata", []string{"metric", "hopstamp_stuck"}, `"type":"gauge"`},
		{"status/buildinfo", nil, `"version":"3.`},
		{"status/runtimeinfo", nil, `"serverTime"`},
		{"status/tsdb", nil, `"numSeries"`},
		{"status/flags", nil, `{}`},
		{"targets", nil, `"health":"up"`},
		{"rules", nil, `"groups":[]`},
		{"alerts", nil, `"alerts":[]`},
		{"alertmanagers", nil, `"activeAlertmanagers":[]`},
		{"query_exemplars", []string{"query", "up", "start", at(time.Minute), "end", at(0)}, `[]`},
		{"format_query", []string{"query", "rate( up[1m] )"}, `rate(up[1m])`},
	} {
		data, code := g.ask(call.path, call.parameters...)
		if code != http.StatusOK || !strings.Contains(string(data), call.want) {
			t.Errorf("%s answers %d %s, want %s", call.path, code, data, call.want)
		}
	}
	if _, code := g.ask("query", "query", "rate("); code != http.StatusBadRequest {
		t.Errorf("half an expression answers %d", code)
	}
	for _, path := range []string{"write", "otlp/v1/metrics", "admin/tsdb/delete_series?match[]=up", "admin/tsdb/clean_tombstones"} {
		response, err := http.Post(server.URL+"/prometheus/api/v1/"+path, "text/plain", nil)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if refused := []int{http.StatusNotFound, http.StatusServiceUnavailable, http.StatusInternalServerError}; !slices.Contains(refused, response.StatusCode) {
			t.Errorf("POST %s answers %d", path, response.StatusCode)
		}
	}
	request, _ := http.NewRequest(http.MethodGet, server.URL+"/prometheus/api/v1/labels", nil)
	request.Header.Set("Origin", "http://elsewhere.example")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if allowed := response.Header.Get("Access-Control-Allow-Origin"); allowed != "" {
		t.Errorf("another origin may read: %q", allowed)
	}
}
