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
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// traces makes a request of so many spans with a name, of the trace of that name.
func traces(t testing.TB, name string, spans int) []byte {
	t.Helper()
	made := ptrace.NewTraces()
	for i := range spans {
		scope := made.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty()
		span := scope.Spans().AppendEmpty()
		span.SetName(fmt.Sprint(name, ".", i))
		span.SetTraceID(traceID(name))
	}
	data, err := ptraceotlp.NewExportRequestFromTraces(made).MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func traceID(name string) (id pcommon.TraceID) {
	copy(id[:], name+"----------------")
	return id
}

// memory is a queue without a disk.
type memory struct {
	items chan []byte
	mu    sync.Mutex
	done  int
	held  int // taken and neither done nor given back
	most  int // held at once
	state Backlog
}

func (m *memory) Next(ctx context.Context, until <-chan time.Time) (Item, error) {
	select {
	case data := <-m.items:
		return m.item(data), nil
	default:
	}
	select {
	case data := <-m.items:
		return m.item(data), nil
	case <-until:
		return Item{}, ErrNone
	case <-ctx.Done():
		return Item{}, ctx.Err()
	}
}

func (m *memory) item(data []byte) Item {
	m.hold(+1, 0)
	return Item{
		Data:    data,
		Done:    func(context.Context) error { m.hold(-1, 1); return nil },
		Release: func() { m.hold(-1, 0) },
		Again:   func(context.Context) ([]byte, error) { m.hold(+1, 0); return data, nil },
	}
}

func (m *memory) hold(more, done int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held, m.done = m.held+more, m.done+done
	m.most = max(m.most, m.held)
}

func (m *memory) Backlog(context.Context) (Backlog, error) { return m.state, nil }

func (m *memory) finished() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.done
}

func queueOf(items ...[]byte) *memory {
	m := &memory{items: make(chan []byte, len(items)+1000)}
	for _, item := range items {
		m.items <- item
	}
	return m
}

// backend answers with what the script says, then as it judges, which is 200
// unless a test says otherwise, and remembers.
type backend struct {
	*httptest.Server
	t      *testing.T
	mu     sync.Mutex
	script []func(http.ResponseWriter)
	judge  func(name string) func(http.ResponseWriter) // nil, or its nil: 200
	tried  []string                                    // names of first spans, every try
	got    []string                                    // of those answered with 200
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
	if b.judge != nil {
		if answer := b.judge(name); answer != nil {
			answer(w)
			return
		}
	}
	b.got = append(b.got, name)
}

func (b *backend) seen() (tried, got []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.tried), slices.Clone(b.got)
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

// after is a time that comes at once: whoever asks for it has nothing else to do.
func (q *quickly) after(pause time.Duration) <-chan time.Time {
	_ = q.wait(context.Background(), pause)
	came := make(chan time.Time, 1)
	came <- q.clock()
	return came
}

func newTime() *quickly { return &quickly{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)} }

type running struct {
	*Forwarder
	time *quickly
	said *words
	stop func()
}

// words are what was said, also while it runs.
type words struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *words) Write(more []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(more)
}

func (w *words) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// start runs a forwarder until stop, or the end of the test.
func start(t *testing.T, queue Queue, options Options) *running {
	t.Helper()
	return startAt(t, newTime(), queue, options)
}

func startAt(t *testing.T, now *quickly, queue Queue, options Options) *running {
	t.Helper()
	r := &running{time: now, said: &words{}}
	options.Name = "tempo"
	options.Logger = slog.New(slog.NewTextHandler(r.said, nil))
	options.clock, options.wait, options.after = now.clock, now.wait, now.after
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
