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
	"github.com/hopstamp/hopstamp/internal/store"
)

// correct takes the row of a delivery back, and gives another unless the delivery is none
// any more.
func (w *world) correct(row journey.Delivery, at int64, gone bool) []journey.Delivery {
	back := journey.Delivery{ID: row.ID, Key: row.Key, Started: row.Started, Updated: at, Corrected: true}
	delete(w.all, row.ID)
	if gone {
		return []journey.Delivery{back}
	}
	row.Verdict, row.Updated = journey.Processed, at
	w.all[row.ID] = row
	return []journey.Delivery{back, row}
}

// TestACorrectedRowIsThereOnce corrects rows that lie in parts and in the tail, and looks
// for them by all filters: by what they were too, nothing is found that does not hold.
func TestACorrectedRowIsThereOnce(t *testing.T) {
	t.Parallel()
	source := rand.New(rand.NewPCG(7, 8))
	w := newWorld(t, store.Options{FlushEvery: 2 * time.Second, MergeEvery: 8 * time.Second})
	var rows []journey.Delivery
	for i := range 60 {
		now := noon + int64(i)*int64(time.Second)
		var step []journey.Delivery
		for range source.IntN(8) {
			row := random(source, len(rows)+1)
			row.Updated = now
			w.all[row.ID] = row
			rows, step = append(rows, row), append(step, row)
		}
		for range source.IntN(4) {
			if at := source.IntN(len(rows) + 1); at < len(rows) && w.all[rows[at].ID].Updated == rows[at].Updated && rows[at].Updated < now {
				step = append(step, w.correct(rows[at], now, source.IntN(3) == 0)...)
			}
		}
		if err := fold(w.parts, journey.Position(i+1), now, step); err != nil {
			t.Fatal(err)
		}
	}
	if stats := w.parts.Stats(); stats.Parts < 3 || stats.Merges == 0 || stats.TailRows == 0 || len(w.all) > len(rows)-10 {
		t.Fatalf("the parts do not have everything: %+v, %d of %d", stats, len(w.all), len(rows))
	}
	for i, f := range append(filters(), Filter{Verdict: []string{"processed"}}, Filter{Verdict: []string{""}}) {
		want := w.want(f)
		for _, limit := range []int{7, 1000} {
			if got := w.list(t, f, limit); !slices.EqualFunc(got, want, same) {
				t.Errorf("filter %d, pages of %d:\n%v\nwant\n%v", i, limit, ids(got), ids(want))
			}
		}
	}
	for at := 0; at < len(rows); at += 5 {
		row := rows[at]
		found, err := w.query.Find(context.Background(), row.ID)
		if err != nil {
			t.Fatal(err)
		}
		want := w.want(Filter{ID: row.Key})
		found = slices.DeleteFunc(found, func(d journey.Delivery) bool { return d.Key != row.Key })
		if _, there := w.all[row.ID]; there && !slices.EqualFunc(found, want, same) || !there && len(found) > len(want) {
			t.Errorf("%s finds %v, want %v", row.ID, ids(found), ids(want))
		}
	}
}

// TestOfAMessagePublishedAgainEachRowIsThere: a job is sent under the same id an hour later, and
// then the first one is corrected. The second has nothing to do with that, in the tail or in parts.
func TestOfAMessagePublishedAgainEachRowIsThere(t *testing.T) {
	t.Parallel()
	for where, opts := range map[string]store.Options{
		"tail":  {FlushEvery: time.Hour},
		"parts": {FlushEvery: time.Nanosecond, MergeEvery: time.Hour},
		"both":  {FlushEvery: 90 * time.Second},
	} {
		w := newWorld(t, opts)
		first := random(rand.New(rand.NewPCG(3, 4)), 1)
		again := first
		again.Started, again.Fulfilled, again.Trace[0] = first.Started+int64(time.Hour), 0, first.Trace[0]+1
		first.Updated, again.Updated = noon, noon+1
		corrected := w.correct(first, noon+int64(2*time.Minute), false)
		for i, rows := range [][]journey.Delivery{{first}, {again}, corrected, nil} {
			if err := fold(w.parts, journey.Position(i+1), noon+int64(i)*int64(time.Minute), rows); err != nil {
				t.Fatal(err)
			}
		}
		want := []journey.Delivery{again, corrected[1]}
		got, _, err := w.query.Deliveries(context.Background(), Filter{}, Cursor{}, 10)
		if err != nil || !slices.EqualFunc(got, want, same) {
			t.Errorf("%s: listed %+v, want %+v, error %v", where, got, want, err)
		}
		found, err := w.query.Find(context.Background(), first.Key)
		if err != nil || !slices.EqualFunc(found, want, same) {
			t.Errorf("%s: found %+v, want %+v, error %v", where, found, want, err)
		}
	}
}

// TestManyCorrectionsAreSkippedAtOnce: an outage lost everything, and the telemetry came
// an hour later. Who asks for what is lost does not wade through it.
func TestManyCorrectionsAreSkippedAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, store.Options{})
	const messages = 20_000
	var lost, back []journey.Delivery
	for i := range messages {
		row := journey.Delivery{ID: fmt.Sprintf("m-%d/u", i), Key: fmt.Sprintf("m-%d", i), Recipient: "u", Verdict: journey.Lost,
			Started: noon + int64(i)*1000, Updated: noon + int64(time.Minute)}
		lost, w.all[row.ID] = append(lost, row), row
		if i%10_000 != 0 {
			back = append(back, w.correct(row, noon+int64(time.Hour), false)...)
		}
	}
	for i, step := range [][]journey.Delivery{nil, lost, nil, back, nil} {
		if err := fold(w.parts, journey.Position(i+1), noon+int64(i)*int64(20*time.Minute), step); err != nil {
			t.Fatal(err)
		}
	}
	f := Filter{Verdict: []string{"lost"}}
	if got, want := w.list(t, f, 50), w.want(f); len(want) != messages/10_000 || !slices.EqualFunc(got, want, same) {
		t.Errorf("%d rows, want %d", len(got), len(want))
	}
}

// TestACorrectionIsSeenWholeOrNotAtAll takes a row back while a query is under way, when
// it has looked at what tracking holds: the row that held then is shown, and the next
// query shows what is on its way again.
func TestACorrectionIsSeenWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(w *world, id string) ([]journey.Delivery, error){
		"list": func(w *world, _ string) ([]journey.Delivery, error) {
			rows, _, err := w.query.Deliveries(context.Background(), Filter{}, Cursor{}, 10)
			return rows, err
		},
		"find": func(w *world, id string) ([]journey.Delivery, error) { return w.query.Find(context.Background(), id) },
	} {
		w := newWorld(t, store.Options{FlushEvery: time.Second})
		row := random(rand.New(rand.NewPCG(1, 2)), 1)
		row.Verdict, row.Updated = journey.Lost, noon
		w.settle(t, [][]journey.Delivery{{row}, nil, nil})
		w.moved = func() {
			now := noon + 4*int64(time.Second)
			if err := fold(w.parts, 4, now, w.correct(row, now, true)); err != nil {
				t.Error(err)
			}
			again := row
			again.Verdict, again.Updated = journey.Pending, now
			w.stillLive([]journey.Delivery{again})
			w.moved = func() {}
		}
		for i, want := range []journey.Verdict{journey.Lost, journey.Pending} {
			if rows, err := ask(w, row.ID); err != nil || len(rows) != 1 || rows[0].Verdict != want {
				t.Errorf("%s, time %d: %+v and error %v, want one that is %s", name, i, rows, err, want)
			}
		}
	}
}
