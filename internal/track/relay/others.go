// SPDX-License-Identifier: Apache-2.0

// Package relay is what the trackers of a log's partitions tell each other, through the log.
//
// A log of several partitions has a tracker for each, and the spans of a trace go to
// its home. What a group continues may have another home: then its stamps, those that
// come later too, are relayed there through the log, and from there on to where that
// continues something. So each tracker has everything that continues its own traces,
// and tells of the deliveries that begin in them; the others it holds for that only.
//
//	relay, batch     what joins a message goes to where that has its home
//	ask              what is sought, and who offers it, is told to all
//	hold, along      what joined a message is held for as long as that
//	lease, release   for how long that is, and when it is over
//
// A stamp that arrives twice is known already, so a relay may be repeated, by a replay
// as well, and no order or delay of relays changes what the ledgers add up to.
//
// Who was sent a group lets go of it when nobody needs it there, and does not say so. So
// when it had no news of it for long, the next news is all of the group.
package relay

import (
	"time"

	"github.com/hopstamp/hopstamp/internal/track/join"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// Options say which partition this is, and for how long groups wait. They are those of
// track.Options.
type Options struct {
	Partition, Partitions         int
	Settle, Orphans, LingerFailed time.Duration
}

// Others are the other partitions, as one tracker knows them.
type Others struct {
	state   *state.State
	joins   *join.Joins
	options Options

	out      []*outgoing // the first numOut are of the step under way
	numOut   int
	relaying []uint32 // groups to relay
	reached  []uint32 // groups that continue one which rests
}

// New makes the other partitions of a tracker with this state and these joins.
func New(of *state.State, joins *join.Joins, options Options) Others {
	return Others{state: of, joins: joins, options: options}
}
