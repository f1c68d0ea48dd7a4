// SPDX-License-Identifier: Apache-2.0

package contract_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/hopstamp/hopstamp/test/server"
)

func TestHealthAndStatus(t *testing.T) {
	t.Parallel()
	s := server.Start(t, server.Options{})
	for _, place := range []string{"/healthz", "/readyz", "/"} {
		if answer := s.Get(t, place); answer.Status != 200 || len(answer.Body) == 0 {
			t.Errorf("%s: status %d, %q", place, answer.Status, answer.Body)
		}
	}
	tellBeginner(t, s, time.Now())
	type status struct {
		Version  string
		Started  time.Time
		DataDir  string `json:"data_dir"`
		OTLPGRPC string `json:"otlp_grpc"`
		OTLPHTTP string `json:"otlp_http"`
		Log      struct{ First, Last, Bytes uint64 }
		LogTime  time.Time `json:"log_time"`
		Sources  []struct {
			Service  string
			LastSeen time.Time `json:"last_seen"`
		}
		Demo *bool
	}
	got, err := server.Ask[status](s, "/status")
	if err != nil {
		t.Fatal(err)
	}
	if got.Version == "" || time.Since(got.Started) > time.Hour || got.DataDir != s.Data || got.OTLPGRPC != s.GRPC ||
		s.OTLP != "http://"+got.OTLPHTTP+"/v1/traces" || got.Demo == nil || *got.Demo {
		t.Errorf("status %+v", got)
	}
	if got.Log.First != 1 || got.Log.Last < got.Log.First || got.Log.Bytes == 0 || time.Since(got.LogTime) > time.Minute {
		t.Errorf("log %+v at %v", got.Log, got.LogTime)
	}
	services := map[string]bool{}
	for _, source := range got.Sources {
		services[source.Service] = time.Since(source.LastSeen) < time.Minute
	}
	if len(services) != 2 || !services["gateway"] || !services["worker"] {
		t.Errorf("sources %+v, must be gateway and worker", got.Sources)
	}
}

// The metrics in each form that a Prometheus may ask for.
func TestMetrics(t *testing.T) {
	t.Parallel()
	k := startKnown(t)
	text := string(k.Get(t, "/metrics").Body)
	for _, line := range []string{"# TYPE hopstamp_deliveries_total counter", "# TYPE hopstamp_in_flight_deliveries gauge", "# HELP hopstamp_hop_wait_seconds "} {
		if !strings.Contains(text, line) {
			t.Errorf("the text lacks %q", line)
		}
	}
	open := k.Get(t, "/metrics", "Accept", "application/openmetrics-text; version=1.0.0")
	if kind := open.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/openmetrics-text") || !strings.HasSuffix(string(open.Body), "# EOF\n") {
		t.Errorf("OpenMetrics is answered with %s that ends in %q", kind, open.Body[max(0, len(open.Body)-20):])
	}
	families := protobufMetrics(t, k.Server)
	good := k.truth.Deliveries - k.truth.Ledger("timeliness")["timeliness= "]
	counted := uint64(0)
	for _, metric := range families["hopstamp_delivery_latency_seconds"].GetMetric() {
		histogram := metric.GetHistogram()
		counted += histogram.GetSampleCount()
		if histogram.Schema == nil || len(histogram.GetPositiveSpan()) == 0 || histogram.GetSampleSum() <= 0 {
			t.Errorf("%v is no native histogram", metric)
		}
	}
	if counted != uint64(good) {
		t.Errorf("the latency of %d deliveries was measured, must be %d", counted, good)
	}
	entered := 0.0
	for _, metric := range families["hopstamp_deliveries_total"].GetMetric() {
		entered += metric.GetCounter().GetValue()
	}
	if same, err := k.Metric("hopstamp_deliveries_total"); err != nil || same != entered {
		t.Errorf("%v deliveries in protobuf, %v in text; %v", entered, same, err)
	}
}

func protobufMetrics(t *testing.T, s *server.Server) map[string]*dto.MetricFamily {
	t.Helper()
	answer := s.Get(t, "/metrics", "Accept", string(expfmt.NewFormat(expfmt.TypeProtoDelim)))
	families := map[string]*dto.MetricFamily{}
	decoder := expfmt.NewDecoder(strings.NewReader(string(answer.Body)), expfmt.ResponseFormat(answer.Header))
	for {
		family := &dto.MetricFamily{}
		err := decoder.Decode(family)
		if errors.Is(err, io.EOF) {
			return families
		}
		if err != nil {
			t.Fatalf("read %s: %v", answer.Header.Get("Content-Type"), err)
		}
		families[family.GetName()] = family
	}
}

// What the metrics say is kept, and can be asked for in PromQL.
func TestPrometheusQueries(t *testing.T) {
	t.Parallel()
	s := server.Start(t, server.Options{Config: "metrics: {every: 1s}\n"})
	tellBeginner(t, s, time.Now())
	for query, want := range map[string]float64{
		`sum(hopstamp_deliveries_total) - sum(hopstamp_delivery_corrections_total)`:     1,
		`hopstamp_deliveries_total{path="default",verdict="sent",timeliness="in_time"}`: 1,
		`histogram_count(hopstamp_delivery_latency_seconds{path="default"})`:            1,
		`round(histogram_sum(hopstamp_hop_wait_seconds{from="published"}), 0.001)`:      0.007,
		`count_over_time(hopstamp_receive_spans_total[1m]) > bool 2`:                    1,
		`histogram_quantile(0.5, sum(hopstamp_delivery_latency_seconds)) > bool 0.02`:   1,
		`histogram_quantile(0.5, sum(hopstamp_delivery_latency_seconds)) < bool 0.04`:   1,
	} {
		server.Eventually(t, within, func() error {
			got, err := ask(s, query)
			if err == nil && got != want {
				err = fmt.Errorf("%s is %v, must be %v", query, got, want)
			}
			return err
		})
	}
	if answer := s.Get(t, "/prometheus/api/v1/query?query=sum("); answer.Status != 400 || !strings.Contains(string(answer.Body), "bad_data") {
		t.Errorf("half a query: status %d, %s", answer.Status, answer.Body)
	}
	for _, place := range []string{"/labels", "/label/__name__/values", "/series?match[]=hopstamp_deliveries_total", "/metadata", "/status/buildinfo",
		"/query_range?query=hopstamp_track_position&start=" + strconv.FormatInt(time.Now().Add(-time.Minute).Unix(), 10) +
			"&end=" + strconv.FormatInt(time.Now().Unix(), 10) + "&step=5"} {
		if answer := s.Get(t, "/prometheus/api/v1"+place); answer.Status != 200 || !strings.Contains(string(answer.Body), `"success"`) {
			t.Errorf("%s, which Grafana asks for: status %d, %s", place, answer.Status, answer.Body)
		}
	}
}

// ask a query whose answer is one number.
func ask(s *server.Server, query string) (float64, error) {
	type answer struct {
		Status string
		Data   struct{ Result []struct{ Value [2]any } }
	}
	got, err := server.Prometheus[answer](s, "/query", "query", query)
	if err != nil {
		return 0, err
	}
	if got.Status != "success" || len(got.Data.Result) != 1 {
		return 0, fmt.Errorf("%s: %+v, must be one value", query, got)
	}
	return strconv.ParseFloat(fmt.Sprint(got.Data.Result[0].Value[1]), 64)
}

func TestOpenAPI(t *testing.T) {
	t.Parallel()
	s := server.Start(t, server.Options{})
	var document struct {
		OpenAPI string
		Paths   map[string]map[string]any
	}
	answer := s.Get(t, "/api/v1/openapi.json")
	if err := json.Unmarshal(answer.Body, &document); err != nil || answer.Status != 200 {
		t.Fatalf("status %d, %v", answer.Status, err)
	}
	if !strings.HasPrefix(document.OpenAPI, "3.1") {
		t.Errorf("OpenAPI %s, must be 3.1", document.OpenAPI)
	}
	for _, call := range []string{"/messages/{key}", "/deliveries", "/ledger", "/paths", "/live", "/status"} {
		if document.Paths["/api/v1"+call]["get"] == nil {
			t.Errorf("GET %s is not described", call)
		}
	}
}
