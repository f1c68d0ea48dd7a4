// SPDX-License-Identifier: Apache-2.0

package state

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// How a group is written, in memory while it is frozen and in snapshots. What is told and
// the stamps keep their order. What hangs below a stamp, or waits for its parent, is listed
// anew when it is read back: nothing depends on the order there.
//
//	group = trace 16 | due u64 | first u64 | flags uvarint | count uvarint
//	        | touched, look, again, settleAt, shown, dangling, relays, sent, heldUntil: those that the flags say
//	        | told ..., in the order of the group's list | stamps ..., the oldest first
//	told  = id u64 | class uvarint | verdict u8 | reason u8 | flags u8 | hop u8 | sampled uvarint
//	        | started | updated, fulfilled, label: those that the flags say
//	stamp = head u24: four widths, and flags | span 8 | start | length | position | profile, each as wide
//	        as the head says | up, texts, parent, dims, rare: those that the flags say
//	dims  = which u16: those that it says, above them those that differ from what was said last
//	        before it, above them how many bytes the symbols of these have, less one | the symbols
//	rare  = which u8 | uvarint of each, lowest bit first
//
// Integers are little endian, uvarint, or varint where they may be negative. Times
// are differences: of the group to its first, of what was told to that, and of each
// stamp to the one before it or, the first one, to the start of what was told first.
// Positions are, too.
// A stamp is named by its ordinal, from the oldest, which is 0.
const (
	frozenTrace = 0 // offsets of what is read without the rest
	frozenDue   = 16
	leastStamp  = 12 // bytes of the smallest stamp
	widestStamp = 40 // at least those of the longest before what flags say
)

// Flags of a group.
const (
	groupMessage = 1 << iota
	groupJoined
	groupLinked
	groupTouched // after its first
	groupLook    // at another time than it is due
	groupDueLook // at the time at which it is due; both: at the time that follows, and when again
	groupSettle  // at another time than it is due
	groupDueSettle
	groupShown    // the id is not of the newest stamp that shows any
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

// Above the relays of a group.
const (
	relaysSent    = 1 << span.MaxPartitions // when the last of them were follows
	relaysHolders = relaysSent << 1         // shifted: which partitions hold it
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

// The head of a stamp: how many bytes its numbers have, by widthOf, those of the
// profile less one; then flags.
const (
	headLength   = 3 // shifts
	headPosition = 6
	headProfile  = 9

	stampUp       = 1 << (iota + 8) // its parent is here
	stampUpBefore                   // it is the stamp before; else its ordinal follows
	stampLinked
	stampTexts
	stampSameTexts // as those that were said last before it
	stampParent    // it has one that is not here
	stampDims
	stampSameDims // as those of the stamp before
	stampRare
)

// What few stamps have.
const (
	rareRetry = 1 << iota
	rareEvent
	rareRecipients
	rareLinks
	rareEdges // edges start here
	rareIn    // edges lead here
	rareBatch
	rareLossy
)

// A number that may be negative is written in as few bytes as hold it with its sign in
// the lowest bit. Seven take eight, so that the width fits into three bits.
var (
	widths     = [8]int{0, 1, 2, 3, 4, 5, 6, 8}
	widthMasks = [8]uint64{0, 1<<8 - 1, 1<<16 - 1, 1<<24 - 1, 1<<32 - 1, 1<<40 - 1, 1<<48 - 1, 1<<64 - 1}
)

func widthOf(folded uint64) uint32 { return uint32(min((bits.Len64(folded)+7)/8, 7)) }

func folded(v int64) uint64 { return uint64(v<<1) ^ uint64(v>>63) }

func unfolded(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

// Encode appends a group. What ordinal a run of stamps begins with is written where
// assessments leave their number, because none is under way.
func (st *State) Encode(dst []byte, g *Group) []byte {
	dst, start := st.encodeTold(st.encodeHead(dst, g), g)
	st.ordinals = st.ordinals[:0]
	for s, at := g.Stamps, (g.Count-1)/runLength*runLength; s != 0; at -= runLength {
		run := st.Stamps.Runs.At(s / runLength)
		st.ordinals = append(st.ordinals, s/runLength)
		run[0].Gathered = at
		s = run[0].Next
	}
	before, left := stampBefore{start: start}, g.Count
	for i := len(st.ordinals) - 1; i >= 0; i-- {
		run := st.Stamps.Runs.At(st.ordinals[i])
		for place := range min(left, runLength) {
			dst = st.encodeStamp(dst, st.ordinals[i]*runLength+place, &run[place], &before)
		}
		left -= min(left, runLength)
	}
	for _, run := range st.ordinals {
		st.Stamps.Runs.At(run)[0].Gathered = 0
	}
	return dst
}

func (st *State) encodeHead(dst []byte, g *Group) []byte {
	dst = append(dst, g.Trace[:]...)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(g.Due))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(g.First))
	flags := flag(g.Message, groupMessage) | flag(g.Joined, groupJoined) | flag(g.Linked, groupLinked) |
		flag(g.Touched != g.First, groupTouched) | flag(g.ShownElse, groupShown) | flag(g.Dangling != 0, groupDangling) |
		flag(g.Relays|g.Holders != 0, groupRelays) | flag(g.Converses, groupConverses) |
		flag(g.Seeking, groupSeeking) | flag(g.Asked, groupAsked) | flag(g.Listed, groupListed) |
		flag(g.Rests, groupRests) | flag(g.Held, groupHeld) | flag(g.Partial, groupPartial) | flagTime(g.HeldUntil, g.Due, groupHeldUntil, groupHeldUntilDue) |
		flagLook(g) | flagTime(g.SettleAt, g.Due, groupSettle, groupDueSettle)
	told := uint64(0)
	for e := g.Told; e != 0; e = st.Told.At(e).Next {
		told++
	}
	dst = binary.AppendUvarint(dst, flags|told*groupTold)
	dst = binary.AppendUvarint(dst, uint64(g.Count))
	if flags&groupTouched != 0 {
		dst = binary.AppendVarint(dst, g.Touched-g.First)
	}
	if flags&groupLook != 0 {
		dst = binary.AppendVarint(dst, g.Look-g.First)
		if flags&groupDueLook != 0 {
			dst = binary.AppendVarint(dst, g.Again-g.First)
		}
	}
	if flags&groupSettle != 0 {
		dst = binary.AppendVarint(dst, g.SettleAt-g.First)
	}
	if flags&groupShown != 0 {
		dst = binary.LittleEndian.AppendUint64(dst, g.Shown)
	}
	if flags&groupDangling != 0 {
		dst = binary.AppendUvarint(dst, uint64(g.Dangling))
	}
	if flags&groupRelays != 0 {
		dst = binary.AppendUvarint(dst, uint64(g.Relays)|flag(g.Sent != 0, relaysSent)|uint64(g.Holders)*relaysHolders)
		if g.Sent != 0 {
			dst = binary.AppendVarint(dst, g.Sent-g.First)
		}
	}
	if flags&groupHeldUntil != 0 {
		dst = binary.AppendVarint(dst, g.HeldUntil-g.First)
	}
	return dst
}

// encodeTold gives the time that the starts of stamps are counted from, too.
func (st *State) encodeTold(dst []byte, g *Group) (_ []byte, start int64) {
	start = g.First
	for e := g.Told; e != 0; {
		known := st.Told.At(e)
		tally := &known.Tally
		dst = binary.LittleEndian.AppendUint64(dst, known.ID)
		dst = binary.AppendUvarint(dst, uint64(tally.Class))
		flags := flag(known.Timed, toldTimed) | flag(known.Updated != g.First, toldUpdated) |
			flag(known.Fulfilled != 0, toldFulfilled) | flag(tally.Estimated, toldEstimated) |
			flag(known.Written, toldWritten) | flag(known.Again, toldAgain)
		dst = append(dst, byte(tally.Verdict), byte(tally.Reason), byte(flags)|byte(tally.Timeliness)*toldTimeliness,
			byte(tally.Hop.From)<<4|byte(tally.Hop.To))
		dst = binary.AppendUvarint(dst, uint64(known.Sampled))
		dst = binary.AppendVarint(dst, known.Started-g.First)
		if flags&toldUpdated != 0 {
			dst = binary.AppendVarint(dst, known.Updated-g.First)
		}
		if flags&toldFulfilled != 0 {
			dst = binary.AppendVarint(dst, known.Fulfilled-known.Started)
		}
		if flags&toldWritten != 0 {
			dst = packTexts(dst, st.Texts.whole(known.Label), nil)
		}
		if e == g.Told {
			start = known.Started
		}
		e = known.Next
	}
	return dst, start
}

// A hop is written as one byte.
const _ = uint8(16 - span.NumStages)

// stampBefore is what a stamp is written as the difference to.
type stampBefore struct {
	start    int64
	position journey.Position
	number   uint32
	said     []byte                    // texts that were said last, as they are kept
	kept     TextRef                   // where; only while they are read
	saidDims uint8                     // which the stamp before says
	dims     [span.NumDims]span.Symbol // each as it was said last
}

func (st *State) encodeStamp(dst []byte, s uint32, stamp *Stamp, before *stampBefore) []byte {
	start, length, position := folded(stamp.Start-before.start), folded(stamp.End-stamp.Start), folded(int64(stamp.Position-before.position))
	head := widthOf(start) | widthOf(length)<<headLength | widthOf(position)<<headPosition | uint32(bits.Len32(stamp.Profile|1)-1)/8<<headProfile
	head |= uint32(st.flagsOf(stamp, before))
	from := len(dst)
	dst = slices.Grow(dst, widestStamp)[:from+widestStamp]
	fixed := dst[from:]
	binary.LittleEndian.PutUint32(fixed, head)
	copy(fixed[3:], stamp.Span[:])
	at := 3 + len(stamp.Span)
	binary.LittleEndian.PutUint64(fixed[at:], start)
	at += widths[head&7]
	binary.LittleEndian.PutUint64(fixed[at:], length)
	at += widths[head>>headLength&7]
	binary.LittleEndian.PutUint64(fixed[at:], position)
	at += widths[head>>headPosition&7]
	binary.LittleEndian.PutUint32(fixed[at:], stamp.Profile)
	at += int(head>>headProfile&3) + 1
	dst = st.encodeSaid(dst[:from+at], uint64(head), stamp, before)
	before.start, before.position, before.number, before.saidDims = stamp.Start, stamp.Position, s, stamp.Dimensions
	return dst
}

func (st *State) flagsOf(stamp *Stamp, before *stampBefore) uint64 {
	flags := flag(stamp.Linked, stampLinked) |
		flag(stamp.Dimensions != 0, stampDims) |
		flag(stamp.Retry|stamp.Event|stamp.Links|stamp.Batch != 0 || stamp.Recipients|stamp.Edges|stamp.In != 0 || stamp.Lossy, stampRare)
	switch {
	case stamp.Up == before.number && stamp.Up != 0:
		flags |= stampUp | stampUpBefore
	case stamp.Up != 0:
		flags |= stampUp
	case stamp.Parent != span.ID{}:
		flags |= stampParent
	}
	if stamp.Texts != 0 {
		flags |= stampTexts | flag(bytes.Equal(st.Texts.whole(stamp.Texts), before.said), stampSameTexts)
	}
	if stamp.Dimensions != 0 && stamp.Dimensions == before.saidDims && stamp.Dims == before.lastDims() {
		flags |= stampSameDims
	}
	return flags
}

// lastDims are the dimensions of the stamp before.
func (before *stampBefore) lastDims() (dims [span.NumDims]span.Symbol) {
	for said := before.saidDims; said != 0; said &= said - 1 {
		d := bits.TrailingZeros8(said)
		dims[d] = before.dims[d]
	}
	return dims
}

// encodeSaid appends what the flags in the head of a stamp say.
func (st *State) encodeSaid(dst []byte, head uint64, stamp *Stamp, before *stampBefore) []byte {
	if head&(stampUp|stampUpBefore) == stampUp {
		dst = binary.AppendUvarint(dst, st.ordinalOf(stamp.Up))
	}
	if head&stampTexts != 0 {
		said := st.Texts.whole(stamp.Texts)
		if head&stampSameTexts == 0 {
			dst = packTexts(dst, said, before.said)
		}
		before.said = said
	}
	if head&stampParent != 0 {
		dst = append(dst, stamp.Parent[:]...)
	}
	if head&(stampDims|stampSameDims) == stampDims {
		dst = before.encodeDims(dst, stamp)
	}
	if head&stampRare != 0 {
		dst = stamp.encodeRare(dst)
	}
	return dst
}

// ordinalOf is that of a stamp of the group that is written.
func (st *State) ordinalOf(s uint32) uint64 {
	return uint64(st.Stamps.Runs.At(s / runLength)[0].Gathered + s%runLength)
}

func (before *stampBefore) encodeDims(dst []byte, stamp *Stamp) []byte {
	other, all := uint32(0), uint32(0)
	for said := stamp.Dimensions; said != 0; said &= said - 1 {
		d := bits.TrailingZeros8(said)
		if symbol := stamp.Dims[d]; symbol != before.dims[d] {
			before.dims[d] = symbol
			other |= 1 << d
			all |= uint32(symbol)
		}
	}
	width := (bits.Len32(all|1) + 7) / 8
	dst = binary.LittleEndian.AppendUint16(dst, uint16(uint32(stamp.Dimensions)|other<<span.NumDims|uint32(width-1)<<(2*span.NumDims)))
	for ; other != 0; other &= other - 1 {
		at := len(dst) + width
		dst = binary.LittleEndian.AppendUint32(dst, uint32(stamp.Dims[bits.TrailingZeros32(other)]))[:at]
	}
	return dst
}

func (s *Stamp) encodeRare(dst []byte) []byte {
	at := len(dst)
	dst = append(dst, byte(flag(s.Lossy, rareLossy)))
	for _, field := range [...]struct {
		bit   byte
		value uint32
	}{
		{rareRetry, uint32(s.Retry)}, {rareEvent, uint32(s.Event)}, {rareRecipients, s.Recipients},
		{rareLinks, uint32(s.Links)}, {rareEdges, s.Edges}, {rareIn, s.In}, {rareBatch, uint32(s.Batch)},
	} {
		if field.value != 0 {
			dst[at] |= field.bit
			dst = binary.AppendUvarint(dst, uint64(field.value))
		}
	}
	return dst
}

func flag(is bool, bit uint64) uint64 {
	if is {
		return bit
	}
	return 0
}

// flagLook tells the same of the time at which a group is looked at. Few have another
// behind it, so that has no flag of its own.
func flagLook(g *Group) uint64 {
	if g.Again != 0 {
		return groupLook | groupDueLook
	}
	return flagTime(g.Look, g.Due, groupLook, groupDueLook)
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
