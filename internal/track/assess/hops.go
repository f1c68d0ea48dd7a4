// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// HopsOf lists the passages of the delivery: the stamps that stand for its stages,
// those before the last publish in order of time, the rest in order of stage.
func (a *Assessor) HopsOf(f *Finding) []journey.Hop {
	a.hops = a.hops[:0]
	previous, covered := None, a.nodes[f.Root].Began
	pass := func(i int32) {
		n := &a.nodes[i]
		hop := journey.Hop{HopID: journey.HopID{To: n.Stage}, FromStamp: a.placeIn(previous), ToStamp: int(n.Place)}
		hop.Work = time.Duration(max(0, n.Ended-n.Began))
		if previous != None {
			before := &a.nodes[previous]
			hop.From = before.Stage
			a.wait(&hop, before, n)
		}
		if n.Stage == span.Processed && previous != None && a.nodes[previous].Stage != span.Consumed {
			taken := hop // the process span says when it was consumed, too
			taken.To, taken.Work = span.Consumed, 0
			a.hops = append(a.hops, taken)
			hop.From, hop.Wait, hop.WaitLow, hop.WaitHigh, hop.FromStamp = span.Consumed, 0, 0, 0, int(n.Place)
		}
		hop.Own = time.Duration(max(0, n.Ended-max(covered, n.Began)))
		covered = max(covered, n.Ended)
		previous = i
		a.hops = append(a.hops, hop)
	}
	for _, i := range a.chain {
		pass(i)
	}
	for _, stage := range stageOrder(f.branch.leaf != None) {
		if i := f.reach.good[stage]; i != None {
			pass(i)
		} else if i := f.reach.bad[stage]; i != None && f.judgement.Verdict.Bad() {
			pass(i)
		}
	}
	return a.hops
}

// placeIn is a node's in canonical order.
func (a *Assessor) placeIn(i int32) int {
	if i == None {
		return int(None)
	}
	return int(a.nodes[i].Place)
}

// stageOrder is the order in which a delivery is expected to pass the stages. Behind
// a publish, what usually comes before one is a step of the processing.
func stageOrder(published bool) *[span.NumStages - 1]span.Stage {
	if published {
		return &behindPublish
	}
	return &healthy
}

var (
	healthy = [...]span.Stage{span.Created, span.Accepted, span.Normalized, span.Enriched, span.Routed, span.Published,
		span.Consumed, span.Processed, span.Invoked, span.Delivered, span.Received, span.Rendered, span.Opened, span.Acknowledged}
	behindPublish = [...]span.Stage{span.Consumed, span.Processed, span.Created, span.Accepted, span.Normalized, span.Enriched,
		span.Routed, span.Published, span.Invoked, span.Delivered, span.Received, span.Rendered, span.Opened, span.Acknowledged}
)

// StagesOf are the stages that the hops of the delivery may lead to, by bit.
func (a *Assessor) StagesOf(f *Finding) (bits uint32) {
	for _, i := range a.chain {
		bits |= 1 << a.nodes[i].Stage
	}
	bits |= f.reach.stages
	if bits&(1<<span.Processed) != 0 {
		bits |= 1 << span.Consumed
	}
	return bits
}
