// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/url"

	"github.com/hopstamp/hopstamp/bench/workload"
)

// Kept is what was found of the messages that must be kept: those that failed or were
// late. Each has to have one row that says so, and a journey that can be opened.
type Kept struct {
	MustKeep   int
	Lost       int // without a row, or with another verdict
	Twice      int // with more than one row
	Opened     int // journeys that were looked at, evenly spread
	Incomplete int // of these without all spans
}

// row of GET /deliveries.
type row struct {
	ID, Key string
	workload.Outcome
}

// CheckKept looks for the must-keep messages of the first blocks of a load, and opens
// the journeys of some of them.
func (s Server) CheckKept(ctx context.Context, w *workload.Workload, blocks int64, open int) (Kept, error) {
	found := map[string][]workload.Outcome{}
	for _, filter := range []string{"verdict=failed", "timeliness=late"} {
		if err := s.rows(ctx, filter, func(r row) { found[r.Key] = append(found[r.Key], r.Outcome) }); err != nil {
			return Kept{}, err
		}
	}
	var kept Kept
	every := max(1, mustKeep(w, blocks)/max(1, open))
	for number, m := range w.Messages(blocks) {
		if !m.MustKeep() {
			continue
		}
		rows := found[w.MessageID(number)]
		if len(rows) == 0 || rows[0] != m.Outcome() {
			kept.Lost++
		} else if len(rows) > 1 {
			kept.Twice++
		}
		if kept.MustKeep++; kept.MustKeep%every == 0 {
			kept.Opened++
			if whole, err := s.whole(ctx, w.TraceID(number)); err != nil {
				return kept, err
			} else if !whole {
				kept.Incomplete++
			}
		}
	}
	return kept, nil
}

func mustKeep(w *workload.Workload, blocks int64) (count int) {
	for _, m := range w.Messages(blocks) {
		if m.MustKeep() {
			count++
		}
	}
	return count
}

// rows follows the cursors to the end.
func (s Server) rows(ctx context.Context, filter string, each func(row)) error {
	for cursor := ""; ; {
		var page struct {
			Items []row
			Next  string
		}
		if err := s.get(ctx, fmt.Sprintf("/api/v1/deliveries?%s&since=%s&limit=1000&cursor=%s", filter, since, url.QueryEscape(cursor)), &page); err != nil {
			return err
		}
		for _, r := range page.Items {
			each(r)
		}
		if cursor = page.Next; cursor == "" {
			return ctx.Err()
		}
	}
}

// whole tells whether every span of a message can be looked at.
func (s Server) whole(ctx context.Context, trace [16]byte) (bool, error) {
	var journey struct {
		Complete bool
		Stamps   []struct{}
	}
	if err := s.get(ctx, "/api/v1/messages/"+hex.EncodeToString(trace[:]), &journey); err != nil {
		return false, err
	}
	return journey.Complete && len(journey.Stamps) == workload.SpansPerMessage, nil
}
