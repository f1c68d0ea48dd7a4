// SPDX-License-Identifier: Apache-2.0

package state

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// decode reads what encode wrote into a new group. The profiles and classes that
// it names must be there, and so must its edges, which learn their stamps here. It
// answers false, with the group half made, when the bytes are not a group's.
func (st *State) decode(c *cursor, g *Group) bool {
	c.room = st.unpacked[:0]
	flags := c.head(g)
	start := st.decodeTold(c, g, flags/groupTold)
	st.decodeStamps(c, g, start)
	if st.unpacked = c.room; c.Bad {
		return false
	}
	if g.Dangling > st.Edges.Used() {
		return false
	}
	st.countIns(c, g, g.Dangling)
	if g.Count > FewStamps {
		st.indexAll(g.Number, g)
	}
	return true
}

// decodeStamps makes the records of all stamps, in one list, and reads them.
func (st *State) decodeStamps(c *cursor, g *Group, start int64) {
	st.ordinals = st.ordinals[:0]
	if uint64(g.Count)*leastStamp > uint64(len(c.Rest)) {
		c.Fail()
		return
	}
	for range (g.Count + runLength - 1) / runLength {
		run, _ := st.Stamps.Runs.Alloc()
		st.ordinals = append(st.ordinals, run)
	}
	before, ahead := stampBefore{start: start}, false
	for i := range g.Count {
		s := st.ordinals[i/runLength]*runLength + i%runLength
		stamp := st.Stamps.At(s)
		stamp.Next, g.Stamps = g.Stamps, s
		ahead = st.decodeStamp(c, g, s, stamp, &before) || ahead
	}
	for s := g.Stamps; s != 0 && ahead; {
		stamp := st.Stamps.At(s)
		if stamp.Up != 0 {
			stamp.Parent = st.Stamps.At(stamp.Up).Span
		}
		s = stamp.Next
	}
}

// head reads what is known of a group without its stamps.
func (c *cursor) head(g *Group) (flags uint64) {
	copy(g.Trace[:], c.Take(uint64(len(g.Trace))))
	g.Due, g.First = int64(c.Fixed64()), int64(c.Fixed64())
	flags = c.Uvarint()
	g.Count = uint32(c.Below(math.MaxUint32))
	g.Message, g.Joined, g.Linked = flags&groupMessage != 0, flags&groupJoined != 0, flags&groupLinked != 0
	g.Converses, g.Seeking, g.Asked = flags&groupConverses != 0, flags&groupSeeking != 0, flags&groupAsked != 0
	g.Touched = g.First
	if flags&groupTouched != 0 {
		g.Touched += c.Varint()
	}
	switch {
	case flags&groupLook != 0:
		if g.Look = g.First + c.Varint(); flags&groupDueLook != 0 {
			g.Again = g.First + c.Varint()
		}
	case flags&groupDueLook != 0:
		g.Look = g.Due
	}
	switch {
	case flags&groupSettle != 0:
		g.SettleAt = g.First + c.Varint()
	case flags&groupDueSettle != 0:
		g.SettleAt = g.Due
	}
	if g.ShownElse, g.ShownLate = flags&groupShown != 0, flags&groupShown == 0; g.ShownElse {
		g.Shown = c.Fixed64()
	}
	if flags&groupDangling != 0 {
		g.Dangling = uint32(c.Below(math.MaxUint32))
	}
	if flags&groupRelays != 0 {
		relays := c.Below(relaysHolders << span.MaxPartitions)
		g.Relays, g.Holders = Partitions(relays%relaysSent), Partitions(relays/relaysHolders)
		if relays&relaysSent != 0 {
			g.Sent = g.First + c.Varint()
		}
	}
	g.Rests, g.Held, g.Partial, g.Listed = flags&groupRests != 0, flags&groupHeld != 0, flags&groupPartial != 0, flags&groupListed != 0
	switch {
	case flags&groupHeldUntil != 0:
		g.HeldUntil = g.First + c.Varint()
	case flags&groupHeldUntilDue != 0:
		g.HeldUntil = g.Due
	}
	return flags
}

// decodeTold gives the time that the starts of stamps are counted from, too.
func (st *State) decodeTold(c *cursor, g *Group, count uint64) (start int64) {
	start = g.First
	last := &g.Told
	for i := uint64(0); i < count && !c.Bad; i++ {
		e, known := st.Told.Alloc()
		known.Label = st.Texts.restore(c.told(g, known, uint64(len(st.Classes.all))))
		*last, last = e, &known.Next
		if i == 0 {
			start = known.Started
		}
	}
	return start
}

// told gives the label apart, as it is kept. It holds until the next texts are read.
func (c *cursor) told(g *Group, known *Told, classes uint64) (label []byte) {
	known.ID = c.Fixed64()
	tally := &known.Tally
	tally.Class = journey.ClassID(c.Below(classes))
	verdict, reason, flags, hop := c.Byte(), c.Byte(), c.Byte(), c.Byte()
	tally.Verdict, tally.Reason, tally.Timeliness = journey.Verdict(verdict), journey.Reason(reason), journey.Timeliness(flags/toldTimeliness&3)
	tally.Hop = journey.HopID{From: span.Stage(hop >> 4), To: span.Stage(hop & 15)}
	tally.Estimated = flags&toldEstimated != 0
	if tally.Verdict >= journey.NumVerdicts || tally.Reason >= journey.NumReasons || tally.Timeliness >= journey.NumTimeliness ||
		tally.Hop.From >= span.NumStages || tally.Hop.To >= span.NumStages {
		c.Fail()
	}
	known.Timed = flags&toldTimed != 0
	known.Sampled = uint32(c.Below(math.MaxUint32))
	known.Started = g.First + c.Varint()
	tally.Minute = known.Started / 60e9
	known.Updated = g.First
	if flags&toldUpdated != 0 {
		known.Updated += c.Varint()
	}
	if flags&toldFulfilled != 0 {
		known.Fulfilled = known.Started + c.Varint()
	}
	known.Written, known.Again = flags&toldWritten != 0, flags&toldAgain != 0
	if known.Written {
		return c.texts(nil)
	}
	return nil
}

// decodeStamp tells whether the parent comes after its child, so that its span is not
// known yet.
func (st *State) decodeStamp(c *cursor, g *Group, s uint32, stamp *Stamp, before *stampBefore) (ahead bool) {
	var padded [widestStamp]byte
	fixed := c.Rest
	if len(fixed) < widestStamp {
		copy(padded[:], fixed)
		fixed = padded[:]
	}
	fixed = fixed[:widestStamp]
	head := uint64(binary.LittleEndian.Uint32(fixed))
	copy(stamp.Span[:], fixed[3:])
	at, width := 3+len(stamp.Span), head&7
	stamp.Start = before.start + unfolded(binary.LittleEndian.Uint64(fixed[at:])&widthMasks[width])
	at, width = at+widths[width], head>>headLength&7
	stamp.End = stamp.Start + unfolded(binary.LittleEndian.Uint64(fixed[at:])&widthMasks[width])
	at, width = at+widths[width], head>>headPosition&7
	stamp.Position = before.position + journey.Position(unfolded(binary.LittleEndian.Uint64(fixed[at:])&widthMasks[width]))
	at, width = at+widths[width], head>>headProfile&3+1
	stamp.Profile = binary.LittleEndian.Uint32(fixed[at:]) & uint32(widthMasks[width])
	if at += int(width); at > len(c.Rest) || stamp.Profile > st.Profiles.slab.Used() {
		c.Fail()
		return false
	}
	c.Rest = c.Rest[at:]
	ahead = st.decodeSaid(c, head, g, s, stamp, before)
	before.start, before.position, before.number, before.saidDims = stamp.Start, stamp.Position, s, stamp.Dimensions
	return ahead
}

// decodeSaid reads what the flags in the head of a stamp say.
func (st *State) decodeSaid(c *cursor, head uint64, g *Group, s uint32, stamp *Stamp, before *stampBefore) (ahead bool) {
	switch {
	case head&stampUpBefore != 0:
		stamp.Up = before.number
	case head&stampUp != 0:
		stamp.Up = st.named(c, g)
	}
	if stamp.Up != 0 {
		parent := st.Stamps.At(stamp.Up)
		stamp.Parent, ahead = parent.Span, parent.Profile == 0
	}
	stamp.Linked = head&stampLinked != 0
	if head&stampTexts != 0 {
		st.decodeTexts(c, head, stamp, before)
	}
	if head&stampParent != 0 {
		copy(stamp.Parent[:], c.Take(uint64(len(stamp.Parent))))
	}
	switch {
	case head&stampSameDims != 0:
		stamp.Dimensions, stamp.Dims = before.saidDims, before.lastDims()
	case head&stampDims != 0:
		c.dims(stamp, before, uint64(len(st.Symbols.texts)))
	}
	if head&stampRare != 0 {
		st.decodeRare(c, g, s, stamp)
	}
	if !c.Bad {
		list := st.listOf(g, stamp)
		stamp.Sibling, *list = *list, s
	}
	return ahead
}

func (st *State) decodeTexts(c *cursor, head uint64, stamp *Stamp, before *stampBefore) {
	switch {
	case head&stampSameTexts == 0:
		stamp.Texts = st.newTexts(c, before.said)
	case before.kept == 0:
		c.Fail()
		return
	default:
		stamp.Texts = st.Texts.again(before.kept)
	}
	before.said, before.kept = st.Texts.whole(stamp.Texts), stamp.Texts
}

// newTexts keeps texts that were not said before. Most stamps say a single one, which is
// written right where it is kept.
func (st *State) newTexts(c *cursor, last []byte) TextRef {
	n, alone := c.lone()
	if !alone {
		return st.Texts.restore(c.texts(last))
	}
	head := c.Uvarint()
	packed, length := c.packedText(head)
	if c.Require(length > 0 && length <= largestTexts-textsHead); c.Bad {
		return 0
	}
	ref, text := st.Texts.room(n, length)
	unpackText(text, head, packed)
	return ref
}

func (c *cursor) dims(stamp *Stamp, before *stampBefore, symbols uint64) {
	var which uint32
	if head := c.Take(2); head != nil {
		which = uint32(binary.LittleEndian.Uint16(head))
	}
	stamp.Dimensions = uint8(which & (1<<span.NumDims - 1))
	other, width := which>>span.NumDims&(1<<span.NumDims-1), which>>(2*span.NumDims)&3+1
	c.Require(other&^which == 0) // only what it says can differ
	for ; other != 0; other &= other - 1 {
		symbol := c.wide(width)
		c.Require(symbol < symbols)
		before.dims[bits.TrailingZeros32(other)] = span.Symbol(symbol)
	}
	for said := stamp.Dimensions; said != 0; said &= said - 1 {
		d := bits.TrailingZeros8(said)
		stamp.Dims[d] = before.dims[d]
	}
}

func (st *State) decodeRare(c *cursor, g *Group, s uint32, stamp *Stamp) {
	which := c.Byte()
	small := func(bit byte) uint16 {
		if which&bit == 0 {
			return 0
		}
		return uint16(c.Below(math.MaxUint16 + 1))
	}
	stamp.Lossy = which&rareLossy != 0
	stamp.Retry, stamp.Event = small(rareRetry), small(rareEvent)
	if which&rareRecipients != 0 {
		stamp.Recipients = uint32(c.Below(MaxRecipients + 1))
	}
	stamp.Links = small(rareLinks)
	if which&rareEdges != 0 {
		st.decodeEdges(c, g, s, stamp)
	}
	if which&rareIn != 0 {
		stamp.In = st.edge(c)
		st.countIns(c, g, stamp.In)
	}
	stamp.Batch = small(rareBatch)
}

// decodeEdges gives the edges that start at a stamp their stamp.
func (st *State) decodeEdges(c *cursor, g *Group, s uint32, stamp *Stamp) {
	stamp.Edges = st.edge(c)
	for e := stamp.Edges; e != 0 && !c.Bad; e = st.Edges.At(e).NextOfStamp {
		if st.Edges.At(e).Stamp != 0 {
			c.Fail() // it has one already
		}
		if st.Edges.At(e).Stamp = s; st.Edges.At(e).searches() {
			stamp.Own = e
		}
		if to := st.Edges.At(e).To; to != 0 && to != g.Number {
			g.Outs++
		}
	}
}

// countIns counts the edges of a list that lead to a group.
func (st *State) countIns(c *cursor, g *Group, list uint32) {
	for e := list; e != 0 && !c.Bad; e = st.Edges.At(e).NextIn {
		if g.Ins++; g.Ins > st.Edges.Used() {
			c.Fail() // a circle
		}
	}
}

// named reads the ordinal of a stamp of the group.
func (st *State) named(c *cursor, g *Group) uint32 {
	ordinal := uint32(c.Below(uint64(g.Count)))
	return st.ordinals[ordinal/runLength]*runLength + ordinal%runLength
}

func (st *State) edge(c *cursor) uint32 { return uint32(c.Below(uint64(st.Edges.Used()) + 1)) }
