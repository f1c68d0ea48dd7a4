// SPDX-License-Identifier: Apache-2.0

// Package query is the read side of what is stored: the rows of deliveries,
// newest first ([Query.Deliveries]) or by any id ([Query.Find]), and Prometheus'
// query API on the embedded TSDB ([NewPrometheus]).
//
// A delivery may be known to three sources: to tracking while it is on the way,
// to the tail of the store when it has settled, and to its parts when it was
// flushed. A row moves from one to the next, and back to tracking when it is corrected,
// so a query looks at all three of a partition at one moment ([Live]): none is missed.
// Where two know the same delivery (by its id) the earlier one is right. A row that was taken back because more became known is
// shown to nobody any more, see corrected.go.
//
// DuckDB reads the parts. It opens with the first query, in memory, with little
// memory and two threads. Every text that a user sends reaches it as a bound
// parameter. All methods may be called concurrently. Times are nanoseconds since 1970.
package query

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/store"
)

// Live gives the deliveries that tracking still holds and that match a filter,
// newest first, after a cursor, at most limit of them. The caller owns the answer.
// For each partition it calls look at the moment of which it tells.
type Live func(f Filter, after Cursor, limit int, look func(partition int)) []journey.Delivery

// Query answers questions about deliveries.
type Query struct {
	live  Live
	parts []*store.Parts
	duck  duck
}

// New makes a query over what tracking holds and what is stored, of all partitions.
func New(parts []*store.Parts, live Live) *Query {
	return &Query{live: live, parts: parts}
}

// Close ends DuckDB.
func (q *Query) Close() error { return q.duck.close() }

// Deliveries lists the rows that match, newest first, after a cursor (the zero
// cursor is the beginning). The cursor that it returns is zero after the last row.
//
// A row that is superseded by a later one of the same delivery is left out when
// the later one is in the tail, or among the rows that match.
func (q *Query) Deliveries(ctx context.Context, f Filter, after Cursor, limit int) (items []journey.Delivery, next Cursor, err error) {
	if limit < 1 {
		return nil, Cursor{}, errors.New("list deliveries: the limit must be at least 1")
	}
	var page page
	alive, view := q.look(f, after, limit+1)
	defer func() { err = errors.Join(err, view.Close()) }()
	page.add(alive)
	page.add(fromTail(view, f, after, limit+1))
	stored, err := q.fromParts(ctx, view, f, after, limit+1)
	if err != nil {
		return nil, Cursor{}, err
	}
	page.add(stored)
	items = page.newestFirst()
	if len(items) > limit {
		items = items[:limit]
		next = CursorAt(&items[limit-1])
	}
	return items, next, nil
}

// look is what tracking holds, and the state of the parts at the same moment.
func (q *Query) look(f Filter, after Cursor, limit int) ([]journey.Delivery, *store.View) {
	view := &store.View{}
	return q.live(f, after, limit, func(partition int) { view.Add(q.parts[partition]) }), view
}

// fromTail is the page of the store's tail.
func fromTail(view *store.View, f Filter, after Cursor, limit int) []journey.Delivery {
	type match struct {
		Cursor
		row store.TailRow
	}
	var matching []match
	back := takenBackInTail(view)
	view.Tail(func(row store.TailRow, d *journey.Delivery) bool {
		if after.Before(d) && back.holds(d) && f.Match(d) {
			matching = append(matching, match{CursorAt(d), row})
		}
		return true
	})
	// The last of several rows of one delivery is its newest.
	slices.Reverse(matching)
	slices.SortStableFunc(matching, func(a, b match) int { return newest(a.Cursor, b.Cursor) })
	rows := make([]journey.Delivery, 0, min(limit, len(matching)))
	for i, m := range matching {
		if i > 0 && matching[i-1].Cursor == m.Cursor {
			continue
		}
		if len(rows) == limit {
			break
		}
		rows = append(rows, m.row.Whole())
	}
	return rows
}

// page collects rows of sources, those of the more trusted source first.
type page struct {
	rows []journey.Delivery
	seen map[Cursor]bool
}

func (p *page) add(rows []journey.Delivery) {
	if p.seen == nil {
		p.seen = make(map[Cursor]bool, len(rows))
	}
	for i := range rows {
		if at := CursorAt(&rows[i]); !p.seen[at] {
			p.seen[at] = true
			p.rows = append(p.rows, rows[i])
		}
	}
}

func (p *page) newestFirst() []journey.Delivery {
	slices.SortFunc(p.rows, func(a, b journey.Delivery) int { return compare(&a, &b) })
	return p.rows
}

// compare orders deliveries newest first, by their start and then by their id.
func compare(a, b *journey.Delivery) int {
	return newest(CursorAt(a), CursorAt(b))
}

func newest(a, b Cursor) int {
	return cmp.Or(cmp.Compare(b.Started, a.Started), strings.Compare(b.ID, a.ID))
}
