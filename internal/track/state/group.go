// SPDX-License-Identifier: Apache-2.0

package state

import (
	"math"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// Group is the spans of one trace. None of the state below holds a pointer.
type Group struct {
	Trace     span.TraceID
	Stamps    uint32     // all of them, by Stamp.Next
	Number    uint32     // of the group
	Count     uint32     // how many
	Tops      uint32     // those whose parent is not here, by Stamp.Sibling
	Loose     uint32     // such that are linked: they belong under what they link to
	Dangling  uint32     // edges to spans of this trace that are not here, by Edge.NextIn
	Outs      uint32     // edges from here to other groups
	Ins       uint32     // edges to here, also from here
	Told      uint32     // list of what was told of the deliveries that begin here
	Due       int64      // when the group is looked at next; 0: not scheduled
	Look      int64      // when time alone changes a verdict, or it is looked at for what came; 0: never
	Again     int64      // log time before which it is not looked at for what comes; 0: as soon as that does
	First     int64      // log time of the first arrival
	Touched   int64      // log time of the last new stamp here or in a joined group
	SettleAt  int64      // log time at which the group may be let go of; 0: something is still expected
	HeldUntil int64      // log time until which it rests for corrections when it has settled; 0: not at all
	Shown     uint64     // hash of the id shown last
	Relays    Partitions // that its stamps are relayed to
	Holders   Partitions // that asked to hold it for corrections
	Sent      int64      // log time at which all of those got it, or the last news of it since
	Dirty     bool       // waits for review in the step under way
	Message   bool       // at least one delivery was told of
	Joined    bool       // it was part of a message that was let go of
	Leaving   bool       // it is let go of
	Linked    bool       // some stamp is
	indexed   bool       // its stamps are in the index
	Listed    bool       // some of its ids were put into ByID
	ShownElse bool       // Shown is not of the newest stamp that shows any
	ShownLate bool       // it is, and was not looked up since the group was thawed
	Converses bool       // some stamp offers a conversation
	Seeking   bool       // some stamp seeks a name, or did
	Asked     bool       // the other partitions were told what
	Roused    bool       // what it seeks is looked at again in the step under way
	Rests     bool       // it waits for corrections only, see track/rest.go
	Held      bool       // another partition needs it for that
	Partial   bool       // it was let go of here and came back from there, with what is needed of it
	Reached   bool       // it continues the group that is looked at, see relay/hold.go
}

// OnlyAwaited tells whether nothing of a group has come, and no message begins in it. It
// stays for as long as anything continues it.
func (g *Group) OnlyAwaited() bool { return g.Count == 0 && g.Told == 0 && g.Ins > 0 }

// Belongs tells whether a group is of a message, or of something elsewhere that may be.
func (g *Group) Belongs() bool { return g.Message || g.Joined || g.Relays != 0 }

// Partitions is a set of them, by bit.
type Partitions uint16

// Earliest of two moments, of which 0 means never.
func Earliest(x, y int64) int64 {
	if x == 0 || y != 0 && y < x {
		return y
	}
	return x
}

// Between is the time from one moment to another; senders may send any number.
func Between(from, to int64) time.Duration {
	d := to - from
	switch {
	case to >= from && d < 0:
		d = math.MaxInt64
	case to < from && d > 0:
		d = math.MinInt64
	}
	return time.Duration(d)
}

// MayRest tells whether a group is to be held on when it has settled.
func (st *State) MayRest(group *Group) bool { return group.HeldUntil > st.LogTime }

// RestsForItself tells whether something that was told of a group may be corrected by what
// comes much later.
func (st *State) RestsForItself(group *Group) bool {
	for e := group.Told; e != 0; e = st.Told.At(e).Next {
		if v := st.Told.At(e).Tally.Verdict; v.Bad() || v == journey.Unverifiable {
			return true
		}
	}
	return false
}

// GroupOf is the number of the group of a trace; 0 when there is none.
func (st *State) GroupOf(trace *span.TraceID) uint32 {
	return st.Traces.Find(Fingerprint(*trace), func(g uint32) bool { return st.Groups.Is(g, trace) })
}

// LastTexts are those of the newest stamp of a group that has some, if that is not long
// ago: who takes a message shows the same of it as who sent it.
func (st *State) LastTexts(group *Group) TextRef {
	for s, few := group.Stamps, runLength; s != 0 && few > 0; few-- {
		stamp := st.Stamps.At(s)
		if stamp.Texts != 0 {
			return stamp.Texts
		}
		s = stamp.Next
	}
	return 0
}

// LastShown is the hash of the id that a group showed last, as far as a stamp and those
// before it tell.
func (st *State) LastShown(s uint32) uint64 {
	for ; s != 0; s = st.Stamps.At(s).Next {
		if stamp := st.Stamps.At(s); stamp.Texts != 0 {
			if shown := st.Texts.shown(stamp.Texts); shown != 0 {
				return shown
			}
		}
	}
	return 0
}
