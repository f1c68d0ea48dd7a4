// SPDX-License-Identifier: Apache-2.0

package track

import (
	"cmp"
	"slices"

	"github.com/hopstamp/hopstamp/internal/span"
)

// reach is how far one delivery got after its last publish: for each stage the
// stamp that stands for it.
type reach struct {
	good     [span.NumStages]int32 // the first good stamp of a stage, of invoked the last; none
	bad      [span.NumStages]int32 // the last bad one
	said     int32                 // the last stamp that says the outcome
	attempts int                   // process spans
	retry    int                   // highest count of tries that a stamp shows
	calls    [maxCalls]call        // outbound calls by where they went
	numCalls int
}

// call is the tries of one outbound destination.
type call struct {
	to    span.Symbol
	last  int32
	tries int
}

// maxCalls bounds the destinations told apart in one delivery; the rest count as one.
const maxCalls = 8

func (r *reach) reset() {
	for stage := range r.good {
		r.good[stage], r.bad[stage] = none, none
	}
	r.said, r.attempts, r.retry, r.numCalls = none, 0, 0, 0
}

// add takes in a stamp. Stamps of the same recipient come in order of time.
func (r *reach) add(a *assessor, i int32) {
	n := &a.nodes[i]
	if n.Outcome != span.Unsaid {
		r.said = i
	}
	r.retry = max(r.retry, int(n.stamp.retry))
	switch n.Stage {
	case span.None:
		return
	case span.Processed:
		r.attempts++
	case span.Invoked:
		r.addCall(n, i)
	}
	switch {
	case !n.good():
		r.bad[n.Stage] = i
	case r.good[n.Stage] == none || n.Stage == span.Invoked:
		r.good[n.Stage] = i
	}
}

func (r *reach) addCall(n *node, i int32) {
	to := cmp.Or(n.Dims[span.Destination], n.Server)
	for c := range r.calls[:r.numCalls] {
		if call := &r.calls[c]; call.to == to || c == maxCalls-1 {
			call.last = i
			call.tries++
			return
		}
	}
	r.calls[r.numCalls] = call{to: to, last: i, tries: 1}
	r.numCalls++
}

// retries is how often something was tried again, by the measure that shows most.
func (r *reach) retries() int {
	most := max(r.retry, r.attempts-1)
	for _, call := range r.calls[:r.numCalls] {
		most = max(most, call.tries-1)
	}
	return most
}

// furthest is the last stage, up to a limit, that was passed well.
func (r *reach) furthest(limit span.Stage) span.Stage {
	for stage := limit; stage > span.None; stage-- {
		if r.good[stage] != none {
			return stage
		}
	}
	return span.None
}

// chainOf lists the stamps that stand for the stages up to the branch's publish,
// in order of time: one a stage and level, the first good one or else the last.
func (a *assessor) chainOf(b *branch) {
	a.chain = a.chain[:0]
	if b.leaf == none {
		return
	}
	last := a.nodes[b.leaf].level
	for _, i := range a.members {
		n := &a.nodes[i]
		if n.branch != trunk || n.Stage == span.None || n.Stage == span.Invoked || n.level > last || a.otherLeaf(i, b) {
			continue
		}
		at := slices.IndexFunc(a.chain, func(j int32) bool {
			return a.nodes[j].level == n.level && a.nodes[j].Stage == n.Stage
		})
		switch {
		case at < 0:
			a.chain = append(a.chain, i)
		case i == b.leaf || !a.nodes[a.chain[at]].good() && a.chain[at] != b.leaf:
			a.chain[at] = i
		}
	}
}

// otherLeaf tells whether a node is the publish of another branch.
func (a *assessor) otherLeaf(i int32, b *branch) bool {
	return i != b.leaf && a.nodes[i].Stage == span.Published && slices.Contains(a.leaves, i)
}

// runsOf calls each with the stamps of one recipient of a branch, none first:
// those are common to all its recipients.
func (a *assessor) runsOf(b int32, each func(who int32, stamps []int32)) {
	a.order = a.order[:0]
	for _, i := range a.members {
		n := &a.nodes[i]
		if n.branch == b || n.branch == trunk && a.branches[b].leaf == none {
			a.order = append(a.order, i)
		}
	}
	slices.SortStableFunc(a.order, func(x, y int32) int { return cmp.Compare(a.nodes[x].who, a.nodes[y].who) })
	for from := 0; from < len(a.order); {
		who, to := a.nodes[a.order[from]].who, from
		for to < len(a.order) && a.nodes[a.order[to]].who == who {
			to++
		}
		each(who, a.order[from:to])
		from = to
	}
}
