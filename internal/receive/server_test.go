// SPDX-License-Identifier: Apache-2.0

package receive

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/hopstamp/hopstamp/internal/receive/otlptest"
	"github.com/hopstamp/hopstamp/internal/span"
)

// memoryLog is a log that remembers what was appended. Err, when set, decides
// about each append before it.
type memoryLog struct {
	mu     sync.Mutex
	chunks map[int][][]byte
	err    func(partition int) error
}

func (l *memoryLog) Append(_ context.Context, partition int, chunk []byte) error {
	if l.err != nil {
		if err := l.err(partition); err != nil {
			return err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.chunks == nil {
		l.chunks = map[int][][]byte{}
	}
	l.chunks[partition] = append(l.chunks[partition], bytes.Clone(chunk))
	return nil
}

// names of all records in the log, as "partition service/name stage", sorted.
func (l *memoryLog) names(t *testing.T) (all []string) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for partition, chunks := range l.chunks {
		for _, chunk := range chunks {
			err := span.ReadStamps(chunk, nil, func(b *span.Batch) error {
				for i := range b.Records {
					r := &b.Records[i]
					all = append(all, fmt.Sprintf("%d %s/%s %s", partition, b.Text(r.Service), b.Text(r.Name), r.Stage))
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	slices.Sort(all)
	return all
}

type rig struct {
	*Receiver
	log      *memoryLog
	registry *prometheus.Registry
}

// serve starts a receiver on free ports; the test may change its options.
func serve(t testing.TB, log *memoryLog, change func(*Options)) rig {
	t.Helper()
	registry := prometheus.NewRegistry()
	o := Options{GRPCAddr: "127.0.0.1:0", HTTPAddr: "127.0.0.1:0", Dimensions: otlptest.Dimensions(), Registerer: registry,
		Now: func() time.Time { return time.Unix(0, otlptest.BaseTime) }}
	if change != nil {
		change(&o)
	}
	r, err := New(o, log)
	if err != nil {
		t.Fatal(err)
	}
	r.Start()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := r.Stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return rig{r, log, registry}
}

// post sends a body to the path, with headers in pairs.
func (r rig) post(t *testing.T, path string, body []byte, headers ...string) (*http.Response, []byte) {
	t.Helper()
	return r.do(t, http.MethodPost, path, bytes.NewReader(body), headers...)
}

func (r rig) do(t *testing.T, method, path string, body io.Reader, headers ...string) (*http.Response, []byte) {
	t.Helper()
	request, err := http.NewRequest(method, "http://"+r.HTTPAddr()+path, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, answer
}

// export calls a method of a service with bytes, and answers bytes.
func (r rig) export(t *testing.T, method string, body []byte, options ...grpc.CallOption) ([]byte, error) {
	t.Helper()
	connection, err := grpc.NewClient(r.GRPCAddr(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	var answer []byte
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err = connection.Invoke(ctx, method, body, &answer, append(options, grpc.ForceCodecV2(rawCodec{}))...)
	return answer, err
}

const exportMethod = "/" + traceService + "/Export"

// metric reads the sum of a metric whose labels contain the given pairs.
func (r rig) metric(t *testing.T, name string, labels ...string) (sum float64) {
	t.Helper()
	families, err := r.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() != "hopstamp_receive_"+name {
			continue
		}
	next:
		for _, m := range family.GetMetric() {
			for i := 0; i+1 < len(labels); i += 2 {
				if !slices.ContainsFunc(m.GetLabel(), func(pair *dto.LabelPair) bool {
					return pair.GetName() == labels[i] && pair.GetValue() == labels[i+1]
				}) {
					continue next
				}
			}
			sum += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return sum
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not so: %s", what)
		}
	}
}

func TestMetricsFollowTheConventions(t *testing.T) {
	t.Parallel()
	r := serve(t, &memoryLog{}, nil)
	r.post(t, "/v1/traces", otlptest.Encode(t, otlptest.Platform(1)), "Content-Type", typeProtobuf)
	problems, err := testutil.GatherAndLint(r.registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range problems {
		t.Errorf("%s: %s", problem.Metric, problem.Text)
	}
	if r.metric(t, "spans_total") != 7 || r.metric(t, "bytes_total") != float64(len(otlptest.Encode(t, otlptest.Platform(1)))) ||
		r.metric(t, "request_seconds", "transport", "http") != 1 || r.metric(t, "inflight_bytes") != 0 {
		t.Errorf("spans %v, bytes %v", r.metric(t, "spans_total"), r.metric(t, "bytes_total"))
	}
}

// What has never happened is zero, not absent: else its first time is no increase.
func TestEveryKnownSeriesBeginsAtZero(t *testing.T) {
	t.Parallel()
	r := serve(t, &memoryLog{}, nil)
	families, err := r.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	series := map[string][]string{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			var values []string
			for _, label := range m.GetLabel() {
				values = append(values, label.GetValue())
			}
			series[family.GetName()] = append(series[family.GetName()], strings.Join(values, " "))
		}
		if r.metric(t, strings.TrimPrefix(family.GetName(), "hopstamp_receive_")) != 0 {
			t.Errorf("%s does not begin at zero", family.GetName())
		}
	}
	for name, want := range map[string][]string{
		"refused_requests_total": {"busy", "content_encoding", "content_type", "gone", "log_unavailable", "logs_not_taken", "malformed",
			"method", "metrics_not_taken", "not_ready", "too_large", "too_slow", "unknown_path"},
		"rejected_spans_total": {"end_time", "link", "malformed", "parent_span_id", "span_id", "start_time", "too_many_links", "trace_id"},
		"oddities_total": {"dropped_id", "malformed_threshold", "shortened_text", "unknown_category", "unknown_outcome", "unknown_stage",
			"unread_event"},
		"requests_total":  {"200 json http", "200 protobuf http", "OK protobuf grpc"},
		"request_seconds": {"grpc", "http"},
		"spans_total":     {""},
		"bytes_total":     {""},
	} {
		got := series["hopstamp_receive_"+name]
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
