// SPDX-License-Identifier: Apache-2.0

package query

import (
	"context"
	"errors"
	"fmt"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/store"
)

// When more becomes known of a delivery that had settled, a row without a verdict takes
// back what was stored of it until then: of its id and its start, because a message that is
// published again may show the same id. It may lie in a later part than what it
// takes back, or still in the tail. Parts say in their footer whether they have such
// rows: while none has, which is the rule, nothing is looked for.

// takenBack says until when what was stored of a delivery does not hold.
type takenBack map[Cursor]int64

// holds tells whether a row is one to show.
func (t takenBack) holds(d *journey.Delivery) bool {
	return d.Verdict != journey.NoVerdict && d.Updated >= t[CursorAt(d)]
}

func takenBackInTail(view *store.View) takenBack {
	back := takenBack{}
	view.TakenBack(func(d *journey.Delivery) bool {
		at := CursorAt(d)
		back[at] = max(back[at], d.Updated)
		return true
	})
	return back
}

// correcting are the parts that may take back rows which began in a time.
func correcting(view *store.View, oldest, newest int64) (parts []*store.Part) {
	for _, part := range view.Parts() {
		if part.TakenBack() > 0 && part.Oldest() <= newest && part.Newest() >= oldest {
			parts = append(parts, part)
		}
	}
	return parts
}

// correctingAny is correcting for all times of some parts.
func correctingAny(view *store.View, of []*store.Part) []*store.Part {
	oldest, newest := of[0].Oldest(), of[0].Newest()
	for _, part := range of {
		oldest, newest = min(oldest, part.Oldest()), max(newest, part.Newest())
	}
	return correcting(view, oldest, newest)
}

// holding leaves the rows of a search by id that hold.
func (q *Query) holding(ctx context.Context, view *store.View, rows []journey.Delivery) ([]journey.Delivery, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	back := takenBackInTail(view)
	oldest, newest := rows[0].Started, rows[0].Started
	ids := make([]string, len(rows))
	for i := range rows {
		oldest, newest, ids[i] = min(oldest, rows[i].Started), max(newest, rows[i].Started), rows[i].ID
	}
	var parts []*store.Part
	for _, part := range correcting(view, oldest, newest) {
		may, err := mayHoldAny(part, ids)
		if err != nil {
			err = view.SetAside(part, err)
		}
		if err != nil {
			return nil, err
		}
		if may {
			parts = append(parts, part)
		}
	}
	if len(parts) > 0 {
		if err := q.duck.takenBack(ctx, parts, ids, back); err != nil {
			_, damage := readable(view, parts)
			return nil, fmt.Errorf("look for corrections: %w", errors.Join(err, damage))
		}
	}
	var kept []journey.Delivery
	for i := range rows {
		if back.holds(&rows[i]) {
			kept = append(kept, rows[i])
		}
	}
	return kept, nil
}

func mayHoldAny(part *store.Part, ids []string) (bool, error) {
	for _, id := range ids {
		if may, err := part.MayHold(store.ParseID(id)); may || err != nil {
			return may, err
		}
	}
	return false, nil
}

// readable leaves the parts that can be read, and sets the others aside.
func readable(view *store.View, parts []*store.Part) (left []*store.Part, err error) {
	for _, part := range parts {
		if damage := part.Check(); damage == nil {
			left = append(left, part)
		} else if err := view.SetAside(part, damage); err != nil {
			return nil, err
		}
	}
	return left, nil
}
