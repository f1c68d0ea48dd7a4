// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hopstamp/hopstamp/bench/workload"
)

// keeper answers with the rows of a load but for the first must-keep message, has the
// second twice, and opens journeys that lack a span.
func keeper(t *testing.T, w *workload.Workload, blocks int64) Server {
	var rows []string
	for number, m := range w.Messages(blocks) {
		if m.MustKeep() {
			rows = append(rows, fmt.Sprintf(`{"key": %q, "verdict": %q, "timeliness": %q}`, w.MessageID(number), m.Outcome().Verdict, m.Outcome().Timeliness))
		}
	}
	rows = append(rows[1:], rows[1])
	server := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
		switch query := r.URL.Query(); {
		case strings.HasPrefix(r.URL.Path, "/api/v1/messages/"):
			fmt.Fprint(answer, `{"complete": true, "stamps": [{}, {}, {}, {}, {}, {}]}`)
		case query.Get("timeliness") == "late":
			fmt.Fprint(answer, `{"items": [], "next": ""}`)
		case query.Get("cursor") == "":
			fmt.Fprintf(answer, `{"items": [%s], "next": "more"}`, rows[0])
		default:
			fmt.Fprintf(answer, `{"items": [%s], "next": ""}`, strings.Join(rows[1:], ","))
		}
	}))
	t.Cleanup(server.Close)
	return Server{URL: server.URL}
}

func TestMustKeepMessagesThatAreMissingAreCounted(t *testing.T) {
	t.Parallel()
	w, err := workload.New(workload.Params{Seed: 7, Batch: 60, Ring: 2, Pods: 1})
	if err != nil {
		t.Fatal(err)
	}
	kept, err := keeper(t, w, 4).CheckKept(t.Context(), w, 4, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if kept.Lost != 1 || kept.Twice != 1 || kept.MustKeep < 4 || kept.Opened != kept.MustKeep || kept.Incomplete != kept.Opened {
		t.Errorf("one is lost, one twice, and all are incomplete: %+v", kept)
	}
}

func TestWrongClassesAreCounted(t *testing.T) {
	t.Parallel()
	w, err := workload.New(workload.Params{Seed: 7, Batch: 60, Ring: 2, Pods: 1})
	if err != nil {
		t.Fatal(err)
	}
	truth, counted := ClassTruth(w, 3), ClassTruth(w, 3)
	if truth.Sum() != 180 || truth.Wrong(counted) != 0 {
		t.Fatalf("%d deliveries, must be 180", truth.Sum())
	}
	for class := range counted {
		counted[class]++
		break
	}
	counted[Class{Tenant: "nobody"}] = 1
	if wrong := truth.Wrong(counted); wrong != 2 {
		t.Errorf("%d classes are wrong, must be one and one that should not be", wrong)
	}
}
