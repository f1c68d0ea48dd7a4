// SPDX-License-Identifier: Apache-2.0

package app

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/hopstamp/hopstamp/internal/count"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/store"
)

// deliveryCounters are the delivery counters of all partitions. There may be tens of
// thousands, so what they are called is made once: a look at them all copies the
// ledgers' sums under the folds' locks and adds them up without.
//
// A counter may only grow, but verdicts are corrected: so one counter says how many
// deliveries came under a verdict, another how many left it again, and what is
// under it now is their difference.
type deliveryCounters struct {
	folds         folds
	entered, left *store.Counters // as the embedded TSDB knows them

	mu      sync.Mutex                // guards the rest
	ledgers []ledgerView              // of the folds
	moves   []*moves                  // in the order in which they were first met
	byClass map[deliveryLabels]*moves // the same
	flying  map[flyingLabels]*moves
}

// ledgerView is a ledger as it was a moment ago.
type ledgerView struct {
	sums  []count.Moves
	under []*moves // what a sum belongs to, by its place
}

// deliveryLabels are the labels of the delivery counters.
type deliveryLabels struct{ path, tenant, channel, destination, verdict, timeliness string }

// flyingLabels are path, hop and verdict.
type flyingLabels [3]string

// moves are what entered and left, in all partitions.
type moves struct {
	count.Moves
	labels        []string
	entered, left *store.Series
}

func newDeliveryCounters(all folds) *deliveryCounters {
	return &deliveryCounters{folds: all, entered: deliveriesTotal.counters(), left: correctionsTotal.counters(),
		ledgers: make([]ledgerView, len(all)), byClass: map[deliveryLabels]*moves{}, flying: map[flyingLabels]*moves{}}
}

func (m *metric) counters() *store.Counters {
	return &store.Counters{Name: "hopstamp_" + m.name, Help: m.help, Labels: m.labels}
}

// sample adds a sample of each counter. While the log is replayed after a start the
// counts are behind what was shown before, which would look like a reset: they are
// left out until they have caught up.
func (d *deliveryCounters) sample(r *store.Round) {
	if !d.folds.replayed() {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.look()
	for _, m := range d.moves {
		if m.entered == nil {
			m.entered, m.left = d.entered.Series(m.labels...), d.left.Series(m.labels...)
		}
		r.Add(m.entered, float64(m.Entered))
		r.Add(m.left, float64(m.Left))
	}
}

// inFlight are the deliveries on the way.
func (d *deliveryCounters) inFlight() map[flyingLabels]int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.look()
	counts := map[flyingLabels]int64{}
	for labels, m := range d.flying {
		counts[labels] = m.Count()
	}
	return counts
}

// look learns how the ledgers are now.
func (d *deliveryCounters) look() {
	for _, m := range d.moves {
		m.Moves = count.Moves{}
	}
	for _, m := range d.flying {
		m.Moves = count.Moves{}
	}
	for i, f := range d.folds {
		view := &d.ledgers[i]
		d.copy(f, view)
		for at, sum := range view.sums {
			under := view.under[at]
			under.Entered += sum.Entered
			under.Left += sum.Left
		}
	}
}

// copy copies the sums of a ledger and finds what the new ones belong to.
func (d *deliveryCounters) copy(f *fold, view *ledgerView) {
	f.mu.Lock()
	defer f.mu.Unlock()
	view.sums = f.ledger.TotalMoves(view.sums)
	for at := len(view.under); at < len(view.sums); at++ {
		class, verdict, timeliness, hop := f.ledger.TotalName(at)
		if verdict.OnTheWay() {
			view.under = append(view.under, found(d.flying, flyingLabels{class.Path, hop.String(), verdict.String()}))
			continue
		}
		labels := deliveryLabels{class.Path, class.Dims[span.Tenant], class.Dims[span.Channel], class.Dims[span.Destination], verdict.String(), timeliness.String()}
		m := found(d.byClass, labels)
		if m.labels == nil {
			m.labels = []string{labels.path, labels.tenant, labels.channel, labels.destination, labels.verdict, labels.timeliness}
			d.moves = append(d.moves, m)
		}
		view.under = append(view.under, m)
	}
}

func found[L comparable](under map[L]*moves, labels L) *moves {
	m := under[labels]
	if m == nil {
		m = &moves{}
		under[labels] = m
	}
	return m
}

// Describe implements prometheus.Collector.
func (d *deliveryCounters) Describe(out chan<- *prometheus.Desc) {
	out <- deliveriesTotal.describe()
	out <- correctionsTotal.describe()
}

// Collect implements prometheus.Collector, for others that scrape us.
func (d *deliveryCounters) Collect(out chan<- prometheus.Metric) {
	if !d.folds.replayed() {
		return
	}
	entered, left := deliveriesTotal.describe(), correctionsTotal.describe()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.look()
	for _, m := range d.moves {
		out <- prometheus.MustNewConstMetric(entered, prometheus.CounterValue, float64(m.Entered), m.labels...)
		out <- prometheus.MustNewConstMetric(left, prometheus.CounterValue, float64(m.Left), m.labels...)
	}
}
