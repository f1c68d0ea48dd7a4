// SPDX-License-Identifier: Apache-2.0

package query

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/store"
)

const noon = int64(1_793_620_800_000_000_000) // 2026-11-02T12:00:00Z

// world is a platform whose deliveries lie in all three sources.
type world struct {
	dir   string
	parts *store.Parts
	query *Query
	moved func() // called when live was looked at
	live  []journey.Delivery
	all   map[string]journey.Delivery // what is right, by delivery id
}

func newWorld(t testing.TB, opts store.Options) *world {
	t.Helper()
	opts.Dir = t.TempDir()
	parts, err := store.Open(opts)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{dir: opts.Dir, parts: parts, moved: func() {}, all: map[string]journey.Delivery{}}
	w.query = New([]*store.Parts{parts}, func(f Filter, after Cursor, limit int, look func(int)) []journey.Delivery {
		look(0)
		defer func() { w.moved() }()
		var rows []journey.Delivery
		for i := range w.live {
			if after.Before(&w.live[i]) && f.Match(&w.live[i]) {
				rows = append(rows, w.live[i])
			}
		}
		slices.SortFunc(rows, func(a, b journey.Delivery) int { return compare(&a, &b) })
		return rows[:min(limit, len(rows))]
	})
	t.Cleanup(func() {
		if err := w.query.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// settle folds rows a second apart, so that every tenth step makes a part.
func (w *world) settle(t testing.TB, steps [][]journey.Delivery) {
	t.Helper()
	for i, rows := range steps {
		for _, row := range rows {
			w.all[row.ID] = row
		}
		if err := fold(w.parts, journey.Position(i+1), noon+int64(i)*int64(time.Second), rows); err != nil {
			t.Fatal(err)
		}
	}
}

// fold adds what a step settled and ends it.
func fold(parts *store.Parts, at journey.Position, now int64, settled []journey.Delivery) error {
	if err := parts.Add(at, settled); err != nil {
		return err
	}
	return parts.Fold(at, now)
}

func (w *world) stillLive(rows []journey.Delivery) {
	w.live = rows
	for _, row := range rows {
		w.all[row.ID] = row
	}
}

// want is the whole list, the slow and certain way.
func (w *world) want(f Filter) (rows []journey.Delivery) {
	for _, row := range w.all {
		if f.Match(&row) {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b journey.Delivery) int { return compare(&a, &b) })
	return rows
}

// list pages through a whole list, and sends every cursor through its text.
func (w *world) list(t testing.TB, f Filter, limit int) (rows []journey.Delivery) {
	t.Helper()
	var after Cursor
	for {
		page, next, err := w.query.Deliveries(context.Background(), f, after, limit)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) > limit || next != (Cursor{}) && len(page) != limit {
			t.Fatalf("a page of %d rows with limit %d and next %q", len(page), limit, next)
		}
		if rows = append(rows, page...); len(rows) > len(w.all) {
			t.Fatalf("%d rows listed of %d", len(rows), len(w.all))
		}
		if next == (Cursor{}) {
			return rows
		}
		if after, err = ParseCursor(next.String()); err != nil || after != next {
			t.Fatalf("cursor %+v reads back as %+v, %v", next, after, err)
		}
	}
}

func random(random *rand.Rand, serial int) journey.Delivery {
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	d := journey.Delivery{
		Key: fmt.Sprintf("m-%d", serial/2), Recipient: pick("", "u-1", "ü/2", "'; --"),
		Path:         pick("chat", "orders", ""),
		MessageID:    pick("", fmt.Sprintf("id-%d", serial/2)),
		Conversation: pick("", "room-1", "room-2"),
		Trace:        span.TraceID{1, byte(serial), byte(serial >> 8)},
		Verdict:      journey.Pending + journey.Verdict(random.IntN(int(journey.NumVerdicts-1))),
		Reason:       journey.Reason(random.IntN(int(journey.NumReasons))),
		Timeliness:   journey.Timeliness(random.IntN(int(journey.NumTimeliness))),
		Started:      noon + int64(random.IntN(40))*int64(time.Second), // many begin at the same time
		Retries:      serial,
	}
	d.ID = d.Key + "/" + pick(fmt.Sprint(serial%2), fmt.Sprint(serial%2+2))
	if d.Recipient != "" && random.IntN(2) == 0 {
		d.ID = d.Key + "/" + d.Recipient + fmt.Sprint(serial%2)
	}
	d.Dims = [span.NumDims]string{pick("acme", "globex"), pick("push", "sms"), "", pick("eu", "us")}
	d.Updated = d.Started + random.Int64N(int64(10*time.Second))
	if random.IntN(2) == 0 {
		d.Hop = journey.HopID{From: span.Stage(random.IntN(3)), To: span.Stage(random.IntN(3) + 1)}
		d.Fulfilled = d.Started + random.Int64N(int64(10*time.Second)) - int64(time.Second)
	}
	return d
}
