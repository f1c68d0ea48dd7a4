// SPDX-License-Identifier: Apache-2.0

package relay

import (
	"math/bits"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// What joins a message goes to where that has its home, stamp by stamp.

func only(partition int) state.Partitions { return 1 << partition }

// homeOf is the partition of a trace.
func (o *Others) homeOf(trace span.TraceID) int {
	if o.options.Partitions <= 1 {
		return 0
	}
	return span.PartitionOf(trace, o.options.Partitions)
}

// Ours tells whether the deliveries that begin in a group are told of here.
func (o *Others) Ours(group *state.Group) bool { return o.homeOf(group.Trace) == o.options.Partition }

// Along is called when a group has come to continue another one.
func (o *Others) Along(g, to uint32) {
	if o.options.Partitions <= 1 {
		return
	}
	target := o.state.Groups.At(to)
	more := target.Relays
	if o.Ours(o.state.Groups.At(g)) { // else its own home does that
		more |= only(o.homeOf(target.Trace))
	}
	o.relayTo(g, more)
}

// relayTo sends a group to more partitions, and what continues it with it.
func (o *Others) relayTo(g uint32, more state.Partitions) {
	o.relaying = append(o.relaying[:0], g)
	for len(o.relaying) > 0 {
		last := len(o.relaying) - 1
		g := o.relaying[last]
		o.relaying = o.relaying[:last]
		group := o.state.Groups.At(g)
		if fresh := o.freshOf(group, more); fresh != 0 {
			group.Relays |= fresh
			o.relayAll(g, group, fresh)
		}
	}
}

// freshOf are the partitions that need all of a group, of those that are to have it.
func (o *Others) freshOf(group *state.Group, more state.Partitions) state.Partitions {
	more &^= only(o.homeOf(group.Trace)) | only(o.options.Partition)
	switch {
	case more == 0:
		return 0
	case o.mayBeGone(group):
		group.Sent = o.state.LogTime
		return more | group.Relays
	}
	return more &^ group.Relays
}

// mayBeGone tells whether those that a group was relayed to had no news of it for so long
// that they may have let go of it.
func (o *Others) mayBeGone(group *state.Group) bool {
	return group.Sent+int64(o.options.Orphans)/2 <= o.state.LogTime
}

// News sends a new stamp of a group on, but not to those that it comes from.
func (o *Others) News(g, s uint32, from state.Partitions) {
	group := o.state.Groups.At(g)
	if o.mayBeGone(group) {
		o.relayTo(g, group.Relays&^from)
	} else {
		o.relayStamp(g, s, group.Relays&^from)
	}
	group.Sent = o.state.LogTime
}

// relayAll sends all stamps of a group, and asks the same for the groups that continue it.
func (o *Others) relayAll(g uint32, group *state.Group, to state.Partitions) {
	o.relaySources(g, group.Dangling)
	for s := group.Stamps; s != 0; {
		stamp := o.state.Stamps.At(s)
		o.relaySources(g, stamp.In)
		o.relayStamp(g, s, to)
		s = stamp.Next
	}
}

func (o *Others) relaySources(g, list uint32) {
	for e := list; e != 0; e = o.state.Edges.At(e).NextIn {
		if from := o.state.Edges.At(e).From; from != g {
			o.relaying = append(o.relaying, from)
		}
	}
}

// relayStamp writes a stamp out for other partitions.
func (o *Others) relayStamp(g, s uint32, to state.Partitions) {
	for ; to != 0; to &= to - 1 {
		o.relayOut(bits.TrailingZeros16(uint16(to))).add(o.state, g, s)
	}
}

// TellAll tells all others of a stamp.
func (o *Others) TellAll(g, s uint32) { o.relayStamp(g, s, o.all()) }

// PassOn relays a record of which there is no stamp here: it is of what was let go of. The
// symbols are those of its batch in ours.
func (o *Others) PassOn(to state.Partitions, of *span.Record, own []span.Symbol, at journey.Position) {
	for ; to != 0; to &= to - 1 {
		o.relayOut(bits.TrailingZeros16(uint16(to))).pass(o.state, of, own, span.Record{Origin: uint64(at), Holder: over.by(o.options.Partition)})
	}
}

// relayOut is what the step under way sends to a partition.
func (o *Others) relayOut(partition int) *outgoing {
	for _, r := range o.out[:o.numOut] {
		if r.to == partition && len(r.batch.Records) < maxRelayed {
			return r
		}
	}
	if o.numOut == len(o.out) {
		o.out = append(o.out, &outgoing{symbols: map[span.Symbol]span.Symbol{}})
	}
	r := o.out[o.numOut]
	o.numOut++
	r.to = partition
	r.links, r.texts = r.links[:0], r.texts[:0]
	r.batch.Reset()
	r.batch.Received = o.state.LogTime
	clear(r.symbols)
	return r
}

// maxRelayed bounds the records of a batch, so that one fits into a log message.
const maxRelayed = 4096

// Tell hands out what the step relays. It holds until the next step does.
func (o *Others) Tell(effects *journey.Effects) {
	for _, r := range o.out[:o.numOut] {
		r.view()
		effects.Relays = append(effects.Relays, journey.Relay{To: r.to, Batch: &r.batch})
	}
	o.numOut = 0
}
