// SPDX-License-Identifier: Apache-2.0

package contract_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/hopstamp/hopstamp/test/server"
)

// narrow is a server that takes little at once.
const narrow = "otlp: {max_request_bytes: 1048576, max_in_flight_bytes: 1048576}\n"

// What cannot be taken is refused with the right code, counted by its reason, and
// harms nothing.
func TestHostileRequests(t *testing.T) {
	t.Parallel()
	s := server.Start(t, server.Options{Config: narrow})
	const protobuf, json = "application/x-protobuf", "application/json"
	packed := gzipped(t, bytes.Repeat([]byte(`{"resourceSpans":[]}`), 100))
	for _, test := range []struct {
		what    string
		body    []byte
		headers []string
		status  int
		reason  string
	}{
		{"too large", make([]byte, 2<<20), []string{"Content-Type", protobuf}, 413, "too_large"},
		{"too large in JSON", []byte(`{"x":"` + strings.Repeat("x", 2<<20) + `"}`), []string{"Content-Type", json}, 413, "too_large"},
		{"too large when unpacked", gzipped(t, make([]byte, 64<<20)), []string{"Content-Type", protobuf, "Content-Encoding", "gzip"}, 413, "too_large"},
		{"garbage", []byte("\xff\xff\xff\xff garbage"), []string{"Content-Type", protobuf}, 400, "malformed"},
		{"a length that is a lie", []byte("\x0a\xff\xff\xff\x0f"), []string{"Content-Type", protobuf}, 400, "malformed"},
		{"half of a JSON", []byte(`{"resourceSpans":[{`), []string{"Content-Type", json}, 400, "malformed"},
		{"JSON of something else", []byte(`[1, 2, 3]`), []string{"Content-Type", json}, 400, "malformed"},
		{"deep JSON", bytes.Repeat([]byte("["), 100_000), []string{"Content-Type", json}, 400, "malformed"},
		{"many objects in JSON", bytes.Repeat([]byte(`{"resourceSpans":[`), 20_000), []string{"Content-Type", json}, 413, "too_large"},
		{"half of a gzip", packed[:len(packed)/2], []string{"Content-Type", protobuf, "Content-Encoding", "gzip"}, 400, "malformed"},
		{"no gzip", []byte("plain"), []string{"Content-Type", protobuf, "Content-Encoding", "gzip"}, 400, "malformed"},
		{"a wrong type", []byte("<xml/>"), []string{"Content-Type", "text/xml"}, 415, "content_type"},
		{"no type", []byte("x"), nil, 415, "content_type"},
		{"a wrong encoding", []byte("x"), []string{"Content-Type", protobuf, "Content-Encoding", "br"}, 415, "content_encoding"},
	} {
		series := fmt.Sprintf(`hopstamp_receive_refused_requests_total{reason=%q`, test.reason)
		before, _ := s.Metric(series) // it is not there before the first
		answer := s.Post(t, test.body, test.headers...)
		after, err := s.Metric(series)
		if answer.Status != test.status || len(answer.Body) == 0 || answer.Header.Get("Retry-After") != "" {
			t.Errorf("%s: status %d, %q; must be %d with words and without Retry-After", test.what, answer.Status, answer.Body, test.status)
		}
		if err != nil || after != before+1 {
			t.Errorf("%s: %s went from %v to %v; %v", test.what, series, before, after, err)
		}
		if health := s.Get(t, "/healthz"); health.Status != 200 {
			t.Errorf("%s: /healthz answers %d", test.what, health.Status)
		}
	}
	wantOnlyPost(t, s)
	tellBeginner(t, s, time.Now())
	if spans, err := s.Metric("hopstamp_receive_spans_total"); err != nil || spans != 4 {
		t.Errorf("%v spans were taken, must be the beginner's 4; %v", spans, err)
	}
}

func wantOnlyPost(t *testing.T, s *server.Server) {
	t.Helper()
	base := strings.TrimSuffix(s.OTLP, "/v1/traces")
	for place, status := range map[string]int{"/v1/traces": 405, "/v1/logs": 404, "/v1/metrics": 404, "/": 404} {
		response, err := http.Get(base + place)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != status {
			t.Errorf("GET %s: status %d, must be %d", place, response.StatusCode, status)
		}
	}
}

// A span that cannot be taken is left out and said; the others are taken.
func TestPartialSuccess(t *testing.T) {
	t.Parallel()
	s := server.Start(t, server.Options{})
	const span = `{"traceId":"%s","spanId":"eee19b7ec3c1b174","name":"send x","kind":4,"startTimeUnixNano":"%d","endTimeUnixNano":"%d"}`
	now := time.Now().UnixNano()
	body := `{"resourceSpans":[{"scopeSpans":[{"spans":[` + fmt.Sprintf(span, strings.Repeat("0", 32), now, now) + "," +
		fmt.Sprintf(span, beginnerTrace, now, now) + `]}]}]}`
	answer := s.Post(t, []byte(body), "Content-Type", "application/json")
	if answer.Status != 200 || !strings.Contains(string(answer.Body), `"rejectedSpans":"1"`) || !strings.Contains(string(answer.Body), "errorMessage") {
		t.Errorf("status %d, %s; must say that one span was rejected, and why", answer.Status, answer.Body)
	}
	server.Eventually(t, within, func() error {
		_, err := s.Message(beginnerTrace)
		return err
	})
	if rejected, err := s.Metric("hopstamp_receive_rejected_spans_total"); err != nil || rejected != 1 {
		t.Errorf("%v spans rejected, must be one; %v", rejected, err)
	}
}

// While as many bytes as allowed are being taken, others are told to come back, and
// once they are through, nothing is left of it.
func TestBackPressure(t *testing.T) {
	t.Parallel()
	s := server.Start(t, server.Options{Config: narrow})
	body, slow := io.Pipe()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.OTLP, body)
	if err != nil {
		t.Fatal(err)
	}
	request.ContentLength = 1 << 20
	request.Header.Set("Content-Type", "application/x-protobuf")
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if response, err := http.DefaultClient.Do(request); err == nil {
			response.Body.Close()
		}
	}()
	if _, err := slow.Write(make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	server.Eventually(t, within, func() error {
		if bytes, err := s.Metric("hopstamp_receive_inflight_bytes"); err != nil || bytes < 1<<20 {
			return fmt.Errorf("%v bytes in flight; %w", bytes, err)
		}
		return nil
	})
	refused := s.Post(t, []byte(`{"resourceSpans":[]}`), "Content-Type", "application/json")
	if refused.Status != 429 || refused.Header.Get("Retry-After") == "" || !strings.Contains(string(refused.Body), "max_in_flight_bytes") {
		t.Errorf("status %d, retry after %q, %s; must be 429 with a hint", refused.Status, refused.Header.Get("Retry-After"), refused.Body)
	}
	if busy, err := s.Metric(`hopstamp_receive_refused_requests_total{reason="busy"`); err != nil || busy != 1 {
		t.Errorf("%v requests were refused as busy, must be one; %v", busy, err)
	}
	slow.CloseWithError(io.ErrUnexpectedEOF)
	<-ended
	server.Eventually(t, within, func() error {
		if answer := s.Post(t, []byte(`{"resourceSpans":[]}`), "Content-Type", "application/json"); answer.Status != 200 {
			return fmt.Errorf("status %d", answer.Status)
		}
		return nil
	})
	tellBeginner(t, s, time.Now())
}

func gzipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}
