// SPDX-License-Identifier: Apache-2.0

package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/hopstamp/hopstamp/internal/count"
	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/query"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track"
)

func TestDocumentIsGenerated(t *testing.T) {
	want, err := OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../docs/reference/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/reference/openapi.json is not what the handlers are; run make generate")
	}
}

// The document is held against the handlers: every call in it is made, and each
// answer has to be what its schema says, no more and no less.
func TestAnswersAreWhatTheDocumentSays(t *testing.T) {
	mux := http.NewServeMux()
	api := register(mux, &known{})
	calls := map[string]string{
		"/api/v1/messages/{key}":       "/api/v1/messages/m-1",
		"/api/v1/messages/{key}/spans": "/api/v1/messages/m-1/spans",
		"/api/v1/deliveries":           "/api/v1/deliveries?verdict=stuck,lost&verdict=pending&tenant=acme&slower_than=10ms&since=15m&limit=3",
		"/api/v1/ledger":               "/api/v1/ledger?by=path,verdict&by=minute&path=chat&timeliness=none",
		"/api/v1/paths":                "/api/v1/paths?since=6h&until=1h",
		"/api/v1/clocks":               "/api/v1/clocks",
		"/api/v1/status":               "/api/v1/status",
	}
	for path, item := range api.OpenAPI().Paths {
		if path == "/api/v1/live" {
			continue // a stream; TestLiveSendsPulses
		}
		t.Run(path, func(t *testing.T) {
			address, ok := calls[path]
			if !ok {
				t.Fatal("the document has a call that this test does not make")
			}
			answer := httptest.NewRecorder()
			mux.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, address, nil))
			if answer.Code != http.StatusOK {
				t.Fatalf("%s answers %d %s", address, answer.Code, answer.Body)
			}
			schema := item.Get.Responses["200"].Content["application/json"].Schema
			checkAgainst(t, api, schema, answer.Body.Bytes())
		})
	}
	if len(calls) != len(api.OpenAPI().Paths)-1 {
		t.Errorf("%d calls are made, the document has %d", len(calls), len(api.OpenAPI().Paths)-1)
	}
}

func checkAgainst(t *testing.T, api huma.API, schema *huma.Schema, body []byte) {
	t.Helper()
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		t.Fatal(err)
	}
	result := &huma.ValidateResult{}
	huma.Validate(api.OpenAPI().Components.Schemas, schema, huma.NewPathBuffer([]byte{}, 0), huma.ModeReadFromServer, value, result)
	for _, err := range result.Errors {
		t.Errorf("%v", err)
	}
	if bytes.Contains(body, []byte(":null")) && !bytes.Contains(body, []byte(`"fulfilled":null`)) {
		t.Errorf("a list or value is null: %s", body)
	}
}

func TestWrongQuestionsAreToldWhatIsWrong(t *testing.T) {
	handler := New(&known{})
	for _, test := range []struct {
		address string
		status  int
		says    string
	}{
		{"/api/v1/messages/nobody", 404, "nothing is known by the id nobody"},
		{"/api/v1/ledger?by=colour", 422, `\"colour\" is not a dimension of the ledger; there are tenant`},
		{"/api/v1/ledger?since=yesterday", 422, "give a time like"},
		{"/api/v1/ledger?since=5m&until=1h", 422, "until is before since"},
		{"/api/v1/ledger?since=-5m", 422, "give a time like"},
		{"/api/v1/deliveries?verdit=lost", 422, "unknown query parameter"},
		{"/api/v1/deliveries?limit=0", 422, "limit"},
		{"/api/v1/deliveries?cursor=%21", 422, "start again without it"},
		{"/api/v1/deliveries?slower_than=long", 422, "give a duration"},
		{"/api/v1/nothing", 404, "there is no call /api/v1/nothing"},
	} {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, test.address, nil))
		if kind := answer.Header().Get("Content-Type"); answer.Code != test.status || kind != "application/problem+json" {
			t.Errorf("%s answers %d %s, want %d application/problem+json", test.address, answer.Code, kind, test.status)
		}
		if !strings.Contains(answer.Body.String(), test.says) {
			t.Errorf("%s says %s, want %q", test.address, answer.Body, test.says)
		}
	}
}

func TestLiveSendsPulses(t *testing.T) {
	server := httptest.NewServer(New(&known{}))
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	request, _ := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/api/v1/live", nil)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var said strings.Builder
	chunk := make([]byte, 512)
	for !strings.Contains(said.String(), "\n\n") {
		n, err := response.Body.Read(chunk)
		if err != nil {
			t.Fatalf("the stream ended after %q: %v", said.String(), err)
		}
		said.Write(chunk[:n])
	}
	if !strings.Contains(said.String(), "event: pulse") || !strings.Contains(said.String(), `"in_flight":12`) {
		t.Errorf("the stream begins with %q", said.String())
	}
}

func ask(t *testing.T, address string, into any) {
	t.Helper()
	answer := httptest.NewRecorder()
	New(&known{}).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, address, nil))
	if err := json.Unmarshal(answer.Body.Bytes(), into); err != nil || answer.Code != http.StatusOK {
		t.Fatalf("%s answers %d %s: %v", address, answer.Code, answer.Body, err)
	}
}

func TestPathsSayWhereDeclaredAndSeenDiffer(t *testing.T) {
	var paths list[Path]
	ask(t, "/api/v1/paths", &paths)
	path := paths.Items[0]
	if want := []string{
		"98.9 % of journeys pass enriched, which the configuration does not name",
		"100 % of journeys that begin with gateway POST /v1/files pass normalized, which the configuration does not name",
		"routed is declared but was never seen",
	}; !slices.Equal(path.Differences, want) {
		t.Errorf("the differences are %q, want %q", path.Differences, want)
	}
	if d := path.Declared; d == nil || !slices.Equal(d.Stages, []string{"accepted", "routed", "published"}) || d.Until != "rendered" || d.DeadlineUS != 1e6 {
		t.Errorf("declared is %+v", d)
	}
	if len(path.Learned) != 2 {
		t.Fatalf("%d kinds are learned, want 2", len(path.Learned))
	}
	if got, want := fmt.Sprint(path.Learned[0]), "{ 1000 1000 [{accepted 1 true} {enriched 0.989 true} {published 1 true}] [accepted enriched published] [{enriched 11}]}"; got != want {
		t.Errorf("learned is %s, want %s", got, want)
	}
}

func TestDeliveriesSayWhatTheyWentWithout(t *testing.T) {
	var message Message
	ask(t, "/api/v1/messages/m-1", &message)
	if got := message.Deliveries[0].Missing; !slices.Equal(got, []string{"enriched"}) {
		t.Errorf("missing is %v, want the enriched that 989 of 1000 pass", got)
	}
	(&known{}).Shapes(func(s *count.Shapes) {
		for verdict, want := range map[journey.Verdict]int{journey.Pending: 0, journey.Stuck: 1, journey.Failed: 1, journey.Sent: 1} {
			d := delivery(verdict)
			if got := missing(s, &d); len(got) != want {
				t.Errorf("what is %v lacks %v, want %d stages", verdict, got, want)
			}
		}
		d := delivery(journey.Sent)
		d.Kind = "never seen"
		if got := missing(s, &d); got == nil || len(got) != 0 {
			t.Errorf("a kind that was never seen lacks %v", got)
		}
	})
}

func TestOnlyAllAreAHundredPercent(t *testing.T) {
	for share, want := range map[float64]string{1: "100 %", 0.99999: "99.9 %", 0.95: "95 %", 0.989: "98.9 %", 0.957: "95.7 %", 0: "0 %"} {
		if got := percent(share); got != want {
			t.Errorf("%v is %s, want %s", share, got, want)
		}
	}
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{"15m": 15 * time.Minute, "7d": 7 * 24 * time.Hour, "0.5d": 12 * time.Hour, "1h30m": 90 * time.Minute} {
		if got, err := Duration(text); err != nil || got != want {
			t.Errorf("%s is %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "d", "-1h", "-1d", "1e99d", "soon"} {
		if got, err := Duration(text); err == nil {
			t.Errorf("%q is taken as %v", text, got)
		}
	}
}

// known is a backend that knows one message.
type known struct{}

var (
	start = time.Date(2026, 11, 2, 3, 4, 5, 6, time.UTC)
	trace = span.TraceID{1, 2, 3}
)

func delivery(v journey.Verdict) journey.Delivery {
	d := journey.Delivery{
		ID: "m-1/ann", Key: "m-1", Path: "chat", Recipient: "ann", Trace: trace, Verdict: v, Reason: journey.ReasonOf(v),
		Started: start.UnixNano(), Updated: start.Add(time.Second).UnixNano(), Retries: 1,
		Hops: []journey.Hop{{HopID: journey.HopID{To: span.Accepted}, Work: time.Millisecond, FromStamp: -1},
			{HopID: journey.HopID{From: span.Accepted, To: span.Published}, Wait: time.Millisecond, ToStamp: 1}},
	}
	if v.Good() {
		d.Fulfilled, d.Timeliness = start.Add(90*time.Millisecond).UnixNano(), journey.InTime
	} else {
		d.Reason, d.Hop = journey.StuckAt(span.Published), journey.HopID{From: span.Accepted, To: span.Published}
	}
	return d
}

func (*known) Message(_ context.Context, id string) (journey.View, bool, error) {
	if id != "m-1" {
		return journey.View{}, false, nil
	}
	return journey.View{
		Key: "m-1", Path: "chat", Deadline: 5 * time.Second, GiveUp: time.Minute, Started: start.UnixNano(), Now: start.UnixNano(),
		Traces: []span.TraceID{trace}, Deliveries: []journey.Delivery{delivery(journey.Rendered)}, Complete: true,
		Stamps: []journey.Stamp{{Stage: span.Accepted, Kind: span.Server, Service: "gateway", Trace: trace, Span: span.ID{1}},
			{Stage: span.Published, Kind: span.Producer, Trace: trace, Span: span.ID{2}, Parent: span.ID{1}}},
		Joins: []journey.Join{{From: 1, To: 0}},
	}, true, nil
}

func (*known) Deliveries(_ context.Context, f query.Filter, _ query.Cursor, limit int) ([]journey.Delivery, query.Cursor, error) {
	if len(f.Verdict) != 3 || f.Dims[span.Tenant][0] != "acme" || f.SlowerThan != 10*time.Millisecond || limit != 3 {
		return nil, query.Cursor{}, context.Canceled // the handler did not pass on what was asked
	}
	return []journey.Delivery{delivery(journey.Rendered), delivery(journey.Stuck)}, query.Cursor{Started: 1, ID: "m-1/ann"}, nil
}

func (*known) Ledger(q count.Question) ([]count.Sum, int64, journey.Position) {
	return []count.Sum{{Values: []string{"chat", "rendered", start.Format(time.RFC3339)}[:len(q.By)], Count: 41_310}}, 41_310, 7
}

func (*known) Paths(time.Time, time.Time) []PathNumbers {
	var h count.Histogram
	h.Observe(time.Second)
	hop := journey.HopID{From: span.Accepted, To: span.Published}
	return []PathNumbers{{
		Path: track.Path{Name: "chat", Until: span.Rendered, Deadline: time.Second, Stages: []span.Stage{span.Accepted, span.Routed, span.Published}}, Deliveries: 3,
		Times: count.PathTimes{Whole: h, Hops: []count.HopTimes{{Hop: hop, Wait: h, Work: h, Tail: time.Second}}},
		Now:   map[journey.HopID]HopNow{hop: {InFlight: 2, Stuck: 1}, {From: span.Published, To: span.Consumed}: {Failed: 1}},
	}}
}

// Shapes are of journeys that are enriched, which the path does not declare, and are
// never routed, which it does. What begins m-1 is not known; other kinds are.
func (*known) Clocks() []SourceClock {
	return []SourceClock{{Host: "node-9", OffsetUS: 5_000_000, BoundUS: 1200, DriftPPM: 0.5, Since: time.Unix(1, 0).UTC()}}
}

func (*known) Spans(_ context.Context, id string) ([]FullSpan, bool, error) {
	if id != "m-1" {
		return nil, false, nil
	}
	return []FullSpan{{Trace: span.TraceID{1}, Span: span.ID{2}, Service: "gateway", Name: "POST /v1/messages", Kind: span.Server, Start: 5, End: 2005,
		Reason: "random 1 %", Threshold: 3 << 54, OTLP: []byte(`{"resourceSpans":[]}`)}}, true, nil
}

func (*known) Shapes(read func(*count.Shapes)) {
	s := count.NewShapes(10, 10)
	pass := func(n int, kind string, stages ...span.Stage) {
		d := journey.Delivery{Path: "chat", Kind: kind, Verdict: journey.Rendered}
		for _, stage := range stages {
			d.Hops = append(d.Hops, journey.Hop{HopID: journey.HopID{To: stage}})
		}
		s.Apply(slices.Repeat([]journey.Delivery{d}, n))
	}
	pass(989, "", span.Accepted, span.Enriched, span.Published)
	pass(11, "", span.Accepted, span.Published)
	pass(50, "gateway POST /v1/files", span.Accepted, span.Normalized, span.Enriched, span.Published)
	read(s)
}

func (*known) Pulse() Pulse { return Pulse{Time: start, Position: 7, Deliveries: 41_310, InFlight: 12} }

func (*known) Status() Status {
	return Status{Version: "1", Started: start, LogTime: &start, Sources: []Source{{Service: "gateway", LastSeen: start, Spans: 3}}}
}
