// SPDX-License-Identifier: Apache-2.0

package track

import "github.com/hopstamp/hopstamp/internal/track/state"

// What was held for corrections may come to end well: then it goes, and here what joined
// it goes with it. The homes that were asked to hold that are told that it is over, unless
// something else that rests here needs it. A home that nobody asks any more lets go of it.

// endHold tells those that were asked to hold what joined a group that nobody needs that
// for corrections of the group any more.
func (t *Tracker) endHold(g uint32) {
	group := t.state.Groups.At(g)
	if t.options.Partitions <= 1 || group.Ins+group.Outs == 0 && !group.Seeking {
		return
	}
	t.reach(g)
	for _, from := range t.reached {
		if t.state.Groups.At(from).Reached && t.neededBeside(from) {
			t.unreach(from)
		}
	}
	also := state.Partitions(0)
	for _, from := range t.reached {
		if t.state.Groups.At(from).Reached {
			also |= t.homesBeside(from)
		}
	}
	for _, from := range t.reached {
		group := t.state.Groups.At(from)
		if !group.Reached {
			continue
		}
		if t.releaseReached(from, group, also); from != g && t.ours(group) {
			t.holdSought(from, group, noLonger)
		}
	}
	for _, from := range t.reached {
		t.state.Groups.At(from).Reached = false
	}
	if t.ours(group) {
		t.holdSought(g, group, noLonger)
	}
}

// neededBeside tells whether a group continues, besides what was reached, something of
// here that rests.
func (t *Tracker) neededBeside(g uint32) bool {
	above, known := []uint32{g}, map[uint32]bool{0: true, g: true}
	for i := 0; i < len(above); i++ {
		for s := t.state.Groups.At(above[i]).Stamps; s != 0; s = t.state.Stamps.At(s).Next {
			for e := t.state.Stamps.At(s).Edges; e != 0; e = t.state.Edges.At(e).NextOfStamp {
				to := t.state.Edges.At(e).To
				group := t.state.Groups.At(to)
				switch {
				case known[to] || group.Reached:
				case t.ours(group) && group.Told != 0 && t.mayRest(group):
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
func (t *Tracker) unreach(g uint32) {
	t.state.Groups.At(g).Reached = false
	t.unreachSources(t.state.Groups.At(g).Dangling)
	for s := t.state.Groups.At(g).Stamps; s != 0; s = t.state.Stamps.At(s).Next {
		t.unreachSources(t.state.Stamps.At(s).In)
	}
}

func (t *Tracker) unreachSources(list uint32) {
	for e := list; e != 0; e = t.state.Edges.At(e).NextIn {
		if from := t.state.Edges.At(e).From; t.state.Groups.At(from).Reached {
			t.unreach(from)
		}
	}
}

// releaseReached tells those that holdReached asked.
func (t *Tracker) releaseReached(g uint32, group *state.Group, who state.Partitions) {
	home := only(t.homeOf(group.Trace))
	if who |= home; t.ours(group) {
		who |= group.Relays
	}
	for s := group.Stamps; s != 0; s = t.state.Stamps.At(s).Next {
		t.holdFound(s, home, noLonger)
	}
	if group.Stamps != 0 {
		t.askToHold(g, group.Stamps, who&^only(t.options.Partition), noLonger)
	}
}

// homesBeside are the homes of what a group continues besides what was reached.
func (t *Tracker) homesBeside(g uint32) (homes state.Partitions) {
	for s := t.state.Groups.At(g).Stamps; s != 0; s = t.state.Stamps.At(s).Next {
		t.eachBeside(s, func(target *state.Group) { homes |= only(t.homeOf(target.Trace)) })
	}
	return homes
}

// addHolder notes who asks to hold a group for corrections.
func (t *Tracker) addHolder(group *state.Group, by int) {
	if group.HeldUntil <= t.state.LogTime {
		group.Holders = 0
	}
	group.Holders |= only(by)
}

// endLease is called when a partition that asked to hold a group needs it no longer. When
// nobody else does, the group goes soon, unless it rests for itself.
func (t *Tracker) endLease(group *state.Group, by int) {
	if group.Holders &^= only(by); group.Holders != 0 || !group.Held {
		return
	}
	if t.restsForItself(group) {
		return
	}
	group.HeldUntil = min(group.HeldUntil, noLonger.until(t))
	if t.ours(group) {
		t.holdSought(group.Number, group, noLonger)
	}
}
