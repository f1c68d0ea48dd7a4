// SPDX-License-Identifier: Apache-2.0

package track

import (
	"github.com/cespare/xxhash/v2"

	"github.com/hopstamp/hopstamp/internal/flat"
	"github.com/hopstamp/hopstamp/internal/span"
)

// plan asks to look at a group when its verdicts change by time alone, or when it
// may be let go of.
func (t *Tracker) plan(g uint32) {
	group := t.groups.at(g)
	at := group.look
	if !t.options.KeepAll {
		at = earliest(at, group.settleAt)
	}
	if at != 0 && (group.due == 0 || at < group.due) {
		t.schedule(g, group, at)
	}
}

// schedule notes when a group is looked at next.
func (t *Tracker) schedule(g uint32, group *group, at int64) {
	if group.due == 0 {
		t.planned++
	}
	group.due = at
	t.timers.Push(flat.Timer{At: at, Group: g})
}

// fire looks at the groups whose time has come, until so many deliveries have settled
// that the others are left for later.
func (t *Tracker) fire() {
	for t.behind = false; !t.behind; t.behind = len(t.effects.Settled) >= t.atOnce {
		coming := t.timers.Coming(t.now, min(warmAhead, t.atOnce))
		t.warmTimers(coming)
		for range max(len(coming), 1) {
			due, ok := t.timers.Pop(t.now)
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
	if t.groups.due(due.Group) != due.At || t.postpone(due.Group) {
		return // planned anew or let go of
	}
	group := t.groups.at(due.Group)
	if group.rests {
		return
	}
	group.due = 0
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
func (t *Tracker) overdue(group *group) bool { return group.look != 0 && group.look <= t.now }

// finished tells whether nothing more is expected of a group.
func (t *Tracker) finished(group *group) bool {
	return group.settleAt != 0 && group.settleAt <= t.now && !t.options.KeepAll
}

// settle lets go of a group and then of those that only waited for it. One that links
// to others stays until they go, which ends its wait too, or goes with them when
// they are finished as well: groups may link to each other in a circle. Where one of
// them may still be corrected they are written and stay, see rest.go.
func (t *Tracker) settle(g uint32) {
	if group := t.groups.at(g); group.onlyAwaited() {
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
		stay = t.mayRest(t.groups.at(g)) || stay
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
	t.groups.at(g).leaving = true
	finished := true
	for i := 0; i < len(t.leaving) && finished; i++ {
		finished = t.leaveWith(t.leaving[i])
	}
	for _, g := range t.leaving {
		t.groups.at(g).leaving = finished
	}
	return finished
}

// leaveWith adds the groups that a group links to, as long as they are finished.
func (t *Tracker) leaveWith(g uint32) bool {
	group := t.groups.at(g)
	for s := group.stamps; s != 0 && group.outs > 0; s = t.stamps.at(s).next {
		for e := t.stamps.at(s).edges; e != 0; e = t.edges.At(e).nextOfStamp {
			at := t.edges.At(e).to
			to := t.groups.at(at)
			if at == 0 || to.leaving {
				continue
			}
			if !t.finished(to) {
				return false
			}
			if to.onlyAwaited() {
				continue // for as long as anybody does
			}
			to.leaving = true
			t.leaving = append(t.leaving, at)
		}
	}
	return true
}

// writeRows gives the deliveries of a group as they are in the end, those of which
// there is no row. They may be others than were told of last, although nothing came
// since: links were lost elsewhere, or the paths or what is believed of clocks changed.
func (t *Tracker) writeRows(g uint32) {
	group := t.groups.at(g)
	if t.written(group) {
		if group.told != 0 && t.mayRest(group) {
			t.holdJoined(g) // more may have joined it
		}
		return
	}
	t.recall(group)
	t.assessor.assess(&t.State, g, false, func(f *finding) {
		known := t.toldOf(f.id)
		if known != nil && known.written {
			known.seen = true
			return
		}
		known = t.tell(group, f)
		row := t.assessor.delivery(&t.State, f, known.updated)
		row.Corrected = known.again
		known.written = true
		t.writing = append(t.writing, t.wayOf(known, f, group.trace))
		t.effects.Settled = append(t.effects.Settled, row)
	})
	t.retract(group)
	t.extend(g)
}

// free gives back the memory of a group.
func (t *Tracker) free(g uint32) {
	group := t.groups.at(g)
	group.joined = group.joined || t.joinsAny(group)
	t.bury(group)
	t.release(g, &group.dangling)
	for s := group.stamps; s != 0; s = t.stamps.at(s).next {
		t.release(g, &t.stamps.at(s).in)
	}
	t.forgetPlaces(g, group)
	var hidden uint64
	for s := group.stamps; s != 0; {
		stamp := t.stamps.at(s)
		t.withdrawNames(g, stamp)
		for stamp.edges != 0 {
			t.unhook(stamp.edges)
			t.cut(stamp.edges)
		}
		t.hideIDs(g, group, stamp, &hidden)
		t.textBytes -= t.texts.size(stamp.texts)
		t.texts.release(stamp.texts)
		t.profiles.release(stamp.profile)
		next := stamp.next
		t.stamps.release(s)
		s = next
	}
	t.held -= int(group.count)
	t.unplan(group)
	for e := group.told; e != 0; {
		next := t.told.At(e).next
		t.forget(e)
		e = next
	}
	trace := group.trace
	t.traces.Remove(fingerprint(trace), g)
	t.last = 0
	t.groups.release(g)
	t.awaitAgain(trace)
}

// awaiting is a link to a trace that is let go of, and comes to be awaited again.
type awaiting struct {
	edge   uint32
	target span.ID
}

// awaitsAgain tells whether what a link leads to may still come when all that came is let
// go of: it began no message, as its home knows, and who links to it stays for the sake of
// something else.
func (t *Tracker) awaitsAgain(g uint32, edge *edge) bool {
	group, from := t.groups.at(g), t.groups.at(edge.from)
	return edge.from != g && t.ours(group) && group.told == 0 && !from.leaving && (from.outs > 1 || !t.finished(from))
}

// awaitAgain makes links lead to the trace that they led to, of which nothing is here.
func (t *Tracker) awaitAgain(trace span.TraceID) {
	for _, a := range t.awaiting {
		from := t.edges.At(a.edge).from
		if to := t.group(trace, nil); to != 0 {
			t.groups.at(to).settleAt = t.now
			t.lead(a.edge, to, a.target, byLink)
			t.showLink(from, t.edges.At(a.edge))
		} else {
			t.cut(a.edge)
		}
		if t.finished(t.groups.at(from)) {
			t.plan(from) // it may wait for nothing else
		}
	}
	t.awaiting = t.awaiting[:0]
}

// belongs tells whether a group is of a message, or of something elsewhere that may be.
func (g *group) belongs() bool { return g.message || g.joined || g.relays != 0 }

// joinsAny tells whether some link made a group part of a message.
func (t *Tracker) joinsAny(group *group) bool {
	for s := group.stamps; s != 0 && group.outs > 0; s = t.stamps.at(s).next {
		for e := t.stamps.at(s).edges; e != 0; e = t.edges.At(e).nextOfStamp {
			if edge := t.edges.At(e); edge.to != 0 && edge.to != edge.from && t.groups.at(edge.to).belongs() {
				return true
			}
		}
	}
	return false
}

// release cuts the links that lead to a group which is let go of. A group that
// waited for nothing else goes too, when its own time has come.
func (t *Tracker) release(g uint32, list *uint32) {
	message := t.groups.at(g).belongs()
	for *list != 0 {
		e := *list
		edge := t.edges.At(e)
		*list = edge.nextIn
		source := edge.from
		switch {
		case edge.seeks != 0:
			t.letGoOf(edge)
		case t.awaitsAgain(g, edge):
			t.hideLink(edge)
			t.awaiting = append(t.awaiting, awaiting{e, edge.target})
			t.leave(edge)
			continue
		default:
			t.cut(e)
		}
		if source == g {
			continue
		}
		from := t.groups.at(source)
		from.joined = from.joined || message
		switch {
		case from.leaving || !t.finished(from): // it goes anyway, or its time comes
		case from.outs == 0:
			from.leaving = true
			t.leaving = append(t.leaving, source)
		default:
			t.plan(source) // it may be in a circle with others that are finished
		}
	}
}

func hashOf(text string) uint64 { return xxhash.Sum64String(text) }
