// SPDX-License-Identifier: Apache-2.0

package state

import (
	"encoding/binary"
	"unsafe"

	"github.com/hopstamp/hopstamp/internal/flat"
	"github.com/hopstamp/hopstamp/internal/span"
)

// Groups are found by a number that stays the same for as long as they live. What
// lies behind the number is either open, with records for the group and each of
// its stamps, or frozen: a few bytes in an arena, see freeze.go. Whoever asks for a
// frozen group gets it open.
type Groups struct {
	state  *State
	homes  flat.Slab[home] // by number
	Open   flat.Slab[Group]
	Frozen flat.Arena
}

// home tells where a group is: its place among the open ones or, with frozenHome,
// the slot where it is frozen. 0 means that there is no group of the number; the
// open group 0 is always empty, so who finds one by accident finds nothing.
type home uint32

const frozenHome = home(1) << 31

func (h home) slot() flat.Ref { return flat.Ref(h &^ frozenHome) }

// Alloc makes a group.
func (gs *Groups) Alloc() (uint32, *Group) {
	g, home := gs.homes.Alloc()
	return g, gs.Unfold(g, home)
}

// Unfold gives a number a place among the open groups.
func (gs *Groups) Unfold(g uint32, to *home) *Group {
	place, group := gs.Open.Alloc()
	group.Number = g
	*to = home(place)
	return group
}

// fold gives the place of an open group back: it is in a slot now.
func (gs *Groups) fold(g uint32, slot flat.Ref) {
	at := gs.homes.At(g)
	gs.Open.Release(uint32(*at))
	*at = frozenHome | home(slot)
}

// At opens a group. The pointer is good until the end of the step.
func (gs *Groups) At(g uint32) *Group {
	if home := *gs.homes.At(g); home&frozenHome == 0 {
		return gs.Open.At(uint32(home))
	}
	return gs.state.thaw(g)
}

// IfOpen is a group if it is open; nil when it is frozen, or nobody has the number.
func (gs *Groups) IfOpen(g uint32) *Group {
	if home := *gs.homes.At(g); home != 0 && home&frozenHome == 0 {
		return gs.Open.At(uint32(home))
	}
	return nil
}

// IsFrozen tells whether a group is, so that to ask for it opens it.
func (gs *Groups) IsFrozen(g uint32) bool { return *gs.homes.At(g)&frozenHome != 0 }

// Is tells whether a group is that of a trace, without opening it.
func (gs *Groups) Is(g uint32, trace *span.TraceID) bool {
	home := *gs.homes.At(g)
	if home&frozenHome == 0 {
		return gs.Open.At(uint32(home)).Trace == *trace
	}
	return span.TraceID(gs.Frozen.Slot(home.slot())[frozenTrace:]) == *trace
}

// Due is when a group is looked at next, without opening it.
func (gs *Groups) Due(g uint32) int64 {
	home := *gs.homes.At(g)
	if home&frozenHome == 0 {
		return gs.Open.At(uint32(home)).Due
	}
	return int64(binary.LittleEndian.Uint64(gs.Frozen.Slot(home.slot())[frozenDue:]))
}

// Release forgets an open group.
func (gs *Groups) Release(g uint32) {
	gs.Open.Release(uint32(*gs.homes.At(g)))
	gs.homes.Release(g)
}

// Highest is the highest number that was given.
func (gs *Groups) Highest() uint32 { return gs.homes.Used() }

// Live is how many groups there are.
func (gs *Groups) Live() int { return gs.homes.Live() }

func (gs *Groups) bytes() int64 {
	return int64(gs.homes.Live())*int64(unsafe.Sizeof(home(0))) + gs.Open.Bytes() + gs.Frozen.Bytes()
}
