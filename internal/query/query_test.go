// SPDX-License-Identifier: Apache-2.0

package query

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/store"
)

func filters() []Filter {
	acme, eu := Filter{}, Filter{}
	acme.Dims[span.Tenant] = []string{"acme"}
	eu.Dims[span.Region], eu.Verdict = []string{"eu"}, []string{"lost", "pending", "rendered", "opened"}
	return []Filter{
		{}, acme, eu,
		{Path: []string{"chat", ""}},
		{Timeliness: []string{""}, Hop: []string{"created-accepted", "created", ""}},
		{Reason: []string{"StuckAtPublish", "Rendered", "Waiting", "LostAtOpen"}},
		{SlowerThan: 5 * time.Second},
		{Since: noon + int64(10*time.Second), Until: noon + int64(12*time.Second)},
		{ID: "room-1"}, {ID: "m-7"}, {ID: "id-9"}, {ID: "m-7/0"}, {ID: "01070000000000000000000000000000"},
		{ID: "nobody"}, {Verdict: []string{"no such"}}, {Since: noon + int64(time.Hour)},
	}
}

func TestPagesAreTheWholeListWhateverTheSource(t *testing.T) {
	t.Parallel()
	source := rand.New(rand.NewPCG(1, 2))
	w := newWorld(t, store.Options{FlushEvery: 2 * time.Second, MergeEvery: 4 * time.Second})
	steps := make([][]journey.Delivery, 66)
	serial := 0
	var rows []journey.Delivery
	for i := range steps {
		for range source.IntN(12) {
			serial++
			row := random(source, serial)
			rows = append(rows, row)
			steps[i] = append(steps[i], row)
		}
	}
	w.settle(t, steps)
	again := slices.Clone(rows[len(rows)-30:]) // still known to tracking, with news
	for i := range again {
		again[i].Retries += 1_000_000
	}
	for range 40 {
		serial++
		again = append(again, random(source, serial))
	}
	w.stillLive(again)
	if stats := w.parts.Stats(); stats.Parts < 2 || stats.TailRows == 0 {
		t.Fatalf("not all sources have rows: %+v", stats)
	}
	for i, f := range filters() {
		want := w.want(f)
		for _, limit := range []int{1, 7, 50, 1000} {
			if limit == 1 && len(want) > 60 {
				continue
			}
			got := w.list(t, f, limit)
			if !slices.EqualFunc(got, want, same) {
				t.Errorf("filter %d, pages of %d: %d rows, want %d\n%v\n%v", i, limit, len(got), len(want), ids(got), ids(want))
			}
		}
	}
}

func same(a, b journey.Delivery) bool { return reflect.DeepEqual(a, b) }

func ids(rows []journey.Delivery) (ids []string) {
	for _, row := range rows {
		ids = append(ids, fmt.Sprintf("%s@%d", row.ID, (row.Started-noon)/int64(time.Second)))
	}
	return ids
}

func TestARowInTheTailSupersedesItsRowInAPart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, store.Options{})
	lost := journey.Delivery{ID: "m/u", Key: "m", Recipient: "u", Verdict: journey.Lost, Started: noon, Updated: noon}
	other := journey.Delivery{ID: "a/u", Key: "a", Recipient: "u", Verdict: journey.Lost, Started: noon, Updated: noon}
	late := lost
	late.Verdict, late.Updated = journey.Delivered, noon+int64(30*time.Second)
	steps := make([][]journey.Delivery, 13)
	steps[0], steps[12] = []journey.Delivery{lost, other}, []journey.Delivery{late}
	w.settle(t, steps)
	for verdict, want := range map[string][]journey.Delivery{"lost": {other}, "delivered": {late}} {
		if got := w.list(t, Filter{Verdict: []string{verdict}}, 1); !slices.EqualFunc(got, want, same) {
			t.Errorf("%s: %v, want %v", verdict, ids(got), ids(want))
		}
	}
	found, err := w.query.Find(context.Background(), "m")
	if err != nil || !slices.EqualFunc(found, []journey.Delivery{late}, same) {
		t.Errorf("found %v, %v, want the row of the tail", ids(found), err)
	}
}

// The library that writes parts makes zero values of the nulls that follow a run of
// values which is as long as what is before it. Both mean the same.
func TestAbsentIsAbsentHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, store.Options{})
	row := func(id, key, recipient string, started, fulfilled time.Duration) journey.Delivery {
		d := journey.Delivery{ID: id, Key: key, Recipient: recipient, Verdict: journey.Lost, Started: noon + int64(started), Updated: noon + int64(time.Minute)}
		if fulfilled != 0 {
			d.Verdict, d.Fulfilled = journey.Sent, noon+int64(started+fulfilled)
		}
		return d
	}
	steps := make([][]journey.Delivery, 13)
	steps[0] = []journey.Delivery{row("c/u", "c", "u", 3*time.Second, 0), row("b/tickets", "b", "", 2*time.Second, time.Second),
		row("a/u-2", "a", "u-2", time.Second, 0), row("a/u-1", "a", "u-1", time.Second, 0)}
	w.settle(t, steps)
	for _, f := range []Filter{{}, {ID: "a"}, {ID: "a/u-1"}, {SlowerThan: 2 * time.Second}} {
		if got, want := w.list(t, f, 2), w.want(f); !slices.EqualFunc(got, want, same) {
			t.Errorf("%+v: %v, want %v", f, ids(got), ids(want))
		}
	}
}

func TestWhatUsersSendIsNeverSQL(t *testing.T) {
	t.Parallel()
	w := newWorld(t, store.Options{})
	hostile := []string{`'`, `''`, `'; DROP TABLE x; --`, `" OR 1=1 --`, `%`, `_`, `\`, "\x00", "a\x00b", "\xff\xfe", `$1`, `?`, `*`, `ü`,
		`x' UNION SELECT * FROM read_text('/etc/hostname') --`}
	var rows []journey.Delivery
	for i, text := range hostile {
		key := strings.ToValidUTF8(text, "\uFFFD")
		row := journey.Delivery{ID: key + "/r", Key: key, Recipient: "r", Path: key, Started: noon + int64(i), Verdict: journey.Lost}
		row.Dims[span.Tenant] = key
		rows = append(rows, row)
	}
	steps := make([][]journey.Delivery, 12)
	steps[0] = rows
	w.settle(t, steps)
	if stats := w.parts.Stats(); stats.TailRows != 0 {
		t.Fatalf("rows are not in parts: %+v", stats)
	}
	for i, text := range hostile {
		tenant := Filter{}
		tenant.Dims[span.Tenant] = []string{text}
		for _, f := range []Filter{{Path: []string{text}}, tenant, {ID: text}} {
			if got := w.list(t, f, 5); len(got) != 1 || got[0].ID != rows[i].ID {
				t.Errorf("%q with %+v gave %v", text, f, ids(got))
			}
		}
		for _, f := range []Filter{{Verdict: []string{text}}, {Reason: []string{text}}, {Hop: []string{text}}, {Timeliness: []string{text}}} {
			if got := w.list(t, f, 5); len(got) != 0 {
				t.Errorf("%q with %+v gave %v", text, f, ids(got))
			}
		}
		if _, _, err := w.query.Deliveries(context.Background(), Filter{}, Cursor{Started: noon + 5, ID: text}, 5); err != nil {
			t.Errorf("cursor with %q: %v", text, err)
		}
	}
}

func TestDamagedPartIsLeftOutOfAList(t *testing.T) {
	t.Parallel()
	w := newWorld(t, store.Options{})
	steps := make([][]journey.Delivery, 31)
	for i := range steps {
		steps[i] = []journey.Delivery{{ID: fmt.Sprintf("%d/", i), Key: fmt.Sprint(i), Verdict: journey.Sent, Started: noon + int64(i)*int64(time.Second)}}
	}
	w.settle(t, steps)
	view := &store.View{}
	view.Add(w.parts)
	path := view.Parts()[1].Path()
	if err := view.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range data[:len(data)-8] {
		data[i] ^= 0x55
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if got := w.list(t, Filter{}, 100); len(got) != 21 || w.parts.Stats().Damaged != 1 {
		t.Fatalf("%d rows of 31, one part of 10 damaged: %+v", len(got), w.parts.Stats())
	}
}

func TestFindCompletesTheMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, store.Options{})
	home, linked := span.TraceID{1}, span.TraceID{2, 0xab}
	row := func(recipient string, at int64) journey.Delivery {
		return journey.Delivery{ID: "m/" + recipient, Key: "m", Recipient: recipient, MessageID: "7f3a", Trace: home, Conversation: "room",
			Verdict: journey.Sent, Started: noon, Updated: noon + at}
	}
	steps := make([][]journey.Delivery, 45)
	for i := range steps {
		steps[i] = append(steps[i], journey.Delivery{ID: fmt.Sprintf("noise-%d/", i), Key: fmt.Sprintf("noise-%d", i),
			Trace: span.TraceID{9, byte(i)}, Verdict: journey.Sent, Started: noon + int64(i)*int64(time.Second)})
	}
	first, second, third, fourth := row("a", 0), row("b", 1), row("c", 2), row("d", 3)
	second.OtherTraces = []span.TraceID{{7}, linked}
	steps[2], steps[15], steps[44] = append(steps[2], first), append(steps[15], second), append(steps[44], third)
	w.settle(t, steps)
	w.stillLive([]journey.Delivery{fourth})
	want := []journey.Delivery{fourth, third, second, first}
	for _, id := range []string{"m", "7f3a", "room", "01000000000000000000000000000000",
		"02ab0000000000000000000000000000", "02AB0000000000000000000000000000", "m/b"} {
		before := w.parts.Stats().Searched
		found, err := w.query.Find(context.Background(), id)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(found, want, same) {
			t.Errorf("%s found %v, want %v", id, ids(found), ids(want))
		}
		if opened := w.parts.Stats().Searched - before; opened > 4 {
			t.Errorf("%s: %d parts were read, want the two that have the message, once or twice", id, opened)
		}
	}
	if found, err := w.query.Find(context.Background(), ""); err != nil || found != nil {
		t.Errorf("no id found %v, %v", ids(found), err)
	}
}

// What the schema of a part promises to other programs.
func TestPartsReadAsDocumented(t *testing.T) {
	t.Parallel()
	changes := []store.LedgerRow{{Path: "chat", Verdict: journey.Lost, Entered: 3, Left: 1}}
	w := newWorld(t, store.Options{Ledger: func() []store.LedgerRow { return changes }})
	trace := span.TraceID{0xab}
	steps := make([][]journey.Delivery, 11)
	steps[0] = []journey.Delivery{{ID: "k/u", Key: "k", Recipient: "u", MessageID: "k", Trace: trace, Started: noon + 1, Fulfilled: noon + 5,
		Updated: noon, Verdict: journey.Rendered, Positions: []journey.Position{3, 4},
		Hops: []journey.Hop{{HopID: journey.HopID{From: span.Accepted, To: span.Published}, Wait: time.Millisecond, FromStamp: -1, ToStamp: -1}}}}
	w.settle(t, steps)
	db, err := w.query.duck.open()
	if err != nil {
		t.Fatal(err)
	}
	var id, message, traceID, verdict, hop, day string
	var latency, started, wait, last int64
	err = db.QueryRow(`SELECT key || '/' || coalesce(suffix, recipient) AS id,
			if(keyed_by = 'message_id', key, message_id) AS message_id,
			if(keyed_by = 'trace_id', key, trace_id) AS trace_id,
			verdict, epoch_ns(fulfilled) - epoch_ns(started) AS latency, epoch_ns(started),
			string_split(way, ' ')[1], waits_us[1], positions[2], CAST(day AS VARCHAR)
		FROM read_parquet(?, hive_partitioning = true)`, w.dir+"/verdicts/*/*.parquet").
		Scan(&id, &message, &traceID, &verdict, &latency, &started, &hop, &wait, &last, &day)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(id, " ", message, " ", traceID, " ", verdict, " ", latency, " ", started-noon, " ", hop, " ", wait, " ", last, " ", day)
	if want := "k/u k ab000000000000000000000000000000 rendered 4 1 accepted-published 1000 4 2026-11-02"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	var path string
	var count int64
	err = db.QueryRow(`SELECT path, CAST(sum(entered) - sum("left") AS BIGINT) FROM read_parquet(?) GROUP BY ALL`,
		w.dir+"/ledger/*/*.parquet").Scan(&path, &count)
	if err != nil || path != "chat" || count != 2 {
		t.Errorf("the ledger counts %s %d, %v", path, count, err)
	}
}

func TestCursorsOfOthersAreRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"x", "!!", "AQ", strings.Repeat("A", 40), "1", "' OR 1=1"} {
		if _, err := ParseCursor(text); !errors.Is(err, ErrCursor) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestQueriesWhilePartsAreFlushedMergedAndRetired(t *testing.T) {
	t.Parallel()
	w := newWorld(t, store.Options{MaxAge: 20 * time.Second, MergeEvery: 15 * time.Second, FlushEvery: 2 * time.Second})
	done := make(chan error, 1)
	go func() {
		for i := range 200 {
			at := noon + int64(i)*int64(time.Second)
			rows := []journey.Delivery{{ID: fmt.Sprintf("%d/", i), Key: fmt.Sprint(i), Started: at, Updated: at}}
			if err := fold(w.parts, journey.Position(i+1), at, rows); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for {
		rows, _, err := w.query.Deliveries(context.Background(), Filter{}, Cursor{}, 5)
		if err != nil {
			t.Fatal(err)
		}
		for i := 1; i < len(rows); i++ {
			if rows[i-1].Started-rows[i].Started != int64(time.Second) {
				t.Fatalf("a row is missing among the newest: %v", ids(rows))
			}
		}
		select {
		case err := <-done:
			if err != nil || w.parts.Stats().Damaged != 0 || w.parts.Stats().Retired == 0 {
				t.Fatalf("%v, %+v", err, w.parts.Stats())
			}
			return
		default:
		}
	}
}
