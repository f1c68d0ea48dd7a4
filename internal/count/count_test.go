// SPDX-License-Identifier: Apache-2.0

package count

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

func classNamed(id journey.ClassID) Class {
	return Class{Path: "chat", Dims: [span.NumDims]string{span.Tenant: fmt.Sprintf("t%d", id)}}
}

func entry(class journey.ClassID, minute int64, v journey.Verdict, delta int32) journey.Entry {
	return journey.Entry{Tally: journey.Tally{Class: class, Minute: minute, Verdict: v}, Delta: delta}
}

func TestLedgerCountsExactlyAcrossCorrections(t *testing.T) {
	l := NewLedger(60)
	l.Apply([]journey.Entry{
		entry(0, 10, journey.Pending, 1), entry(1, 10, journey.Pending, 1), entry(1, 11, journey.Pending, 1),
		entry(0, 10, journey.Pending, -1), entry(0, 10, journey.Lost, 1),
		entry(0, 10, journey.Lost, -1), entry(0, 10, journey.Rendered, 1),
	}, classNamed)

	question := Question{By: []Dimension{ByVerdict, Dimension(span.Tenant)}, Since: time.Unix(0, 0), Until: time.Unix(3600, 0)}
	sums, all := l.Sum(question)
	if got, want := fmt.Sprint(sums), "[pending t1 2 rendered t0 1]"; got != want {
		t.Errorf("sums %s, want %s", got, want)
	}
	if all != 3 || l.Deliveries() != 3 {
		t.Errorf("sum of all is %d and deliveries %d, want 3", all, l.Deliveries())
	}
	question.Only = map[Dimension]map[string]bool{ByVerdict: {"pending": true}}
	question.Since = time.Unix(11*60, 0)
	if sums, _ = l.Sum(question); fmt.Sprint(sums) != "[pending t1 1]" {
		t.Errorf("filtered by verdict and minute: %v", sums)
	}
}

func TestStoredChangesRebuildTheLedger(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	l, again := NewLedger(1000), NewLedger(1000)
	for range 50 {
		var entries []journey.Entry
		for range random.IntN(20) {
			v := journey.Pending + journey.Verdict(random.IntN(int(journey.NumVerdicts-1)))
			entries = append(entries, entry(journey.ClassID(random.IntN(5)), int64(random.IntN(30)), v, int32(random.IntN(2)*2-1)))
		}
		l.Apply(entries, classNamed)
		rows := l.TakeChanges()
		if !slices.IsSortedFunc(rows, compareRows) {
			t.Fatal("changes are not in an order of their own")
		}
		for _, row := range rows {
			again.Load(row, false)
		}
	}
	if rest := l.TakeChanges(); len(rest) != 0 {
		t.Errorf("changes were given twice: %v", rest)
	}
	question := Question{By: []Dimension{ByPath, ByVerdict, ByMinute, Dimension(span.Tenant)}, Until: time.Unix(1e6, 0)}
	want, _ := l.Sum(question)
	got, _ := again.Sum(question)
	if fmt.Sprint(got) != fmt.Sprint(want) || len(want) == 0 {
		t.Errorf("rebuilt\n%v\nwant\n%v", got, want)
	}
}

func TestWindowFollowsTheLogNotTheSenders(t *testing.T) {
	l := NewLedger(10)
	l.Advance(100 * 60e9)
	l.Apply([]journey.Entry{entry(0, 100, journey.Sent, 1), entry(0, 1_000_000, journey.Sent, 1), entry(0, 80, journey.Sent, 1)}, classNamed)
	l.Advance(105 * 60e9)
	_, all := l.Sum(Question{Until: time.Unix(120*60, 0)})
	if all != 1 {
		t.Errorf("%d deliveries in the window, want the one of minute 100: one clock far ahead must not drop it", all)
	}
	if l.Deliveries() != 3 {
		t.Errorf("%d deliveries since the beginning, want 3", l.Deliveries())
	}
}

func TestQuantilesAreWithinTheSchemasError(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var h Histogram
	var exact []time.Duration
	for range 20_000 {
		d := time.Duration(float64(time.Millisecond) * (1 + 1e4*random.Float64()*random.Float64()))
		exact = append(exact, d)
		h.Observe(d)
	}
	slices.Sort(exact)
	for _, q := range []float64{0.5, 0.95, 0.99} {
		want := exact[int(q*float64(len(exact)))-1]
		got := h.Quantile(q)
		if ratio := got.Seconds() / want.Seconds(); ratio < 0.978 || ratio > 1.022 {
			t.Errorf("p%v is %v, want %v within 2.2 %%", 100*q, got, want)
		}
	}
	if h.Quantile(1) != exact[len(exact)-1] {
		t.Errorf("the longest is %v, want %v", h.Quantile(1), exact[len(exact)-1])
	}
}

func TestMergedHistogramsEqualOne(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	var whole, left, right Histogram
	for i := range 1000 {
		d := time.Duration(random.Int64N(int64(time.Hour)))
		if i%50 == 0 {
			d = time.Duration(random.IntN(1000)) // below a microsecond
		}
		whole.Observe(d)
		[]*Histogram{&left, &right}[i%2].Observe(d)
	}
	left.Merge(&right)
	dump := func(h *Histogram) string {
		out := fmt.Sprint(h.Count, h.Sum, h.Max, h.Shorter)
		h.Buckets(func(index int, count uint64) { out += fmt.Sprint(" ", index, ":", count) })
		return out
	}
	if dump(&left) != dump(&whole) {
		t.Errorf("merged %s\nwhole  %s", dump(&left), dump(&whole))
	}
}

func TestTheSlowTailSaysWhereItWaits(t *testing.T) {
	l := NewLatency(60)
	hop := func(from, to span.Stage, wait, work time.Duration) journey.Hop {
		return journey.Hop{HopID: journey.HopID{From: from, To: to}, Wait: wait, Work: work, Own: work}
	}
	for i := range 1000 {
		wait := 10 * time.Millisecond
		if i%100 == 99 {
			wait = 2 * time.Second
		}
		l.Apply([]journey.Sample{{Minute: 5, Good: true, Latency: wait + 3*time.Millisecond, Fresh: ^uint32(0), Hops: []journey.Hop{
			hop(span.None, span.Accepted, 0, time.Millisecond),
			hop(span.Accepted, span.Published, wait, 2*time.Millisecond),
		}}}, func(journey.ClassID) string { return "chat" })
	}
	times := l.Of("chat", time.Unix(300, 0), time.Unix(360, 0))
	if times.Whole.Count != 1000 || len(times.Hops) != 2 {
		t.Fatalf("%d deliveries over %d hops, want 1000 over 2", times.Whole.Count, len(times.Hops))
	}
	slow := times.Hops[1]
	if slow.Hop.String() != "accepted-published" || slow.TailWait < 18*time.Second || slow.TailWait > 20*time.Second+time.Second {
		t.Errorf("the tail waited %v at %s, want about 18 s at accepted-published", slow.TailWait, slow.Hop)
	}
	if first := times.Hops[0]; first.Tail > slow.Tail/100 {
		t.Errorf("the tail spent %v in the first hop beside %v in the slow one", first.Tail, slow.Tail)
	}
	if elsewhere := l.Of("chat", time.Unix(0, 0), time.Unix(300, 0)); elsewhere.Whole.Count != 0 {
		t.Errorf("%d deliveries in minutes that had none", elsewhere.Whole.Count)
	}
}

// compareRows is the order in which changes are given, whatever the order of a map.
func compareRows(x, y Row) int {
	return cmp.Or(cmp.Compare(x.Minute, y.Minute), compareClasses(&x.Class, &y.Class),
		cmp.Compare(x.Verdict, y.Verdict), cmp.Compare(x.Reason, y.Reason),
		cmp.Compare(x.Timeliness, y.Timeliness), cmp.Compare(x.Hop.From, y.Hop.From), cmp.Compare(x.Hop.To, y.Hop.To),
		cmp.Compare(bit(x.Estimated), bit(y.Estimated)))
}
