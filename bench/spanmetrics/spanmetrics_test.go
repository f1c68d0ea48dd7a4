// SPDX-License-Identifier: Apache-2.0

package spanmetrics

import (
	"strings"
	"testing"

	"github.com/hopstamp/hopstamp/bench/workload"
)

func TestTruthCountsEverySpanOnce(t *testing.T) {
	t.Parallel()
	w, err := workload.New(workload.Params{Seed: 7, Batch: 60, Ring: 2, Pods: 1})
	if err != nil {
		t.Fatal(err)
	}
	truth, err := Truth(w, 5)
	if err != nil {
		t.Fatal(err)
	}
	if c := Compare(truth, truth); c.Spans != 5*60*workload.SpansPerMessage || c.Counted != c.Spans || c.Wrong != 0 || c.Series < 100 {
		t.Errorf("the truth of 5 blocks is %+v", c)
	}
	accepted := Series{Service: "ingress-api", Name: "POST /v1/messages", Kind: "SPAN_KIND_SERVER", Status: "STATUS_CODE_UNSET"}
	sum := 0.0
	for series, spans := range truth {
		series.Tenant, series.Channel, series.Region = "", "", ""
		if series == accepted {
			sum += spans
		}
	}
	if sum != 5*60 {
		t.Errorf("%v messages are accepted, must be 300", sum)
	}
}

func TestWhatTheCollectorShowsIsRead(t *testing.T) {
	t.Parallel()
	counts, err := Read(strings.NewReader(`# TYPE traces_span_metrics_calls_total counter
traces_span_metrics_calls_total{channel="sms",destination="",otel_scope_name="x",service_name="ingress-api",span_kind="SPAN_KIND_SERVER",span_name="POST /v1/messages",status_code="STATUS_CODE_UNSET",tenant_id="t"} 41
traces_span_metrics_calls_total{channel="sms",service_name="ingress-api",span_kind="SPAN_KIND_SERVER",span_name="POST /v1/messages",status_code="STATUS_CODE_UNSET",tenant_id="t",instance="2"} 1
traces_span_metrics_duration_milliseconds_bucket{channel="sms",le="2"} 7
`))
	want := Series{Service: "ingress-api", Name: "POST /v1/messages", Kind: "SPAN_KIND_SERVER", Status: "STATUS_CODE_UNSET", Tenant: "t", Channel: "sms"}
	if err != nil || len(counts) != 1 || counts[want] != 42 {
		t.Errorf("read %v, %v; must be 42 of %v", counts, err, want)
	}
	counts.Add(Counts{want: 8})
	if c := Compare(Counts{want: 51, {Name: "gone"}: 1}, counts); c != (Check{Spans: 52, Counted: 50, Series: 2, Wrong: 2}) {
		t.Errorf("compared: %+v", c)
	}
}
