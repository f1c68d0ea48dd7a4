// SPDX-License-Identifier: Apache-2.0

package app

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/query"
)

// live are the deliveries that the trackers hold and that match, newest first, for
// a search. They include those that were settled a moment ago, and not those of which
// there is a row.
func (all folds) live(filter query.Filter, after query.Cursor, limit int, look func(partition int)) (matching []journey.Delivery) {
	for partition, f := range all {
		matching = append(matching, f.live(filter, after, limit, func() { look(partition) })...)
	}
	return newest(matching, limit)
}

func (f *fold) live(filter query.Filter, after query.Cursor, limit int, look func()) []journey.Delivery {
	f.mu.Lock()
	defer f.mu.Unlock()
	look()
	if filter.ID != "" {
		return pick(f.known(filter.ID), &filter, after, limit)
	}
	likely := f.likely(&filter, after)
	for messages, before := limit, -1; ; messages *= 4 {
		candidates := f.tracker.Select(likely, messages)
		picked := pick(candidates, &filter, after, limit)
		if len(picked) >= limit || len(candidates) == before {
			return picked
		}
		before = len(candidates)
	}
}

// known are the deliveries of the message known by an id. A delivery's own id
// begins with the key of its message and a slash, and keys may have slashes too.
func (f *fold) known(id string) []journey.Delivery {
	for {
		if view, ok := f.tracker.View(id); ok {
			return slices.DeleteFunc(view.Deliveries, func(d journey.Delivery) bool { return d.Stored })
		}
		slash := strings.LastIndexByte(id, '/')
		if slash <= 0 {
			return nil
		}
		id = id[:slash]
	}
}

// likely is the filter as far as it can be answered without writing a delivery
// out. A class is looked at once.
func (f *fold) likely(filter *query.Filter, after query.Cursor) func(journey.Class, *journey.Tally, int64) bool {
	classes := map[journey.ClassID]bool{}
	return func(_ journey.Class, tally *journey.Tally, started int64) bool {
		if after != (query.Cursor{}) && started > after.Started {
			return false
		}
		allowed, known := classes[tally.Class]
		if !known {
			words := f.class(tally.Class)
			allowed = filter.MatchClass(words.Path, &words.Dims)
			classes[tally.Class] = allowed
		}
		return allowed && filter.MatchState(started, tally.Verdict, tally.Reason, tally.Hop, tally.Timeliness)
	}
}

func pick(candidates []journey.Delivery, filter *query.Filter, after query.Cursor, limit int) []journey.Delivery {
	picked := slices.DeleteFunc(candidates, func(d journey.Delivery) bool { return !filter.Match(&d) || !after.Before(&d) })
	return newest(picked, limit)
}

func newest(rows []journey.Delivery, limit int) []journey.Delivery {
	slices.SortFunc(rows, func(x, y journey.Delivery) int {
		return cmp.Or(cmp.Compare(y.Started, x.Started), strings.Compare(y.ID, x.ID))
	})
	return rows[:min(limit, len(rows))]
}
