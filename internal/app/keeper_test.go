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
)

// The spans of a message that went wrong are copied out of the log, with the reason,
// and are there after a restart.
func TestSpansOfWhatWentWrongAreKept(t *testing.T) {
	c := configured(t)
	c.Track.Linger, c.Sample.Delay = time.Second, time.Second
	c.Defaults = config.Times{Deadline: time.Millisecond, GiveUp: 2 * time.Millisecond}
	var forwarded atomic.Int64
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err == nil && r.URL.Path == "/v1/traces" && bytes.Contains(body, []byte("send orders")) {
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
		return nil
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
}
