// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"errors"
	"os"

	"github.com/hopstamp/hopstamp/internal/crashpoint"
	"github.com/hopstamp/hopstamp/internal/journey"
)

// View is the state of the parts at one moment, for one query: every settled
// row is in its tail or in its parts. The files of its parts stay until Close,
// also when they are merged or retired in the meantime.
type View struct {
	from  *Parts
	tail  []journey.Delivery
	parts []*Part
}

// View holds the present state. The caller closes it.
func (p *Parts) View() *View {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, part := range p.verdicts {
		part.views++
	}
	return &View{from: p, tail: p.tail, parts: p.verdicts}
}

// Tail yields the rows that are not in parts yet, in the order in which they
// settled. They are shared: read only.
func (v *View) Tail(yield func(*journey.Delivery) bool) {
	for i := range v.tail {
		if !yield(&v.tail[i]) {
			return
		}
	}
}

// Parts are the verdict parts, oldest first.
func (v *View) Parts() []*Part { return v.parts }

// Find reads the rows that are known by an id from the parts, newest part first,
// until there are limit of them.
func (v *View) Find(ctx context.Context, id ID, limit int) (found []journey.Delivery, err error) {
	searched := 0
	for i := len(v.parts) - 1; i >= 0 && len(found) < limit; i-- {
		part := v.parts[i]
		columns, err := part.candidates(id)
		if err == nil && len(columns) > 0 {
			var rows []journey.Delivery
			searched++
			rows, err = part.find(ctx, id, columns)
			found = append(found, rows...)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			if err := v.from.SetAside(part, err); err != nil {
				return nil, err
			}
		}
	}
	v.from.mu.Lock()
	v.from.stats.Searched += searched
	v.from.mu.Unlock()
	return found, nil
}

// SetAside takes a part that turned out to be unreadable out of the way.
func (v *View) SetAside(part *Part, why error) error { return v.from.SetAside(part, why) }

// Close lets go of the parts.
func (v *View) Close() error {
	v.from.mu.Lock()
	var gone []*Part
	for _, part := range v.parts {
		part.views--
		if part.retired && part.views == 0 {
			gone = append(gone, part)
		}
	}
	v.from.mu.Unlock()
	v.parts, v.tail = nil, nil
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
