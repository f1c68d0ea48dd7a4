// SPDX-License-Identifier: Apache-2.0

package relay

import "github.com/hopstamp/hopstamp/internal/track/state"

// What was held for corrections may come to end well: then it goes, and here what joined
// it goes with it. The homes that were asked to hold that are told that it is over, unless
// something else that rests here needs it. A home that nobody asks any more lets go of it.

// EndHold tells those that were asked to hold what joined a group that nobody needs that
// for corrections of the group any more.
func (o *Others) EndHold(g uint32) {
	group := o.state.Groups.At(g)
	if o.options.Partitions <= 1 || group.Ins+group.Outs == 0 && !group.Seeking {
		return
	}
	o.reach(g)
	for _, from := range o.reached {
		if o.state.Groups.At(from).Reached && o.neededBeside(from) {
			o.unreach(from)
		}
	}
	also := state.Partitions(0)
	for _, from := range o.reached {
		if o.state.Groups.At(from).Reached {
			also |= o.homesBeside(from)
		}
	}
	for _, from := range o.reached {
		group := o.state.Groups.At(from)
		if !group.Reached {
			continue
		}
		if o.releaseReached(from, group, also); from != g && o.Ours(group) {
			o.HoldSought(from, group, noLonger)
		}
	}
	for _, from := range o.reached {
		o.state.Groups.At(from).Reached = false
	}
	if o.Ours(group) {
		o.HoldSought(g, group, noLonger)
	}
}

// neededBeside tells whether a group continues, besides what was reached, something of
// here that rests.
func (o *Others) neededBeside(g uint32) bool {
	above, known := []uint32{g}, map[uint32]bool{0: true, g: true}
	for i := 0; i < len(above); i++ {
		for s := o.state.Groups.At(above[i]).Stamps; s != 0; s = o.state.Stamps.At(s).Next {
			for e := o.state.Stamps.At(s).Edges; e != 0; e = o.state.Edges.At(e).NextOfStamp {
				to := o.state.Edges.At(e).To
				group := o.state.Groups.At(to)
				switch {
				case known[to] || group.Reached:
				case o.Ours(group) && group.Told != 0 && o.state.MayRest(group):
					return true
				default:
					known[to] = true
					above = append(above, to)
				}
			}
		}
	}
	return false
}

// unreach leaves out what is needed by something else, and what continues that.
func (o *Others) unreach(g uint32) {
	o.state.Groups.At(g).Reached = false
	o.unreachSources(o.state.Groups.At(g).Dangling)
	for s := o.state.Groups.At(g).Stamps; s != 0; s = o.state.Stamps.At(s).Next {
		o.unreachSources(o.state.Stamps.At(s).In)
	}
}

func (o *Others) unreachSources(list uint32) {
	for e := list; e != 0; e = o.state.Edges.At(e).NextIn {
		if from := o.state.Edges.At(e).From; o.state.Groups.At(from).Reached {
			o.unreach(from)
		}
	}
}

// releaseReached tells those that holdReached asked.
func (o *Others) releaseReached(g uint32, group *state.Group, who state.Partitions) {
	home := only(o.homeOf(group.Trace))
	if who |= home; o.Ours(group) {
		who |= group.Relays
	}
	for s := group.Stamps; s != 0; s = o.state.Stamps.At(s).Next {
		o.holdFound(s, home, noLonger)
	}
	if group.Stamps != 0 {
		o.askToHold(g, group.Stamps, who&^only(o.options.Partition), noLonger)
	}
}

// homesBeside are the homes of what a group continues besides what was reached.
func (o *Others) homesBeside(g uint32) (homes state.Partitions) {
	for s := o.state.Groups.At(g).Stamps; s != 0; s = o.state.Stamps.At(s).Next {
		o.eachBeside(s, func(target *state.Group) { homes |= only(o.homeOf(target.Trace)) })
	}
	return homes
}

// addHolder notes who asks to hold a group for corrections.
func (o *Others) addHolder(group *state.Group, by int) {
	if group.HeldUntil <= o.state.LogTime {
		group.Holders = 0
	}
	group.Holders |= only(by)
}

// endLease is called when a partition that asked to hold a group needs it no longer. When
// nobody else does, the group goes soon, unless it rests for itself.
func (o *Others) endLease(group *state.Group, by int) {
	if group.Holders &^= only(by); group.Holders != 0 || !group.Held {
		return
	}
	if o.state.RestsForItself(group) {
		return
	}
	group.HeldUntil = min(group.HeldUntil, o.Until(noLonger))
	if o.Ours(group) {
		o.HoldSought(group.Number, group, noLonger)
	}
}
