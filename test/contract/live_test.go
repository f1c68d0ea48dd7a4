// SPDX-License-Identifier: Apache-2.0

package contract_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/test/server"
)

type pulse struct {
	Time       time.Time
	Position   uint64
	Deliveries int64
	InFlight   int64 `json:"in_flight"`
	Stuck      int64
	LagUS      *int64 `json:"lag_us"`
}

// A pulse comes at once, and another when something changed.
func TestLive(t *testing.T) {
	t.Parallel()
	s := server.Start(t, server.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/api/v1/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if kind := response.Header.Get("Content-Type"); response.StatusCode != 200 || !strings.HasPrefix(kind, "text/event-stream") {
		t.Fatalf("status %d of type %s", response.StatusCode, kind)
	}
	lines := bufio.NewScanner(response.Body)
	first, err := nextPulse(lines)
	if err != nil || first.Deliveries != 0 || first.LagUS == nil {
		t.Fatalf("first pulse %+v; %v", first, err)
	}
	tellBeginner(t, s, time.Now())
	for {
		next, err := nextPulse(lines)
		if err != nil {
			t.Fatal(err)
		}
		if next.Deliveries == 1 && next.Position > first.Position && next.InFlight == 0 && time.Since(next.Time) < time.Minute {
			return
		}
	}
}

func nextPulse(lines *bufio.Scanner) (p pulse, err error) {
	event := ""
	for lines.Scan() {
		line := lines.Text()
		if name, ok := strings.CutPrefix(line, "event: "); ok {
			event = name
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			if event != "pulse" {
				return p, fmt.Errorf("event %q, must be pulse", event)
			}
			return p, json.Unmarshal([]byte(data), &p)
		}
	}
	return p, fmt.Errorf("the stream ended: %w", lines.Err())
}
