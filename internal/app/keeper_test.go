// SPDX-License-Identifier: Apache-2.0

package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/config"
	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/sample"
)

// The spans of a message that went wrong are copied out of the log, with the reason,
// and are there after a restart. The backend that gets them too does not take them at
// once.
func TestSpansOfWhatWentWrongAreKept(t *testing.T) {
	c := configured(t)
	c.Track.Linger, c.Sample.Delay = time.Second, time.Second
	c.Defaults = config.Times{Deadline: time.Millisecond, GiveUp: 2 * time.Millisecond}
	var refused, forwarded atomic.Int64
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err == nil && r.URL.Path == "/v1/traces" && bytes.Contains(body, []byte("send orders")) {
			if refused.Add(1) == 1 {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			forwarded.Add(1)
		}
	}))
	defer backend.Close()
	c.Sample.Forward = []config.Forward{{Endpoint: backend.URL + "/v1/traces", Compression: "none", Timeout: time.Second, QueueBytes: 64 << 20}}
	kept := func(a *App) error {
		body, err := get(a, "/api/v1/messages/"+traceHex+"/spans")
		if err != nil {
			return err
		}
		var spans struct {
			Items []struct {
				Kept   string
				Weight float64
				OTLP   json.RawMessage
			}
		}
		if err := json.Unmarshal([]byte(body), &spans); err != nil {
			return err
		}
		if len(spans.Items) != 2 || spans.Items[0].Kept != "lost: LostAtConsume" || spans.Items[0].Weight != 1 ||
			!strings.Contains(string(spans.Items[0].OTLP), `"traceState":"ot=`) {
			return fmt.Errorf("spans %s", body)
		}
		return nil
	}
	first := start(t, c)
	send(t, first, traceHex, time.Now().Add(-time.Second)) // so that it is lost at once, and not stuck before
	eventually(t, "kept", func() error { return kept(first) })
	eventually(t, "forwarded", func() error {
		if n := forwarded.Load(); n != 1 {
			return fmt.Errorf("forwarded %d times", n)
		}
		return forwardedSpans(first, 2)
	})
	if err := first.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	second := start(t, c)
	eventually(t, "kept after a restart", func() error { return kept(second) })
	body, err := get(second, "/metrics")
	if err != nil || !strings.Contains(body, `hopstamp_sample_kept_total{policy="lost"} 1`) {
		t.Errorf("the metrics say %s, %v", linesOf(body, "hopstamp_sample_kept_total"), err)
	}
	if err := forwardedSpans(second, 2); err != nil {
		t.Errorf("after a restart: %v", err)
	}
}

func forwardedSpans(a *App, want int) error {
	body, err := get(a, "/metrics")
	if sent := linesOf(body, "hopstamp_forward_sent_spans_total{"); err == nil && !strings.HasSuffix(sent, fmt.Sprintf("} %d\n", want)) {
		err = fmt.Errorf("the metrics say %q, must be %d", sent, want)
	}
	return err
}

// What a work missed is counted when no start does that work again.
func TestWhatIsMissedIsCountedOnce(t *testing.T) {
	t.Parallel()
	k := &keeper{fold: &fold{sampler: sample.New(sample.Options{})}}
	for _, step := range []struct {
		at, mark journey.Position
		missing  uint64
		counted  uint64
	}{{1, 0, 3, 0}, {2, 0, 0, 0}, {3, 2, 4, 3}, {4, 2, 5, 3}, {5, 5, 1, 13}, {6, 6, 0, 13}} {
		k.missing = step.missing
		if k.done(sample.Work{At: step.at}, step.mark); k.missed != step.counted {
			t.Errorf("at %d with the mark at %d: %d are missed, must be %d", step.at, step.mark, k.missed, step.counted)
		}
	}
}
