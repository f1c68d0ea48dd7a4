// SPDX-License-Identifier: Apache-2.0

package forward

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/hopstamp/hopstamp/internal/wal"
)

// traces makes a request of so many spans with a name.
func traces(t testing.TB, name string, spans int) []byte {
	t.Helper()
	made := ptrace.NewTraces()
	for i := range spans {
		scope := made.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty()
		scope.Spans().AppendEmpty().SetName(fmt.Sprint(name, ".", i))
	}
	data, err := ptraceotlp.NewExportRequestFromTraces(made).MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// memory is a queue without a disk.
type memory struct {
	items chan []byte
	mu    sync.Mutex
	done  int
	state Backlog
}

func (m *memory) Next(ctx context.Context) (Item, error) {
	select {
	case data := <-m.items:
		return Item{Data: data, Done: func(context.Context) error {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.done++
			return nil
		}}, nil
	case <-ctx.Done():
		return Item{}, ctx.Err()
	}
}

func (m *memory) Backlog(context.Context) (Backlog, error) { return m.state, nil }

func (m *memory) finished() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.done
}

func queueOf(items ...[]byte) *memory {
	m := &memory{items: make(chan []byte, len(items))}
	for _, item := range items {
		m.items <- item
	}
	return m
}

// backend answers with what the script says, then with 200, and remembers.
type backend struct {
	*httptest.Server
	t      *testing.T
	mu     sync.Mutex
	script []func(http.ResponseWriter)
	tried  []string // names of first spans, every try
	got    []string // of those answered with 200
	header http.Header
	path   string
}

func newBackend(t *testing.T, script ...func(http.ResponseWriter)) *backend {
	b := &backend{t: t, script: script}
	b.Server = httptest.NewServer(http.HandlerFunc(b.serve))
	t.Cleanup(b.Close)
	return b
}

func (b *backend) serve(w http.ResponseWriter, r *http.Request) {
	unpacked, err := gzip.NewReader(r.Body)
	if err != nil {
		b.t.Errorf("request is not gzip: %v", err)
		return
	}
	data, err := io.ReadAll(unpacked)
	request := ptraceotlp.NewExportRequest()
	if err != nil || request.UnmarshalProto(data) != nil {
		b.t.Errorf("request is not OTLP: %v", err)
		return
	}
	name := request.Traces().ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Name()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tried, b.header, b.path = append(b.tried, name), r.Header, r.URL.Path
	if len(b.script) > 0 {
		next := b.script[0]
		b.script = b.script[1:]
		next(w)
		return
	}
	b.got = append(b.got, name)
}

func (b *backend) seen() (tried, got []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tried, b.got
}

func status(code int, headers ...string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
		_, _ = fmt.Fprintf(w, "because of %d", code)
	}
}

// quickly is time that passes only when somebody waits.
type quickly struct {
	mu     sync.Mutex
	now    time.Time
	pauses []time.Duration
}

func (q *quickly) clock() time.Time {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.now
}

func (q *quickly) wait(ctx context.Context, pause time.Duration) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.now = q.now.Add(pause)
	q.pauses = append(q.pauses, pause)
	return ctx.Err()
}

type running struct {
	*Forwarder
	time *quickly
	said *bytes.Buffer
	stop func()
}

// start runs a forwarder until stop, or the end of the test.
func start(t *testing.T, queue Queue, options Options) *running {
	t.Helper()
	r := &running{time: &quickly{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}, said: &bytes.Buffer{}}
	options.Name = "tempo"
	options.Logger = slog.New(slog.NewTextHandler(r.said, nil))
	options.clock, options.wait = r.time.clock, r.time.wait
	var err error
	if r.Forwarder, err = New(queue, options); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run ends with %v", err)
		}
	})
	t.Cleanup(r.stop)
	return r
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never happened: %s", what)
		}
	}
}

func (r *running) metrics(t *testing.T, want string, names ...string) {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(r.Forwarder, r.OfQueue())
	for i := range names {
		names[i] = "hopstamp_forward_" + names[i]
	}
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), names...); err != nil {
		t.Error(err)
	}
}

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

func TestBackendThatIsDownGetsEverythingInOrderWhenItIsUp(t *testing.T) {
	t.Parallel()
	hangUp := func(http.ResponseWriter) { panic(http.ErrAbortHandler) }
	b := newBackend(t, status(503), hangUp, status(502), status(504), status(500), status(401), status(302, "Location", "/login"))
	queue := queueOf(traces(t, "a", 1), traces(t, "b", 1), traces(t, "c", 1))
	f := start(t, queue, Options{Endpoint: b.URL})
	eventually(t, "all are done", func() bool { return queue.finished() == 3 })
	f.stop()
	tried, got := b.seen()
	if !reflect.DeepEqual(got, []string{"a.0", "b.0", "c.0"}) || len(tried) != 10 {
		t.Errorf("arrived are %q, tried %q", got, tried)
	}
	for i, pause := range f.time.pauses { // 1 s, 2 s, 4 s ... and half of it more or less
		nominal := min(firstPause<<i, longestPause)
		if pause < nominal/2 || pause > nominal*3/2 {
			t.Errorf("pause %d is %v, want about %v", i, pause, nominal)
		}
	}
	if said := f.said.String(); strings.Count(said, "waits and tries again") != 1 || !strings.Contains(said, "because of 503") || !strings.Contains(said, "forwarding goes on") {
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
# HELP hopstamp_forward_requests_total Requests that are settled, by outcome: taken or refused.
# TYPE hopstamp_forward_requests_total counter
hopstamp_forward_requests_total{backend="tempo",outcome="refused"} 2
hopstamp_forward_requests_total{backend="tempo",outcome="taken"} 2
# HELP hopstamp_forward_sent_spans_total Spans that the backend took.
# TYPE hopstamp_forward_sent_spans_total counter
hopstamp_forward_sent_spans_total{backend="tempo"} 3
`, "rejected_spans_total", "requests_total", "sent_spans_total")
}

// durable is a queue of the log.
type durable struct{ *wal.Queue }

func (d durable) Next(ctx context.Context) (Item, error) {
	item, err := d.Queue.Next(ctx)
	return Item{Data: item.Data, Done: func(ctx context.Context) error { return d.Done(ctx, item) }}, err
}

func (d durable) Backlog(ctx context.Context) (Backlog, error) {
	state, err := d.State(ctx)
	return Backlog{Items: state.Items, Bytes: state.Bytes, Oldest: state.Oldest, Dropped: state.Dropped}, err
}

func TestStoppingAndStartingAgainLosesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open := func() (*wal.Log, durable) {
		l, err := wal.Open(t.Context(), wal.Options{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		q, err := l.Queue(t.Context(), "tempo", 64<<20)
		if err != nil {
			t.Fatal(err)
		}
		return l, durable{q}
	}
	first, queue := open()
	for id := range uint64(4) {
		if err := queue.Add(t.Context(), id+1, traces(t, fmt.Sprint("m", id), 1)); err != nil {
			t.Fatal(err)
		}
	}
	asked := make(chan bool)
	release := make(chan bool)
	b := newBackend(t, status(200), func(http.ResponseWriter) { asked <- true; <-release })
	f := start(t, queue, Options{Endpoint: b.URL})
	<-asked // the second is on its way when it all stops
	f.stop()
	close(release)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}

	_, queue = open()
	f = start(t, queue, Options{Endpoint: b.URL})
	eventually(t, "the queue is empty", func() bool {
		left, err := queue.Backlog(t.Context())
		return err == nil && left.Items == 0
	})
	f.stop()
	if tried, got := b.seen(); !reflect.DeepEqual(tried, []string{"m0.0", "m1.0", "m1.0", "m2.0", "m3.0"}) || len(got) != 3 {
		t.Errorf("tried %q, arrived %q", tried, got)
	}
}

func TestEndpointsThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, endpoint := range []string{"", "tempo:4318", "ftp://tempo", "http://", "http://a b"} {
		if _, err := New(queueOf(), Options{Endpoint: endpoint}); err == nil {
			t.Errorf("endpoint %q is taken", endpoint)
		}
	}
}
