// SPDX-License-Identifier: Apache-2.0

package count

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/hopstamp/hopstamp/internal/span"
)

const (
	// enoughGood deliveries must have been seen to call a stage usual. If each passed it,
	// the true share is above 94 % with 95 % confidence: less would call chance a habit.
	enoughGood = 50
	// usualPercent of them must have passed it. Below that, going without it is a habit,
	// too, such as a cache that answers one time in ten.
	usualPercent = 95

	// enoughForRare deliveries must have been seen to call a shape rare: with less, even one of
	// a kind is 0.5 % of all.
	enoughForRare = 200
	// rarer than one in rareIn is a shape that nobody would meet by looking at a few hundred.
	rareIn = 200
)

// Learned is what journeys of a kind do.
type Learned struct {
	Kind       Kind
	Deliveries uint64         // settled
	Good       uint64         // of which those that got where they had to, the measure of what is usual
	Stages     []StageShare   // that any good delivery passed, in their usual order
	Order      []span.Stage   // the usual stages, in the order in which they were passed
	Missing    []MissingStage // the usual stages that some good deliveries went without
}

// StageShare is how many of the good deliveries passed a stage, 0 to 1.
type StageShare struct {
	Stage span.Stage
	Share float64
	Usual bool
}

// MissingStage is how many good deliveries went without a usual stage.
type MissingStage struct {
	Stage span.Stage
	Count uint64
}

// Learned is what was learned of a kind; empty when nothing was.
func (s *Shapes) Learned(k Kind) Learned {
	if h := s.kinds[k]; h != nil {
		return h.learned(k)
	}
	return Learned{Kind: k}
}

// Whole is what was learned of a path, all its kinds together.
func (s *Shapes) Whole(path string) Learned {
	var sum habit
	for k, h := range s.kinds {
		if k.Path != path {
			continue
		}
		sum.whole.add(h.whole)
		for stage := range h.passed {
			sum.passed[stage].add(h.passed[stage])
			sum.places[stage] += h.places[stage]
		}
	}
	return sum.learned(Kind{Path: path})
}

func (h *habit) learned(k Kind) Learned {
	l := Learned{Kind: k, Deliveries: h.whole.All(), Good: h.whole.Good}
	usual := h.usual(k)
	for stage := span.Created; stage < span.NumStages; stage++ {
		passed := h.passed[stage].Good
		if passed > 0 {
			l.Stages = append(l.Stages, StageShare{stage, float64(passed) / float64(l.Good), usual.Has(stage)})
		}
		if usual.Has(stage) && passed < l.Good {
			l.Missing = append(l.Missing, MissingStage{stage, l.Good - passed})
		}
	}
	l.Order = h.inOrder(usual)
	return l
}

// usual are the stages that nearly all good deliveries pass. What failed did not pass
// all that it should have, so it teaches nothing of the way. Nor do kinds thrown together.
func (h *habit) usual(k Kind) (usual Stages) {
	if h.whole.Good < enoughGood || k.Name == Overflow {
		return 0
	}
	for stage := span.Created; stage < span.NumStages; stage++ {
		if h.passed[stage].Good*100 >= h.whole.Good*usualPercent {
			usual |= 1 << stage
		}
	}
	return usual
}

// inOrder lists stages as this kind passes them.
func (h *habit) inOrder(stages Stages) []span.Stage {
	list := stages.List()
	slices.SortStableFunc(list, h.comparePlaces)
	return list
}

// comparePlaces compares the mean places of two stages: a/x with b/y as the products
// a*y and b*x, which may be larger than 64 bits.
func (h *habit) comparePlaces(x, y span.Stage) int {
	high, low := bits.Mul64(h.places[x], h.passed[y].Good)
	otherHigh, otherLow := bits.Mul64(h.places[y], h.passed[x].Good)
	return cmp.Or(cmp.Compare(high, otherHigh), cmp.Compare(low, otherLow))
}

// Unusual are the stages that deliveries of a kind usually pass and this one did not:
// an anomaly that nobody had to configure.
func (s *Shapes) Unusual(k Kind, passed Stages) []span.Stage {
	h := s.kinds[k]
	if h == nil {
		return nil
	}
	return h.inOrder(h.usual(k) &^ passed)
}

// Rare tells whether few deliveries of a kind passed just these stages.
func (s *Shapes) Rare(k Kind, passed Stages) bool {
	h := s.kinds[k]
	if h == nil || k.Name == Overflow || h.whole.All() < enoughForRare {
		return false
	}
	count, ok := h.shapes[passed]
	if !ok {
		count = h.shapeless // one of these, which may be many of one set
	}
	return count.All()*rareIn < h.whole.All()
}

// Differences are how a declared way and the learned one differ.
type Differences struct {
	Undeclared []StageShare // usual, and the declaration does not name it
	NeverSeen  []span.Stage // declared, and nothing passed it
}

// Differs compares them. It says nothing while too little was seen, or where nothing
// is declared.
func Differs(declared []span.Stage, l *Learned) (d Differences) {
	if len(declared) == 0 || l.Good < enoughGood {
		return d
	}
	for _, share := range l.Stages {
		if share.Usual && !slices.Contains(declared, share.Stage) {
			d.Undeclared = append(d.Undeclared, share)
		}
	}
	for _, stage := range declared {
		if !slices.ContainsFunc(l.Stages, func(s StageShare) bool { return s.Stage == stage }) {
			d.NeverSeen = append(d.NeverSeen, stage)
		}
	}
	return d
}
