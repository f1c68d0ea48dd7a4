// SPDX-License-Identifier: Apache-2.0

package receive

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	rpcstatus "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/hopstamp/hopstamp/internal/receive/otlp"
	"github.com/hopstamp/hopstamp/internal/receive/otlptest"
	"github.com/hopstamp/hopstamp/internal/span"
)

// browserRequest is what a curl or a browser sends.
const browserRequest = `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"page"}}]},
	"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"show","kind":1,
	"startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000000000001000",
	"attributes":[{"key":"hopstamp.stage","value":{"stringValue":"rendered"}},{"key":"hopstamp.retry","value":{"intValue":"2"}}]}]}]}]}`

func gzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstded(t testing.TB, data []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	return w.EncodeAll(data, nil)
}

func TestHTTPTakesEveryForm(t *testing.T) {
	t.Parallel()
	request := otlptest.Encode(t, otlptest.OneSpan(ptrace.SpanKindServer, "x", nil))
	const gateway, page = "0 gateway/x accepted", "0 page/show rendered"
	tests := []struct {
		why, kind, encoding string
		body                []byte
		answer, want        string
	}{
		{"protobuf", typeProtobuf, "", request, "", gateway},
		{"protobuf that says it is plain", typeProtobuf, "identity", request, "", gateway},
		{"protobuf gzip", typeProtobuf, "gzip", gzipped(t, request), "", gateway},
		{"protobuf zstd", typeProtobuf, "zstd", zstded(t, request), "", gateway},
		{"json", typeJSON, "", []byte(browserRequest), "{}", page},
		{"json with a charset", "application/json; charset=utf-8", "", []byte(browserRequest), "{}", page},
		{"json gzip", typeJSON, "gzip", gzipped(t, []byte(browserRequest)), "{}", page},
		{"json zstd", typeJSON, "zstd", zstded(t, []byte(browserRequest)), "{}", page},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			t.Parallel()
			r := serve(t, &memoryLog{}, nil)
			response, answer := r.post(t, "/v1/traces", test.body, "Content-Type", test.kind, "Content-Encoding", test.encoding)
			kind, _, _ := strings.Cut(test.kind, ";")
			if response.StatusCode != 200 || string(answer) != test.answer || response.Header.Get("Content-Type") != kind {
				t.Errorf("answered %d %q %q", response.StatusCode, response.Header.Get("Content-Type"), answer)
			}
			if got := r.log.names(t); !slices.Equal(got, []string{test.want}) {
				t.Errorf("log has %q", got)
			}
		})
	}
}

// Bytes that go to one partition are stored as they came, though packed.
func TestTheBytesAreNotTouched(t *testing.T) {
	t.Parallel()
	r := serve(t, &memoryLog{}, nil)
	request := otlptest.Encode(t, otlptest.Platform(3))
	r.post(t, "/v1/traces", request, "Content-Type", typeProtobuf)
	chunk := r.log.chunks[0][0]
	asSent := func(span.TraceID) (otlp.Keep, bool) { return otlp.Keep{AsSent: true}, true }
	got, err := otlp.NewCutter().Cut(nil, chunk, asSent, nil)
	if err != nil || len(chunk) > len(request)*2/3 {
		t.Fatalf("%d bytes are stored of %d, error %v", len(chunk), len(request), err)
	}
	var sent, stored tracepb.TracesData
	if err := errors.Join(proto.Unmarshal(request, &sent), proto.Unmarshal(got, &stored)); err != nil {
		t.Fatal(err)
	}
	if !proto.Equal(&sent, &stored) {
		t.Errorf("stored %v\nsent %v", &stored, &sent)
	}
}

func TestChunkedBodyIsTaken(t *testing.T) {
	t.Parallel()
	r := serve(t, &memoryLog{}, nil)
	request := otlptest.Encode(t, otlptest.Platform(2000)) // more than the first step of reading
	if len(request) < 2*trustAnnounced {
		t.Fatalf("%d bytes are too few", len(request))
	}
	response, _ := r.do(t, http.MethodPost, "/v1/traces", io.MultiReader(bytes.NewReader(request)), "Content-Type", typeProtobuf)
	if response.StatusCode != 200 || len(r.log.names(t)) != 14000 {
		t.Errorf("answered %d, log has %d records", response.StatusCode, len(r.log.names(t)))
	}
}

func TestHTTPRefusals(t *testing.T) {
	t.Parallel()
	request := otlptest.Encode(t, otlptest.OneSpan(ptrace.SpanKindServer, "x", nil))
	bomb := make([]byte, 1<<20)
	tests := []struct {
		why, method, path, kind, encoding string
		body                              []byte
		change                            func(*Options)
		log                               error
		status                            int
		code                              codes.Code
		retryAfter, words, label          string
	}{
		{why: "broken protobuf", body: []byte("x"), status: 400, code: codes.InvalidArgument, words: "malformed OTLP request", label: "malformed"},
		{why: "broken json", kind: typeJSON, body: []byte("{"), status: 400, code: codes.InvalidArgument, words: "malformed OTLP request", label: "malformed"},
		{why: "broken gzip", encoding: "gzip", body: request, status: 400, code: codes.InvalidArgument, words: "gzip", label: "malformed"},
		{why: "cut gzip", encoding: "gzip", body: gzipped(t, request)[:20], status: 400, code: codes.InvalidArgument, words: "EOF", label: "malformed"},
		{why: "broken zstd", encoding: "zstd", body: request, status: 400, code: codes.InvalidArgument, words: "magic number", label: "malformed"},
		{why: "unknown encoding", encoding: "br", body: request, status: 415, code: codes.InvalidArgument, words: "use gzip, zstd or none", label: "content_encoding"},
		{why: "unknown type", kind: "text/html", body: request, status: 415, words: "use application/x-protobuf or application/json", label: "content_type"},
		{why: "no type", kind: " ", body: request, status: 415, words: "use application/x-protobuf", label: "content_type"},
		{why: "wrong method", method: "GET", status: 405, code: codes.Unimplemented, words: "with POST", label: "method"},
		{why: "unknown path", path: "/v2/traces", body: request, status: 404, code: codes.Unimplemented, words: tracesOnly, label: "unknown_path"},
		{why: "logs", path: "/v1/logs", body: request, status: 404, code: codes.Unimplemented, words: tracesOnly, label: "logs_not_taken"},
		{why: "metrics", path: "/v1/metrics", body: request, status: 404, code: codes.Unimplemented, words: tracesOnly, label: "metrics_not_taken"},
		{why: "announced too large", body: bomb, change: limit(1 << 10), status: 413, code: codes.ResourceExhausted, words: "larger than 1024 bytes", label: "too_large"},
		{why: "gzip bomb", encoding: "gzip", body: gzipped(t, bomb), change: limit(1 << 14), status: 413, code: codes.ResourceExhausted, words: "larger than 16384 bytes", label: "too_large"},
		{why: "zstd bomb", encoding: "zstd", body: zstded(t, bomb), change: limit(1 << 14), status: 413, code: codes.ResourceExhausted, words: "otlp.max_request_bytes", label: "too_large"},
		{why: "json bomb", kind: typeJSON, body: []byte(`{"resourceSpans":[` + strings.Repeat("{},", 7000) + `{}]}`), change: limit(1 << 20),
			status: 413, code: codes.ResourceExhausted, words: "too many JSON objects", label: "too_large"},
		{why: "log busy", body: request, log: fmt.Errorf("queue of the log: %w", ErrBusy), status: 429, code: codes.ResourceExhausted, retryAfter: "1", words: "queue of the log", label: "busy"},
		{why: "too large for the log", body: request, log: fmt.Errorf("9 MiB: %w", ErrTooLarge), status: 413, code: codes.ResourceExhausted, words: "send smaller batches", label: "too_large"},
		{why: "too far behind", body: request, change: func(o *Options) { o.Ready = func() error { return fmt.Errorf("%w: 300 MiB behind", ErrBusy) } },
			status: 429, code: codes.ResourceExhausted, retryAfter: "1", words: "300 MiB behind", label: "busy"},
		{why: "log away", body: request, log: errors.New("disk is full"), status: 503, code: codes.Unavailable, retryAfter: "5", words: "disk is full", label: "log_unavailable"},
		{why: "log away, in json", kind: typeJSON, body: []byte(browserRequest), log: errors.New("disk is full"), status: 503, code: codes.Unavailable, retryAfter: "5", words: "disk is full", label: "log_unavailable"},
		{why: "not ready", body: request, change: func(o *Options) { o.Ready = func() error { return errors.New("replaying") } },
			status: 503, code: codes.Unavailable, retryAfter: "5", words: "not ready: replaying", label: "not_ready"},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			t.Parallel()
			r := serve(t, &memoryLog{err: func(int) error { return test.log }}, test.change)
			kind := cmpOr(test.kind, typeProtobuf)
			response, answer := r.do(t, cmpOr(test.method, "POST"), cmpOr(test.path, "/v1/traces"), bytes.NewReader(test.body),
				"Content-Type", strings.TrimSpace(kind), "Content-Encoding", test.encoding)
			if response.StatusCode != test.status || response.Header.Get("Retry-After") != test.retryAfter {
				t.Errorf("answered %d, retry after %q", response.StatusCode, response.Header.Get("Retry-After"))
			}
			said := statusOf(t, kind, answer)
			if codes.Code(said.Code) != test.code || !strings.Contains(said.Message, test.words) {
				t.Errorf("said %v %q, want %v with %q", codes.Code(said.Code), said.Message, test.code, test.words)
			}
			if r.metric(t, "refused_requests_total", "reason", test.label) != 1 || r.metric(t, "inflight_bytes") != 0 {
				t.Errorf("the refusal was not counted as %s, or %v bytes are still in flight", test.label, r.metric(t, "inflight_bytes"))
			}
			if r.metric(t, "requests_total", "code", fmt.Sprint(test.status)) != 1 || len(r.log.names(t)) != 0 {
				t.Errorf("log has %q", r.log.names(t))
			}
		})
	}
}

func limit(bytes int) func(*Options) {
	return func(o *Options) { o.MaxRequest, o.MaxInFlight = bytes, int64(bytes) }
}

func cmpOr(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

func statusOf(t *testing.T, kind string, answer []byte) *rpcstatus.Status {
	t.Helper()
	said := new(rpcstatus.Status)
	var err error
	switch kind {
	case typeProtobuf:
		err = proto.Unmarshal(answer, said)
	case typeJSON:
		err = protojson.Unmarshal(answer, said)
	default:
		said.Message = string(answer)
	}
	if err != nil {
		t.Fatalf("answer %q: %v", answer, err)
	}
	return said
}

func TestHTTPPartialSuccess(t *testing.T) {
	t.Parallel()
	traces := otlptest.Platform(1)
	traces.ResourceSpans().At(1).ScopeSpans().At(0).Spans().At(0).SetStartTimestamp(0)
	text, err := ptraceotlp.NewExportRequestFromTraces(traces).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	for kind, body := range map[string][]byte{typeProtobuf: otlptest.Encode(t, traces), typeJSON: text} {
		r := serve(t, &memoryLog{}, nil)
		response, answer := r.post(t, "/v1/traces", body, "Content-Type", kind)
		said := ptraceotlp.NewExportResponse()
		decode := said.UnmarshalProto
		if kind == typeJSON {
			decode = said.UnmarshalJSON
		}
		if err := decode(answer); err != nil {
			t.Fatal(err)
		}
		const want = `1 of 7 spans were rejected; the first: span 4 of the request, of service "stream-router": its start time is missing or after the year 2262`
		if response.StatusCode != 200 || said.PartialSuccess().RejectedSpans() != 1 || said.PartialSuccess().ErrorMessage() != want {
			t.Errorf("%s: answered %d, %d rejected: %s", kind, response.StatusCode, said.PartialSuccess().RejectedSpans(), said.PartialSuccess().ErrorMessage())
		}
		if len(r.log.names(t)) != 6 || r.metric(t, "rejected_spans_total", "reason", "start_time") != 1 || r.metric(t, "spans_total") != 6 {
			t.Errorf("%s: log has %q", kind, r.log.names(t))
		}
	}
}

func TestNothingIsStoredWhenNothingCanBe(t *testing.T) {
	t.Parallel()
	r := serve(t, &memoryLog{err: func(int) error { return errors.New("must not be called") }}, nil)
	for _, body := range [][]byte{nil, otlptest.Encode(t, otlptest.OneSpan(ptrace.SpanKindServer, "x", func(s ptrace.Span) { s.SetStartTimestamp(0) }))} {
		if response, answer := r.post(t, "/v1/traces", body, "Content-Type", typeProtobuf); response.StatusCode != 200 {
			t.Errorf("answered %d %q", response.StatusCode, answer)
		}
	}
}

func TestBrowsersMaySend(t *testing.T) {
	t.Parallel()
	r := serve(t, &memoryLog{}, nil)
	response, _ := r.do(t, http.MethodOptions, "/v1/traces", nil, "Origin", "https://shop.example",
		"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type")
	header := response.Header
	if response.StatusCode != 204 || header.Get("Access-Control-Allow-Origin") != "*" || header.Get("Access-Control-Allow-Methods") != "POST" ||
		header.Get("Access-Control-Allow-Headers") != "content-type" {
		t.Errorf("preflight: %d %v", response.StatusCode, header)
	}
	response, _ = r.post(t, "/v1/traces", []byte(browserRequest), "Content-Type", typeJSON, "Origin", "https://shop.example")
	if response.StatusCode != 200 || response.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("post: %d %v", response.StatusCode, response.Header)
	}
}
