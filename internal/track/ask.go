// SPDX-License-Identifier: Apache-2.0

package track

import "github.com/hopstamp/hopstamp/internal/track/state"

// With a log of several partitions, the home of a message and that of who seeks it
// may differ, and nobody knows the other's. So who still seeks when a parent or a link
// had time to arrive is told to all partitions, and so is who offers what they seek.
// Then each partition knows of a name that is sought anywhere what all others know,
// matches alike, and what was matched is relayed like what is linked. What carries a
// context costs nothing of that.

// others are all partitions but this one.
func (t *Tracker) others() state.Partitions {
	return (1<<t.options.Partitions - 1) &^ only(t.options.Partition)
}

// patience is until when a group waits for what may be above it.
func (t *Tracker) patience(group *state.Group) int64 { return group.First + int64(t.options.Settle) }

// askOthers tells the other partitions what the stamps of a group seek, when it is
// time, and answers when that will be; 0: not again.
func (t *Tracker) askOthers(g uint32, group *state.Group) (at int64) {
	if !group.Seeking || group.Asked || t.options.Partitions <= 1 {
		return 0
	}
	if at = t.patience(group); t.state.LogTime < at {
		return at
	}
	group.Asked = true
	for s := group.Stamps; s != 0; s = t.state.Stamps.At(s).Next {
		t.askFor(g, s)
	}
	t.joins.Forget()
	return 0
}

// askFor tells the others of one stamp, if it seeks something.
func (t *Tracker) askFor(g, s uint32) {
	if e := t.seekingEdge(s); e != 0 {
		t.relayStamp(g, s, t.others())
		t.answer(t.state.Edges.At(e)) // who offers it here is to be told, too
	}
}

// correctOthers tells the other partitions what stands around a stamp that they may know
// as one that seeks, now that it turned out to seek nothing.
func (t *Tracker) correctOthers(g uint32) {
	if group := t.state.Groups.At(g); group.Asked && t.ours(group) {
		t.relayTo(g, t.others())
	}
}

// seekingEdge is the first edge of a stamp that seeks something; 0 when none does.
func (t *Tracker) seekingEdge(s uint32) uint32 {
	for e := t.state.Stamps.At(s).Edges; e != 0; e = t.state.Edges.At(e).NextOfStamp {
		if t.state.Edges.At(e).Seeks != 0 {
			return e
		}
	}
	return 0
}

// answer tells the others who offers what is sought, once a step. Whether a publish
// opens a conversation depends on what stands above it, so that goes along.
func (t *Tracker) answer(edge *state.Edge) {
	from := t.state.Groups.At(edge.From)
	if t.options.Partitions <= 1 || !from.Asked && t.ours(from) {
		return
	}
	for k := edge.Seeks; k != 0; k = t.state.Seeks.At(k).Worse {
		seek := t.state.Seeks.At(k)
		if !t.joins.Tells(seek.Name) {
			continue
		}
		for _, c := range t.joins.Offering(seek.By, seek.Name) {
			group := t.state.Groups.At(c.Group)
			switch {
			case !t.ours(group):
			case seek.By == state.ByConversation:
				t.relayTo(c.Group, t.others())
				t.relayStamp(c.Group, c.Stamp, t.others())
			default:
				t.relayStamp(c.Group, c.Stamp, t.others())
			}
		}
	}
}
