// SPDX-License-Identifier: Apache-2.0

package track

import (
	"github.com/hopstamp/hopstamp/internal/flat"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// A message may be on its way for hours, and what joined it stays with it for as long,
// where the message has its home. The homes of what joined it would let go of that after
// Options.Orphans: they do not know. So they are told twice in that time, as long as the
// message is on its way, by its stamps that are sent back as in hold.go, to be held for
// so long again and no longer. A home that is told so tells all others of what the group
// still seeks.

// holdAlong tells the homes of what joined a message to hold it, when it is time, and
// answers when that is again; 0: not before the group may be let go of.
func (t *Tracker) holdAlong(g uint32, group *state.Group, settleAt int64) int64 {
	if t.options.Partitions <= 1 || group.Ins+group.Outs == 0 && !group.Seeking {
		return 0
	}
	each := max(1, int64(t.options.Orphans)/2)
	if group.Look != 0 && turnAfter(group.First, group.Look-1, each) <= t.state.LogTime {
		t.holdReached(g, shortly.until(t), shortly)
	}
	if next := turnAfter(group.First, t.state.LogTime, each); settleAt == 0 || next < settleAt {
		return next
	}
	return 0
}

// turnAfter is the first of the turns from a beginning on that comes after a moment.
func turnAfter(from, after, each int64) int64 {
	return from + (max(0, after-from)/each+1)*each
}

// lease is for how long a partition asks others to hold something.
type lease uint16

const (
	forCorrections lease = iota // for Options.LingerFailed
	shortly                     // for Options.Orphans
	noLonger                    // for corrections it is not needed any more
	over                        // it is let go of at its home, and may be known to be over
)

// leaseOf is the partition that asks to hold what a record is of, and for how long. In a
// record it is one number: that of the partition, counted from 1, for corrections, behind
// all of those shortly, and the others likewise.
func leaseOf(r *span.Record) (partition int, l lease) {
	number := int(r.Holder) - 1
	return number % span.MaxPartitions, lease(number / span.MaxPartitions)
}

func (l lease) by(partition int) uint16 { return uint16(l)*span.MaxPartitions + uint16(partition) + 1 }

// until is when it ends, if it begins now.
func (l lease) until(t *Tracker) int64 {
	if l != forCorrections {
		return t.state.LogTime + int64(t.options.Orphans)
	}
	return t.state.LogTime + int64(t.options.LingerFailed)
}

// leaseOfRest is what a group that rests asks others for: no more than it has itself.
func (t *Tracker) leaseOfRest(group *state.Group) lease {
	if group.HeldUntil <= shortly.until(t) {
		return shortly
	}
	return forCorrections
}

// restsLonger tells whether a group whose rest would be over is needed for longer by now.
func (t *Tracker) restsLonger(next flat.Timer) bool {
	group := t.restOf(next)
	if group == nil || group.HeldUntil <= t.state.LogTime {
		return false
	}
	group.SettleAt, group.Due = group.HeldUntil, group.HeldUntil
	t.rests.Push(flat.Timer{At: group.Due, Group: next.Group})
	t.refreeze()
	return true
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
