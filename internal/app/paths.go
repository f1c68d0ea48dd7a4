// SPDX-License-Identifier: Apache-2.0

package app

import (
	"time"

	"github.com/hopstamp/hopstamp/internal/api"
	"github.com/hopstamp/hopstamp/internal/count"
	"github.com/hopstamp/hopstamp/internal/journey"
)

// Paths are the numbers of every path, the default one last and only if it is used.
func (r reader) Paths(since, until time.Time) (used []api.PathNumbers) {
	var all []api.PathNumbers
	for _, f := range r.app.folds {
		all = f.addPaths(all, since, until)
	}
	for i := range all {
		if n := &all[i]; n.Deliveries != 0 || len(n.Now) > 0 || n.Times.Whole.Count > 0 || !n.Fallback {
			used = append(used, *n)
		}
	}
	return used
}

// addPaths adds a partition's numbers to those of others. All have the same paths.
func (f *fold) addPaths(all []api.PathNumbers, since, until time.Time) []api.PathNumbers {
	f.mu.Lock()
	defer f.mu.Unlock()
	began := f.byHop(since.Truncate(time.Minute), until)
	now := f.byHop(time.Unix(0, 0), time.Now().Add(24*time.Hour))
	for i, path := range f.tracker.Paths() {
		if i == len(all) {
			all = append(all, api.PathNumbers{Path: path, Now: map[journey.HopID]api.HopNow{}})
		}
		n := &all[i]
		times := f.latency.Of(path.Name, since, until)
		n.Times.Merge(&times)
		addNumbers(n, began[path.Name], now[path.Name])
	}
	return all
}

func addNumbers(n *api.PathNumbers, began, now map[place]int64) {
	for at, counted := range began {
		n.Deliveries += counted
		if at.verdict.Bad() && counted != 0 {
			n.Add(at.hop, api.HopNow{Failed: counted})
		}
	}
	for at, counted := range now {
		switch {
		case counted == 0: // they went on
		case at.verdict == journey.Pending:
			n.Add(at.hop, api.HopNow{InFlight: counted})
		case at.verdict == journey.Stuck:
			n.Add(at.hop, api.HopNow{InFlight: counted, Stuck: counted})
		}
	}
}

// Shapes are what was learned of all journeys, of all partitions.
func (r reader) Shapes(read func(*count.Shapes)) {
	all := count.NewShapes(maxKinds, maxShapes)
	for _, f := range r.app.folds {
		f.mu.Lock()
		if len(r.app.folds) == 1 {
			defer f.mu.Unlock()
			read(f.shapes)
			return
		}
		all.Merge(f.shapes)
		f.mu.Unlock()
	}
	read(all)
}

// place is where deliveries are.
type place struct {
	verdict journey.Verdict
	hop     journey.HopID
}

// byHop sums the ledger by path and place. The caller holds mu.
func (f *fold) byHop(since, until time.Time) map[string]map[place]int64 {
	sums := map[string]map[place]int64{}
	f.ledger.Each(since, until, func(row *count.Row) {
		places := sums[row.Class.Path]
		if places == nil {
			places = map[place]int64{}
			sums[row.Class.Path] = places
		}
		places[place{row.Verdict, row.Hop}] += row.Count()
	})
	return sums
}
