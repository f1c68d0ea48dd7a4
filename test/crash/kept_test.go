// SPDX-License-Identifier: Apache-2.0

package crash_test

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/hopstamp/hopstamp/test/server"
	"github.com/hopstamp/hopstamp/test/telemetry"
)

// backend takes the traces that are forwarded to it, a third of the requests only when
// they come for the third time. It does not refuse many in a row: pauses double.
type backend struct {
	web *httptest.Server

	mu    sync.Mutex // guards what follows
	spans map[telemetry.SpanID]bool
	tries map[uint32]int // of requests, by what is in them
	inRow int            // requests that were refused since one was taken
}

const mostInRow = 3

func newBackend(t *testing.T) *backend {
	b := &backend{spans: map[telemetry.SpanID]bool{}, tries: map[uint32]int{}}
	b.web = httptest.NewServer(b)
	t.Cleanup(b.web.Close)
	return b
}

// URL to forward to; empty where there is no backend.
func (b *backend) URL() string {
	if b == nil {
		return ""
	}
	return b.web.URL + "/v1/traces"
}

func (b *backend) ServeHTTP(answer http.ResponseWriter, r *http.Request) {
	var request collector.ExportTraceServiceRequest
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = proto.Unmarshal(body, &request)
	}
	if err != nil {
		http.Error(answer, err.Error(), http.StatusBadRequest)
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	which := crc32.ChecksumIEEE(body)
	if b.tries[which]++; which%3 == 0 && b.tries[which] < 3 && b.inRow < mostInRow {
		b.inRow++
		http.Error(answer, "not now", http.StatusServiceUnavailable)
		return
	}
	b.inRow = 0
	for _, resource := range request.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			for _, span := range scope.Spans {
				b.spans[telemetry.SpanID(span.SpanId)] = true
			}
		}
	}
}

// missing of some spans.
func (b *backend) missing(spans []telemetry.Span) (count int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range spans {
		if !b.spans[spans[i].ID] {
			count++
		}
	}
	return count
}

const (
	openedMessages = 25
	keptWithin     = time.Minute
)

// kept says which spans of messages that went wrong are not kept, or were not
// forwarded. They are copied some time after the decision.
func (r *round) kept() (err error) {
	for deadline := time.Now().Add(keptWithin); ; time.Sleep(200 * time.Millisecond) {
		if err = r.keptNow(); err == nil || time.Now().After(deadline) {
			return err
		}
	}
}

func (r *round) keptNow() error {
	var problems []error
	for _, m := range r.load.wrong {
		spans, err := server.Ask[server.List[struct{ Kept string }]](r.server, "/messages/"+m.Key+"/spans")
		if err != nil {
			return err
		}
		kept := 0
		for _, s := range spans.Items {
			if s.Kept != "" {
				kept++
			}
		}
		if kept != len(m.Spans) {
			problems = append(problems, fmt.Errorf("%s %s: %d spans of %d are kept", m.Fate, m.Key, kept, len(m.Spans)))
		}
		if r.kind.forwards {
			if gone := r.backend.missing(m.Spans); gone > 0 {
				problems = append(problems, fmt.Errorf("%s %s: %d spans of %d were not forwarded", m.Fate, m.Key, gone, len(m.Spans)))
			}
		}
	}
	return errors.Join(problems...)
}
