// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"math/bits"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// message is what all deliveries of a message share while it is assessed.
type message struct {
	Root  int32
	path  *pathMatcher
	Start int64 // of the root, the sender's clock
	shift int64 // from our clock to that one
	base  int64 // from which deadline and give-up run: never after the message was first heard of
	now   int64
	heard int64 // until when what was sent has come: now, unless senders have to come back later
	again int64 // when those are heard that have to

	suspect bool // the clock of some stamp is
	sampled bool // some stamp was sampled before us, so others may be missing
}

// judgement is what is known of one delivery.
type judgement struct {
	Verdict    journey.Verdict
	Reason     journey.Reason
	Hop        journey.HopID
	Timeliness journey.Timeliness
	Fulfilled  int64
}

// judge gives the verdict of a delivery. The first that applies:
//
//  1. a stamp says the outcome for good; only a dead letter may be driven back
//  2. it was fulfilled, and no call that began after its processing failed for good
//  3. the last try of a stage that it needs ended in error
//  4. time: given up, past its deadline, or still in time; what would be missed
//     then, but may be missing from what we see only, is unverifiable, and while
//     senders have to come back later no deadline passes
func (a *Assessor) judge(m *message, b *branch, r *reach) (j judgement) {
	until, auto := m.path.Until, m.path.Until == span.None
	if auto {
		until = span.Processed
		if b.reached {
			until = span.Delivered
		}
	}
	fulfilled, at := a.fulfilment(r, until)
	failure := a.failure(b, r, until)
	switch {
	case r.said != None && !a.redriven(r, until):
		return a.saidSo(r, until)
	case failure != None:
		return a.failed(r, failure)
	case fulfilled:
		return m.good(r, at)
	}
	return a.onTheWay(m, b, r, until)
}

// fulfilment tells whether the stage that fulfils was reached, and when. A later
// stage proves an earlier one whose stamp is missing. Processing that goes on in
// calls begun after it ended is over when they are.
func (a *Assessor) fulfilment(r *reach, until span.Stage) (reached bool, at int64) {
	if i := r.good[until]; i != None {
		at = a.nodes[i].Ended
		if until == span.Processed {
			for _, call := range r.calls[:r.numCalls] {
				if n := &a.nodes[call.last]; n.Began >= at && n.Good() {
					at = max(at, n.Ended)
				}
			}
		}
		return true, at
	}
	if until <= span.Published {
		for _, i := range a.chain {
			if n := &a.nodes[i]; n.Stage >= until && n.Good() {
				return true, n.Ended
			}
		}
	}
	if until == span.Processed { // a call made on the way says nothing of the whole
		return a.earliest(r, span.Delivered)
	}
	return a.earliest(r, until+1)
}

// earliest is the end of the first good stamp at or past a stage.
func (a *Assessor) earliest(r *reach, from span.Stage) (reached bool, at int64) {
	for passed := r.goods >> from << from; passed != 0; passed &= passed - 1 {
		i := r.good[bits.TrailingZeros32(passed)]
		if !reached || a.nodes[i].Ended < at {
			reached, at = true, a.nodes[i].Ended
		}
	}
	return reached, at
}

// failure finds the bad stamp that nothing better followed; none when there is none.
// A process span that ended well vouches for the calls it waited for: failed ones
// among them are retries, or did not matter. A call that began after it ended
// speaks for itself.
func (a *Assessor) failure(b *branch, r *reach, until span.Stage) int32 {
	if r.bads == 0 {
		return a.failureBefore(r)
	}
	for stage := span.Delivered; stage < span.NumStages; stage++ {
		if r.bad[stage] != None && r.goods>>stage == 0 {
			return r.bad[stage]
		}
	}
	if r.goods>>span.Delivered != 0 {
		return None
	}
	process := r.good[span.Processed]
	if process == None && r.bad[span.Processed] != None {
		return r.bad[span.Processed]
	}
	for _, call := range r.calls[:r.numCalls] {
		n := &a.nodes[call.last]
		alone := process == None && (b.leaf == None || until == span.Invoked)
		if !n.Good() && (alone || process != None && n.Began >= a.nodes[process].Ended) {
			return call.last
		}
	}
	for stage := span.Created; stage <= span.Consumed; stage++ {
		if r.bad[stage] != None && r.furthest(span.Acknowledged) < stage {
			return r.bad[stage]
		}
	}
	return a.failureBefore(r)
}

// failureBefore is the bad end of the way to the branch, if nothing good followed.
func (a *Assessor) failureBefore(r *reach) int32 {
	if n := len(a.chain); n > 0 && r.goods == 0 && !a.nodes[a.chain[n-1]].Good() {
		return a.chain[n-1]
	}
	return None
}

// good is the verdict of the furthest stage that was reached.
func (m *message) good(r *reach, at int64) judgement {
	at += m.shift
	furthest := r.furthest(span.Acknowledged)
	if furthest == span.Acknowledged {
		furthest = max(span.Received, r.furthest(span.Opened))
	}
	verdict := journey.VerdictOf(furthest)
	j := judgement{Verdict: verdict, Reason: journey.ReasonOf(verdict), Fulfilled: max(at, 1), Timeliness: journey.InTime}
	if state.Between(m.Start, at) > m.path.Deadline {
		j.Timeliness = journey.Late
	}
	return j
}

// failed names what went wrong by the call inside the failed attempt, if there is one.
func (a *Assessor) failed(r *reach, failure int32) judgement {
	n := &a.nodes[failure]
	cause, category := failure, n.Category
	if n.Stage == span.Processed {
		if call := a.causeIn(r, failure); call != None {
			cause = call
			if category == span.Uncategorized {
				category = a.nodes[call].Category
			}
		}
	}
	hop := journey.HopID{From: a.before(r, a.nodes[cause].Stage), To: a.nodes[cause].Stage}
	if a.nodes[cause].Stage == span.Invoked {
		hop.From = span.Processed
	}
	return judgement{Verdict: journey.Failed, Reason: journey.FailureReason(category), Hop: hop}
}

// causeIn is the last failed call inside a failed attempt.
func (a *Assessor) causeIn(r *reach, attempt int32) int32 {
	cause := None
	for _, call := range r.calls[:r.numCalls] {
		if n := &a.nodes[call.last]; !n.Good() && a.isAbove(attempt, call.last) && (cause == None || n.Began > a.nodes[cause].Began) {
			cause = call.last
		}
	}
	return cause
}

func (a *Assessor) isAbove(above, below int32) bool {
	for below != None && below != above {
		below = a.nodes[below].Continues
	}
	return below == above
}

// saidSo is the verdict that a stamp states.
func (a *Assessor) saidSo(r *reach, until span.Stage) judgement {
	n := &a.nodes[r.said]
	stage := a.stageAround(r.said, until)
	j := judgement{Hop: journey.HopID{From: a.before(r, stage), To: stage}}
	switch n.Outcome {
	case span.OutcomeDeadLettered:
		j.Verdict, j.Reason = journey.DeadLettered, journey.WasDeadLettered
		if category := a.categoryAround(r); category != span.Uncategorized {
			j.Reason = journey.FailureReason(category) // what put it there says more
		}
	case span.OutcomeSuppressed:
		j.Verdict, j.Reason = journey.Suppressed, journey.WasSuppressed
	case span.OutcomeExpired:
		j.Verdict, j.Reason = journey.Expired, journey.WasExpired
	default:
		j.Verdict, j.Reason = journey.Failed, journey.FailureReason(a.categoryAround(r))
	}
	if a.causeIn(r, r.said) != None {
		j.Hop = journey.HopID{From: span.Processed, To: span.Invoked}
	}
	return j
}

// redriven tells whether a dead letter was taken again, and well.
func (a *Assessor) redriven(r *reach, until span.Stage) bool {
	said := &a.nodes[r.said]
	if said.Outcome != span.OutcomeDeadLettered {
		return false
	}
	for stage := until; stage < span.NumStages; stage++ {
		if i := r.good[stage]; i != None && a.nodes[i].Began >= said.Ended && (stage != span.Invoked || stage == until) {
			return true
		}
	}
	return false
}

// stageAround is the stage in which something was said: a span that is no stage
// itself speaks from inside of one.
func (a *Assessor) stageAround(i int32, until span.Stage) span.Stage {
	for ; i != None; i = a.nodes[i].Continues {
		if stage := a.nodes[i].Stage; stage != span.None {
			return stage
		}
	}
	return until
}

// categoryAround is the error category of the stamp that says the outcome, or of
// the call that made it say so.
func (a *Assessor) categoryAround(r *reach) span.Category {
	category := a.nodes[r.said].Category
	if cause := a.causeIn(r, r.said); category == span.Uncategorized && cause != None {
		category = a.nodes[cause].Category
	}
	return category
}

// onTheWay names the hop at which the delivery waits, and for how long it may.
func (a *Assessor) onTheWay(m *message, b *branch, r *reach, until span.Stage) judgement {
	from := a.before(r, until)
	hop := journey.HopID{From: from, To: m.path.next(from, until)}
	if from == span.Created && a.neverSent(b) {
		hop.To = m.path.next(span.Accepted, until) // by the request that created it
	}
	waited := state.Between(m.base, m.now)
	if doubt := a.doubt(m, b); doubt != journey.NoReason && waited >= min(m.path.Deadline, m.path.GiveUp) {
		return judgement{Verdict: journey.Unverifiable, Reason: doubt, Hop: hop}
	}
	switch heard := state.Between(m.base, m.heard); {
	case heard >= m.path.GiveUp:
		return judgement{Verdict: journey.Lost, Reason: journey.LostAt(hop.To), Hop: hop}
	case heard >= m.path.Deadline:
		return judgement{Verdict: journey.Stuck, Reason: journey.StuckAt(hop.To), Hop: hop}
	case waited >= m.path.Deadline:
		return judgement{Verdict: journey.Pending, Reason: journey.Throttled, Hop: hop}
	}
	return judgement{Verdict: journey.Pending, Reason: journey.Waiting, Hop: hop}
}

// before is the last stage that was passed on the way to a stage. An attempt to
// process consumed the message, however it ended; a call says nothing of progress
// while its process span is missing.
func (a *Assessor) before(r *reach, stage span.Stage) span.Stage {
	for s := max(stage, 1) - 1; s > span.None; s-- {
		if r.good[s] != None && (s != span.Invoked || r.good[span.Processed] != None) || s == span.Consumed && r.attempts > 0 {
			return s
		}
	}
	if n := len(a.chain); n > 0 {
		return a.nodes[a.chain[n-1]].Stage
	}
	return span.None
}
