// SPDX-License-Identifier: Apache-2.0

package track

import (
	"math/bits"

	"github.com/hopstamp/hopstamp/internal/span"
)

// What comes of a trace goes to its home, and is relayed from there to where its journey
// began for as long as the home holds it. So the homes of what joined a group that rests
// are told to hold that, too: its stamps are sent back, with who needs them. What joined
// it may also continue what never came: that is held here and, if it is still awaited
// there, at its home. When it is corrected and ends well, they are told that, too (see
// release.go).

func (t *Tracker) holdJoined(g uint32) {
	group := t.groups.at(g)
	if group.ins == 0 && group.outs == 0 && t.ours(group) {
		return
	}
	t.holdReached(g, group.heldUntil, forCorrections)
}

func (t *Tracker) holdReached(g uint32, until int64, l lease) {
	t.reach(g)
	also := partitions(0)
	for _, from := range t.reached {
		for s := t.groups.at(from).stamps; s != 0; s = t.stamps.at(s).next {
			also |= t.holdTargets(s, until)
			t.holdFound(s, only(t.homeOf(t.groups.at(from).trace)), l)
		}
	}
	for _, from := range t.reached {
		group := t.groups.at(from)
		group.reached = false
		if l == shortly && t.ours(group) {
			t.holdSought(from, group, l)
		}
		who := also | only(t.homeOf(group.trace))
		if t.ours(group) {
			who |= group.relays // so that they are as good as they were
		}
		who &^= only(t.options.Partition)
		for s := group.stamps; s != 0 && who != 0; s = t.stamps.at(s).next {
			t.askToHold(from, s, who, l)
		}
	}
}

// reach collects a group and all that continues it.
func (t *Tracker) reach(g uint32) {
	t.reached = append(t.reached[:0], g)
	t.groups.at(g).reached = true
	for i := 0; i < len(t.reached); i++ {
		group := t.groups.at(t.reached[i])
		t.reachSources(group.dangling)
		for s := group.stamps; s != 0; s = t.stamps.at(s).next {
			t.reachSources(t.stamps.at(s).in)
		}
	}
}

func (t *Tracker) reachSources(list uint32) {
	for e := list; e != 0; e = t.edges.At(e).nextIn {
		g := t.edges.At(e).from
		if group := t.groups.at(g); !group.reached {
			group.reached = true
			t.reached = append(t.reached, g)
		}
	}
}

// holdTargets holds what a stamp continues besides what was reached, and gives the homes
// of that.
func (t *Tracker) holdTargets(s uint32, until int64) (homes partitions) {
	t.eachBeside(s, func(target *group) {
		t.holdTarget(target, until)
		homes |= only(t.homeOf(target.trace))
	})
	return homes
}

// eachBeside visits what a stamp continues besides what was reached.
func (t *Tracker) eachBeside(s uint32, visit func(target *group)) {
	for e := t.stamps.at(s).edges; e != 0; e = t.edges.At(e).nextOfStamp {
		to := t.edges.At(e).to
		if to == 0 {
			continue
		}
		if target := t.groups.at(to); !target.reached {
			visit(target)
		}
	}
}

// holdFound asks partitions that hold a stamp to hold also what it found by a name. All
// that is there is what they were told of who offers the name, and without that they
// would take it for let go of.
func (t *Tracker) holdFound(s uint32, who partitions, l lease) {
	for e := t.stamps.at(s).edges; e != 0; e = t.edges.At(e).nextOfStamp {
		edge := t.edges.At(e)
		if edge.seeks == 0 || edge.to == 0 || edge.to == edge.from {
			continue
		}
		group := t.groups.at(edge.to)
		if at := t.find(edge.to, group, edge.target, 0); at != 0 {
			t.askToHold(edge.to, at, who&^only(t.homeOf(group.trace))&^only(t.options.Partition), l)
		}
	}
}

// holdTarget holds a group that something continues which is held, unless it came: then
// it stays for as long as it is needed itself, here as at its home.
func (t *Tracker) holdTarget(target *group, until int64) {
	switch {
	case target.count > 0:
	case !t.ours(target):
		target.held, target.heldUntil = true, max(target.heldUntil, until)
	case until > shortly.until(t):
		target.heldUntil = max(target.heldUntil, until)
	}
}

// holdSought tells all others to hold what a group that rests still seeks: what it
// continues may come to any of them.
func (t *Tracker) holdSought(g uint32, group *group, l lease) {
	if !group.seeking || t.options.Partitions <= 1 {
		return
	}
	group.asked = true
	for s := group.stamps; s != 0; s = t.stamps.at(s).next {
		if t.seekingEdge(s) != 0 {
			t.askToHold(g, s, t.others(), l)
			t.holdFound(s, t.others(), l)
		}
	}
}

// askToHold sends a stamp to partitions that are to hold its group.
func (t *Tracker) askToHold(g, s uint32, who partitions, l lease) {
	for ; who != 0; who &= who - 1 {
		r := t.relayOut(bits.TrailingZeros16(uint16(who)))
		r.add(&t.State, g, s)
		r.batch.Records[len(r.batch.Records)-1].Holder = l.by(t.options.Partition)
	}
}

// hold is what another partition asks for. What the group continues elsewhere is held
// with it, also if nothing of that is here, so that it is known later that it does.
func (t *Tracker) hold(group *group, r *span.Record) {
	by, lease := leaseOf(r)
	switch {
	case by >= t.options.Partitions:
		return
	case lease == noLonger:
		t.endLease(group, by)
		return
	case lease >= over:
		return
	case lease == forCorrections:
		t.addHolder(group, by)
	}
	if t.ours(group) {
		group.relays |= holder(r)
	}
	group.partial = group.partial || group.count == 0
	until := lease.until(t)
	if group.held && group.heldUntil >= until {
		return
	}
	group.held, group.heldUntil = true, max(group.heldUntil, until)
	if t.ours(group) {
		t.holdSought(group.number, group, lease) // it may never rest: what it continues has to go first
	}
	for s := group.stamps; s != 0; s = t.stamps.at(s).next {
		t.holdTargets(s, until)
		for e := t.stamps.at(s).edges; e != 0; e = t.edges.At(e).nextOfStamp {
			t.doubtEdge(t.edges.At(e))
		}
	}
}

// mayHold tells whether what a record asks to hold is to be held here: at home, or by
// order of its home, or because it is here.
func (t *Tracker) mayHold(r *span.Record) bool {
	if t.groupOf(&r.Trace) != 0 {
		return true
	}
	by, lease := leaseOf(r)
	switch lease {
	case noLonger:
		return false
	case over:
		return !t.graves.hasSpan(r)
	}
	home := t.homeOf(r.Trace)
	return home == t.options.Partition || home == by
}

// holder is the partition that asks to hold what a record is of, if one does.
func holder(r *span.Record) partitions {
	if r.Holder == 0 {
		return 0
	}
	by, _ := leaseOf(r)
	return only(by)
}
