// SPDX-License-Identifier: Apache-2.0

package load

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/hopstamp/hopstamp/bench/workload"
)

// receiver takes requests, after it has refused as many as it is told to.
type receiver struct {
	refuse int

	guard sync.Mutex
	spans map[[8]byte]int
}

func (r *receiver) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	decoded := ptraceotlp.NewExportRequest()
	if err != nil || decoded.UnmarshalProto(body) != nil {
		http.Error(answer, "not OTLP", http.StatusBadRequest)
		return
	}
	r.guard.Lock()
	defer r.guard.Unlock()
	if r.refuse > 0 {
		r.refuse--
		http.Error(answer, "come again", http.StatusTooManyRequests)
		return
	}
	for _, resource := range decoded.Traces().ResourceSpans().All() {
		for _, scope := range resource.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				r.spans[span.SpanID()]++
			}
		}
	}
}

func run(t *testing.T, r *receiver, o Options) Result {
	t.Helper()
	r.spans = map[[8]byte]int{}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	w, err := workload.New(workload.Params{Seed: 1, Batch: 12, Ring: 2, Pods: 1})
	if err != nil {
		t.Fatal(err)
	}
	o.Address = strings.TrimPrefix(server.URL, "http://")
	o.Protocol, o.Connections, o.Duration, o.RetryFor = "http", 3, time.Minute, time.Minute
	result, err := New(w, o).Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestEverySpanArrivesOnceThoughRequestsWereRefused(t *testing.T) {
	t.Parallel()
	r := &receiver{refuse: 2}
	result := run(t, r, Options{Blocks: 5})
	const spans = 5 * 12 * workload.SpansPerMessage
	if result.Spans != spans || len(r.spans) != spans || result.Messages != 60 {
		t.Errorf("%d spans accepted, %d arrived, want %d: %v", result.Spans, len(r.spans), spans, result)
	}
	for id, times := range r.spans {
		if times != 1 {
			t.Errorf("span %x arrived %d times", id, times)
		}
	}
	if result.Refused != 2 || result.GivenUp != 0 || !strings.Contains(result.Complaint, "429") {
		t.Errorf("two requests were refused, the result says %v, %q", result, result.Complaint)
	}
}

func TestDuplicatesAreSentTwice(t *testing.T) {
	t.Parallel()
	r := &receiver{}
	run(t, r, Options{Blocks: 2, Duplicates: 1})
	for id, times := range r.spans {
		if times != 2 {
			t.Errorf("span %x arrived %d times", id, times)
		}
	}
}

func TestWavesOfAMessageKeepTheirOrderAndLag(t *testing.T) {
	t.Parallel()
	start := time.Unix(1000, 0)
	s := newSchedule(Options{Blocks: 2, StageLag: time.Second, Duration: time.Minute}, 12, start)
	sent := map[int64][]time.Duration{}
	for now := start; ; {
		j, wait, ok := s.next(now)
		if !ok {
			break
		}
		if wait > 0 {
			now = now.Add(wait)
			continue
		}
		if j.request != len(sent[j.block]) {
			t.Fatalf("block %d sends request %d after %d others", j.block, j.request, len(sent[j.block]))
		}
		sent[j.block] = append(sent[j.block], now.Sub(start))
	}
	for block, at := range sent {
		if len(at) != workload.RequestsPerBlock {
			t.Errorf("block %d was sent in %d requests", block, len(at))
		}
		for wave := 1; wave < workload.Waves; wave++ {
			first, _ := workload.WaveRequests(wave)
			if lag := at[first] - at[first-1]; lag < 670*time.Millisecond || lag > 1400*time.Millisecond {
				t.Errorf("block %d: wave %d came %v after the one before", block, wave, lag)
			}
		}
	}
}

// A sender tells of a span when it ended. One that tells of what is still to come would
// seem to have a clock that is ahead.
func TestNoSpanIsSentBeforeItEnded(t *testing.T) {
	t.Parallel()
	parameters := workload.Standard()
	parameters.Ring = 8
	w, err := workload.New(parameters)
	if err != nil {
		t.Fatal(err)
	}
	options := Standard()
	options.Blocks = int64(parameters.Ring)
	now, slow := time.Unix(1_800_000_000, 0), 0
	s := newSchedule(options, parameters.Batch, now)
	for j, wait, ok := s.next(now); ok; j, wait, ok = s.next(now) {
		if wait > 0 {
			now = now.Add(wait)
			continue
		}
		decoded := ptraceotlp.NewExportRequest()
		if err := decoded.UnmarshalProto(w.Patch(w.Block(j.block).Requests[j.request], j.block, j.base)); err != nil {
			t.Fatal(err)
		}
		for _, span := range decoded.Traces().ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
			began, ended := span.StartTimestamp().AsTime(), span.EndTimestamp().AsTime()
			if ended.After(now) {
				t.Fatalf("block %d, request %d: %q ends %v after it is sent", j.block, j.request, span.Name(), ended.Sub(now))
			}
			if ended.Sub(began) > workload.Deadline {
				slow++
			}
		}
	}
	if slow == 0 {
		t.Error("no span takes long, so nothing was tested")
	}
}
