// SPDX-License-Identifier: Apache-2.0

package journeys_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/test/fates"
	"github.com/hopstamp/hopstamp/test/server"
)

// foreignConfig: what nobody reads is given up on soon, what is read has all the time
// that a busy machine may need.
const foreignConfig = `
paths:
  - name: archive
    match: {service: shop, route: /archive}
    deadline: 1s
    give_up: 2s
  - name: orders
    match: {service: shop, route: /orders}
    deadline: 5m
`

// foreignEach is how many orders of each kind are sent.
const foreignEach = 10

// foreignKind is what must become known of the orders of a kind in test/node/orders.js.
type foreignKind struct {
	path, verdict, reason, hop, timeliness string
	destination                            string
	retries                                int
	links                                  int // joins by link, each to a trace of its own
	stages                                 string
}

func foreignKinds() map[string]foreignKind {
	return map[string]foreignKind{
		"linked": {path: "orders", verdict: "processed", reason: "Processed", timeliness: "in_time", destination: "orders",
			links: 1, stages: "accepted published consumed processed"},
		"parent": {path: "orders", verdict: "processed", reason: "Processed", timeliness: "in_time", destination: "orders",
			stages: "accepted published consumed processed"},
		"called": {path: "orders", verdict: "sent", reason: "Sent", timeliness: "in_time", destination: "localhost",
			links: 1, stages: "accepted published consumed processed invoked"},
		"retried": {path: "orders", verdict: "processed", reason: "Processed", timeliness: "in_time", destination: "orders",
			retries: 1, links: 2, stages: "accepted published consumed processed"},
		"refused": {path: "orders", verdict: "dead_lettered", reason: "ValidationFailed", hop: "processed-invoked", destination: "localhost",
			retries: 1, links: 2, stages: "accepted published consumed processed invoked"},
		"ignored": {path: "archive", verdict: "lost", reason: "LostAtConsume", hop: "published-consumed", destination: "archive",
			stages: "accepted published"},
	}
}

// Two Node services with OpenTelemetry's own SDK send and take messages through a
// real Redis. Nothing in them but one outcome is Hopstamp's.
func TestForeignExporter(t *testing.T) {
	t.Parallel()
	s := server.Start(t, server.Options{Config: foreignConfig})
	began := time.Now()
	sent := runNode(t, s, foreignEach)
	took := time.Since(began)
	kinds := foreignKinds()
	if len(sent) != foreignEach*len(kinds) {
		t.Fatalf("%d orders were sent, must be %d", len(sent), foreignEach*len(kinds))
	}
	server.Eventually(t, agreeWithin, func() error { return compareForeignLedger(s, kinds) })
	for _, order := range sent {
		m, err := s.Message(order.ID)
		if err != nil {
			t.Errorf("%s: %v", order.ID, err)
			continue
		}
		kind := kinds[order.Kind]
		if err := errors.Join(kind.compareMessage(order, &m), compareTimes(order, &m, took)); err != nil {
			t.Errorf("%s: %v\n%s", order.ID, err, m.Sentence)
		}
	}
}

func compareForeignLedger(s *server.Server, kinds map[string]foreignKind) error {
	by := []string{"path", "verdict", "reason", "hop", "timeliness", "destination", "tenant"}
	ledger, err := server.Ask[server.Ledger](s, "/ledger", "by", strings.Join(by, ","))
	if err != nil {
		return err
	}
	want, got := map[string]int64{}, map[string]int64{}
	for _, k := range kinds {
		values := []string{k.path, k.verdict, k.reason, k.hop, k.timeliness, k.destination, "acme"}
		want[fates.Line(by, func(dimension string) string { return values[slices.Index(by, dimension)] })] += foreignEach
	}
	for _, row := range ledger.Rows {
		count, _ := row["count"].(float64)
		got[fates.Line(by, func(dimension string) string { return fmt.Sprint(row[dimension]) })] += int64(count)
	}
	if differences := fates.Differences(want, got); len(differences) > 0 {
		return fmt.Errorf("the ledger differs:\n%s", strings.Join(differences, "\n"))
	}
	return nil
}

func (k *foreignKind) compareMessage(order nodeOrder, m *server.Message) error {
	if len(m.Deliveries) != 1 || m.Key != order.ID {
		return fmt.Errorf("key %s with %d deliveries, must be one", m.Key, len(m.Deliveries))
	}
	d := &m.Deliveries[0]
	got := foreignKind{path: d.Path, verdict: d.Verdict, reason: d.Reason, hop: d.Hop, timeliness: d.Timeliness,
		destination: d.Destination, retries: d.Retries, stages: strings.Join(stagesOf(d), " ")}
	joins := map[string]int{}
	for _, join := range m.Joins {
		joins[join.Rule]++
		if join.Confidence != "certain" {
			return fmt.Errorf("join %+v, must be certain", join)
		}
	}
	got.links = joins["link"]
	if got != *k {
		return fmt.Errorf("%+v, must be %+v", got, *k)
	}
	if len(m.Traces) != 1+k.links || m.Traces[0] != order.Trace {
		return fmt.Errorf("traces %v, must be %s and %d more", m.Traces, order.Trace, k.links)
	}
	if len(m.Joins) != len(m.Stamps)-1 || joins["parent"] != len(m.Joins)-k.links {
		return fmt.Errorf("%d stamps are joined by %v", len(m.Stamps), joins)
	}
	return nil
}

func stagesOf(d *server.Delivery) (stages []string) {
	for _, hop := range d.Hops {
		stages = append(stages, hop.To)
	}
	return stages
}

// compareTimes asks whether the times could be: a worker takes 20 ms for an order,
// waits are not negative, nothing took longer than the whole test, and the hops add up.
func compareTimes(order nodeOrder, m *server.Message, took time.Duration) error {
	d := &m.Deliveries[0]
	longest, sum := took.Microseconds(), int64(0)
	for i, hop := range d.Hops {
		if hop.WaitUS < 0 || hop.WorkUS < 0 || hop.OwnUS < 0 || hop.OwnUS > hop.WorkUS || hop.WaitUS+hop.WorkUS > longest {
			return fmt.Errorf("hop %+v cannot be", hop)
		}
		if i == 0 && hop.From != "" || i > 0 && hop.From != d.Hops[i-1].To {
			return fmt.Errorf("hop %+v does not go on where the one before ended", hop)
		}
		if hop.To == "processed" && hop.WorkUS < 15_000 {
			return fmt.Errorf("the worker took %d µs, and it sleeps for 20,000", hop.WorkUS)
		}
		sum += hop.WaitUS + hop.OwnUS
	}
	if d.Timeliness == "" {
		return nil
	}
	// The request ends a moment after its publish, so the wait that follows is covered
	// by it for that moment; and spans of Node begin at whole milliseconds.
	slack := d.Hops[0].WorkUS + 2000
	if d.LatencyUS < sum-slack || d.LatencyUS > sum+slack || d.LatencyUS > longest {
		return fmt.Errorf("%s: waits and own work add up to %d µs, the latency is %d µs", order.Kind, sum, d.LatencyUS)
	}
	return nil
}
