// SPDX-License-Identifier: Apache-2.0

package track

import (
	"github.com/hopstamp/hopstamp/internal/flat"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/assess"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// plan asks to look at a group when its verdicts change by time alone, or when it
// may be let go of.
func (t *Tracker) plan(g uint32) {
	group := t.state.Groups.At(g)
	at := group.Look
	if !t.options.KeepAll {
		at = state.Earliest(at, group.SettleAt)
	}
	if at != 0 && (group.Due == 0 || at < group.Due) {
		t.schedule(g, group, at)
	}
}

// schedule notes when a group is looked at next.
func (t *Tracker) schedule(g uint32, group *state.Group, at int64) {
	if group.Due == 0 {
		t.planned++
	}
	group.Due = at
	t.timers.Push(flat.Timer{At: at, Group: g})
}

// fire looks at the groups whose time has come, until so many deliveries have settled
// that the others are left for later.
func (t *Tracker) fire() {
	for t.behind = false; !t.behind; t.behind = len(t.effects.Settled) >= t.atOnce {
		coming := t.timers.Coming(t.state.LogTime, min(state.WarmAhead, t.atOnce))
		t.warmTimers(coming)
		for range max(len(coming), 1) {
			due, ok := t.timers.Pop(t.state.LogTime)
			if !ok {
				t.refreeze()
				t.endRests()
				return
			}
			t.comes(due)
		}
		t.refreeze()
	}
}

// comes looks at a group whose time may have come.
func (t *Tracker) comes(due flat.Timer) {
	if t.state.Groups.Due(due.Group) != due.At || t.postpone(due.Group) {
		return // planned anew or let go of
	}
	group := t.state.Groups.At(due.Group)
	if group.Rests {
		return
	}
	group.Due = 0
	t.planned--
	switch {
	case t.overdue(group):
		t.review(due.Group)
	case t.finished(group):
		t.settle(due.Group)
	default:
		t.plan(due.Group)
	}
}

// overdue tells whether time alone may have changed what is known of a group.
func (t *Tracker) overdue(group *state.Group) bool {
	return group.Look != 0 && group.Look <= t.state.LogTime
}

// finished tells whether nothing more is expected of a group.
func (t *Tracker) finished(group *state.Group) bool {
	return group.SettleAt != 0 && group.SettleAt <= t.state.LogTime && !t.options.KeepAll
}

// settle lets go of a group and then of those that only waited for it. One that links
// to others stays until they go, which ends its wait too, or goes with them when
// they are finished as well: groups may link to each other in a circle. Where one of
// them may still be corrected they are written and stay, see rest.go.
func (t *Tracker) settle(g uint32) {
	if group := t.state.Groups.At(g); group.OnlyAwaited() {
		t.planAwaiting(group)
		return
	}
	if !t.leaveTogether(g) {
		return
	}
	t.writing = t.writing[:0]
	stay := false
	for _, g := range t.leaving { // while all are still here
		t.writeRows(g)
	}
	for _, g := range t.leaving {
		group := t.state.Groups.At(g)
		stay = stay || t.state.MayRest(group) || reopened(group)
	}
	if stay {
		t.restAll()
		return
	}
	together := len(t.leaving)
	for i := together - 1; i >= 0; i-- { // what others continue before those
		t.free(t.leaving[i])
	}
	for i := together; i < len(t.leaving); i++ {
		if !t.stays(t.leaving[i]) {
			t.free(t.leaving[i])
		}
	}
}

// leaveTogether collects a group and all that it links to, if all are finished.
func (t *Tracker) leaveTogether(g uint32) bool {
	t.leaving = append(t.leaving[:0], g)
	t.state.Groups.At(g).Leaving = true
	finished := true
	for i := 0; i < len(t.leaving) && finished; i++ {
		finished = t.leaveWith(t.leaving[i])
	}
	for _, g := range t.leaving {
		t.state.Groups.At(g).Leaving = finished
	}
	return finished
}

// leaveWith adds the groups that a group links to, as long as they are finished.
func (t *Tracker) leaveWith(g uint32) bool {
	group := t.state.Groups.At(g)
	for s := group.Stamps; s != 0 && group.Outs > 0; s = t.state.Stamps.At(s).Next {
		for e := t.state.Stamps.At(s).Edges; e != 0; e = t.state.Edges.At(e).NextOfStamp {
			at := t.state.Edges.At(e).To
			to := t.state.Groups.At(at)
			if at == 0 || to.Leaving {
				continue
			}
			if !t.finished(to) {
				return false
			}
			if to.OnlyAwaited() {
				continue // for as long as anybody does
			}
			to.Leaving = true
			t.leaving = append(t.leaving, at)
		}
	}
	return true
}

// reopened tells of a group that was to leave whether a delivery of it is on its way again.
func reopened(group *state.Group) bool { return group.SettleAt == 0 }

// writeRows gives the deliveries of a group as they are in the end, those of which
// there is no row. They may be others than were told of last, although nothing came
// since: links were lost elsewhere, or the paths or what is believed of clocks changed.
// Then one may be on its way again, and its group stays.
func (t *Tracker) writeRows(g uint32) {
	group := t.state.Groups.At(g)
	if t.written(group) {
		switch until := t.neededUntil(group); {
		case !t.state.MayRest(group):
		case group.Told != 0:
			t.others.HoldJoined(g, t.others.LeaseOfRest(group)) // more may have joined it
		case t.others.Ours(group) && until < group.HeldUntil: // it turned out to be a part of something else
			group.HeldUntil = until
			t.others.EndHold(g)
		}
		return
	}
	t.recall(group)
	onTheWay := false
	t.assessor.Assess(&t.state, g, false, func(f *assess.Finding) {
		known := t.toldOf(f.ID)
		if known != nil && known.Written {
			known.Seen = true
			return
		}
		if known = t.tell(group, f); f.Verdict.OnTheWay() {
			onTheWay = true
			return
		}
		row := t.assessor.Delivery(&t.state, f, known.Updated)
		row.Corrected = known.Again
		known.Written = true
		t.writing = append(t.writing, t.wayOf(known, f, group.Trace))
		t.effects.Settled = append(t.effects.Settled, row)
	})
	t.retract(group)
	if onTheWay {
		group.SettleAt, group.Look = 0, t.state.LogTime // to be reviewed as soon as its rows have labels
		return
	}
	t.extend(g)
}

// free gives back the memory of a group.
func (t *Tracker) free(g uint32) {
	group := t.state.Groups.At(g)
	group.Joined = group.Joined || t.joinsAny(group)
	t.bury(group)
	t.release(g, &group.Dangling)
	for s := group.Stamps; s != 0; s = t.state.Stamps.At(s).Next {
		t.release(g, &t.state.Stamps.At(s).In)
	}
	t.state.ForgetPlaces(g, group)
	var hidden uint64
	for s := group.Stamps; s != 0; {
		stamp := t.state.Stamps.At(s)
		t.joins.WithdrawNames(g, stamp)
		for stamp.Edges != 0 {
			t.joins.Unhook(stamp.Edges)
			t.joins.Cut(stamp.Edges)
		}
		t.joins.HideIDs(g, group, stamp, &hidden)
		t.state.TextBytes -= t.state.Texts.Size(stamp.Texts)
		t.state.Texts.Release(stamp.Texts)
		t.state.Profiles.Release(stamp.Profile)
		next := stamp.Next
		t.state.Stamps.Release(s)
		s = next
	}
	t.state.NumStamps -= int(group.Count)
	t.unplan(group)
	for e := group.Told; e != 0; {
		next := t.state.Told.At(e).Next
		t.forget(e)
		e = next
	}
	trace := group.Trace
	t.state.Traces.Remove(state.Fingerprint(trace), g)
	t.last = 0
	t.state.Groups.Release(g)
	t.awaitAgain(trace)
}

// awaiting is a link to a trace that is let go of, and comes to be awaited again.
type awaiting struct {
	edge   uint32
	target span.ID
}

// awaitsAgain tells whether what a link leads to may still come when all that came is let
// go of: it began no message and was of none, as its home knows, and who links to it stays
// for the sake of something else.
func (t *Tracker) awaitsAgain(g uint32, edge *state.Edge) bool {
	group, from := t.state.Groups.At(g), t.state.Groups.At(edge.From)
	return edge.From != g && t.others.Ours(group) && !group.Belongs() && !from.Leaving &&
		(from.Outs > 1 || !t.finished(from) || t.state.MayRest(from) || t.state.RestsForItself(from))
}

// awaitAgain makes links lead to the trace that they led to, of which nothing is here.
func (t *Tracker) awaitAgain(trace span.TraceID) {
	for _, a := range t.awaiting {
		from := t.state.Edges.At(a.edge).From
		if to := t.group(trace, nil); to != 0 {
			t.state.Groups.At(to).SettleAt = t.state.LogTime
			t.joins.Lead(a.edge, to, a.target, state.ByLink)
			t.joins.ShowLink(from, t.state.Edges.At(a.edge))
		} else {
			t.joins.Cut(a.edge)
		}
		if t.finished(t.state.Groups.At(from)) {
			t.plan(from) // it may wait for nothing else
		}
	}
	t.awaiting = t.awaiting[:0]
}

// joinsAny tells whether some link made a group part of a message.
func (t *Tracker) joinsAny(group *state.Group) bool {
	return t.continuesAny(group, (*state.Group).Belongs)
}

// continuesAny tells whether a group continues some other one that is such.
func (t *Tracker) continuesAny(group *state.Group, such func(*state.Group) bool) bool {
	for s := group.Stamps; s != 0 && group.Outs > 0; s = t.state.Stamps.At(s).Next {
		for e := t.state.Stamps.At(s).Edges; e != 0; e = t.state.Edges.At(e).NextOfStamp {
			if edge := t.state.Edges.At(e); edge.To != 0 && edge.To != edge.From && such(t.state.Groups.At(edge.To)) {
				return true
			}
		}
	}
	return false
}

// release cuts the links that lead to a group which is let go of. A group that
// waited for nothing else goes too, when its own time has come.
func (t *Tracker) release(g uint32, list *uint32) {
	message := t.state.Groups.At(g).Belongs()
	for *list != 0 {
		e := *list
		edge := t.state.Edges.At(e)
		*list = edge.NextIn
		source := edge.From
		switch {
		case edge.Seeks != 0:
			t.joins.LetGoOf(edge)
		case t.awaitsAgain(g, edge):
			t.joins.HideLink(edge)
			t.awaiting = append(t.awaiting, awaiting{e, edge.Target})
			t.joins.Leave(edge)
			continue
		default:
			t.joins.Cut(e)
		}
		if source == g {
			continue
		}
		from := t.state.Groups.At(source)
		from.Joined = from.Joined || message
		switch {
		case from.Leaving || !t.finished(from): // it goes anyway, or its time comes
		case from.Outs == 0:
			from.Leaving = true
			t.leaving = append(t.leaving, source)
		default:
			t.plan(source) // it may be in a circle with others that are finished
		}
	}
}

// planAwaiting looks at those again that waited for a group which did not come in time:
// they may go, unless something else keeps them, and then the group is still awaited.
func (t *Tracker) planAwaiting(awaited *state.Group) {
	for e := awaited.Dangling; e != 0; e = t.state.Edges.At(e).NextIn {
		if g := t.state.Edges.At(e).From; t.finished(t.state.Groups.At(g)) {
			t.plan(g)
		}
	}
}
