// SPDX-License-Identifier: Apache-2.0

package count

import (
	"cmp"
	"maps"
	"math/bits"
	"slices"
	"strings"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// Overflow is the name under which what found no place in a bounded table is counted.
const Overflow = "(overflow)"

// Stages is a set of stages, a bit each.
type Stages uint32

// StagesOf are the stages that a delivery passed.
func StagesOf(d *journey.Delivery) (passed Stages) {
	for i := range d.Hops {
		passed |= 1 << d.Hops[i].To
	}
	return passed
}

// Has tells whether a stage is in the set.
func (s Stages) Has(stage span.Stage) bool { return s&(1<<stage) != 0 }

// List is the stages in their usual order.
func (s Stages) List() []span.Stage {
	list := make([]span.Stage, 0, bits.OnesCount32(uint32(s)))
	for stage := span.Created; stage < span.NumStages; stage++ {
		if s.Has(stage) {
			list = append(list, stage)
		}
	}
	return list
}

// Kind is what journeys have in common by how they begin: see journey.Delivery.
type Kind struct{ Path, Name string }

// Fates is how many deliveries ended how. What is neither good nor bad was
// suppressed on purpose or cannot be known.
type Fates struct{ Good, Bad, Neither uint64 }

// All is their sum.
func (f Fates) All() uint64 { return f.Good + f.Bad + f.Neither }

func (f *Fates) add(other Fates) {
	f.Good += other.Good
	f.Bad += other.Bad
	f.Neither += other.Neither
}

// habit is what is counted of a kind.
type habit struct {
	whole     Fates
	passed    [span.NumStages]Fates  // deliveries that passed a stage
	places    [span.NumStages]uint64 // of the good ones, the sum of the stage's places among their hops
	shapes    map[Stages]Fates       // by the set of all stages passed
	shapeless Fates                  // whose set found no place in shapes
}

// Shapes counts settled deliveries by the set of stages that they passed, for each
// kind of journey, each as it is known in the end: one that is corrected is taken out
// again. In whatever order deliveries come, and however they are divided, the sums are
// equal, as long as no limit is reached. Past a limit a
// kind counts as the kind Overflow of its path, which nothing is concluded from, and
// a set counts as none, while the counts by stage stay exact.
type Shapes struct {
	maxKinds, maxShapes int

	kinds      map[Kind]*habit
	overflowed uint64 // deliveries whose kind or set found no place
	stages     []span.Stage
}

// NewShapes has room for some kinds, and some sets of stages for each.
func NewShapes(maxKinds, maxShapes int) *Shapes {
	return &Shapes{maxKinds: maxKinds, maxShapes: maxShapes, kinds: map[Kind]*habit{}}
}

// Apply counts deliveries that settled.
func (s *Shapes) Apply(settled []journey.Delivery) {
	for i := range settled {
		d := &settled[i]
		if d.Verdict == journey.NoVerdict {
			continue // see TakeBack
		}
		s.stages = s.stages[:0]
		for i := range d.Hops {
			s.stages = append(s.stages, d.Hops[i].To)
		}
		s.add(Kind{d.Path, d.Kind}, d.Verdict, s.stages, 1)
	}
}

// TakeBack takes deliveries out that had been counted and are others.
func (s *Shapes) TakeBack(deliveries []journey.TakenBack) {
	for i := range deliveries {
		d := &deliveries[i]
		s.add(Kind{d.Path, d.Kind}, d.Verdict, d.Stages, minusOne)
	}
}

// minusOne is what takes one away: sums of uint64 wrap around.
const minusOne = ^uint64(0)

// add counts one delivery, or minusOne, with the stages that it passed, hop by hop. Kinds
// and sets of stages stay when nothing is counted of them any more, so that what found
// no place is taken out where it was counted.
func (s *Shapes) add(k Kind, v journey.Verdict, stages []span.Stage, one uint64) {
	var fate Fates
	switch {
	case v.Good():
		fate.Good = one
	case v.Bad():
		fate.Bad = one
	default:
		fate.Neither = one
	}
	h := s.habit(k, one)
	h.whole.add(fate)
	var passed Stages
	for place, stage := range stages {
		if !passed.Has(stage) {
			passed |= 1 << stage
			h.passed[stage].add(fate)
			h.places[stage] += fate.Good * uint64(place)
		}
	}
	s.addShape(h, passed, fate)
}

// habit finds or makes the counts of a kind, for so many deliveries.
func (s *Shapes) habit(k Kind, deliveries uint64) *habit {
	if h := s.kinds[k]; h != nil {
		return h
	}
	switch full := len(s.kinds) - s.maxKinds; {
	case full >= 0 && k.Name != Overflow:
		s.overflowed += deliveries
		return s.habit(Kind{k.Path, Overflow}, deliveries)
	case full >= s.maxKinds && k.Path != Overflow: // as many paths as kinds
		return s.habit(Kind{Overflow, Overflow}, deliveries)
	}
	h := &habit{shapes: map[Stages]Fates{}}
	s.kinds[Kind{strings.Clone(k.Path), strings.Clone(k.Name)}] = h // a row's texts hold on to those of its neighbours
	return h
}

func (s *Shapes) addShape(h *habit, passed Stages, fates Fates) {
	known, ok := h.shapes[passed]
	if !ok && len(h.shapes) >= s.maxShapes {
		s.overflowed += fates.All()
		h.shapeless.add(fates)
		return
	}
	known.add(fates)
	h.shapes[passed] = known
}

// Merge adds what another counted.
func (s *Shapes) Merge(other *Shapes) {
	for _, k := range other.sorted() {
		from := other.kinds[k]
		into := s.habit(k, from.whole.All())
		into.whole.add(from.whole)
		into.shapeless.add(from.shapeless)
		for stage := range from.passed {
			into.passed[stage].add(from.passed[stage])
			into.places[stage] += from.places[stage]
		}
		for _, passed := range slices.Sorted(maps.Keys(from.shapes)) {
			s.addShape(into, passed, from.shapes[passed])
		}
	}
	s.overflowed += other.overflowed
}

// Overflowed is how many deliveries were counted where a limit was reached.
func (s *Shapes) Overflowed() uint64 { return s.overflowed }

// Kinds are those of a path, in the order of their names.
func (s *Shapes) Kinds(path string) (kinds []Kind) {
	for k := range s.kinds {
		if k.Path == path {
			kinds = append(kinds, k)
		}
	}
	slices.SortFunc(kinds, compareKinds)
	return kinds
}

func (s *Shapes) sorted() []Kind {
	return slices.SortedFunc(maps.Keys(s.kinds), compareKinds)
}

func compareKinds(x, y Kind) int {
	return cmp.Or(cmp.Compare(x.Path, y.Path), cmp.Compare(x.Name, y.Name))
}
