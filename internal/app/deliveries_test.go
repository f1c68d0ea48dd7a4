// SPDX-License-Identifier: Apache-2.0

package app

import (
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/hopstamp/hopstamp/internal/config"
	"github.com/hopstamp/hopstamp/internal/count"
	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// shownCounters are the counters by name and the values of their labels, in the order of the names of the labels.
func shownCounters(t *testing.T, d *deliveryCounters) map[string]float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(d)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			key := []string{strings.TrimPrefix(family.GetName(), "hopstamp_")}
			slices.SortFunc(m.GetLabel(), func(x, y *dto.LabelPair) int { return strings.Compare(x.GetName(), y.GetName()) })
			for _, pair := range m.GetLabel() {
				key = append(key, pair.GetValue())
			}
			values[strings.Join(key, " ")] = m.GetCounter().GetValue()
		}
	}
	return values
}

// The counters are the sums of the partitions; what the labels do not tell apart is one counter.
func TestDeliveryCountersAreThoseOfAllPartitions(t *testing.T) {
	t.Parallel()
	var all folds
	for partition := range 2 {
		f := newFold(partition, config.Default(), nil, slog.New(slog.DiscardHandler))
		if err := f.clear(); err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	classes := func(id journey.ClassID) count.Class {
		c := count.Class{Path: "chat"}
		c.Dims[span.Tenant], c.Dims[span.Channel], c.Dims[span.Destination] = "acme", "push", "apns"
		c.Dims[span.Region] = []string{"eu", "us"}[id]
		return c
	}
	hop := journey.HopID{From: span.Published, To: span.Consumed}
	on := func(class journey.ClassID, v journey.Verdict, delta int32) journey.Entry {
		e := journey.Entry{Tally: journey.Tally{Class: class, Verdict: v, Hop: hop}, Delta: delta}
		if v == journey.Processed {
			e.Timeliness, e.Hop = journey.InTime, journey.HopID{}
		}
		return e
	}
	d := newDeliveryCounters(all)
	if got := shownCounters(t, d); len(got) != 0 {
		t.Errorf("%v before anything was counted", got)
	}
	all[0].ledger.Apply([]journey.Entry{on(0, journey.Pending, 3), on(0, journey.Pending, -1), on(0, journey.Processed, 1)}, classes)
	all[1].ledger.Apply([]journey.Entry{on(1, journey.Pending, 4), on(1, journey.Processed, 5)}, classes)
	const processed = " push apns chat acme in_time processed"
	want := map[string]float64{"deliveries_total" + processed: 6, "delivery_corrections_total" + processed: 0}
	if got := shownCounters(t, d); !maps.Equal(got, want) {
		t.Errorf("the counters are %v, must be %v", got, want)
	}
	if got, want := d.inFlight(), (map[flyingLabels]int64{{"chat", hop.String(), "pending"}: 6}); !maps.Equal(got, want) {
		t.Errorf("on the way are %v, must be %v", got, want)
	}

	all[1].ledger.Apply([]journey.Entry{on(0, journey.Processed, 2), on(1, journey.Processed, -1), on(1, journey.Lost, 1)}, classes)
	const lost = " push apns chat acme  lost"
	want = map[string]float64{"deliveries_total" + processed: 8, "delivery_corrections_total" + processed: 1,
		"deliveries_total" + lost: 1, "delivery_corrections_total" + lost: 0}
	for range 2 { // looking changes nothing
		if got := shownCounters(t, d); !maps.Equal(got, want) {
			t.Errorf("the counters are %v, must be %v", got, want)
		}
	}

	all[0].target.Store(10) // the log is being replayed
	if got := shownCounters(t, d); len(got) != 0 {
		t.Errorf("%v while the counts are behind what was shown before", got)
	}
}
