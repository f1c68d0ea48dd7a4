// SPDX-License-Identifier: Apache-2.0

package receive

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/hopstamp/hopstamp/internal/receive/otlptest"
)

func TestGRPCRefusals(t *testing.T) {
	t.Parallel()
	request := otlptest.Encode(t, otlptest.OneSpan(ptrace.SpanKindServer, "x", nil))
	large := otlptest.Encode(t, otlptest.OneSpan(ptrace.SpanKindServer, strings.Repeat("x", 1500), nil))
	huge := otlptest.Encode(t, otlptest.OneSpan(ptrace.SpanKindServer, strings.Repeat("x", 1<<20), nil))
	tests := []struct {
		why, method  string
		body         []byte
		compression  string
		change       func(*Options)
		log          error
		code         codes.Code
		retry        time.Duration
		words, label string
	}{
		{why: "malformed", body: []byte("x"), code: codes.InvalidArgument, words: "malformed OTLP request", label: "malformed"},
		{why: "too large", body: large, change: limit(1 << 10), code: codes.ResourceExhausted, words: "larger than 1024 bytes", label: "too_large"},
		{why: "too large, zstd", body: large, compression: "zstd", change: limit(1 << 10), code: codes.ResourceExhausted, words: "otlp.max_request_bytes", label: "too_large"},
		{why: "far too large", body: huge, change: limit(1 << 10), code: codes.ResourceExhausted, words: "larger than max", label: "too_large"},
		{why: "gzip bomb", body: huge, compression: "gzip", change: limit(1 << 10), code: codes.ResourceExhausted, words: "larger than max", label: "too_large"},
		{why: "zstd bomb", body: huge, compression: "zstd", change: limit(1 << 10), code: codes.ResourceExhausted, words: "larger than max", label: "too_large"},
		{why: "log busy", body: request, log: fmt.Errorf("queue of the log: %w", ErrBusy), code: codes.ResourceExhausted, retry: time.Second, words: "queue of the log", label: "busy"},
		{why: "log away", body: request, log: errors.New("disk is full"), code: codes.Unavailable, retry: 5 * time.Second, words: "disk is full", label: "log_unavailable"},
		{why: "not ready", body: request, change: func(o *Options) { o.Ready = func() error { return errors.New("replaying") } },
			code: codes.Unavailable, retry: 5 * time.Second, words: "not ready: replaying", label: "not_ready"},
		{why: "logs", method: "/opentelemetry.proto.collector.logs.v1.LogsService/Export", body: request, code: codes.Unimplemented, words: tracesOnly, label: "logs_not_taken"},
		{why: "metrics", method: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", body: request, code: codes.Unimplemented, words: tracesOnly, label: "metrics_not_taken"},
		{why: "unknown", method: "/other.Service/Call", body: request, code: codes.Unimplemented, words: "there is nothing at /other.Service/Call", label: "unknown_path"},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			t.Parallel()
			r := serve(t, &memoryLog{err: func(int) error { return test.log }}, test.change)
			var options []grpc.CallOption
			if test.compression != "" {
				options = append(options, grpc.UseCompressor(test.compression))
			}
			_, err := r.export(t, cmpOr(test.method, exportMethod), test.body, options...)
			said := status.Convert(err)
			if said.Code() != test.code || !strings.Contains(said.Message(), test.words) || retryOf(said) != test.retry {
				t.Errorf("said %v %q, retry %v; want %v with %q, retry %v", said.Code(), said.Message(), retryOf(said), test.code, test.words, test.retry)
			}
			// gRPC answers some of these before we know of them.
			eventually(t, "the refusal is counted as "+test.label, func() bool {
				return r.metric(t, "refused_requests_total", "reason", test.label) == 1 && r.metric(t, "inflight_bytes") == 0
			})
			if r.metric(t, "requests_total", "transport", "grpc", "code", test.code.String()) != 1 || len(r.log.names(t)) != 0 {
				t.Errorf("log has %q", r.log.names(t))
			}
		})
	}
}

func TestGRPCTakesEveryCompression(t *testing.T) {
	t.Parallel()
	r := serve(t, &memoryLog{}, nil)
	for i, compression := range []string{"identity", "gzip", "zstd", "zstd"} {
		answer, err := r.export(t, exportMethod, otlptest.Encode(t, otlptest.Platform(1)), grpc.UseCompressor(compression))
		if err != nil || len(answer) != 0 || len(r.log.names(t)) != 7*(i+1) {
			t.Errorf("%s: answered %q, %v; log has %d records", compression, answer, err, len(r.log.names(t)))
		}
	}
}

func retryOf(s *status.Status) time.Duration {
	for _, detail := range s.Details() {
		if info, ok := detail.(*errdetails.RetryInfo); ok {
			return info.RetryDelay.AsDuration()
		}
	}
	return 0
}

func TestGRPCPartialSuccess(t *testing.T) {
	t.Parallel()
	r := serve(t, &memoryLog{}, nil)
	traces := otlptest.Platform(1)
	traces.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(2).SetSpanID([8]byte{})
	answer, err := r.export(t, exportMethod, otlptest.Encode(t, traces))
	if err != nil {
		t.Fatal(err)
	}
	said := ptraceotlp.NewExportResponse()
	if err := said.UnmarshalProto(answer); err != nil {
		t.Fatal(err)
	}
	const want = `1 of 7 spans were rejected; the first: span 3 of the request, of service "ingress-api": its span id is not 8 bytes, or is all zero`
	if said.PartialSuccess().RejectedSpans() != 1 || said.PartialSuccess().ErrorMessage() != want || len(r.log.names(t)) != 6 {
		t.Errorf("%d rejected: %s", said.PartialSuccess().RejectedSpans(), said.PartialSuccess().ErrorMessage())
	}
}

func TestTwoPartitions(t *testing.T) {
	t.Parallel()
	r := serve(t, &memoryLog{}, func(o *Options) { o.Partitions = 2 })
	if _, err := r.export(t, exportMethod, otlptest.Encode(t, otlptest.Platform(20))); err != nil {
		t.Fatal(err)
	}
	names := r.log.names(t)
	for _, partition := range []string{"0 ", "1 "} {
		accepted := 0
		for _, name := range names {
			if name == partition+"ingress-api/POST /v1/messages accepted" {
				accepted++
			}
		}
		if accepted == 0 || accepted == 20 {
			t.Errorf("partition %s has %d of 20 messages", partition, accepted)
		}
	}
	if len(names) != 140 {
		t.Errorf("%d records", len(names))
	}
}

// One partition that fails refuses the request, so that the sender repeats it;
// the other may have its part twice then.
func TestOnePartitionThatFailsRefusesTheRequest(t *testing.T) {
	t.Parallel()
	away := errors.New("away")
	r := serve(t, &memoryLog{err: func(partition int) error {
		return []error{ErrBusy, away}[partition]
	}}, func(o *Options) { o.Partitions = 2 })
	_, err := r.export(t, exportMethod, otlptest.Encode(t, otlptest.Platform(20)))
	if status.Code(err) != codes.Unavailable || !strings.Contains(err.Error(), "partition 1: away") {
		t.Errorf("error %v", err)
	}
	if r.metric(t, "spans_total") != 0 || len(r.Sources()) != 0 {
		t.Error("what was not stored was counted")
	}
}

func TestSourcesAreBounded(t *testing.T) {
	t.Parallel()
	s := newSources()
	for i := range maxSources + 10 {
		s.note(fmt.Appendf(nil, "service-%d", i), 1, time.Unix(int64(i), 0))
		s.note([]byte("busy"), 2, time.Unix(int64(i), 0))
	}
	all := s.list()
	if len(all) != maxSources || all[0].Service != "busy" || all[0].Spans != 2*(maxSources+10) {
		t.Errorf("%d sources, the newest %+v", len(all), all[0])
	}
	if slices.ContainsFunc(all, func(source Source) bool { return source.Service == "service-5" }) {
		t.Error("the one that was silent the longest is still there")
	}
}
