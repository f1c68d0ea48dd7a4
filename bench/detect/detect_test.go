// SPDX-License-Identifier: Apache-2.0

package detect

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// trailing is a server that knows of one passed deadline less than it should.
type trailing struct{ stuck, logTime int }

func (s *trailing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/metrics" {
		fmt.Fprintf(w, "hopstamp_in_flight_deliveries{hop=\"a\",verdict=\"stuck\"} %d\nhopstamp_in_flight_deliveries{verdict=\"pending\"} 9\n", s.stuck)
		fmt.Fprintf(w, "hopstamp_track_log_time_seconds %d.5\n", s.logTime)
		return
	}
	fmt.Fprintf(w, `{"rows": [{"verdict": "stuck", "count": %d}, {"verdict": "sent", "count": 5}]}`, s.stuck-1)
}

func TestAVerdictThatTrailsIsSeen(t *testing.T) {
	t.Parallel()
	server := &trailing{stuck: 2, logTime: 14}
	web := httptest.NewServer(server)
	defer web.Close()
	var m Measurement
	deadlines := []int64{10e9, 11e9, 12e9, 13e9}
	if err := m.look(t.Context(), Server{URL: web.URL}, deadlines); err != nil {
		t.Fatal(err)
	}
	if m.Stuck != 2 || m.LogTime != 2500*time.Millisecond || m.APIBehind != 1 || m.Looks != 1 {
		t.Errorf("the third deadline passed 2.5 s of log time ago: %+v", m)
	}
	server.stuck = 4
	if err := m.look(t.Context(), Server{URL: web.URL}, deadlines); err != nil || m.Stuck != 4 || m.LogTime != 2500*time.Millisecond {
		t.Errorf("all are known, the worst stays: %+v, %v", m, err)
	}
}
