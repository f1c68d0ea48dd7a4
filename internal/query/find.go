// SPDX-License-Identifier: Apache-2.0

package query

import (
	"context"
	"errors"
	"fmt"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/store"
)

// findLimit bounds what one id may find, for a conversation may be endless.
const findLimit = 1000

// keysLimit bounds how many messages a trace may lead to that are then
// completed; a poller's one endless trace links thousands.
const keysLimit = 100

// Find gives all deliveries of the message, or messages, known by an id: a key,
// a message id, a conversation id, a trace id in hex, or the id of a delivery.
// Newest first, at most 1000, nothing when none is known. Bloom filters tell which
// parts to read.
func (q *Query) Find(ctx context.Context, id string) (found []journey.Delivery, err error) {
	if id == "" {
		return nil, nil
	}
	search := search{query: q, ctx: ctx}
	direct, err := search.byID(id)
	if err != nil {
		return nil, err
	}
	// A delivery that settled early may not know the trace that a later one of
	// its message was joined by: those are found by the message's key.
	for key := range incomplete(direct, id) {
		more, err := search.byID(key)
		if err != nil {
			return nil, err
		}
		direct = append(direct, more...)
	}
	var page page
	page.add(direct)
	found = page.newestFirst()
	return found[:min(findLimit, len(found))], nil
}

type search struct {
	query *Query
	ctx   context.Context
}

// byID asks the sources in their order.
func (s *search) byID(text string) (found []journey.Delivery, err error) {
	found, view := s.query.look(Filter{ID: text}, Cursor{}, findLimit)
	defer func() { err = errors.Join(err, view.Close()) }()
	found = append(found, fromTail(view, Filter{ID: text}, Cursor{}, findLimit)...)
	stored, err := view.Find(s.ctx, store.ParseID(text), findLimit)
	if err != nil {
		return nil, fmt.Errorf("find %q in parts: %w", text, err)
	}
	if stored, err = s.query.holding(s.ctx, view, stored); err != nil {
		return nil, err
	}
	return append(found, stored...), nil
}

// incomplete are the keys of messages of which there may be more than was found.
// Key and conversation belong to a message as a whole, so what they find is all of it.
func incomplete(found []journey.Delivery, id string) map[string]bool {
	keys := map[string]bool{}
	for i := range found {
		if d := &found[i]; d.Key != id && d.Conversation != id && len(keys) < keysLimit {
			keys[d.Key] = true
		}
	}
	return keys
}
