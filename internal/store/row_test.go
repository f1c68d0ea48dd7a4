// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"encoding/hex"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// hexOf spells a trace id; the zero id, which is none, is empty.
func hexOf(id span.TraceID) string {
	if id == (span.TraceID{}) {
		return ""
	}
	return hex.EncodeToString(id[:])
}

func oddities() []journey.Delivery {
	full := newPlatform(1).deliveries(1, morning)[0]
	full.Retries = 3
	trace := full.Trace
	otel := journey.Delivery{Key: hexOf(trace), ID: hexOf(trace) + "/orders", Trace: trace, Verdict: journey.Processed,
		Reason: journey.ReachedProcessed, Timeliness: journey.Late, Started: 5, Updated: morning}
	return []journey.Delivery{
		full,
		otel,
		{ID: "bare/0", Key: "bare", Verdict: journey.Pending, Reason: journey.Waiting, Started: -1, Updated: 1},
		{ID: "/", Key: "", Started: 1},
		{ID: "a/b/c/d", Key: "a/b", Recipient: "c/d", MessageID: "a/b", Conversation: "x\x00y", Started: 1,
			OtherTraces: []span.TraceID{{1}, {2}, {3}}, Positions: []journey.Position{1, 1 << 40},
			Hops: []journey.Hop{{HopID: journey.HopID{To: span.Accepted}, Wait: time.Hour * 1000, FromStamp: -1, ToStamp: -1}}},
		{ID: "'; DROP TABLE x; --/ü", Key: "'; DROP TABLE x; --", Recipient: "ü", Hop: journey.HopID{To: span.Created}, Started: 1},
	}
}

func TestRowsComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	want := oddities()
	for reason := range journey.NumReasons {
		want = append(want, journey.Delivery{ID: "r/" + reason.String() + ".", Key: "r", Reason: reason,
			Verdict: journey.Verdict(reason) % journey.NumVerdicts})
	}
	log := []step{{logTime: morning, settled: want}, {logTime: morning + int64(time.Minute)}}
	wantRows(t, replay(t, Options{Dir: t.TempDir()}, log, 2), log)
}

func TestTailAndPartsAgree(t *testing.T) {
	t.Parallel()
	odd := journey.Delivery{ID: "k\xff\xfe/r\xff", Key: "k\xff\xfe", Recipient: "r\xff", MessageID: "m\xff", Started: 1,
		Hops: []journey.Hop{{Wait: 1999, Work: 2001, FromStamp: 1, ToStamp: 2}}}
	log := []step{{logTime: morning, settled: []journey.Delivery{odd}}, {logTime: morning + int64(time.Minute)}}
	inTail := stored(t, replay(t, Options{Dir: t.TempDir()}, log, 1))
	inPart := stored(t, replay(t, Options{Dir: t.TempDir()}, log, 2))
	if len(inTail) != 1 || !reflect.DeepEqual(inTail, inPart) {
		t.Fatalf("tail %+v\npart %+v", inTail, inPart)
	}
	for id := range inTail {
		if strings.ToValidUTF8(id, "") != id {
			t.Fatalf("id %q is no valid text", id)
		}
	}
}

func TestFindByEachKindOfID(t *testing.T) {
	t.Parallel()
	log := logOf(newPlatform(12), 301, 20)
	odd := oddities()
	for i := range odd {
		odd[i].Updated = morning
	}
	log[105].settled = append(log[105].settled, odd...)
	parts := replay(t, Options{Dir: t.TempDir(), MergeEvery: time.Nanosecond}, log, len(log))
	view := look(parts)
	defer closeView(t, view)
	if len(view.Parts()) != 30 {
		t.Fatalf("%d parts, want 30", len(view.Parts()))
	}
	for _, want := range odd {
		ids := map[string]string{"key": want.Key, "message id": want.MessageID, "conversation": want.Conversation,
			"trace": hexOf(want.Trace), "trace in capitals": strings.ToUpper(hexOf(want.Trace)), "delivery": want.ID}
		for _, other := range want.OtherTraces {
			ids["linked trace "+hexOf(other)] = hexOf(other)
		}
		for kind, id := range ids {
			if want.Key == "" || id == "" || kind == "conversation" && strings.HasPrefix(id, "room") {
				continue
			}
			before := parts.Stats().Searched
			found, err := view.Find(context.Background(), ParseID(id), 100)
			if err != nil {
				t.Fatal(err)
			}
			has := false
			for _, row := range found {
				has = has || reflect.DeepEqual(row, want)
			}
			if !has {
				t.Errorf("%s %q found %d rows, none of them %s", kind, id, len(found), want.ID)
			}
			if opened := parts.Stats().Searched - before; opened > 3 {
				t.Errorf("%s %q made %d of 30 parts be read", kind, id, opened)
			}
		}
	}
	for _, nobody := range []string{"", "nobody", strings.Repeat("0", 32), "a/b/c", "%"} {
		found, err := view.Find(context.Background(), ParseID(nobody), 100)
		if err != nil || len(found) > 0 && nobody != "a/b/c" {
			t.Errorf("%q found %d rows, error %v", nobody, len(found), err)
		}
	}
}

// TestManyPagesComeBack stores more rows than a page of any column has, and reads them
// all, and some by their place.
func TestManyPagesComeBack(t *testing.T) {
	t.Parallel()
	platform := newPlatform(3)
	platform.fanOut = 3
	want := platform.deliveries(2*rowsOfSymbols+17, morning)
	log := []step{{logTime: morning, settled: want}, {logTime: morning + int64(time.Minute)}}
	parts := replay(t, Options{Dir: t.TempDir()}, log, 2)
	wantRows(t, parts, log)
	view := look(parts)
	defer closeView(t, view)
	all, err := view.Parts()[0].all()
	if err != nil {
		t.Fatal(err)
	}
	places := []int64{0, rowsOfTexts - 1, rowsOfTexts, rowsOfNumbers, rowsOfSymbols, int64(len(all) - 1)}
	some, err := view.Parts()[0].Rows(places)
	if err != nil {
		t.Fatal(err)
	}
	for i, place := range places {
		if !reflect.DeepEqual(some[i], all[place]) {
			t.Errorf("row %d is %+v, want %+v", place, some[i], all[place])
		}
	}
}

// TestATailThatIsLookedAtStays flushes while a view is open: it goes on to show what it
// showed, though the rows of a later tail came since.
func TestATailThatIsLookedAtStays(t *testing.T) {
	t.Parallel()
	rows := newPlatform(4).deliveries(40, morning)
	log := []step{{logTime: morning, settled: rows[:20]}}
	parts := replay(t, Options{Dir: t.TempDir()}, log, 1)
	view := look(parts)
	for i, settled := range [][]journey.Delivery{nil, rows[20:], nil, rows[:5]} {
		if err := fold(parts, journey.Position(i+2), morning+int64(i+1)*int64(time.Minute), settled); err != nil {
			t.Fatal(err)
		}
	}
	shown := 0
	view.Tail(func(row TailRow, d *journey.Delivery) bool {
		if whole := row.Whole(); d.ID != rows[shown].ID || !reflect.DeepEqual(whole, rows[shown]) {
			t.Errorf("row %d is %+v, want %+v", shown, whole, rows[shown])
		}
		shown++
		return true
	})
	if closeView(t, view); shown != 20 {
		t.Errorf("the view shows %d rows, want 20", shown)
	}
}
