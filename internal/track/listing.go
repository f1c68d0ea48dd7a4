// SPDX-License-Identifier: Apache-2.0

package track

import (
	"slices"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/track/assess"
)

// A view of a message with very many recipients lists some of its deliveries, those first
// that did not go well, and the slowest of the others; of the rest it says how many ended how.

// mostListed is the number of deliveries that a view lists, beside the slowest.
const mostListed = 1000

// pick is a delivery that may be listed, and all that is said of it when it is not.
type pick struct {
	assess.Place
	ending journey.Unlisted // without a count
}

// listing gathers the deliveries of a message in order to choose among them.
type listing struct {
	troubled, well []pick
	slowest        pick // of those that went well
	took           int64
	endings        []journey.Unlisted // as they were met first
	counts         map[journey.Unlisted]int
	total          int
}

func newListing() listing { return listing{counts: map[journey.Unlisted]int{}} }

// add takes in a delivery.
func (l *listing) add(a *assess.Assessor, f *assess.Finding) {
	p := pick{a.PlaceOf(f), journey.Unlisted{Verdict: f.Verdict, Reason: f.Reason, Timeliness: f.Timeliness, Hop: f.Hop}}
	if l.counts[p.ending]++; l.counts[p.ending] == 1 {
		l.endings = append(l.endings, p.ending)
	}
	l.total++
	to := &l.troubled
	if f.Verdict.Good() {
		to = &l.well
		if took := f.Fulfilled - f.Start; l.took == 0 || took > l.took {
			l.slowest, l.took = p, max(took, 1)
		}
	}
	if len(*to) < mostListed {
		*to = append(*to, p)
	}
}

// choose gives the deliveries to list, nil for all, and what is to be said of the others.
func (l *listing) choose() (*assess.Chosen, []journey.Unlisted) {
	if l.total <= mostListed {
		return nil, nil
	}
	chosen := assess.NewChosen()
	listed := append(l.troubled, l.well[:min(len(l.well), mostListed-len(l.troubled))]...)
	if l.took > 0 {
		listed = append(listed, l.slowest)
	}
	for _, p := range listed {
		if chosen.Add(p.Place) {
			l.counts[p.ending]--
		}
	}
	var unlisted []journey.Unlisted
	for _, e := range l.endings {
		if e.Count = l.counts[e]; e.Count > 0 {
			unlisted = append(unlisted, e)
		}
	}
	return chosen, unlisted
}

// troubledFirst puts those first that did not go well.
func troubledFirst(deliveries []journey.Delivery) {
	slices.SortStableFunc(deliveries, func(x, y journey.Delivery) int { return compareBools(x.Verdict.Good(), y.Verdict.Good()) })
}
