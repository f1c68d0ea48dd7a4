// SPDX-License-Identifier: Apache-2.0

package app

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/config"
)

// reasonIs tells whether the only delivery has a reason.
func reasonIs(a *App, wanted string) error {
	body, err := get(a, "/api/v1/ledger?by=reason")
	if err == nil && !strings.Contains(body, fmt.Sprintf(`"rows":[{"count":1,"reason":%q}]`, wanted)) {
		err = fmt.Errorf("not %s: %s", wanted, body)
	}
	return err
}

// While senders are told to come back later, what is missing may wait there: it is not
// missed.
func TestNoDeadlinePassesWhileSendersHaveToComeBack(t *testing.T) {
	t.Parallel()
	c := configured(t)
	c.Defaults = config.Times{Deadline: 2 * time.Second, GiveUp: 3 * time.Second}
	a := start(t, c)
	send(t, a, traceHex, time.Now())
	f := a.folds[0]
	eventually(t, "on its way", func() error { return reasonIs(a, "Waiting") })
	f.maxBytes = 0
	_, _, address := a.Addresses()
	response, err := http.Post("http://"+address+"/v1/traces", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusTooManyRequests {
		t.Fatalf("the server is busy and answers %s", response.Status)
	}
	eventually(t, "past its deadline, and not missed", func() error { return reasonIs(a, "TelemetryThrottled") })
	if body, err := get(a, "/metrics"); err != nil || !strings.Contains(body, "\nhopstamp_track_throttled 1\n") {
		t.Errorf("the metrics do not say so: %v", err)
	}
}

// Nor does one pass because nobody was there to be sent to.
func TestNoDeadlinePassesWhileTheServerIsDown(t *testing.T) {
	t.Parallel()
	c := configured(t)
	c.Defaults = config.Times{Deadline: 2 * time.Second, GiveUp: 3 * time.Second}
	first := start(t, c)
	began := time.Now()
	send(t, first, traceHex, began)
	eventually(t, "on its way", func() error { return reasonIs(first, "Waiting") })
	if err := first.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Until(began.Add(4 * time.Second))) // as long as a message may take
	second := start(t, c)
	eventually(t, "past its deadline, and not missed", func() error { return reasonIs(second, "TelemetryThrottled") })
}
