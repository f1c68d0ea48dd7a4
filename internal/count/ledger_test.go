// SPDX-License-Identifier: Apache-2.0

package count

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

func randomEntry(random *rand.Rand, classes int, minute int64) journey.Entry {
	e := entry(journey.ClassID(random.IntN(classes)), minute, journey.Verdict(random.IntN(int(journey.NumVerdicts))), int32(random.IntN(5)-2))
	e.Reason = journey.Reason(random.IntN(int(journey.NumReasons)))
	e.Timeliness = journey.Timeliness(random.IntN(int(journey.NumTimeliness)))
	e.Hop = journey.HopID{From: span.Stage(random.IntN(int(span.NumStages))), To: span.Stage(random.IntN(int(span.NumStages)))}
	e.Estimated = random.IntN(2) == 0
	return e
}

// keyed is what a row is counted under.
func keyed(r *Row) Row {
	key := *r
	key.Moves = Moves{}
	return key
}

// A sum over all time keeps its place, so that whoever copies the moves asks once of what they are.
func TestTotalsKeepTheirPlaces(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(9, 10))
	type name struct {
		class      Class
		verdict    journey.Verdict
		timeliness journey.Timeliness
		hop        journey.HopID
	}
	l := NewLedger(5)
	var names []name
	var moves []Moves
	for step := range 50 {
		var entries []journey.Entry
		for range random.IntN(20) {
			entries = append(entries, randomEntry(random, 3+step, 0))
		}
		l.Apply(entries, classNamed)
		moves = l.TotalMoves(moves)
		for at := range moves {
			var is name
			is.class, is.verdict, is.timeliness, is.hop = l.TotalName(at)
			if at == len(names) {
				names = append(names, is)
			}
			if names[at] != is {
				t.Fatalf("place %d was that of %+v and is that of %+v", at, names[at], is)
			}
		}
	}
	sums := map[name]Moves{}
	l.Totals(func(c Class, v journey.Verdict, timeliness journey.Timeliness, hop journey.HopID, m Moves) {
		sums[name{c, v, timeliness, hop}] = m
	})
	if len(sums) != len(moves) || len(moves) < 100 {
		t.Fatalf("%d sums, %d places", len(sums), len(moves))
	}
	for at, m := range moves {
		if sums[names[at]] != m {
			t.Errorf("%+v has %+v, at its place are %+v", names[at], sums[names[at]], m)
		}
	}
}

func TestEveryTallyIsCountedApart(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 8))
	l := NewLedger(5)
	window, stored := map[Row]Moves{}, map[Row]Moves{}
	for step := range int64(200) {
		now := step / 10
		l.Advance(now * 60e9)
		var entries []journey.Entry
		for range random.IntN(50) {
			e := randomEntry(random, 3+int(step), now-random.Int64N(8))
			entries = append(entries, e)
			row := Row{Minute: e.Minute, Class: classNamed(e.Class), Verdict: e.Verdict, Reason: e.Reason,
				Timeliness: e.Timeliness, Hop: e.Hop, Estimated: e.Estimated}
			sum := window[row]
			sum.add(movesOf(&e))
			window[row] = sum
		}
		l.Apply(entries, classNamed)
		if random.IntN(4) > 0 && step < 199 {
			continue
		}
		rows := l.TakeChanges()
		if !slices.IsSortedFunc(rows, compareRows) {
			t.Fatalf("the changes of step %d are not in the order of rows", step)
		}
		for i := range rows {
			sum := stored[keyed(&rows[i])]
			sum.add(rows[i].Moves)
			stored[keyed(&rows[i])] = sum
		}
	}
	for row, want := range window {
		if stored[row] != want {
			t.Fatalf("%+v was stored with %+v, want %+v", row, stored[row], want)
		}
		if row.Minute <= 19-5 {
			delete(window, row)
		}
	}
	l.Each(time.Unix(0, 0), time.Unix(3600, 0), func(r *Row) {
		if want, ok := window[keyed(r)]; !ok || r.Moves != want {
			t.Errorf("%+v is there, want %+v", r, want)
		}
		delete(window, keyed(r))
	})
	if len(window) > 0 {
		t.Errorf("%d tallies of the window are missing", len(window))
	}
}

// BenchmarkLedger enters what happens to messages of 60,000 classes, a few times each.
func BenchmarkLedger(b *testing.B) {
	random := rand.New(rand.NewPCG(9, 10))
	l := NewLedger(60)
	popular := rand.NewZipf(random, 1.1, 50, 60_000-1)
	entries := make([]journey.Entry, 1<<18)
	for i := range entries {
		v := []journey.Verdict{journey.Pending, journey.Sent}[random.IntN(2)]
		entries[i] = entry(journey.ClassID(popular.Uint64()), int64(100+i>>17), v, 1)
	}
	l.Advance(100 * 60e9)
	class := Class{Path: "chat"}
	named := func(id journey.ClassID) Class {
		class.Dims[0] = string(rune('A' + id))
		return class
	}
	at := 0
	for b.Loop() {
		l.Apply(entries[at:at+500], named)
		if at += 500; at+500 > len(entries) {
			at = 0
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*500), "ns/entry")
}
