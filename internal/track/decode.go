// SPDX-License-Identifier: Apache-2.0

package track

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
func (t *State) decode(c *cursor, g *group) bool {
	c.room = t.unpacked[:0]
	flags := c.head(g)
	start := t.decodeTold(c, g, flags/groupTold)
	t.decodeStamps(c, g, start)
	if t.unpacked = c.room; c.Bad {
		return false
	}
	if g.dangling > t.edges.Used() {
		return false
	}
	t.countIns(c, g, g.dangling)
	if g.count > fewStamps {
		t.indexAll(g.number, g)
	}
	return true
}

// decodeStamps makes the records of all stamps, in one list, and reads them.
func (t *State) decodeStamps(c *cursor, g *group, start int64) {
	t.ordinals = t.ordinals[:0]
	if uint64(g.count)*leastStamp > uint64(len(c.Rest)) {
		c.Fail()
		return
	}
	for range (g.count + runLength - 1) / runLength {
		run, _ := t.stamps.runs.Alloc()
		t.ordinals = append(t.ordinals, run)
	}
	before, ahead := stampBefore{start: start}, false
	for i := range g.count {
		s := t.ordinals[i/runLength]*runLength + i%runLength
		stamp := t.stamps.at(s)
		stamp.next, g.stamps = g.stamps, s
		ahead = t.decodeStamp(c, g, s, stamp, &before) || ahead
	}
	for s := g.stamps; s != 0 && ahead; {
		stamp := t.stamps.at(s)
		if stamp.up != 0 {
			stamp.parent = t.stamps.at(stamp.up).span
		}
		s = stamp.next
	}
}

// head reads what is known of a group without its stamps.
func (c *cursor) head(g *group) (flags uint64) {
	copy(g.trace[:], c.Take(uint64(len(g.trace))))
	g.due, g.first = int64(c.Fixed64()), int64(c.Fixed64())
	flags = c.Uvarint()
	g.count = uint32(c.Below(math.MaxUint32))
	g.message, g.joined, g.linked = flags&groupMessage != 0, flags&groupJoined != 0, flags&groupLinked != 0
	g.converses, g.seeking, g.asked = flags&groupConverses != 0, flags&groupSeeking != 0, flags&groupAsked != 0
	g.touched = g.first
	if flags&groupTouched != 0 {
		g.touched += c.Varint()
	}
	switch {
	case flags&groupLook != 0:
		g.look = g.first + c.Varint()
	case flags&groupDueLook != 0:
		g.look = g.due
	}
	switch {
	case flags&groupSettle != 0:
		g.settleAt = g.first + c.Varint()
	case flags&groupDueSettle != 0:
		g.settleAt = g.due
	}
	if g.shownElse, g.shownLate = flags&groupShown != 0, flags&groupShown == 0; g.shownElse {
		g.shown = c.Fixed64()
	}
	if flags&groupDangling != 0 {
		g.dangling = uint32(c.Below(math.MaxUint32))
	}
	if flags&groupRelays != 0 {
		relays := c.Below(relaysHolders << span.MaxPartitions)
		g.relays, g.holders = partitions(relays%relaysSent), partitions(relays/relaysHolders)
		if relays&relaysSent != 0 {
			g.sent = g.first + c.Varint()
		}
	}
	g.rests, g.held, g.partial, g.listed = flags&groupRests != 0, flags&groupHeld != 0, flags&groupPartial != 0, flags&groupListed != 0
	switch {
	case flags&groupHeldUntil != 0:
		g.heldUntil = g.first + c.Varint()
	case flags&groupHeldUntilDue != 0:
		g.heldUntil = g.due
	}
	return flags
}

// decodeTold gives the time that the starts of stamps are counted from, too.
func (t *State) decodeTold(c *cursor, g *group, count uint64) (start int64) {
	start = g.first
	last := &g.told
	for i := uint64(0); i < count && !c.Bad; i++ {
		e, known := t.told.Alloc()
		known.label = t.texts.restore(c.told(g, known, uint64(len(t.Classes.all))))
		*last, last = e, &known.next
		if i == 0 {
			start = known.started
		}
	}
	return start
}

// told gives the label apart, as it is kept. It holds until the next texts are read.
func (c *cursor) told(g *group, known *told, classes uint64) (label []byte) {
	known.id = c.Fixed64()
	tally := &known.tally
	tally.Class = journey.ClassID(c.Below(classes))
	verdict, reason, flags, hop := c.Byte(), c.Byte(), c.Byte(), c.Byte()
	tally.Verdict, tally.Reason, tally.Timeliness = journey.Verdict(verdict), journey.Reason(reason), journey.Timeliness(flags/toldTimeliness&3)
	tally.Hop = journey.HopID{From: span.Stage(hop >> 4), To: span.Stage(hop & 15)}
	tally.Estimated = flags&toldEstimated != 0
	if tally.Verdict >= journey.NumVerdicts || tally.Reason >= journey.NumReasons || tally.Timeliness >= journey.NumTimeliness ||
		tally.Hop.From >= span.NumStages || tally.Hop.To >= span.NumStages {
		c.Fail()
	}
	known.timed = flags&toldTimed != 0
	known.sampled = uint32(c.Below(math.MaxUint32))
	known.started = g.first + c.Varint()
	tally.Minute = known.started / 60e9
	known.updated = g.first
	if flags&toldUpdated != 0 {
		known.updated += c.Varint()
	}
	if flags&toldFulfilled != 0 {
		known.fulfilled = known.started + c.Varint()
	}
	known.written, known.again = flags&toldWritten != 0, flags&toldAgain != 0
	if known.written {
		return c.texts(nil)
	}
	return nil
}

// decodeStamp tells whether the parent comes after its child, so that its span is not
// known yet.
func (t *State) decodeStamp(c *cursor, g *group, s uint32, stamp *stamp, before *stampBefore) (ahead bool) {
	var padded [widestStamp]byte
	fixed := c.Rest
	if len(fixed) < widestStamp {
		copy(padded[:], fixed)
		fixed = padded[:]
	}
	fixed = fixed[:widestStamp]
	head := uint64(binary.LittleEndian.Uint32(fixed))
	copy(stamp.span[:], fixed[3:])
	at, width := 3+len(stamp.span), head&7
	stamp.start = before.start + unfolded(binary.LittleEndian.Uint64(fixed[at:])&widthMasks[width])
	at, width = at+widths[width], head>>headLength&7
	stamp.end = stamp.start + unfolded(binary.LittleEndian.Uint64(fixed[at:])&widthMasks[width])
	at, width = at+widths[width], head>>headPosition&7
	stamp.position = before.position + journey.Position(unfolded(binary.LittleEndian.Uint64(fixed[at:])&widthMasks[width]))
	at, width = at+widths[width], head>>headProfile&3+1
	stamp.profile = binary.LittleEndian.Uint32(fixed[at:]) & uint32(widthMasks[width])
	if at += int(width); at > len(c.Rest) || stamp.profile > t.profiles.slab.Used() {
		c.Fail()
		return false
	}
	c.Rest = c.Rest[at:]
	ahead = t.decodeSaid(c, head, g, s, stamp, before)
	before.start, before.position, before.number, before.saidDims = stamp.start, stamp.position, s, stamp.dimensions
	return ahead
}

// decodeSaid reads what the flags in the head of a stamp say.
func (t *State) decodeSaid(c *cursor, head uint64, g *group, s uint32, stamp *stamp, before *stampBefore) (ahead bool) {
	switch {
	case head&stampUpBefore != 0:
		stamp.up = before.number
	case head&stampUp != 0:
		stamp.up = t.named(c, g)
	}
	if stamp.up != 0 {
		parent := t.stamps.at(stamp.up)
		stamp.parent, ahead = parent.span, parent.profile == 0
	}
	stamp.linked = head&stampLinked != 0
	if head&stampTexts != 0 {
		t.decodeTexts(c, head, stamp, before)
	}
	if head&stampParent != 0 {
		copy(stamp.parent[:], c.Take(uint64(len(stamp.parent))))
	}
	switch {
	case head&stampSameDims != 0:
		stamp.dimensions, stamp.dims = before.saidDims, before.lastDims()
	case head&stampDims != 0:
		c.dims(stamp, before, uint64(len(t.Symbols.texts)))
	}
	if head&stampRare != 0 {
		t.decodeRare(c, g, s, stamp)
	}
	if !c.Bad {
		list := t.listOf(g, stamp)
		stamp.sibling, *list = *list, s
	}
	return ahead
}

func (t *State) decodeTexts(c *cursor, head uint64, stamp *stamp, before *stampBefore) {
	switch {
	case head&stampSameTexts == 0:
		stamp.texts = t.newTexts(c, before.said)
	case before.kept == 0:
		c.Fail()
		return
	default:
		stamp.texts = t.texts.again(before.kept)
	}
	before.said, before.kept = t.texts.whole(stamp.texts), stamp.texts
}

// newTexts keeps texts that were not said before. Most stamps say a single one, which is
// written right where it is kept.
func (t *State) newTexts(c *cursor, last []byte) textRef {
	n, alone := c.lone()
	if !alone {
		return t.texts.restore(c.texts(last))
	}
	head := c.Uvarint()
	packed, length := c.packedText(head)
	if c.Require(length > 0 && length <= largestTexts-textsHead); c.Bad {
		return 0
	}
	ref, text := t.texts.room(n, length)
	unpackText(text, head, packed)
	return ref
}

func (c *cursor) dims(stamp *stamp, before *stampBefore, symbols uint64) {
	var which uint32
	if head := c.Take(2); head != nil {
		which = uint32(binary.LittleEndian.Uint16(head))
	}
	stamp.dimensions = uint8(which & (1<<span.NumDims - 1))
	other, width := which>>span.NumDims&(1<<span.NumDims-1), which>>(2*span.NumDims)&3+1
	c.Require(other&^which == 0) // only what it says can differ
	for ; other != 0; other &= other - 1 {
		symbol := c.wide(width)
		c.Require(symbol < symbols)
		before.dims[bits.TrailingZeros32(other)] = span.Symbol(symbol)
	}
	for said := stamp.dimensions; said != 0; said &= said - 1 {
		d := bits.TrailingZeros8(said)
		stamp.dims[d] = before.dims[d]
	}
}

func (t *State) decodeRare(c *cursor, g *group, s uint32, stamp *stamp) {
	which := c.Byte()
	small := func(bit byte) uint16 {
		if which&bit == 0 {
			return 0
		}
		return uint16(c.Below(math.MaxUint16 + 1))
	}
	stamp.lossy = which&rareLossy != 0
	stamp.retry, stamp.event = small(rareRetry), small(rareEvent)
	if which&rareRecipients != 0 {
		stamp.recipients = uint32(c.Below(maxRecipients + 1))
	}
	stamp.links = small(rareLinks)
	if which&rareEdges != 0 {
		t.decodeEdges(c, g, s, stamp)
	}
	if which&rareIn != 0 {
		stamp.in = t.edge(c)
		t.countIns(c, g, stamp.in)
	}
	stamp.batch = small(rareBatch)
}

// decodeEdges gives the edges that start at a stamp their stamp.
func (t *State) decodeEdges(c *cursor, g *group, s uint32, stamp *stamp) {
	stamp.edges = t.edge(c)
	for e := stamp.edges; e != 0 && !c.Bad; e = t.edges.At(e).nextOfStamp {
		if t.edges.At(e).stamp != 0 {
			c.Fail() // it has one already
		}
		if t.edges.At(e).stamp = s; t.edges.At(e).searches() {
			stamp.own = e
		}
		if to := t.edges.At(e).to; to != 0 && to != g.number {
			g.outs++
		}
	}
}

// countIns counts the edges of a list that lead to a group.
func (t *State) countIns(c *cursor, g *group, list uint32) {
	for e := list; e != 0 && !c.Bad; e = t.edges.At(e).nextIn {
		if g.ins++; g.ins > t.edges.Used() {
			c.Fail() // a circle
		}
	}
}

// named reads the ordinal of a stamp of the group.
func (t *State) named(c *cursor, g *group) uint32 {
	ordinal := uint32(c.Below(uint64(g.count)))
	return t.ordinals[ordinal/runLength]*runLength + ordinal%runLength
}

func (t *State) edge(c *cursor) uint32 { return uint32(c.Below(uint64(t.edges.Used()) + 1)) }
