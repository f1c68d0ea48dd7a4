// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/hopstamp/hopstamp/internal/span"
)

// reach is how far one delivery got after its last publish: for each stage the
// stamp that stands for it.
type reach struct {
	good     [span.NumStages]int32 // the first good stamp of a stage, of invoked the last; none
	bad      [span.NumStages]int32 // the last bad one
	said     int32                 // the last stamp that says the outcome
	stages   uint32                // that some stamp shows, by bit
	goods    uint32                // those that have a good one
	bads     uint32                // those that have a bad one
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
		r.good[stage], r.bad[stage] = None, None
	}
	r.said, r.stages, r.goods, r.bads, r.attempts, r.retry, r.numCalls = None, 0, 0, 0, 0, 0, 0
}

func (r *reach) addAll(a *Assessor, run []int32) {
	for _, i := range run {
		r.add(a, i)
	}
}

// add takes in a stamp. Stamps of the same recipient come in order of time.
func (r *reach) add(a *Assessor, i int32) {
	n := &a.nodes[i]
	if n.Outcome != span.Unsaid {
		r.said = i
	}
	r.retry = max(r.retry, int(n.Stamp.Retry))
	switch n.Stage {
	case span.None:
		return
	case span.Processed:
		if n.process == None { // a step inside of an attempt is not another one
			r.attempts++
		}
	case span.Invoked:
		r.addCall(a, n, i)
	}
	r.stages |= 1 << n.Stage
	switch {
	case n.Stage == span.Processed && n.process != None && !a.nodes[n.process].Good():
		return // a step inside of a failed attempt
	case !n.Good():
		r.bad[n.Stage] = i
		r.bads |= 1 << n.Stage
	case r.good[n.Stage] == None || n.Stage == span.Invoked:
		r.good[n.Stage] = i
		r.goods |= 1 << n.Stage
	}
}

// addCall counts a try. A call that a client library wraps around one of its own
// is the same try, and only the second inside of it another one.
func (r *reach) addCall(a *Assessor, n *node, i int32) {
	to, tries := cmp.Or(n.Dims[span.Destination], n.Server), 1
	if n.call != None {
		outer := &a.nodes[n.call]
		if outer.inner++; outer.inner == 1 {
			tries = 0
		}
	}
	for c := range r.calls[:r.numCalls] {
		if call := &r.calls[c]; call.to == to || c == maxCalls-1 {
			call.last = i
			call.tries += tries
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
	passed := r.goods & (2<<limit - 1)
	return span.Stage(bits.Len32(passed|1<<span.None) - 1)
}

// chainOf lists the stamps that stand for the stages up to the branch's publish, in
// order of publishes and then of time: one a stage, the first good one or else the last.
func (a *Assessor) chainOf(b *branch) {
	a.chain = a.chain[:0]
	for _, i := range a.shared {
		n := &a.nodes[i]
		if n.Stage == span.None || n.Stage == span.Invoked || n.level > a.nodes[b.leaf].level {
			continue
		}
		at := slices.IndexFunc(a.chain, func(j int32) bool {
			return a.nodes[j].level == n.level && a.nodes[j].Stage == n.Stage
		})
		switch {
		case at < 0:
			a.chain = append(a.chain, i)
		case i == b.leaf || !a.nodes[a.chain[at]].Good() && a.chain[at] != b.leaf:
			a.chain[at] = i
		}
	}
	slices.SortFunc(a.chain, func(x, y int32) int {
		return cmp.Or(cmp.Compare(a.nodes[x].level, a.nodes[y].level), cmp.Compare(a.nodes[x].Place, a.nodes[y].Place))
	})
}

// sortRuns orders the nodes of all branches by branch and recipient, and within
// one recipient by time. Those of no recipient come first: they are common to all.
func (a *Assessor) sortRuns() {
	if len(a.branches) == 1 && len(a.branches[0].who) == 0 {
		return // they are in order of time already
	}
	slices.SortFunc(a.order, func(x, y int32) int {
		n, m := &a.nodes[x], &a.nodes[y]
		return cmp.Or(cmp.Compare(n.branch, m.branch), cmp.Compare(n.who, m.who), cmp.Compare(n.Place, m.Place))
	})
}

// nextRun takes the next stamps of a branch and one recipient from those ordered.
func (a *Assessor) nextRun(b int32, from int) (who int32, to int) {
	if from == len(a.order) || a.nodes[a.order[from]].branch != b {
		return None, from
	}
	who, to = a.nodes[a.order[from]].who, from
	for to < len(a.order) && a.nodes[a.order[to]].branch == b && a.nodes[a.order[to]].who == who {
		to++
	}
	return who, to
}
