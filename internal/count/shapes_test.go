// SPDX-License-Identifier: Apache-2.0

package count

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

var orders = Kind{"chat", "POST /v1/orders"}

// passing is a delivery that passed stages, in an order.
func passing(k Kind, v journey.Verdict, stages ...span.Stage) journey.Delivery {
	d := journey.Delivery{Path: k.Path, Kind: k.Name, Verdict: v}
	for _, stage := range stages {
		d.Hops = append(d.Hops, journey.Hop{HopID: journey.HopID{To: stage}})
	}
	return d
}

func times(n int, d journey.Delivery) []journey.Delivery {
	return slices.Repeat([]journey.Delivery{d}, n)
}

func set(stages ...span.Stage) Stages {
	d := passing(Kind{}, journey.Sent, stages...)
	return StagesOf(&d)
}

func TestUsualStagesAreLearned(t *testing.T) {
	full := passing(orders, journey.Processed, span.Accepted, span.Published, span.Consumed, span.Enriched, span.Processed)
	short := passing(orders, journey.Processed, span.Accepted, span.Published, span.Consumed, span.Processed)
	lost := passing(orders, journey.Lost, span.Accepted)
	for _, test := range []struct {
		name           string
		seen           []journey.Delivery
		order, missing string
		unusual        string // of one that was only accepted and published
	}{
		{"nothing was seen", nil, "[]", "[]", "[]"},
		{"too few were good", slices.Concat(times(49, full), times(500, lost)), "[]", "[]", "[]"},
		{"just enough", times(50, full), "[accepted published consumed enriched processed]", "[]", "[consumed enriched processed]"},
		{"one in twenty goes without a stage, which stays usual", slices.Concat(times(95, full), times(5, short)),
			"[accepted published consumed enriched processed]", "[{enriched 5}]", "[consumed enriched processed]"},
		{"one in sixteen goes without it, which is a habit", slices.Concat(times(94, full), times(6, short)),
			"[accepted published consumed processed]", "[]", "[consumed processed]"},
		{"what is lost teaches nothing", slices.Concat(times(60, full), times(600, lost)),
			"[accepted published consumed enriched processed]", "[]", "[consumed enriched processed]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := NewShapes(10, 10)
			s.Apply(test.seen)
			l := s.Learned(orders)
			if got := fmt.Sprintf("%v", l.Order); got != test.order {
				t.Errorf("the order is %s, want %s", got, test.order)
			}
			if got := fmt.Sprint(l.Missing); got != test.missing {
				t.Errorf("missing is %s, want %s", got, test.missing)
			}
			if got := fmt.Sprintf("%v", s.Unusual(orders, set(span.Accepted, span.Published))); got != test.unusual {
				t.Errorf("unusual is %s, want %s", got, test.unusual)
			}
			if int(l.Deliveries) != len(test.seen) {
				t.Errorf("%d deliveries, want %d", l.Deliveries, len(test.seen))
			}
			if other := s.Unusual(Kind{"chat", "another"}, 0); len(other) > 0 {
				t.Errorf("%v is usual for a kind that was never seen", other)
			}
		})
	}
}

func TestSharesAreOfGoodDeliveries(t *testing.T) {
	s := NewShapes(10, 10)
	s.Apply(times(150, passing(orders, journey.Sent, span.Accepted, span.Published)))
	s.Apply(times(50, passing(orders, journey.Sent, span.Accepted)))
	s.Apply(times(300, passing(orders, journey.Failed, span.Accepted, span.Invoked)))
	s.Apply(times(7, passing(orders, journey.Suppressed)))
	l := s.Learned(orders)
	if got, want := fmt.Sprint(l.Stages, l.Deliveries, l.Good), "[{accepted 1 true} {published 0.75 false}] 507 200"; got != want {
		t.Errorf("learned %s, want %s", got, want)
	}
}

func TestRareShapes(t *testing.T) {
	usual, odd, never := set(span.Accepted, span.Published), set(span.Accepted), set(span.Opened)
	for _, test := range []struct {
		name       string
		usual, odd int
		rare       string // of usual, odd and never
	}{
		{"too few seen", 198, 1, "false false false"},
		{"one in two hundred is not", 199, 1, "false false true"},
		{"one in more is", 200, 1, "false true true"},
		{"five in a thousand are not", 995, 5, "false false true"},
		{"four are", 996, 4, "false true true"},
	} {
		s := NewShapes(10, 10)
		s.Apply(times(test.usual, passing(orders, journey.Sent, usual.List()...)))
		s.Apply(times(test.odd, passing(orders, journey.Failed, odd.List()...)))
		if got := fmt.Sprint(s.Rare(orders, usual), s.Rare(orders, odd), s.Rare(orders, never)); got != test.rare {
			t.Errorf("%s: rare are %s, want %s", test.name, got, test.rare)
		}
	}
}

func TestDeclaredAndLearnedDiffer(t *testing.T) {
	declared := []span.Stage{span.Accepted, span.Routed, span.Published}
	for _, test := range []struct {
		name     string
		declared []span.Stage
		seen     []journey.Delivery
		want     string
	}{
		{"they agree", declared, times(60, passing(orders, journey.Sent, declared...)), "{[] []}"},
		{"a stage is not named, another never passed", declared, times(60, passing(orders, journey.Sent, span.Accepted, span.Enriched, span.Published)),
			"{[{enriched 1 true}] [routed]}"},
		{"passed now and then is seen, and not usual", declared, slices.Concat(times(60, passing(orders, journey.Sent, span.Accepted, span.Published)),
			times(6, passing(orders, journey.Sent, span.Accepted, span.Routed, span.Enriched, span.Published))), "{[] []}"},
		{"too few to tell", declared, times(49, passing(orders, journey.Sent, span.Enriched)), "{[] []}"},
		{"nothing is declared", nil, times(60, passing(orders, journey.Sent, span.Accepted)), "{[] []}"},
	} {
		s := NewShapes(10, 10)
		s.Apply(test.seen)
		l := s.Learned(orders)
		if got := fmt.Sprint(Differs(test.declared, &l)); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

// random deliveries of some kinds.
func random(seed uint64, n int) (all []journey.Delivery) {
	random := rand.New(rand.NewPCG(seed, 1))
	for range n {
		k := Kind{[]string{"chat", "jobs"}[random.IntN(2)], fmt.Sprint("kind ", random.IntN(4))}
		var stages []span.Stage
		for stage := span.Created; stage < span.NumStages; stage++ {
			if random.IntN(4) > 0 {
				stages = append(stages, stage)
			}
		}
		all = append(all, passing(k, journey.Processed+journey.Verdict(random.IntN(int(journey.NumVerdicts-journey.Processed))), stages...))
	}
	return all
}

func TestPartitionsAddUpInAnyOrder(t *testing.T) {
	all := random(1, 3000)
	whole, left, right := NewShapes(20, 1<<14), NewShapes(20, 1<<14), NewShapes(20, 1<<14)
	whole.Apply(all)
	shuffled := slices.Clone(all)
	rand.New(rand.NewPCG(2, 2)).Shuffle(len(all), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	left.Apply(shuffled[:1000])
	right.Apply(shuffled[1000:])
	left.Merge(right)
	if !bytes.Equal(left.Append(nil), whole.Append(nil)) {
		t.Error("the sum of two partitions is not what one would have counted")
	}
	if sum := whole.Whole("chat").Deliveries + whole.Whole("jobs").Deliveries; sum != 3000 {
		t.Errorf("the paths have %d deliveries, want 3000", sum)
	}
	if got := fmt.Sprint(whole.Kinds("jobs")); got != "[{jobs kind 0} {jobs kind 1} {jobs kind 2} {jobs kind 3}]" {
		t.Errorf("the kinds of jobs are %s", got)
	}
}

func TestLimitsOverflowByName(t *testing.T) {
	s := NewShapes(2, 3)
	for i := range 100 {
		s.Apply(times(60, passing(Kind{"chat", fmt.Sprint(i)}, journey.Sent, span.Accepted)))
	}
	for i := range 10 {
		s.Apply(times(60, passing(Kind{"chat", "0"}, journey.Sent, span.Accepted, span.Created+span.Stage(i))))
		s.Apply(times(60, passing(Kind{fmt.Sprint("path ", i), "x"}, journey.Sent, span.Accepted)))
	}
	if got := fmt.Sprint(s.sorted()); got != "[{(overflow) (overflow)} {chat (overflow)} {chat 0} {chat 1} {path 0 (overflow)}]" {
		t.Errorf("kinds are %s", got)
	}
	if l := s.Learned(Kind{"chat", Overflow}); l.Deliveries != 98*60 || len(l.Order) > 0 || len(s.Unusual(l.Kind, 0)) > 0 || s.Rare(l.Kind, 0) {
		t.Errorf("of kinds thrown together is learned %+v", l)
	}
	zero := Kind{"chat", "0"}
	if l := s.Learned(zero); l.Deliveries != 11*60 || len(l.Stages) != 10 {
		t.Errorf("the stages of a kind with too many shapes are not exact: %+v", l)
	}
	if s.Rare(zero, set(span.Opened)) {
		t.Error("a shape is rare though it may be among the many that found no place")
	}
	if want := uint64(98*60 + 10*60 + 7*60); s.Overflowed() != want {
		t.Errorf("%d deliveries overflowed, want %d", s.Overflowed(), want)
	}
}

func TestShapesAreRestored(t *testing.T) {
	s := NewShapes(20, 50)
	s.Apply(random(3, 500))
	good := s.Append(nil)
	again := NewShapes(20, 50)
	again.Apply(random(4, 20)) // is gone then
	if err := again.Restore(good); err != nil || !bytes.Equal(again.Append(nil), good) {
		t.Fatalf("restored differs: %v", err)
	}
	more := random(5, 500)
	s.Apply(more)
	if again.Apply(more); !bytes.Equal(again.Append(nil), s.Append(nil)) {
		t.Error("what follows is counted differently after a restart")
	}
	for size := range good {
		if err := again.Restore(good[:size]); !errors.Is(err, ErrMalformed) || len(again.kinds) > 0 {
			t.Fatalf("the first %d of %d bytes are taken: %v", size, len(good), err)
		}
	}
	flips := rand.New(rand.NewPCG(6, 6))
	for range 5000 {
		bad := bytes.Clone(good)
		bad[flips.IntN(len(bad))] ^= byte(1 << flips.IntN(8))
		if again.Restore(bad) == nil {
			again.Apply(more[:5])
			again.Whole("chat")
		}
	}
}

// TestCorrectedDeliveriesAreLearnedOnce: what was learned of a row that is taken back goes
// with it, wherever it was counted, and as if it had never been.
func TestCorrectedDeliveriesAreLearnedOnce(t *testing.T) {
	lost := passing(orders, journey.Lost, span.Accepted)
	good := passing(orders, journey.Processed, span.Accepted, span.Published, span.Processed)
	back := journey.TakenBack{Path: orders.Path, Kind: orders.Name, Verdict: journey.Lost, Stages: []span.Stage{span.Accepted}}
	for _, limits := range [][2]int{{10, 10}, {10, 0}, {0, 10}} {
		corrected, straight := NewShapes(limits[0], limits[1]), NewShapes(limits[0], limits[1])
		corrected.Apply(times(300, lost))
		corrected.TakeBack(slices.Repeat([]journey.TakenBack{back}, 100))
		corrected.Apply([]journey.Delivery{{Corrected: true}}) // the row that takes back
		again := good
		again.Corrected = true
		corrected.Apply(times(100, again))
		straight.Apply(times(200, lost))
		straight.Apply(times(100, good))
		kind := orders
		if limits[0] == 0 {
			kind = Kind{Overflow, Overflow}
		}
		if got, want := corrected.Learned(kind), straight.Learned(kind); fmt.Sprint(got) != fmt.Sprint(want) || want.Deliveries != 300 {
			t.Errorf("limits %v: learned %+v, want %+v", limits, got, want)
		}
		if got, want := corrected.Overflowed(), straight.Overflowed(); got != want {
			t.Errorf("limits %v: %d overflowed, want %d", limits, got, want)
		}
	}
}
