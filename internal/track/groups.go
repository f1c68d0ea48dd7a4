// SPDX-License-Identifier: Apache-2.0

package track

import (
	"encoding/binary"
	"unsafe"

	"github.com/hopstamp/hopstamp/internal/flat"
	"github.com/hopstamp/hopstamp/internal/span"
)

// groups are found by a number that stays the same for as long as they live. What
// lies behind the number is either open, with records for the group and each of
// its stamps, or frozen: a few bytes in an arena, see freeze.go. Whoever asks for a
// frozen group gets it open.
type groups struct {
	state  *State
	homes  flat.Slab[home] // by number
	open   flat.Slab[group]
	frozen flat.Arena
}

// home tells where a group is: its place among the open ones or, with frozenHome,
// the slot where it is frozen. 0 means that there is no group of the number; the
// open group 0 is always empty, so who finds one by accident finds nothing.
type home uint32

const frozenHome = home(1) << 31

func (h home) slot() flat.Ref { return flat.Ref(h &^ frozenHome) }

// alloc makes a group.
func (gs *groups) alloc() (uint32, *group) {
	g, home := gs.homes.Alloc()
	return g, gs.unfold(g, home)
}

// unfold gives a number a place among the open groups.
func (gs *groups) unfold(g uint32, to *home) *group {
	place, group := gs.open.Alloc()
	group.number = g
	*to = home(place)
	return group
}

// fold gives the place of an open group back: it is in a slot now.
func (gs *groups) fold(g uint32, slot flat.Ref) {
	at := gs.homes.At(g)
	gs.open.Release(uint32(*at))
	*at = frozenHome | home(slot)
}

// at opens a group. The pointer is good until the end of the step.
func (gs *groups) at(g uint32) *group {
	if home := *gs.homes.At(g); home&frozenHome == 0 {
		return gs.open.At(uint32(home))
	}
	return gs.state.thaw(g)
}

// ifOpen is a group if it is open; nil when it is frozen, or nobody has the number.
func (gs *groups) ifOpen(g uint32) *group {
	if home := *gs.homes.At(g); home != 0 && home&frozenHome == 0 {
		return gs.open.At(uint32(home))
	}
	return nil
}

// isFrozen tells whether a group is, so that to ask for it opens it.
func (gs *groups) isFrozen(g uint32) bool { return *gs.homes.At(g)&frozenHome != 0 }

// is tells whether a group is that of a trace, without opening it.
func (gs *groups) is(g uint32, trace *span.TraceID) bool {
	home := *gs.homes.At(g)
	if home&frozenHome == 0 {
		return gs.open.At(uint32(home)).trace == *trace
	}
	return span.TraceID(gs.frozen.Slot(home.slot())[frozenTrace:]) == *trace
}

// due is when a group is looked at next, without opening it.
func (gs *groups) due(g uint32) int64 {
	home := *gs.homes.At(g)
	if home&frozenHome == 0 {
		return gs.open.At(uint32(home)).due
	}
	return int64(binary.LittleEndian.Uint64(gs.frozen.Slot(home.slot())[frozenDue:]))
}

// release forgets an open group.
func (gs *groups) release(g uint32) {
	gs.open.Release(uint32(*gs.homes.At(g)))
	gs.homes.Release(g)
}

// highest is the highest number that was given.
func (gs *groups) highest() uint32 { return gs.homes.Used() }

func (gs *groups) live() int { return gs.homes.Live() }

func (gs *groups) bytes() int64 {
	return int64(gs.homes.Live())*int64(unsafe.Sizeof(home(0))) + gs.open.Bytes() + gs.frozen.Bytes()
}
