// SPDX-License-Identifier: Apache-2.0

package contract_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/test/server"
)

// Every filter gives the rows that the truth knows, no more and no less.
func TestDeliveriesByDimension(t *testing.T) {
	t.Parallel()
	k := startKnown(t)
	for _, dimension := range []string{"path", "tenant", "channel", "destination", "verdict", "reason", "hop", "timeliness"} {
		for line, want := range k.truth.Ledger(dimension) {
			value := strings.TrimSpace(strings.TrimPrefix(line, dimension+"="))
			if value == "" {
				value = "none"
			}
			rows, err := k.Deliveries(dimension, value, "limit", "1000")
			if err != nil || int64(len(rows)) != want {
				t.Errorf("%s %s: %d rows, must be %d; %v", dimension, value, len(rows), want, err)
			}
		}
	}
	several, err := k.Deliveries("verdict", "stuck,lost", "verdict", "failed", "path", "chat,push", "limit", "1000")
	want := k.truth.Ledger("verdict")["verdict=stuck "] + k.truth.Ledger("verdict")["verdict=lost "] + k.truth.Ledger("verdict")["verdict=failed "]
	if err != nil || int64(len(several)) != want {
		t.Errorf("lists and repeated filters: %d rows, must be %d; %v", len(several), want, err)
	}
	rest(t, k.Server)
}

// rest are the filters that the known fates say nothing of.
func rest(t *testing.T, s *server.Server) {
	t.Helper()
	tellBeginner(t, s, time.Now())
	for _, filter := range [][2]string{{"provider", "mailer"}, {"region", "eu"}, {"device", "none-such"}, {"q", beginnerKey},
		{"q", beginnerTrace}, {"q", beginnerConsumer}, {"q", beginnerDelivery}, {"q", "c-9"}, {"q", "m-"}} {
		rows, err := s.Deliveries(filter[0], filter[1])
		found := len(rows) == 1 && rows[0].ID == beginnerDelivery
		if nothing := len(rows) == 0; err != nil || !found && !nothing || nothing != (filter[1] == "none-such" || filter[1] == "m-") {
			t.Errorf("%s %s: %+v, %v", filter[0], filter[1], rows, err)
		}
	}
}

func TestDeliveriesAreNewestFirst(t *testing.T) {
	t.Parallel()
	k := startKnown(t)
	all, err := k.Deliveries("limit", "1000")
	if err != nil || int64(len(all)) != k.truth.Deliveries {
		t.Fatalf("%d rows, must be %d; %v", len(all), k.truth.Deliveries, err)
	}
	if !slices.IsSortedFunc(all, func(a, b server.Delivery) int { return b.Started.Compare(a.Started) }) {
		t.Error("the rows are not newest first")
	}
	for _, hop := range all[0].Hops {
		if hop.FromStamp != nil || hop.ToStamp != nil {
			t.Errorf("hop %+v points at stamps, and there are none", hop)
		}
	}
	paged, err := k.Deliveries("limit", "7")
	if err != nil || !slices.EqualFunc(all, paged, func(a, b server.Delivery) bool { return a.ID == b.ID }) {
		t.Errorf("in pages of 7 there are %d other rows than in one of %d; %v", len(paged), len(all), err)
	}
	page, err := server.Ask[server.List[server.Delivery]](k.Server, "/deliveries")
	if err != nil || len(page.Items) != 50 || page.Next == "" {
		t.Errorf("a page has %d rows and goes on at %q, must be 50 and go on; %v", len(page.Items), page.Next, err)
	}
	byTime(t, k, all)
}

// byTime asks for parts of the time, and for what was slow.
func byTime(t *testing.T, k known, all []server.Delivery) {
	t.Helper()
	middle := all[len(all)/2].Started
	older, err := k.Deliveries("until", middle.Format(time.RFC3339Nano), "limit", "1000")
	newer, err2 := k.Deliveries("since", middle.Format(time.RFC3339Nano), "limit", "1000")
	if err != nil || err2 != nil || len(older)+len(newer) != len(all) || len(newer) == 0 || len(older) == 0 {
		t.Errorf("%d rows before %v and %d after, of %d; %v, %v", len(older), middle, len(newer), len(all), err, err2)
	}
	recent, err := k.Deliveries("since", "1m")
	if err != nil || len(recent) != 0 {
		t.Errorf("%d rows began in the last minute, must be none; %v", len(recent), err)
	}
	slow, err := k.Deliveries("slower_than", "3s", "limit", "1000")
	if err != nil {
		t.Fatal(err)
	}
	isSlow := map[string]bool{}
	for _, d := range slow {
		isSlow[d.ID] = true
	}
	for _, d := range all {
		if d.LatencyUS > 0 && isSlow[d.ID] != (d.LatencyUS > 3_000_000) {
			t.Errorf("%s took %d µs; slower than 3 s: %v", d.ID, d.LatencyUS, isSlow[d.ID])
		}
	}
}
