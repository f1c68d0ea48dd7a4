// SPDX-License-Identifier: Apache-2.0

package relay

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

// HoldJoined tells the homes of what joined a group to hold that for as long as the group.
func (o *Others) HoldJoined(g uint32, l Lease) {
	group := o.state.Groups.At(g)
	if group.Ins == 0 && group.Outs == 0 && o.Ours(group) {
		return
	}
	o.holdReached(g, group.HeldUntil, l)
}

func (o *Others) holdReached(g uint32, until int64, l Lease) {
	o.reach(g)
	also := state.Partitions(0)
	for _, from := range o.reached {
		for s := o.state.Groups.At(from).Stamps; s != 0; s = o.state.Stamps.At(s).Next {
			also |= o.holdTargets(s, until)
			o.holdFound(s, only(o.homeOf(o.state.Groups.At(from).Trace)), l)
		}
	}
	for _, from := range o.reached {
		group := o.state.Groups.At(from)
		group.Reached = false
		if o.Ours(group) && (from != g || l == Shortly) { // what rests does so itself
			o.HoldSought(from, group, l)
		}
		who := also | only(o.homeOf(group.Trace))
		if o.Ours(group) {
			who |= group.Relays // so that they are as good as they were
		}
		who &^= only(o.options.Partition)
		for s := group.Stamps; s != 0 && who != 0; s = o.state.Stamps.At(s).Next {
			o.askToHold(from, s, who, l)
		}
	}
}

// reach collects a group and all that continues it.
func (o *Others) reach(g uint32) {
	o.reached = append(o.reached[:0], g)
	o.state.Groups.At(g).Reached = true
	for i := 0; i < len(o.reached); i++ {
		group := o.state.Groups.At(o.reached[i])
		o.reachSources(group.Dangling)
		for s := group.Stamps; s != 0; s = o.state.Stamps.At(s).Next {
			o.reachSources(o.state.Stamps.At(s).In)
		}
	}
}

func (o *Others) reachSources(list uint32) {
	for e := list; e != 0; e = o.state.Edges.At(e).NextIn {
		g := o.state.Edges.At(e).From
		if group := o.state.Groups.At(g); !group.Reached {
			group.Reached = true
			o.reached = append(o.reached, g)
		}
	}
}

// holdTargets holds what a stamp continues besides what was reached, and gives the homes
// of that.
func (o *Others) holdTargets(s uint32, until int64) (homes state.Partitions) {
	o.eachBeside(s, func(target *state.Group) {
		o.HoldTarget(target, until)
		homes |= only(o.homeOf(target.Trace))
	})
	return homes
}

// eachBeside visits what a stamp continues besides what was reached.
func (o *Others) eachBeside(s uint32, visit func(target *state.Group)) {
	for e := o.state.Stamps.At(s).Edges; e != 0; e = o.state.Edges.At(e).NextOfStamp {
		to := o.state.Edges.At(e).To
		if to == 0 {
			continue
		}
		if target := o.state.Groups.At(to); !target.Reached {
			visit(target)
		}
	}
}

// holdFound asks partitions that hold a stamp to hold also what it found by a name. All
// that is there is what they were told of who offers the name, and without that they
// would take it for let go of.
func (o *Others) holdFound(s uint32, who state.Partitions, l Lease) {
	for e := o.state.Stamps.At(s).Edges; e != 0; e = o.state.Edges.At(e).NextOfStamp {
		edge := o.state.Edges.At(e)
		if edge.Seeks == 0 || edge.To == 0 || edge.To == edge.From {
			continue
		}
		group := o.state.Groups.At(edge.To)
		if at := o.state.Find(edge.To, group, edge.Target, 0); at != 0 {
			o.askToHold(edge.To, at, who&^only(o.homeOf(group.Trace))&^only(o.options.Partition), l)
		}
	}
}

// HoldTarget holds a group that something continues which is held, unless it came, or a
// message was told of that seems to begin there: then it stays for as long as it is needed
// itself, here as at its home.
func (o *Others) HoldTarget(target *state.Group, until int64) {
	switch {
	case target.Count > 0, target.Told != 0:
	case !o.Ours(target):
		target.Held, target.HeldUntil = true, max(target.HeldUntil, until)
	case until > o.Until(Shortly):
		target.HeldUntil = max(target.HeldUntil, until)
	}
}

// HoldSought tells all others to hold what a group that rests still seeks: what it
// continues may come to any of them.
func (o *Others) HoldSought(g uint32, group *state.Group, l Lease) {
	if !group.Seeking || o.options.Partitions <= 1 {
		return
	}
	group.Asked = true
	for s := group.Stamps; s != 0; s = o.state.Stamps.At(s).Next {
		if o.seekingEdge(s) != 0 {
			o.askToHold(g, s, o.all(), l)
			o.holdFound(s, o.all(), l)
		}
	}
}

// askToHold sends a stamp to partitions that are to hold its group.
func (o *Others) askToHold(g, s uint32, who state.Partitions, l Lease) {
	for ; who != 0; who &= who - 1 {
		r := o.relayOut(bits.TrailingZeros16(uint16(who)))
		r.add(o.state, g, s)
		r.batch.Records[len(r.batch.Records)-1].Holder = l.by(o.options.Partition)
	}
}

// AskHome sends a stamp to its home, which took it for over, to be held there for a while.
func (o *Others) AskHome(g, s uint32) {
	o.askToHold(g, s, only(o.homeOf(o.state.Groups.At(g).Trace)), Shortly)
}

// IsPassedOn tells whether the home of a record takes it for over.
func IsPassedOn(r *span.Record) bool {
	if r.Holder == 0 {
		return false
	}
	_, lease := leaseOf(r)
	return lease == over
}

// Hold is what another partition asks for. What the group continues elsewhere is held
// with it, also if nothing of that is here, so that it is known later that it does.
func (o *Others) Hold(group *state.Group, r *span.Record) {
	by, lease := leaseOf(r)
	switch {
	case by >= o.options.Partitions:
		return
	case lease == noLonger:
		o.endLease(group, by)
		return
	case lease >= over:
		return
	case lease == ForCorrections:
		o.addHolder(group, by)
	}
	if o.Ours(group) {
		group.Relays |= Holder(r)
	}
	group.Partial = group.Partial || group.Count == 0
	until := o.Until(lease)
	if group.Held && group.HeldUntil >= until {
		return
	}
	group.Held, group.HeldUntil = true, max(group.HeldUntil, until)
	if o.Ours(group) {
		o.HoldSought(group.Number, group, lease) // it may never rest: what it continues has to go first
	}
	for s := group.Stamps; s != 0; s = o.state.Stamps.At(s).Next {
		o.holdTargets(s, until)
		for e := o.state.Stamps.At(s).Edges; e != 0; e = o.state.Edges.At(e).NextOfStamp {
			o.joins.Doubt(o.state.Edges.At(e))
		}
	}
}

// MayHold tells whether what a record asks to hold is to be held here: at home, or by
// order of its home, or because it is here.
func (o *Others) MayHold(r *span.Record) bool {
	by, lease := leaseOf(r)
	switch {
	case lease == over:
		return !o.state.Graves.HasSpan(r)
	case o.state.GroupOf(&r.Trace) != 0:
		return true
	case lease == noLonger:
		return false
	}
	home := o.homeOf(r.Trace)
	return home == o.options.Partition || home == by
}

// Holder is the partition that asks to hold what a record is of, if one does.
func Holder(r *span.Record) state.Partitions {
	if r.Holder == 0 {
		return 0
	}
	by, _ := leaseOf(r)
	return only(by)
}
