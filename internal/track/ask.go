// SPDX-License-Identifier: Apache-2.0

package track

// With a log of several partitions, the home of a message and that of who seeks it
// may differ, and nobody knows the other's. So who still seeks when a parent or a link
// had time to arrive is told to all partitions, and so is who offers what they seek.
// Then each partition knows of a name that is sought anywhere what all others know,
// matches alike, and what was matched is relayed like what is linked. What carries a
// context costs nothing of that.

// others are all partitions but this one.
func (t *Tracker) others() partitions {
	return (1<<t.options.Partitions - 1) &^ only(t.options.Partition)
}

// patience is until when a group waits for what may be above it.
func (t *Tracker) patience(group *group) int64 { return group.first + int64(t.options.Settle) }

// askOthers tells the other partitions what the stamps of a group seek, when it is
// time, and answers when that will be; 0: not again.
func (t *Tracker) askOthers(g uint32, group *group) (at int64) {
	if !group.seeking || group.asked || t.options.Partitions <= 1 {
		return 0
	}
	if at = t.patience(group); t.now < at {
		return at
	}
	group.asked = true
	for s := group.stamps; s != 0; s = t.stamps.at(s).next {
		t.askFor(g, s)
	}
	t.candidates.reset()
	return 0
}

// askFor tells the others of one stamp, if it seeks something.
func (t *Tracker) askFor(g, s uint32) {
	if e := t.seekingEdge(s); e != 0 {
		t.relayStamp(g, s, t.others())
		t.answer(t.edges.At(e)) // who offers it here is to be told, too
	}
}

// correctOthers tells the other partitions what stands around a stamp that they may know
// as one that seeks, now that it turned out to seek nothing.
func (t *Tracker) correctOthers(g uint32) {
	if group := t.groups.at(g); group.asked && t.ours(group) {
		t.relayTo(g, t.others())
	}
}

// seekingEdge is the first edge of a stamp that seeks something; 0 when none does.
func (t *Tracker) seekingEdge(s uint32) uint32 {
	for e := t.stamps.at(s).edges; e != 0; e = t.edges.At(e).nextOfStamp {
		if t.edges.At(e).seeks != 0 {
			return e
		}
	}
	return 0
}

// answer tells the others who offers what is sought, once a step. Whether a publish
// opens a conversation depends on what stands above it, so that goes along.
func (t *Tracker) answer(edge *edge) {
	from := t.groups.at(edge.from)
	if t.options.Partitions <= 1 || !from.asked && t.ours(from) {
		return
	}
	for k := edge.seeks; k != 0; k = t.seeks.At(k).worse {
		seek := t.seeks.At(k)
		if t.candidates.told[seek.name] {
			continue
		}
		t.candidates.told[seek.name] = true
		for _, c := range t.offering(seek.by, seek.name) {
			group := t.groups.at(c.group)
			switch {
			case !t.ours(group):
			case seek.by == byConversation:
				t.relayTo(c.group, t.others())
				t.relayStamp(c.group, c.stamp, t.others())
			default:
				t.relayStamp(c.group, c.stamp, t.others())
			}
		}
	}
}
