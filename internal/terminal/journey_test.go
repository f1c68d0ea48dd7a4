// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/hopstamp/hopstamp/internal/api"
)

func at(i int) *int { return &i }

// retried is a ticket whose first try was refused.
func retried() *api.Message {
	return &api.Message{
		Key: "ticket-7", Path: "tickets", Until: "auto", DeadlineUS: 10e6, GiveUpUS: 120e6, MessageID: "ticket-7", Complete: true,
		Started:  time.Date(2026, 11, 2, 3, 4, 5, 6e6, time.UTC),
		Traces:   []string{"4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b74bf92f3577b34da6"},
		Sentence: "Sent 1.2 s after it was accepted, in time (deadline 10 s), after 1 retry.",
		Stamps: []api.Stamp{
			{Index: 0, Stage: "accepted", Service: "ingress", OffsetUS: 0, WorkUS: 4000, Detail: "HTTP 202"},
			{Index: 1, Stage: "published", Service: "ingress", OffsetUS: 1000, WorkUS: 2000},
			{Index: 2, Stage: "processed", Service: "ticketing", OffsetUS: 10_000, WorkUS: 90_000, Error: true, Detail: "422"},
			{Index: 3, Stage: "processed", Service: "ticketing", OffsetUS: 1_000_000, WorkUS: 200_000, Attempt: 1},
			{Index: 4, Stage: "", Service: "ticketing", OffsetUS: 1_010_000, WorkUS: 10},
		},
		Joins: []api.Join{{Rule: "parent", Confidence: "certain", FromStamp: 1}, {Rule: "link", Confidence: "certain", FromStamp: 3, ToStamp: 1}},
		Deliveries: []api.Delivery{{
			ID: "ticket-7/tickets", Verdict: "sent", Reason: "Sent", Timeliness: "in_time", LatencyUS: 1_200_000, Retries: 1,
			Tenant: "acme", Destination: "desk.example",
			Hops: []api.Hop{{To: "accepted", WorkUS: 4000, ToStamp: at(0)}, {From: "accepted", To: "published", WorkUS: 2000, ToStamp: at(1)},
				{From: "published", To: "processed", WaitUS: 997_000, WorkUS: 200_000, ToStamp: at(3)}},
		}},
	}
}

func TestJourneyIsReadAsAStory(t *testing.T) {
	want := `
ticket-7
Sent 1.2 s after it was accepted, in time (deadline 10 s), after 1 retry.

path tickets (until auto, deadline 10 s, given up after 2 min)
began 2026-11-02 03:04:05.006 UTC
trace 4bf92f3577b34da6a3ce929d0e0e4736
trace 00f067aa0ba902b74bf92f3577b34da6

   +0 µs accepted  ingress     4 ms █                         HTTP 202
   +1 ms published ingress     2 ms █
  +10 ms processed ticketing  90 ms ██                        ERROR 422
    +1 s processed ticketing 200 ms ░░░░░░░░░░░░░░░░░░░░████  retry 1, joined by link (certain)
    +1 s ·         ticketing  10 µs                     █

ticket-7/tickets
  sent · Sent · in time · 1.2 s · 1 retry
  tenant acme · destination desk.example
  · → accepted          wait   0 µs work   4 ms
  accepted → published  wait   0 µs work   2 ms
  published → processed wait 997 ms work 200 ms
`
	if got := Journey(retried()); got != strings.TrimPrefix(want, "\n") {
		t.Errorf("got\n%s\nwant%s", got, want)
	}
}

// What was stamped by a wrong clock stands where it happened, and says what that clock said.
func TestStampsOfAWrongClockStandWhereTheyBelong(t *testing.T) {
	m := retried()
	m.Stamps[2].Host, m.Stamps[2].OffsetUS = "node-9", -9_990_000
	m.Clocks = []api.Clock{{Host: "node-9", OffsetUS: 10_000_000, BoundUS: 2500, Suspect: true}, {Host: "node-4", Suspect: true}}
	got := Journey(m)
	for _, said := range []string{
		"clock of node-9 is 10 s behind (± 2.5 ms), and suspect: it jumped, or contradicts itself\n",
		"clock of node-4 is suspect: it jumped, or contradicts itself\n",
		"  +10 ms processed ticketing  90 ms ██                        ERROR 422, its clock said -10 s\n",
	} {
		if !strings.Contains(got, said) {
			t.Errorf("does not say %q:\n%s", said, got)
		}
	}
}

func TestManyStampsAndDeliveriesFold(t *testing.T) {
	m := retried()
	for i := range 200 {
		m.Stamps = append(m.Stamps, api.Stamp{Index: 5 + i, Stage: "delivered", Service: "gateway", Recipient: fmt.Sprint("u", i)})
		m.Deliveries = append(m.Deliveries, api.Delivery{ID: fmt.Sprint("ticket-7/u", i), Verdict: "rendered"})
	}
	got := Journey(m)
	for _, said := range []string{"and 145 more stamps", "and 176 more deliveries: 176 rendered"} {
		if !strings.Contains(got, said) {
			t.Errorf("does not say %q", said)
		}
	}
	if lines := strings.Count(got, "\n"); lines > 150 {
		t.Errorf("%d lines are no message for a chat", lines)
	}
}

func TestWhatTheLogLetGoOfIsSaid(t *testing.T) {
	m := retried()
	m.Complete, m.Stamps, m.Joins = false, nil, nil
	for i := range m.Deliveries[0].Hops {
		m.Deliveries[0].Hops[i].ToStamp = nil
	}
	got := Journey(m)
	if !strings.Contains(got, "The log no longer holds the spans") || !strings.Contains(got, "published → processed wait 997 ms") {
		t.Errorf("got\n%s", got)
	}
}

func TestLinesOfAUsualJourneyFitAScreen(t *testing.T) {
	for _, line := range strings.Split(Journey(retried()), "\n") {
		if n := utf8.RuneCountInString(line); n > 100 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}
