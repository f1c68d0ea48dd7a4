// SPDX-License-Identifier: Apache-2.0

package relay

import "github.com/hopstamp/hopstamp/internal/track/state"

// With a log of several partitions, the home of a message and that of who seeks it
// may differ, and nobody knows the other's. So who still seeks when a parent or a link
// had time to arrive is told to all partitions, and so is who offers what they seek.
// Then each partition knows of a name that is sought anywhere what all others know,
// matches alike, and what was matched is relayed like what is linked. What carries a
// context costs nothing of that.

// all are all partitions but this one.
func (o *Others) all() state.Partitions {
	return (1<<o.options.Partitions - 1) &^ only(o.options.Partition)
}

// Patience is until when a group waits for what may be above it.
func (o *Others) Patience(group *state.Group) int64 { return group.First + int64(o.options.Settle) }

// AskOthers tells the other partitions what the stamps of a group seek, when it is
// time, and answers when that will be; 0: not again.
func (o *Others) AskOthers(g uint32, group *state.Group) (at int64) {
	if !group.Seeking || group.Asked || o.options.Partitions <= 1 {
		return 0
	}
	if at = o.Patience(group); o.state.LogTime < at {
		return at
	}
	group.Asked = true
	for s := group.Stamps; s != 0; s = o.state.Stamps.At(s).Next {
		o.AskFor(g, s)
	}
	o.joins.Forget()
	return 0
}

// AskFor tells the others of one stamp, if it seeks something.
func (o *Others) AskFor(g, s uint32) {
	if e := o.seekingEdge(s); e != 0 {
		o.relayStamp(g, s, o.all())
		o.Answer(o.state.Edges.At(e)) // who offers it here is to be told, too
	}
}

// CorrectOthers tells the other partitions what stands around a stamp that they may know
// as one that seeks, now that it turned out to seek nothing.
func (o *Others) CorrectOthers(g uint32) {
	if group := o.state.Groups.At(g); group.Asked && o.Ours(group) {
		o.relayTo(g, o.all())
	}
}

// seekingEdge is the first edge of a stamp that seeks something; 0 when none does.
func (o *Others) seekingEdge(s uint32) uint32 {
	for e := o.state.Stamps.At(s).Edges; e != 0; e = o.state.Edges.At(e).NextOfStamp {
		if o.state.Edges.At(e).Seeks != 0 {
			return e
		}
	}
	return 0
}

// Answer tells the others who offers what is sought, once a step. Whether a publish
// opens a conversation depends on what stands above it, so that goes along.
func (o *Others) Answer(edge *state.Edge) {
	from := o.state.Groups.At(edge.From)
	if o.options.Partitions <= 1 || !from.Asked && o.Ours(from) {
		return
	}
	for k := edge.Seeks; k != 0; k = o.state.Seeks.At(k).Worse {
		seek := o.state.Seeks.At(k)
		if !o.joins.Tells(seek.Name) {
			continue
		}
		for _, c := range o.joins.Offering(seek.By, seek.Name) {
			group := o.state.Groups.At(c.Group)
			switch {
			case !o.Ours(group):
			case seek.By == state.ByConversation:
				o.relayTo(c.Group, o.all())
				o.relayStamp(c.Group, c.Stamp, o.all())
			default:
				o.relayStamp(c.Group, c.Stamp, o.all())
			}
		}
	}
}
