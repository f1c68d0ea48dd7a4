// SPDX-License-Identifier: Apache-2.0

package track

import (
	"encoding/binary"
	"math/bits"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// How a group is written, in memory while it is frozen and in snapshots. Every list
// keeps its order, so that what is read back is the same to the last detail.
//
//	group = trace 16 | due u64 | first u64 | flags uvarint | count uvarint
//	        | touched, look, settleAt, shown, dangling, relays, heldUntil: those that the flags say
//	        | told ... | stamps ..., each in the order of the group's list
//	told  = id u64 | class uvarint | verdict u8 | reason u8 | flags u8 | hop u8 | sampled uvarint
//	        | started | updated, fulfilled, label: those that the flags say
//	stamp = flags uvarint | span 8 | start | length | position | profile uvarint
//	        | then for each bit set in flags, lowest first: the field
//	dims  = which uvarint: those that it says, above them those that differ from what was
//	        said last before it | symbol uvarint of each that does
//
// Integers are little endian, uvarint, or varint where they may be negative. Times
// are differences: of the group to its first, of what was told to that, and of each
// stamp to the one before it or, the first one, to the start of what was told first.
// Positions are, too.
// A stamp is named by its ordinal in the list, from 1.
const (
	frozenTrace = 0 // offsets of what is read without the rest
	frozenDue   = 16
	leastStamp  = 13 // bytes of the smallest stamp
)

// Flags of a group.
const (
	groupMessage = 1 << iota
	groupJoined
	groupLinked
	groupTouched // after its first
	groupLook    // at another time than it is due
	groupDueLook // at the time at which it is due
	groupSettle  // at another time than it is due
	groupDueSettle
	groupShown    // another id than the last of its stamps
	groupDangling // edges lead to spans that are not here
	groupRelays
	groupConverses
	groupSeeking
	groupAsked
	groupRests
	groupHeld
	groupPartial
	groupHeldUntil // another time than it is due
	groupHeldUntilDue
	groupListed
	groupTold // shifted: how many
)

// Flags of what was told.
const (
	toldTimed = 1 << iota
	toldUpdated
	toldFulfilled
	toldEstimated
	toldTimeliness // shifted: which

	toldWritten = 1 << 6
	toldAgain   = 1 << 7
)

// Flags of a stamp.
const (
	stampFirst   = 1 << iota // of the list that it is in: below its parent, loose or top
	stampUp                  // its parent is here: ordinal
	stampSibling             // ordinal of the next in that list
	stampLinked
	stampTexts
	stampParent // it has one that is not here
	stampDims
	stampRetry
	stampEvent
	stampRecipients
	stampLinks
	stampEdges // edges start here
	stampIn    // edges lead here
	stampBatch
	stampLossy

	stampRare = stampRetry | stampEvent | stampRecipients | stampLinks | stampEdges | stampIn | stampBatch
)

// encode appends a group. The ordinals of its stamps are written where assessments
// leave their number, because none is under way.
func (t *Tracker) encode(dst []byte, g *group) []byte {
	ordinal := uint32(0)
	for s := g.stamps; s != 0; s = t.stamps.at(s).next {
		ordinal++
		t.stamps.at(s).gathered = ordinal
	}
	dst, start := t.encodeTold(t.encodeHead(dst, g), g)
	before := stampBefore{start: start}
	for s := g.stamps; s != 0; s = t.stamps.at(s).next {
		dst = t.encodeStamp(dst, g, s, &before)
	}
	for s := g.stamps; s != 0; s = t.stamps.at(s).next {
		t.stamps.at(s).gathered = 0
	}
	return dst
}

func (t *Tracker) encodeHead(dst []byte, g *group) []byte {
	dst = append(dst, g.trace[:]...)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(g.due))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(g.first))
	shown := t.lastShown(g)
	flags := flag(g.message, groupMessage) | flag(g.joined, groupJoined) | flag(g.linked, groupLinked) |
		flag(g.touched != g.first, groupTouched) | flag(g.shown != shown, groupShown) | flag(g.dangling != 0, groupDangling) |
		flag(g.relays != 0, groupRelays) | flag(g.converses, groupConverses) |
		flag(g.seeking, groupSeeking) | flag(g.asked, groupAsked) | flag(g.listed, groupListed) |
		flag(g.rests, groupRests) | flag(g.held, groupHeld) | flag(g.partial, groupPartial) | flagTime(g.heldUntil, g.due, groupHeldUntil, groupHeldUntilDue) |
		flagTime(g.look, g.due, groupLook, groupDueLook) | flagTime(g.settleAt, g.due, groupSettle, groupDueSettle)
	told := uint64(0)
	for e := g.told; e != 0; e = t.told.at(e).next {
		told++
	}
	dst = binary.AppendUvarint(dst, flags|told*groupTold)
	dst = binary.AppendUvarint(dst, uint64(g.count))
	if flags&groupTouched != 0 {
		dst = binary.AppendVarint(dst, g.touched-g.first)
	}
	if flags&groupLook != 0 {
		dst = binary.AppendVarint(dst, g.look-g.first)
	}
	if flags&groupSettle != 0 {
		dst = binary.AppendVarint(dst, g.settleAt-g.first)
	}
	if flags&groupShown != 0 {
		dst = binary.LittleEndian.AppendUint64(dst, g.shown)
	}
	if flags&groupDangling != 0 {
		dst = binary.AppendUvarint(dst, uint64(g.dangling))
	}
	if flags&groupRelays != 0 {
		dst = binary.AppendUvarint(dst, uint64(g.relays))
	}
	if flags&groupHeldUntil != 0 {
		dst = binary.AppendVarint(dst, g.heldUntil-g.first)
	}
	return dst
}

// lastShown is the hash of the id that a group showed last, as far as its stamps tell.
func (t *Tracker) lastShown(g *group) uint64 {
	for s := g.stamps; s != 0; s = t.stamps.at(s).next {
		texts := t.texts.read(t.stamps.at(s).texts)
		for _, text := range [...]string{texts.conversation, texts.message, texts.key} {
			if text != "" {
				return hashOf(text)
			}
		}
	}
	return 0
}

// encodeTold gives the time that the starts of stamps are counted from, too.
func (t *Tracker) encodeTold(dst []byte, g *group) (_ []byte, start int64) {
	start = g.first
	for e := g.told; e != 0; {
		known := t.told.at(e)
		tally := &known.tally
		dst = binary.LittleEndian.AppendUint64(dst, known.id)
		dst = binary.AppendUvarint(dst, uint64(tally.Class))
		flags := flag(known.timed, toldTimed) | flag(known.updated != g.first, toldUpdated) |
			flag(known.fulfilled != 0, toldFulfilled) | flag(tally.Estimated, toldEstimated) |
			flag(known.written, toldWritten) | flag(known.again, toldAgain)
		dst = append(dst, byte(tally.Verdict), byte(tally.Reason), byte(flags)|byte(tally.Timeliness)*toldTimeliness,
			byte(tally.Hop.From)<<4|byte(tally.Hop.To))
		dst = binary.AppendUvarint(dst, uint64(known.sampled))
		dst = binary.AppendVarint(dst, known.started-g.first)
		if flags&toldUpdated != 0 {
			dst = binary.AppendVarint(dst, known.updated-g.first)
		}
		if flags&toldFulfilled != 0 {
			dst = binary.AppendVarint(dst, known.fulfilled-known.started)
		}
		if flags&toldWritten != 0 {
			dst = packTexts(dst, t.texts.read(known.label), &ids{})
		}
		if e == g.told {
			start = known.started
		}
		e = known.next
	}
	return dst, start
}

// A hop is written as one byte.
const _ = uint8(16 - span.NumStages)

// stampBefore is what a stamp is written as the difference to.
type stampBefore struct {
	start    int64
	position journey.Position
	texts    ids
	kept     textRef                   // that were read last
	dims     [span.NumDims]span.Symbol // each as it was said last
}

func (t *Tracker) encodeStamp(dst []byte, g *group, s uint32, before *stampBefore) []byte {
	stamp := t.stamps.at(s)
	flags := flag(*t.listOf(g, stamp) == s, stampFirst) | flag(stamp.up != 0, stampUp) | flag(stamp.sibling != 0, stampSibling) |
		flag(stamp.linked, stampLinked) | flag(stamp.texts != 0, stampTexts) |
		flag(stamp.up == 0 && stamp.parent != span.ID{}, stampParent) | flag(stamp.retry != 0, stampRetry) |
		flag(stamp.event != 0, stampEvent) | flag(stamp.recipients != 0, stampRecipients) | flag(stamp.links != 0, stampLinks) |
		flag(stamp.edges != 0, stampEdges) | flag(stamp.in != 0, stampIn) | flag(stamp.batch != 0, stampBatch) | flag(stamp.lossy, stampLossy) |
		flag(stamp.dimensions != 0, stampDims)
	dst = binary.AppendUvarint(dst, flags)
	dst = append(dst, stamp.span[:]...)
	dst = binary.AppendVarint(dst, stamp.start-before.start)
	dst = binary.AppendVarint(dst, stamp.end-stamp.start)
	dst = binary.AppendVarint(dst, int64(stamp.position-before.position))
	before.start, before.position = stamp.start, stamp.position
	dst = binary.AppendUvarint(dst, uint64(stamp.profile))
	if flags&stampUp != 0 {
		dst = binary.AppendUvarint(dst, uint64(t.stamps.at(stamp.up).gathered))
	}
	if flags&stampSibling != 0 {
		dst = binary.AppendUvarint(dst, uint64(t.stamps.at(stamp.sibling).gathered))
	}
	if flags&stampTexts != 0 {
		dst = packTexts(dst, t.texts.read(stamp.texts), &before.texts)
	}
	if flags&stampParent != 0 {
		dst = append(dst, stamp.parent[:]...)
	}
	if flags&stampDims != 0 {
		dst = before.encodeDims(dst, stamp)
	}
	if flags&stampRare == 0 {
		return dst
	}
	for _, field := range [...]struct {
		bit   uint64
		value uint32
	}{
		{stampRetry, uint32(stamp.retry)}, {stampEvent, uint32(stamp.event)}, {stampRecipients, stamp.recipients},
		{stampLinks, uint32(stamp.links)}, {stampEdges, stamp.edges}, {stampIn, stamp.in}, {stampBatch, uint32(stamp.batch)},
	} {
		if flags&field.bit != 0 {
			dst = binary.AppendUvarint(dst, uint64(field.value))
		}
	}
	return dst
}

func (before *stampBefore) encodeDims(dst []byte, stamp *stamp) []byte {
	other := uint64(0)
	for d, symbol := range stamp.dims {
		if symbol != 0 && symbol != before.dims[d] {
			other |= 1 << d
		}
	}
	dst = binary.AppendUvarint(dst, uint64(stamp.dimensions)|other<<span.NumDims)
	for ; other != 0; other &= other - 1 {
		d := bits.TrailingZeros64(other)
		before.dims[d] = stamp.dims[d]
		dst = binary.AppendUvarint(dst, uint64(stamp.dims[d]))
	}
	return dst
}

func flag(is bool, bit uint64) uint64 {
	if is {
		return bit
	}
	return 0
}

// flagTime tells which of its usual values a time has: none, the time at which the
// group is due, or another.
func flagTime(at, due int64, other, same uint64) uint64 {
	switch at {
	case 0:
		return 0
	case due:
		return same
	}
	return other
}
