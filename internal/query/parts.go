// SPDX-License-Identifier: Apache-2.0

package query

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/store"
)

// place is where a row of a part is, with what orders it.
type place struct {
	Cursor
	part    *store.Part
	row     int64
	updated int64
}

// fromParts is the page of the parts: DuckDB finds the places of its rows, and
// only those rows are read.
func (q *Query) fromParts(ctx context.Context, view *store.View, f Filter, after Cursor, limit int) ([]journey.Delivery, error) {
	parts, err := candidates(view, f, after)
	if err != nil {
		return nil, err
	}
	var found []place
	for {
		places, err := q.places(ctx, view, parts, f, after, limit)
		if err != nil {
			return nil, fmt.Errorf("search parts: %w", err)
		}
		found = append(found, current(view, places)...)
		if len(places) < limit || len(found) >= limit {
			return readPlaces(view, found[:min(limit, len(found))])
		}
		// Rows were superseded: their places are for the rows that follow.
		after = places[len(places)-1].Cursor
	}
}

// candidates are the parts that may have matching rows, newest first.
func candidates(view *store.View, f Filter, after Cursor) (parts []*store.Part, err error) {
	id := store.ParseID(f.ID)
	for _, part := range view.Parts() {
		if f.Since != 0 && part.Newest() < f.Since || f.Until != 0 && part.Oldest() >= f.Until ||
			after != (Cursor{}) && part.Oldest() > after.Started {
			continue
		}
		if f.ID != "" {
			may, err := part.MayHold(id)
			if err != nil {
				if err := view.SetAside(part, err); err != nil {
					return nil, err
				}
			}
			if !may {
				continue
			}
		}
		parts = append(parts, part)
	}
	slices.SortStableFunc(parts, func(a, b *store.Part) int { return cmp.Compare(b.Newest(), a.Newest()) })
	return parts, nil
}

// firstBatch is how many parts the first look takes; each next look takes four
// times as many. The newest page of an unfiltered list is nearly always in the first.
const firstBatch = 4

// places are the first limit places of matching rows, newest first. Parts that
// are older than the last of them are not looked at.
func (q *Query) places(ctx context.Context, view *store.View, parts []*store.Part, f Filter, after Cursor, limit int) ([]place, error) {
	var found []place
	for size := firstBatch; len(parts) > 0; size *= 4 {
		if len(found) == limit && found[limit-1].Started > parts[0].Newest() {
			break
		}
		batch := parts[:min(size, len(parts))]
		parts = parts[len(batch):]
		places, err := q.duck.places(ctx, batch, correctingAny(view, batch), f, after, limit)
		if err != nil {
			places, err = q.placesOneByOne(ctx, view, batch, f, after, limit, err)
		}
		if err != nil {
			return nil, err
		}
		found = append(found, places...)
		slices.SortFunc(found, func(a, b place) int {
			return cmp.Or(newest(a.Cursor, b.Cursor), cmp.Compare(b.updated, a.updated))
		})
		found = found[:min(limit, len(found))]
	}
	return found, nil
}

// placesOneByOne asks again after an error, to set aside the parts that are
// damaged. The error stands when no part is.
func (q *Query) placesOneByOne(ctx context.Context, view *store.View, batch []*store.Part, f Filter, after Cursor, limit int, why error) ([]place, error) {
	var found []place
	correcting, err := readable(view, correctingAny(view, batch))
	if err != nil {
		return nil, err
	}
	for _, part := range batch {
		places, err := q.duck.places(ctx, []*store.Part{part}, correcting, f, after, limit)
		if err == nil {
			found = append(found, places...)
			continue
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		damage := part.Check()
		if damage == nil {
			return nil, why
		}
		if err := view.SetAside(part, damage); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// current leaves out the places of rows that a later row supersedes, in the tail
// or right before it.
func current(view *store.View, places []place) []place {
	wanted := make(map[Cursor]bool, len(places))
	for _, place := range places {
		wanted[place.Cursor] = true
	}
	view.Tail(func(_ store.TailRow, d *journey.Delivery) bool {
		if at := CursorAt(d); wanted[at] {
			wanted[at] = false
		}
		return true
	})
	var kept []place
	for _, place := range places {
		if wanted[place.Cursor] {
			wanted[place.Cursor] = false
			kept = append(kept, place)
		}
	}
	return kept
}

// readPlaces reads the rows, part by part. Their order is not kept.
func readPlaces(view *store.View, places []place) ([]journey.Delivery, error) {
	byPart := map[*store.Part][]int64{}
	for _, place := range places {
		byPart[place.part] = append(byPart[place.part], place.row)
	}
	var rows []journey.Delivery
	for part, indexes := range byPart {
		slices.Sort(indexes)
		read, err := part.Rows(indexes)
		if err != nil {
			if err := view.SetAside(part, err); err != nil {
				return nil, err
			}
			continue
		}
		rows = append(rows, read...)
	}
	return rows, nil
}
