// SPDX-License-Identifier: Apache-2.0

package join

import (
	"bytes"
	"cmp"

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
func (j *Joins) opensCircles(s uint32, c *Candidate) bool {
	target := j.state.Find(c.to, j.state.Groups.At(c.to), c.target, 0) // an edge knows no more than that
	ahead := state.Between(j.state.Stamps.At(s).Start, j.state.Stamps.At(target).Start)
	for {
		at := j.lookAbove(s, target)
		if at < 0 {
			return true
		}
		worst := j.worstAbove(at)
		if worst == 0 || j.candidates.circle.broken == maxBroken || j.ahead(worst) < int64(ahead) ||
			j.ahead(worst) == int64(ahead) && j.compareStarts(worst, s) <= 0 {
			return false
		}
		j.candidates.circle.broken++
		edge := j.state.Edges.At(worst)
		g, from := edge.From, j.state.StartOf(edge)
		j.stray(g, from, worst)
		j.state.Stamps.At(from).Marked = false
		j.Mark(g, from)
		j.Doubt(edge)
	}
}

// doubtAbove asks for those edges to be matched again that an edge by name may have kept
// from where they belong: with it they would have led around in a circle.
func (j *Joins) doubtAbove(edge *state.Edge) {
	j.lookAbove(0, j.state.Find(edge.To, j.state.Groups.At(edge.To), edge.Target, 0))
	for _, above := range j.candidates.circle.looked {
		for e := j.state.Stamps.At(above.stamp).Edges; e != 0; e = j.state.Edges.At(e).NextOfStamp {
			j.Doubt(j.state.Edges.At(e))
		}
	}
}

// lookAbove finds a stamp among those that another one continues; -1: it is not there.
func (j *Joins) lookAbove(s, from uint32) int {
	circle := &j.candidates.circle
	circle.looked = append(circle.looked[:0], looked{stamp: from, from: -1})
	for at := 0; at < len(circle.looked) && at < maxLooked; at++ {
		if circle.looked[at].stamp == s {
			return at
		}
		stamp := j.state.Stamps.At(circle.looked[at].stamp)
		if stamp.Up != 0 {
			circle.looked = append(circle.looked, looked{stamp: stamp.Up, from: at})
		}
		for e := stamp.Edges; e != 0; e = j.state.Edges.At(e).NextOfStamp {
			edge := j.state.Edges.At(e)
			if edge.To == 0 {
				continue
			}
			if target := j.state.Find(edge.To, j.state.Groups.At(edge.To), edge.Target, 0); target != 0 {
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
func (j *Joins) worstAbove(at int) (worst uint32) {
	list := j.candidates.circle.looked
	for ; at >= 0; at = list[at].from {
		e := list[at].edge
		if e != 0 && (worst == 0 || j.ahead(e) > j.ahead(worst) ||
			j.ahead(e) == j.ahead(worst) && j.compareStarts(e, j.state.StartOf(j.state.Edges.At(worst))) > 0) {
			worst = e
		}
	}
	return worst
}

// ahead is how much later what an edge leads to began than what it starts from.
func (j *Joins) ahead(e uint32) int64 {
	edge := j.state.Edges.At(e)
	target := j.state.Find(edge.To, j.state.Groups.At(edge.To), edge.Target, 0)
	return int64(state.Between(j.state.Stamps.At(j.state.StartOf(edge)).Start, j.state.Stamps.At(target).Start))
}

// compareStarts orders edges that are equally wrong by where they start.
func (j *Joins) compareStarts(e, s uint32) int {
	x, y := j.state.Stamps.At(j.state.StartOf(j.state.Edges.At(e))), j.state.Stamps.At(s)
	return cmp.Or(cmp.Compare(x.Start, y.Start), bytes.Compare(x.Span[:], y.Span[:]))
}
