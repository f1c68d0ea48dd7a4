// SPDX-License-Identifier: Apache-2.0

package track

import (
	"bytes"
	"cmp"

	"github.com/hopstamp/hopstamp/internal/track/assess"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// What names say may lead around in a circle: a message is published again under its
// id, and of the first publish nothing is known, so the first consumer seems to
// continue what it caused itself. Then the edge that leads furthest into the future
// is the one that is wrong, whichever was found first.

// circle is what is looked at above a candidate, each with whence it was reached.
type circle struct {
	looked []looked
	broken int // edges that were cut in the step under way
}

type looked struct {
	stamp uint32
	from  int    // in the list
	edge  uint32 // by a name; 0: the sender said so
}

// Bounds of what is looked at above a candidate, and of what is cut in a step.
const (
	maxLooked = 1 << 10
	maxBroken = 1 << 6
)

// opensCircles tells whether a stamp may continue a candidate: it does not stand above
// it, or does so only by edges that are worse, which are cut.
func (t *Tracker) opensCircles(s uint32, c *candidate) bool {
	target := t.state.Find(c.to, t.state.Groups.At(c.to), c.target, 0) // an edge knows no more than that
	ahead := assess.Between(t.state.Stamps.At(s).Start, t.state.Stamps.At(target).Start)
	for {
		at := t.lookAbove(s, target)
		if at < 0 {
			return true
		}
		worst := t.worstAbove(at)
		if worst == 0 || t.candidates.circle.broken == maxBroken || t.ahead(worst) < int64(ahead) ||
			t.ahead(worst) == int64(ahead) && t.compareStarts(worst, s) <= 0 {
			return false
		}
		t.candidates.circle.broken++
		edge := t.state.Edges.At(worst)
		g, from := edge.From, t.state.StartOf(edge)
		t.stray(g, from, worst)
		t.state.Stamps.At(from).Marked = false
		t.mark(g, from)
		t.doubtEdge(edge)
	}
}

// doubtAbove asks for those edges to be matched again that an edge by name may have kept
// from where they belong: with it they would have led around in a circle.
func (t *Tracker) doubtAbove(edge *state.Edge) {
	t.lookAbove(0, t.state.Find(edge.To, t.state.Groups.At(edge.To), edge.Target, 0))
	for _, above := range t.candidates.circle.looked {
		for e := t.state.Stamps.At(above.stamp).Edges; e != 0; e = t.state.Edges.At(e).NextOfStamp {
			t.doubtEdge(t.state.Edges.At(e))
		}
	}
}

// lookAbove finds a stamp among those that another one continues; -1: it is not there.
func (t *Tracker) lookAbove(s, from uint32) int {
	circle := &t.candidates.circle
	circle.looked = append(circle.looked[:0], looked{stamp: from, from: -1})
	for at := 0; at < len(circle.looked) && at < maxLooked; at++ {
		if circle.looked[at].stamp == s {
			return at
		}
		stamp := t.state.Stamps.At(circle.looked[at].stamp)
		if stamp.Up != 0 {
			circle.looked = append(circle.looked, looked{stamp: stamp.Up, from: at})
		}
		for e := stamp.Edges; e != 0; e = t.state.Edges.At(e).NextOfStamp {
			edge := t.state.Edges.At(e)
			if edge.To == 0 {
				continue
			}
			if target := t.state.Find(edge.To, t.state.Groups.At(edge.To), edge.Target, 0); target != 0 {
				next := looked{stamp: target, from: at}
				if edge.Seeks != 0 {
					next.edge = e
				}
				circle.looked = append(circle.looked, next)
			}
		}
	}
	return -1
}

// worstAbove is, on the way to what was found, the edge by name that leads furthest
// into the future; 0: all is as the senders said.
func (t *Tracker) worstAbove(at int) (worst uint32) {
	list := t.candidates.circle.looked
	for ; at >= 0; at = list[at].from {
		e := list[at].edge
		if e != 0 && (worst == 0 || t.ahead(e) > t.ahead(worst) ||
			t.ahead(e) == t.ahead(worst) && t.compareStarts(e, t.state.StartOf(t.state.Edges.At(worst))) > 0) {
			worst = e
		}
	}
	return worst
}

// ahead is how much later what an edge leads to began than what it starts from.
func (t *Tracker) ahead(e uint32) int64 {
	edge := t.state.Edges.At(e)
	target := t.state.Find(edge.To, t.state.Groups.At(edge.To), edge.Target, 0)
	return int64(assess.Between(t.state.Stamps.At(t.state.StartOf(edge)).Start, t.state.Stamps.At(target).Start))
}

// compareStarts orders edges that are equally wrong by where they start.
func (t *Tracker) compareStarts(e, s uint32) int {
	x, y := t.state.Stamps.At(t.state.StartOf(t.state.Edges.At(e))), t.state.Stamps.At(s)
	return cmp.Or(cmp.Compare(x.Start, y.Start), bytes.Compare(x.Span[:], y.Span[:]))
}
