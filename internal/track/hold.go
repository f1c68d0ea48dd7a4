// SPDX-License-Identifier: Apache-2.0

package track

import (
	"math/bits"

	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// What comes of a trace goes to its home, and is relayed from there to where its journey
// began for as long as the home holds it. So the homes of what joined a group that rests
// are told to hold that, too: its stamps are sent back, with who needs them. What joined
// it may also continue what never came: that is held here and, if it is still awaited
// there, at its home. When it is corrected and ends well, they are told that, too (see
// release.go).

func (t *Tracker) holdJoined(g uint32, l lease) {
	group := t.state.Groups.At(g)
	if group.Ins == 0 && group.Outs == 0 && t.ours(group) {
		return
	}
	t.holdReached(g, group.HeldUntil, l)
}

func (t *Tracker) holdReached(g uint32, until int64, l lease) {
	t.reach(g)
	also := state.Partitions(0)
	for _, from := range t.reached {
		for s := t.state.Groups.At(from).Stamps; s != 0; s = t.state.Stamps.At(s).Next {
			also |= t.holdTargets(s, until)
			t.holdFound(s, only(t.homeOf(t.state.Groups.At(from).Trace)), l)
		}
	}
	for _, from := range t.reached {
		group := t.state.Groups.At(from)
		group.Reached = false
		if t.ours(group) && (from != g || l == shortly) { // what rests does so itself
			t.holdSought(from, group, l)
		}
		who := also | only(t.homeOf(group.Trace))
		if t.ours(group) {
			who |= group.Relays // so that they are as good as they were
		}
		who &^= only(t.options.Partition)
		for s := group.Stamps; s != 0 && who != 0; s = t.state.Stamps.At(s).Next {
			t.askToHold(from, s, who, l)
		}
	}
}

// reach collects a group and all that continues it.
func (t *Tracker) reach(g uint32) {
	t.reached = append(t.reached[:0], g)
	t.state.Groups.At(g).Reached = true
	for i := 0; i < len(t.reached); i++ {
		group := t.state.Groups.At(t.reached[i])
		t.reachSources(group.Dangling)
		for s := group.Stamps; s != 0; s = t.state.Stamps.At(s).Next {
			t.reachSources(t.state.Stamps.At(s).In)
		}
	}
}

func (t *Tracker) reachSources(list uint32) {
	for e := list; e != 0; e = t.state.Edges.At(e).NextIn {
		g := t.state.Edges.At(e).From
		if group := t.state.Groups.At(g); !group.Reached {
			group.Reached = true
			t.reached = append(t.reached, g)
		}
	}
}

// holdTargets holds what a stamp continues besides what was reached, and gives the homes
// of that.
func (t *Tracker) holdTargets(s uint32, until int64) (homes state.Partitions) {
	t.eachBeside(s, func(target *state.Group) {
		t.holdTarget(target, until)
		homes |= only(t.homeOf(target.Trace))
	})
	return homes
}

// eachBeside visits what a stamp continues besides what was reached.
func (t *Tracker) eachBeside(s uint32, visit func(target *state.Group)) {
	for e := t.state.Stamps.At(s).Edges; e != 0; e = t.state.Edges.At(e).NextOfStamp {
		to := t.state.Edges.At(e).To
		if to == 0 {
			continue
		}
		if target := t.state.Groups.At(to); !target.Reached {
			visit(target)
		}
	}
}

// holdFound asks partitions that hold a stamp to hold also what it found by a name. All
// that is there is what they were told of who offers the name, and without that they
// would take it for let go of.
func (t *Tracker) holdFound(s uint32, who state.Partitions, l lease) {
	for e := t.state.Stamps.At(s).Edges; e != 0; e = t.state.Edges.At(e).NextOfStamp {
		edge := t.state.Edges.At(e)
		if edge.Seeks == 0 || edge.To == 0 || edge.To == edge.From {
			continue
		}
		group := t.state.Groups.At(edge.To)
		if at := t.state.Find(edge.To, group, edge.Target, 0); at != 0 {
			t.askToHold(edge.To, at, who&^only(t.homeOf(group.Trace))&^only(t.options.Partition), l)
		}
	}
}

// holdTarget holds a group that something continues which is held, unless it came, or a
// message was told of that seems to begin there: then it stays for as long as it is needed
// itself, here as at its home.
func (t *Tracker) holdTarget(target *state.Group, until int64) {
	switch {
	case target.Count > 0, target.Told != 0:
	case !t.ours(target):
		target.Held, target.HeldUntil = true, max(target.HeldUntil, until)
	case until > shortly.until(t):
		target.HeldUntil = max(target.HeldUntil, until)
	}
}

// holdSought tells all others to hold what a group that rests still seeks: what it
// continues may come to any of them.
func (t *Tracker) holdSought(g uint32, group *state.Group, l lease) {
	if !group.Seeking || t.options.Partitions <= 1 {
		return
	}
	group.Asked = true
	for s := group.Stamps; s != 0; s = t.state.Stamps.At(s).Next {
		if t.seekingEdge(s) != 0 {
			t.askToHold(g, s, t.others(), l)
			t.holdFound(s, t.others(), l)
		}
	}
}

// askToHold sends a stamp to partitions that are to hold its group.
func (t *Tracker) askToHold(g, s uint32, who state.Partitions, l lease) {
	for ; who != 0; who &= who - 1 {
		r := t.relayOut(bits.TrailingZeros16(uint16(who)))
		r.add(&t.state, g, s)
		r.batch.Records[len(r.batch.Records)-1].Holder = l.by(t.options.Partition)
	}
}

// hold is what another partition asks for. What the group continues elsewhere is held
// with it, also if nothing of that is here, so that it is known later that it does.
func (t *Tracker) hold(group *state.Group, r *span.Record) {
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
		group.Relays |= holder(r)
	}
	group.Partial = group.Partial || group.Count == 0
	until := lease.until(t)
	if group.Held && group.HeldUntil >= until {
		return
	}
	group.Held, group.HeldUntil = true, max(group.HeldUntil, until)
	if t.ours(group) {
		t.holdSought(group.Number, group, lease) // it may never rest: what it continues has to go first
	}
	for s := group.Stamps; s != 0; s = t.state.Stamps.At(s).Next {
		t.holdTargets(s, until)
		for e := t.state.Stamps.At(s).Edges; e != 0; e = t.state.Edges.At(e).NextOfStamp {
			t.joins.Doubt(t.state.Edges.At(e))
		}
	}
}

// mayHold tells whether what a record asks to hold is to be held here: at home, or by
// order of its home, or because it is here.
func (t *Tracker) mayHold(r *span.Record) bool {
	by, lease := leaseOf(r)
	switch {
	case lease == over:
		return !t.state.Graves.HasSpan(r)
	case t.state.GroupOf(&r.Trace) != 0:
		return true
	case lease == noLonger:
		return false
	}
	home := t.homeOf(r.Trace)
	return home == t.options.Partition || home == by
}

// holder is the partition that asks to hold what a record is of, if one does.
func holder(r *span.Record) state.Partitions {
	if r.Holder == 0 {
		return 0
	}
	by, _ := leaseOf(r)
	return only(by)
}
