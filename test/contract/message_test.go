// SPDX-License-Identifier: Apache-2.0

package contract_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/test/server"
)

// A beginner's journey: a request, a publish, a worker that links to it and calls a vendor.
func TestMessage(t *testing.T) {
	t.Parallel()
	s := server.Start(t, server.Options{})
	began := time.Now().Add(-time.Second)
	tellBeginner(t, s, began)
	for _, id := range []string{beginnerKey, beginnerTrace, beginnerConsumer, strings.ToUpper(beginnerTrace), "c-9"} {
		m, err := s.Message(id)
		if err != nil {
			t.Errorf("asked as %s: %v", id, err)
			continue
		}
		if m.Key != beginnerKey || m.Path != "default" || m.MessageID != "m-1" || m.ConversationID != "c-9" || !m.Complete {
			t.Errorf("asked as %s: %+v", id, m)
		}
	}
	m, err := s.Message(beginnerKey)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(m.Traces, []string{beginnerTrace, beginnerConsumer}) || !m.Started.Equal(began) {
		t.Errorf("traces %v, started %v; must be those sent, %v", m.Traces, m.Started, began)
	}
	if m.Until != "auto" || m.DeadlineUS != 5_000_000 || m.GiveUpUS != 600_000_000 || m.Now.Before(began) {
		t.Errorf("until %s, deadline %d, give up %d, now %v: must be the defaults", m.Until, m.DeadlineUS, m.GiveUpUS, m.Now)
	}
	const sentence = "Sent 30 ms after it was accepted, in time (deadline 5 s)"
	if !strings.HasPrefix(m.Sentence, sentence) {
		t.Errorf("sentence %q must begin with %q", m.Sentence, sentence)
	}
	wantDelivery(t, &m, began)
	wantStamps(t, &m, began)
}

func wantDelivery(t *testing.T, m *server.Message, began time.Time) {
	t.Helper()
	if len(m.Deliveries) != 1 {
		t.Fatalf("%d deliveries, must be one", len(m.Deliveries))
	}
	d := m.Deliveries[0]
	if d.Fulfilled == nil || !d.Fulfilled.Equal(began.Add(30*time.Millisecond)) || d.Updated.Before(began) {
		t.Errorf("fulfilled %v, updated %v; must be 30 ms after %v, and when it became known", d.Fulfilled, d.Updated, began)
	}
	hops := []server.Hop{
		{To: "accepted", WorkUS: 4000, OwnUS: 4000, ToStamp: index(0)},
		{From: "accepted", To: "published", WorkUS: 2000, FromStamp: index(0), ToStamp: index(1)},
		{From: "published", To: "consumed", WaitUS: 7000, FromStamp: index(1), ToStamp: index(2)},
		{From: "consumed", To: "processed", WorkUS: 20000, OwnUS: 20000, FromStamp: index(2), ToStamp: index(2)},
		{From: "processed", To: "invoked", WorkUS: 16000, FromStamp: index(2), ToStamp: index(3)},
	}
	if !slices.EqualFunc(d.Hops, hops, sameHop) {
		t.Errorf("hops %+v, must be %+v", d.Hops, hops)
	}
	slowest := d.SlowestHop
	d.Fulfilled, d.Hops, d.Updated, d.Started, d.SlowestHop = nil, nil, time.Time{}, time.Time{}, ""
	want := server.Delivery{ID: beginnerDelivery, Key: beginnerKey, Path: "default", Channel: "email", Destination: "vendor.example",
		Tenant: "acme", Region: "eu", Device: "none", Provider: "mailer", Verdict: "sent", Reason: "Sent", Timeliness: "in_time", LatencyUS: 30000}
	if !sameDelivery(&d, &want) || slowest != "consumed-processed" {
		t.Errorf("delivery %+v, slowest %s; must be %+v", d, slowest, want)
	}
}

func sameDelivery(a, b *server.Delivery) bool {
	return a.ID == b.ID && a.Key == b.Key && a.Path == b.Path && a.Channel == b.Channel && a.Destination == b.Destination &&
		a.Tenant == b.Tenant && a.Region == b.Region && a.Device == b.Device && a.Provider == b.Provider && a.Verdict == b.Verdict &&
		a.Reason == b.Reason && a.Hop == b.Hop && a.Timeliness == b.Timeliness && a.LatencyUS == b.LatencyUS && a.Retries == b.Retries
}

func wantStamps(t *testing.T, m *server.Message, began time.Time) {
	t.Helper()
	want := []server.Stamp{
		{Stage: "accepted", Service: "gateway", Name: "POST /v1/messages", Kind: "server", TraceID: beginnerTrace, SpanID: "a000000000000001", WorkUS: 4000, Host: "gateway"},
		{Stage: "published", Service: "gateway", Name: "send orders", Kind: "producer", TraceID: beginnerTrace, SpanID: "a000000000000002",
			ParentSpanID: "a000000000000001", OffsetUS: 1000, WorkUS: 2000, Host: "gateway"},
		{Stage: "processed", Service: "worker", Name: "process orders", Kind: "consumer", TraceID: beginnerConsumer, SpanID: "b000000000000001",
			OffsetUS: 10000, WorkUS: 20000, Host: "worker"},
		{Stage: "invoked", Service: "worker", Name: "POST", Kind: "client", TraceID: beginnerConsumer, SpanID: "b000000000000002",
			ParentSpanID: "b000000000000001", OffsetUS: 12000, WorkUS: 16000, Detail: "HTTP 200", Host: "worker"},
	}
	if len(m.Stamps) != len(want) {
		t.Fatalf("%d stamps, must be %d", len(m.Stamps), len(want))
	}
	for i, got := range m.Stamps {
		if !got.Start.Equal(began.Add(time.Duration(want[i].OffsetUS)*time.Microsecond)) || got.End.Sub(got.Start).Microseconds() != got.WorkUS || got.Position == 0 {
			t.Errorf("stamp %d: from %v to %v at position %d", i, got.Start, got.End, got.Position)
		}
		want[i].Index, want[i].Host = i, want[i].Service // no host is said
		got.Start, got.End, got.Position, got.Destination = time.Time{}, time.Time{}, 0, ""
		if got != want[i] {
			t.Errorf("stamp %d: %+v, must be %+v", i, got, want[i])
		}
	}
	joins := []server.Join{
		{Rule: "parent", Confidence: "certain", FromStamp: 1, ToStamp: 0},
		{Rule: "link", Confidence: "certain", FromStamp: 2, ToStamp: 1},
		{Rule: "parent", Confidence: "certain", FromStamp: 3, ToStamp: 2},
	}
	if !slices.Equal(m.Joins, joins) {
		t.Errorf("joins %+v, must be %+v", m.Joins, joins)
	}
}

func index(i int) *int { return &i }

func sameHop(a, b server.Hop) bool {
	return a.From == b.From && a.To == b.To && a.WaitUS == b.WaitUS && a.WorkUS == b.WorkUS && a.OwnUS == b.OwnUS &&
		sameIndex(a.FromStamp, b.FromStamp) && sameIndex(a.ToStamp, b.ToStamp)
}

func sameIndex(a, b *int) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }
