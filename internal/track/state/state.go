// SPDX-License-Identifier: Apache-2.0

// Package state is what the tracker holds of the messages in flight: the spans of each
// trace, how they hang together, what they say, what was told of them and what is
// remembered of those that were let go of. It knows what stands where, and decides
// nothing.
//
//	Group     the spans of one trace: open, with records, or frozen into a few bytes
//	Stamp     a span or an event of one, below its parent
//	Edge      from a stamp to the one of another trace that it continues, by link or by name
//	Seek      a name under which an edge looks for where it leads
//	Profile   what many stamps have in common; their texts lie apart
//	Told      what the ledger was told of a delivery
//
// Everything has a number, and no record holds a pointer. Pointers to records are good
// until the end of the step. All of it goes into a snapshot ([State.Write]) and comes
// back ([State.Read]).
package state

import (
	"time"
	"unsafe"

	"github.com/hopstamp/hopstamp/internal/flat"
	"github.com/hopstamp/hopstamp/internal/track/clocks"
)

// State is what is held of the messages in flight, open or frozen.
type State struct {
	LogTime  int64 // the log's time: the latest Received seen
	Throttle Throttle

	Symbols  *Symbols
	Classes  *Classes
	Profiles Profiles
	Clocks   *clocks.Clocks

	Groups    Groups
	Stamps    Stamps
	Edges     flat.Slab[Edge]
	Told      flat.Slab[Told]
	Texts     Texts
	Traces    flat.Table       // trace ids to groups
	Places    map[Place]uint32 // to the stamps of large groups
	ByID      flat.Table       // ids that are not found among offers to the newest group, see track/join/ids.go
	Offers    flat.Table       // names to the groups that offer them
	Sought    flat.Table       // names to the first that seeks them
	Seeks     flat.Slab[Seek]
	LostLinks LostLinks
	Graves    Tombstones // of traces that were let go of

	NumStamps int   // stamps, of open and frozen groups
	NumTold   int   // that are told of, of both
	TextBytes int64 // likewise of the texts of stamps
	LinkBytes int64 // and of those of links

	Thawed   []uint32 // groups, since the last were frozen again
	scratch  []byte
	unpacked []byte
	ordinals []uint32 // stamps of the group that is thawed
	peeked   Told     // see eachTold
	Warmed   Warmed
}

// Begin makes a state that holds nothing. What grows with the messages in flight takes its
// memory from where it is told, from the garbage collector when that is nil.
func (st *State) Begin(from flat.Memory, maxSymbols, maxClasses int, remember time.Duration) {
	st.Symbols, st.Classes, st.Clocks = newSymbols(maxSymbols), newClasses(maxClasses), clocks.New(clocks.Defaults())
	st.Groups.state, st.Places, st.LostLinks, st.Graves = st, map[Place]uint32{}, newLostLinks(), newTombstones(int64(remember), maxGraves)
	st.Groups.homes.Memory, st.Groups.Open.Memory, st.Groups.Frozen.Memory = from, from, from
	st.Stamps.Runs.Memory, st.Edges.Memory, st.Seeks.Memory, st.Told.Memory, st.Texts.Slots.Memory = from, from, from, from, from
}

// Bytes is what the state takes in memory.
func (st *State) Bytes() int64 {
	return st.Groups.bytes() + st.Stamps.Runs.Bytes() + st.Edges.Bytes() + st.Told.Bytes() + st.Texts.Slots.Bytes() + st.Profiles.bytes() +
		st.Traces.Bytes() + st.ByID.Bytes() + st.Offers.Bytes() + st.Sought.Bytes() + st.Seeks.Bytes() + st.Graves.bytes() +
		st.Symbols.bytes() + st.Classes.bytes() + int64(len(st.Places))*placeBytes
}

// Load is about what the tracker takes in memory with everything frozen, from counts
// that are the same whatever is frozen and after every restart, unlike Bytes.
func (st *State) Load() int64 {
	entries := st.Traces.Len() + st.ByID.Len() + st.Offers.Len() + st.Sought.Len() + st.Graves.Young.Len() + st.Graves.Old.Len()
	return int64(st.Groups.Live())*groupLoad + int64(st.NumStamps)*stampLoad + int64(st.NumTold)*toldLoad + st.TextBytes + st.LinkBytes +
		int64(entries)*entryLoad + int64(st.Edges.Live())*int64(unsafe.Sizeof(Edge{})) + int64(st.Seeks.Live())*int64(unsafe.Sizeof(Seek{}))
}

// What a group without its stamps, one of those, what was told of a delivery and an
// entry of a table take, on average.
const groupLoad, stampLoad, toldLoad, entryLoad = 56, 24, 24, 16
