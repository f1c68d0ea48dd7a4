// SPDX-License-Identifier: Apache-2.0

package app

import (
	"slices"
	"strings"
	"time"

	"github.com/hopstamp/hopstamp/internal/api"
	"github.com/hopstamp/hopstamp/internal/journey"
)

// Clocks are those of all hosts, the wrong ones first. Of what several partitions
// know of a host, the most precise counts.
func (r reader) Clocks() []api.SourceClock {
	best := map[string]api.SourceClock{}
	for _, f := range r.app.folds {
		f.mu.Lock()
		for _, s := range f.tracker.Sources() {
			c := api.SourceClock{Host: s.Host, OffsetUS: s.Offset / 1000, BoundUS: s.Bound / 1000, DriftPPM: s.Drift, Suspect: s.Suspect, Since: time.Unix(0, s.Since).UTC()}
			if known, ok := best[s.Host]; !ok || c.BoundUS < known.BoundUS {
				best[s.Host] = c
			}
		}
		f.mu.Unlock()
	}
	var all []api.SourceClock
	for _, c := range best {
		all = append(all, c)
	}
	wrong := func(c *api.SourceClock) bool { return c.Suspect || c.OffsetUS != 0 }
	slices.SortFunc(all, func(x, y api.SourceClock) int {
		if wrong(&x) != wrong(&y) {
			if wrong(&x) {
				return -1
			}
			return 1
		}
		return strings.Compare(x.Host, y.Host)
	})
	return all
}

// settledAs gives a journey that was folded again what was settled of it: its waits
// were corrected by what was known of the clocks then.
func settledAs(v *journey.View, rows []journey.Delivery) {
	for i := range v.Deliveries {
		d := &v.Deliveries[i]
		at := slices.IndexFunc(rows, func(row journey.Delivery) bool { return row.ID == d.ID })
		if at < 0 {
			continue
		}
		row := rows[at]
		hops := d.Hops
		*d = row
		for h := range row.Hops {
			if h < len(hops) && hops[h].HopID == row.Hops[h].HopID {
				d.Hops[h].FromStamp, d.Hops[h].ToStamp, d.Hops[h].Own = hops[h].FromStamp, hops[h].ToStamp, hops[h].Own
			}
		}
	}
}
