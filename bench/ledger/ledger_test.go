// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/bench/workload"
)

// truth of the tests: two deliveries sent, one failed.
func truth() map[workload.Outcome]int64 {
	return map[workload.Outcome]int64{
		{Verdict: "sent", Timeliness: "in_time"}: 2,
		{Verdict: "failed"}:                      1,
	}
}

const (
	right = `{"verdict": "sent", "timeliness": "in_time", "count": 2}, {"verdict": "failed", "timeliness": "", "count": 1}`
	wrong = `{"verdict": "sent", "timeliness": "in_time", "count": 3}`
)

// serve answers with the rows, and has folded one more entry of a log of three with each answer.
func serve(t *testing.T, rows string) Server {
	var position atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/v1/status":
			fmt.Fprint(w, `{"log": {"first": 1, "last": 3}}`)
		case "/api/v1/ledger":
			fmt.Fprintf(w, `{"rows": [%s], "total": 3, "position": %d}`, rows, position.Add(1))
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return Server{URL: server.URL}
}

func TestCountsThatAreTrueAreExact(t *testing.T) {
	t.Parallel()
	check, err := serve(t, right).Check(t.Context(), truth())
	if err != nil || !check.Exact() {
		t.Errorf("%v, %v", check, err)
	}
}

func TestWrongVerdictIsNamedThoughTheTotalIsRight(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	check, err := serve(t, wrong).Check(ctx, truth())
	if err != nil || check.Exact() || check.Sent != check.Counted {
		t.Fatalf("%v, %v", check, err)
	}
	for _, want := range []string{"failed: 0 (WRONG, should be 1)", "sent in_time: 3 (WRONG, should be 2)"} {
		if !strings.Contains(check.String(), want) {
			t.Errorf("%q does not say %q", check, want)
		}
	}
}

func TestCatchUpWaitsForTheEndOfTheLog(t *testing.T) {
	t.Parallel()
	server := serve(t, right)
	if err := server.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	book, err := server.read(t.Context())
	if err != nil || book.Position != 4 {
		t.Errorf("caught up before position %d, want 4, %v", book.Position, err)
	}
}
