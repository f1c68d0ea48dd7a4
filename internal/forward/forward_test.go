// SPDX-License-Identifier: Apache-2.0

package forward

import (
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestItemsArriveAsTheyAreWithHeaders(t *testing.T) {
	t.Parallel()
	b := newBackend(t)
	queue := queueOf(traces(t, "a", 3), traces(t, "b", 1))
	queue.state = Backlog{Items: 7, Bytes: 700, Oldest: time.Date(2025, 12, 31, 23, 59, 0, 0, time.UTC), Dropped: 5}
	f := start(t, queue, Options{Endpoint: b.URL, Headers: map[string]string{"X-Scope-OrgID": "us"}})
	eventually(t, "both are done", func() bool { return queue.finished() == 2 })
	f.stop()
	if _, got := b.seen(); !reflect.DeepEqual(got, []string{"a.0", "b.0"}) {
		t.Errorf("arrived are %q", got)
	}
	if b.path != "/v1/traces" || b.header.Get("X-Scope-OrgID") != "us" || b.header.Get("Content-Type") != "application/x-protobuf" {
		t.Errorf("request to %s has headers %v", b.path, b.header)
	}
	f.metrics(t, `
# HELP hopstamp_forward_queue_dropped_total Requests that were dropped unsent because the queue was full, since it was made.
# TYPE hopstamp_forward_queue_dropped_total counter
hopstamp_forward_queue_dropped_total{backend="tempo"} 5
# HELP hopstamp_forward_queue_items Requests that wait to be sent.
# TYPE hopstamp_forward_queue_items gauge
hopstamp_forward_queue_items{backend="tempo"} 7
# HELP hopstamp_forward_queue_oldest_seconds How long the oldest request has been waiting.
# TYPE hopstamp_forward_queue_oldest_seconds gauge
hopstamp_forward_queue_oldest_seconds{backend="tempo"} 60
# HELP hopstamp_forward_sent_spans_total Spans that the backend took.
# TYPE hopstamp_forward_sent_spans_total counter
hopstamp_forward_sent_spans_total{backend="tempo"} 4
`, "queue_dropped_total", "queue_items", "queue_oldest_seconds", "sent_spans_total")
}

func TestBackendThatIsDownGetsEverythingWhenItIsUp(t *testing.T) {
	t.Parallel()
	hangUp := func(http.ResponseWriter) { panic(http.ErrAbortHandler) }
	b := newBackend(t, status(503), hangUp, status(502), status(504), status(500), status(401), status(302, "Location", "/login"))
	queue := queueOf(traces(t, "a", 1), traces(t, "b", 1), traces(t, "c", 1))
	f := start(t, queue, Options{Endpoint: b.URL})
	eventually(t, "all are done", func() bool { return queue.finished() == 3 })
	f.stop()
	tried, got := b.seen()
	if slices.Sort(got); !reflect.DeepEqual(got, []string{"a.0", "b.0", "c.0"}) || len(tried) != 10 {
		t.Errorf("arrived are %q, tried %q", got, tried)
	}
	for i, pause := range f.time.pauses[:6] { // 2 s, 4 s ... and half of it more or less; the second is tried at once
		nominal := min(2*firstPause<<i, longestPause)
		if pause < nominal/2 || pause > nominal*3/2 {
			t.Errorf("pause %d is %v, want about %v", i, pause, nominal)
		}
	}
	if said := f.said.String(); strings.Count(said, "does not take a request now") != 1 || !strings.Contains(said, "because of 503") || !strings.Contains(said, "forwarding goes on") {
		t.Errorf("said is %s", said)
	}
	f.metrics(t, `
# HELP hopstamp_forward_retries_total Requests that have to be sent again, by the status answered or network.
# TYPE hopstamp_forward_retries_total counter
hopstamp_forward_retries_total{backend="tempo",reason="302"} 1
hopstamp_forward_retries_total{backend="tempo",reason="401"} 1
hopstamp_forward_retries_total{backend="tempo",reason="500"} 1
hopstamp_forward_retries_total{backend="tempo",reason="502"} 1
hopstamp_forward_retries_total{backend="tempo",reason="503"} 1
hopstamp_forward_retries_total{backend="tempo",reason="504"} 1
hopstamp_forward_retries_total{backend="tempo",reason="network"} 1
`, "retries_total")
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	date := time.Date(2026, 1, 1, 0, 10, 30, 0, time.UTC).Format(http.TimeFormat)
	b := newBackend(t, status(429, "Retry-After", "30"), status(503, "Retry-After", date), status(429, "Retry-After", "999999"), status(429, "Retry-After", "soon"))
	queue := queueOf(traces(t, "a", 1))
	f := start(t, queue, Options{Endpoint: b.URL})
	eventually(t, "it is done", func() bool { return queue.finished() == 1 })
	f.stop()
	p := f.time.pauses
	if len(p) != 4 || p[0] != 30*time.Second || p[1] != 10*time.Minute || p[2] != longestAfter || p[3] < 4*time.Second || p[3] > 12*time.Second {
		t.Errorf("pauses are %v", p)
	}
}

func TestRefusedForGoodIsDroppedCountedAndSaid(t *testing.T) {
	t.Parallel()
	rpcStatus := "\x08\x03\x12\x0dspan too old!" // code 3, message
	partial := "\x0a\x10\x08\x02\x12\x0ctoo many tag"
	b := newBackend(t, status(400), func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/x-protobuf")
		w.WriteHeader(413)
		_, _ = io.WriteString(w, rpcStatus)
	}, func(w http.ResponseWriter) { _, _ = io.WriteString(w, partial) })
	queue := queueOf(traces(t, "a", 5), traces(t, "b", 3), traces(t, "c", 4), traces(t, "d", 1))
	f := start(t, queue, Options{Endpoint: b.URL + "/otlp/v1/traces"})
	eventually(t, "all are done", func() bool { return queue.finished() == 4 })
	f.stop()
	if tried, got := b.seen(); len(tried) != 4 || !reflect.DeepEqual(got, []string{"d.0"}) || b.path != "/otlp/v1/traces" {
		t.Errorf("tried %q, arrived %q at %s", tried, got, b.path)
	}
	for _, words := range []string{"400 Bad Request: because of 400", "span too old!", "too many tag"} {
		if !strings.Contains(f.said.String(), words) {
			t.Errorf("said is %s, want %q", f.said.String(), words)
		}
	}
	f.metrics(t, `
# HELP hopstamp_forward_rejected_spans_total Spans that the backend refused for good, by the status it answered or partial_success.
# TYPE hopstamp_forward_rejected_spans_total counter
hopstamp_forward_rejected_spans_total{backend="tempo",reason="400"} 5
hopstamp_forward_rejected_spans_total{backend="tempo",reason="413"} 3
hopstamp_forward_rejected_spans_total{backend="tempo",reason="partial_success"} 2
# HELP hopstamp_forward_requests_total Requests that are settled, by outcome: taken, refused or given_up.
# TYPE hopstamp_forward_requests_total counter
hopstamp_forward_requests_total{backend="tempo",outcome="refused"} 2
hopstamp_forward_requests_total{backend="tempo",outcome="taken"} 2
# HELP hopstamp_forward_sent_spans_total Spans that the backend took.
# TYPE hopstamp_forward_sent_spans_total counter
hopstamp_forward_sent_spans_total{backend="tempo"} 3
`, "rejected_spans_total", "requests_total", "sent_spans_total")
}

func TestEndpointsThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, endpoint := range []string{"", "tempo:4318", "ftp://tempo", "http://", "http://a b"} {
		if _, err := New(queueOf(), Options{Endpoint: endpoint}); err == nil {
			t.Errorf("endpoint %q is taken", endpoint)
		}
	}
}

func TestTracesOfARequestAreNamedOnceAndNotTooMany(t *testing.T) {
	t.Parallel()
	data := slices.Concat(traces(t, "a", 3), traces(t, "b", 1), traces(t, "a", 1))
	want := []string{traceID("a").String(), traceID("b").String()}
	if got := tracesOf(data); !slices.Equal(got, want) || countSpans(data) != 5 {
		t.Errorf("traces of %d spans are %q, must be %q", countSpans(data), got, want)
	}
	for i := range 2 * namedTraces {
		data = append(data, traces(t, fmt.Sprint("c", i), 1)...)
	}
	if got := tracesOf(data); len(got) != namedTraces {
		t.Errorf("%d traces are named", len(got))
	}
}
