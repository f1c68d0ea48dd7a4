// SPDX-License-Identifier: Apache-2.0

package track

// What was held for corrections may come to end well: then it goes, and here what joined
// it goes with it. The homes that were asked to hold that are told that it is over, unless
// something else that rests here needs it. A home that nobody asks any more lets go of it.

// endHold tells those that were asked to hold what joined a group that nobody needs that
// for corrections of the group any more.
func (t *Tracker) endHold(g uint32) {
	group := t.groups.at(g)
	if t.options.Partitions <= 1 || group.ins+group.outs == 0 && !group.seeking {
		return
	}
	t.reach(g)
	for _, from := range t.reached {
		if t.groups.at(from).reached && t.neededBeside(from) {
			t.unreach(from)
		}
	}
	for _, from := range t.reached {
		if group := t.groups.at(from); group.reached {
			t.releaseReached(from, group)
		}
	}
	for _, from := range t.reached {
		t.groups.at(from).reached = false
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
		for s := t.groups.at(above[i]).stamps; s != 0; s = t.stamps.at(s).next {
			for e := t.stamps.at(s).edges; e != 0; e = t.edges.At(e).nextOfStamp {
				to := t.edges.At(e).to
				group := t.groups.at(to)
				switch {
				case known[to] || group.reached:
				case t.ours(group) && group.told != 0 && t.mayRest(group):
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
	t.groups.at(g).reached = false
	t.unreachSources(t.groups.at(g).dangling)
	for s := t.groups.at(g).stamps; s != 0; s = t.stamps.at(s).next {
		t.unreachSources(t.stamps.at(s).in)
	}
}

func (t *Tracker) unreachSources(list uint32) {
	for e := list; e != 0; e = t.edges.At(e).nextIn {
		if from := t.edges.At(e).from; t.groups.at(from).reached {
			t.unreach(from)
		}
	}
}

// releaseReached tells those that holdReached asked.
func (t *Tracker) releaseReached(g uint32, group *group) {
	who := only(t.homeOf(group.trace))
	if t.ours(group) {
		who |= group.relays
	}
	for s := group.stamps; s != 0; s = t.stamps.at(s).next {
		who |= t.homesBeside(s)
		t.holdFound(s, only(t.homeOf(group.trace)), noLonger)
	}
	if group.stamps != 0 {
		t.askToHold(g, group.stamps, who&^only(t.options.Partition), noLonger)
	}
}

// homesBeside are the homes of what a stamp continues besides what was reached.
func (t *Tracker) homesBeside(s uint32) (homes partitions) {
	t.eachBeside(s, func(target *group) { homes |= only(t.homeOf(target.trace)) })
	return homes
}

// addHolder notes who asks to hold a group for corrections.
func (t *Tracker) addHolder(group *group, by int) {
	if group.heldUntil <= t.now {
		group.holders = 0
	}
	group.holders |= only(by)
}

// endLease is called when a partition that asked to hold a group needs it no longer. When
// nobody else does, the group goes soon, unless it rests for itself.
func (t *Tracker) endLease(group *group, by int) {
	if group.holders &^= only(by); group.holders != 0 || !group.held {
		return
	}
	if t.restsForItself(group) {
		return
	}
	group.heldUntil = min(group.heldUntil, noLonger.until(t))
	if t.ours(group) {
		t.holdSought(group.number, group, noLonger)
	}
}
