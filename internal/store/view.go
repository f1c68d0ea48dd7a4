// SPDX-License-Identifier: Apache-2.0

package store

import (
	"cmp"
	"context"
	"errors"
	"os"
	"slices"

	"github.com/hopstamp/hopstamp/internal/crashpoint"
	"github.com/hopstamp/hopstamp/internal/journey"
)

// View is the state of the parts of partitions, of each at one moment, for one query:
// every settled row is in its tails or in its parts. The files of its parts stay
// until Close, also when they are merged or retired in the meantime.
type View struct {
	tails []tail
	parts []*Part
}

// tail is one of some parts, as it is now.
type tail struct {
	of   *Parts
	kept *rows // whose memory is used again when nobody looks at it
	rows rows
}

// Add holds the present state of one more partition. The caller closes the view.
func (v *View) Add(p *Parts) {
	p.mu.Lock()
	for _, part := range p.verdicts {
		part.views++
	}
	p.looks++
	v.tails, v.parts = append(v.tails, tail{p, p.tail, *p.tail}), append(v.parts, p.verdicts...)
	p.mu.Unlock()
	if len(v.tails) > 1 {
		slices.SortStableFunc(v.parts, func(x, y *Part) int { return cmp.Compare(x.footer.LogTime, y.footer.LogTime) })
	}
}

// TailRow is a row that is not in a part yet.
type TailRow struct {
	rows *rows
	at   int
}

// Whole is the row with everything.
func (t TailRow) Whole() journey.Delivery { return t.rows.whole(t.at) }

// Tail yields the rows that are not in parts yet, those of one partition in the
// order in which they settled. What is yielded is without hops and positions, and holds
// until the next one: what stays is [TailRow.Whole], while the view is open.
func (v *View) Tail(yield func(TailRow, *journey.Delivery) bool) {
	var d journey.Delivery
	for i := range v.tails {
		rows := &v.tails[i].rows
		for at := range rows.count() {
			if rows.delivery(at, &d); !yield(TailRow{rows, at}, &d) {
				return
			}
		}
	}
}

// TakenBack yields those of the tail that take earlier rows of their delivery back.
func (v *View) TakenBack(yield func(*journey.Delivery) bool) {
	var d journey.Delivery
	for i := range v.tails {
		rows := &v.tails[i].rows
		for at := 0; at < rows.count() && rows.takenBack > 0; at++ {
			if rows.verdicts[at] != uint16(journey.NoVerdict) {
				continue
			}
			if rows.delivery(at, &d); !yield(&d) {
				return
			}
		}
	}
}

// Parts are the verdict parts, oldest first.
func (v *View) Parts() []*Part { return v.parts }

// Find reads the rows that are known by an id from the parts, newest part first,
// until there are limit of them.
func (v *View) Find(ctx context.Context, id ID, limit int) (found []journey.Delivery, err error) {
	for i := len(v.parts) - 1; i >= 0 && len(found) < limit; i-- {
		part := v.parts[i]
		columns, err := part.candidates(id)
		if err == nil && len(columns) > 0 {
			var rows []journey.Delivery
			part.of.searched.Add(1)
			rows, err = part.find(ctx, id, columns)
			found = append(found, rows...)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			if err := v.SetAside(part, err); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

// SetAside takes a part that turned out to be unreadable out of the way.
func (v *View) SetAside(part *Part, why error) error { return part.of.SetAside(part, why) }

// Close lets go of the parts.
func (v *View) Close() error {
	var gone []*Part
	for _, part := range v.parts {
		part.of.mu.Lock()
		part.views--
		if part.retired && part.views == 0 {
			gone = append(gone, part)
		}
		part.of.mu.Unlock()
	}
	for i := range v.tails {
		tail := &v.tails[i]
		tail.of.mu.Lock()
		if tail.of.tail == tail.kept {
			tail.of.looks--
		}
		tail.of.mu.Unlock()
	}
	v.parts, v.tails = nil, nil
	return removeParts(gone)
}

func removeParts(parts []*Part) (err error) {
	for _, part := range parts {
		crashpoint.At("store.removing")
		if gone := os.Remove(part.path); gone != nil && !errors.Is(gone, os.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return err
}
