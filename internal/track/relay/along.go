// SPDX-License-Identifier: Apache-2.0

package relay

import "github.com/hopstamp/hopstamp/internal/track/state"

// A message may be on its way for hours, and what joined it stays with it for as long,
// where the message has its home. The homes of what joined it would let go of that after
// Options.Orphans: they do not know. So they are told twice in that time, as long as the
// message is on its way, by its stamps that are sent back as in hold.go, to be held for
// so long again and no longer. A home that is told so tells all others of what the group
// still seeks.

// HoldAlong tells the homes of what joined a message to hold it, when it is time, and
// answers when that is again; 0: not before the group may be let go of.
func (o *Others) HoldAlong(g uint32, group *state.Group, settleAt int64) int64 {
	if o.options.Partitions <= 1 || group.Ins+group.Outs == 0 && !group.Seeking {
		return 0
	}
	each := max(1, int64(o.options.Orphans)/2)
	if group.Look != 0 && turnAfter(group.First, group.Look-1, each) <= o.state.LogTime {
		o.holdReached(g, o.Until(Shortly), Shortly)
	}
	if next := turnAfter(group.First, o.state.LogTime, each); settleAt == 0 || next < settleAt {
		return next
	}
	return 0
}

// turnAfter is the first of the turns from a beginning on that comes after a moment.
func turnAfter(from, after, each int64) int64 {
	return from + (max(0, after-from)/each+1)*each
}
