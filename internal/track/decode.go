// SPDX-License-Identifier: Apache-2.0

package track

import (
	"math"
	"slices"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// decode reads what encode wrote into a new group. The profiles and classes that
// it names must be there, and so must its edges, which learn their stamps here. It
// answers false, with the group half made, when the bytes are not a group's.
func (t *Tracker) decode(c *cursor, g *group) bool {
	c.room = t.unpacked[:0]
	flags := c.head(g)
	start := t.decodeTold(c, g, flags/groupTold)
	t.makeStamps(c, g)
	before := stampBefore{start: start}
	for _, s := range t.ordinals {
		t.decodeStamp(c, g, s, &before)
	}
	if t.unpacked = c.room; c.Bad {
		return false
	}
	for _, s := range t.ordinals {
		if stamp := t.stamps.at(s); stamp.up != 0 {
			stamp.parent = t.stamps.at(stamp.up).span
		}
	}
	if g.dangling > t.edges.used {
		return false
	}
	t.countIns(c, g, g.dangling)
	if flags&groupShown == 0 {
		g.shown = t.lastShown(g)
	}
	if g.count > fewStamps {
		t.indexAll(g.number, g)
	}
	return true
}

// makeStamps makes the records of all stamps, in one list.
func (t *Tracker) makeStamps(c *cursor, g *group) {
	t.ordinals = t.ordinals[:0]
	if uint64(g.count)*leastStamp > uint64(len(c.Rest)) {
		c.Fail()
		return
	}
	t.ordinals = slices.Grow(t.ordinals, int(g.count))[:g.count]
	for i := len(t.ordinals) - 1; i >= 0; i-- { // the list begins with the newest
		s, stamp := t.stamps.alloc(g.stamps)
		stamp.next, g.stamps = g.stamps, s
		t.ordinals[i] = s
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
	if flags&groupShown != 0 {
		g.shown = c.Fixed64()
	}
	if flags&groupDangling != 0 {
		g.dangling = uint32(c.Below(math.MaxUint32))
	}
	if flags&groupRelays != 0 {
		g.relays = partitions(c.Below(math.MaxUint16 + 1))
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
func (t *Tracker) decodeTold(c *cursor, g *group, count uint64) (start int64) {
	start = g.first
	last := &g.told
	for i := uint64(0); i < count && !c.Bad; i++ {
		e, known := t.told.alloc()
		known.label = t.texts.keep(c.told(g, known, uint64(len(t.Classes.all))))
		*last, last = e, &known.next
		if i == 0 {
			start = known.started
		}
	}
	return start
}

// told gives the label apart, as views that hold while the cursor's memory does.
func (c *cursor) told(g *group, known *told, classes uint64) (label ids) {
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
		return c.texts(&ids{})
	}
	return ids{}
}

func (t *Tracker) decodeStamp(c *cursor, g *group, s uint32, before *stampBefore) {
	stamp := t.stamps.at(s)
	flags := c.Uvarint()
	copy(stamp.span[:], c.Take(uint64(len(stamp.span))))
	stamp.start = before.start + c.Varint()
	stamp.end = stamp.start + c.Varint()
	stamp.position = before.position + journey.Position(c.Varint())
	before.start, before.position = stamp.start, stamp.position
	stamp.profile = uint32(c.Below(uint64(t.profiles.slab.used) + 1))
	stamp.linked, stamp.lossy = flags&stampLinked != 0, flags&stampLossy != 0
	if flags&stampUp != 0 {
		stamp.up = t.named(c)
	}
	if flags&stampSibling != 0 {
		stamp.sibling = t.named(c)
	}
	if flags&stampTexts != 0 {
		now := c.texts(&before.texts)
		stamp.texts = t.texts.share(before.kept, now)
		before.kept = stamp.texts
		before.texts.override(now)
	}
	if flags&stampParent != 0 {
		copy(stamp.parent[:], c.Take(uint64(len(stamp.parent))))
	}
	if flags&stampDims != 0 {
		c.dims(stamp, before, uint64(len(t.Symbols.texts)))
	}
	if flags&stampRare != 0 {
		t.decodeRare(c, flags, g, s, stamp)
	}
	if flags&stampFirst != 0 && !c.Bad {
		*t.listOf(g, stamp) = s
	}
}

func (c *cursor) dims(stamp *stamp, before *stampBefore, symbols uint64) {
	which := c.Below(1 << (2 * span.NumDims))
	stamp.dimensions = uint8(which & (1<<span.NumDims - 1))
	c.Require(which>>span.NumDims&^which == 0) // only what it says can differ
	for d := range stamp.dims {
		if which&(1<<span.NumDims<<d) != 0 {
			before.dims[d] = span.Symbol(c.Below(symbols))
		}
		if stamp.dimensions&(1<<d) != 0 {
			stamp.dims[d] = before.dims[d]
		}
	}
}

func (t *Tracker) decodeRare(c *cursor, flags uint64, g *group, s uint32, stamp *stamp) {
	small := func(bit uint64) uint16 {
		if flags&bit == 0 {
			return 0
		}
		return uint16(c.Below(math.MaxUint16 + 1))
	}
	stamp.retry, stamp.event = small(stampRetry), small(stampEvent)
	if flags&stampRecipients != 0 {
		stamp.recipients = uint32(c.Below(maxRecipients + 1))
	}
	stamp.links = small(stampLinks)
	if flags&stampEdges != 0 {
		stamp.edges = t.edge(c)
		for e := stamp.edges; e != 0 && !c.Bad; e = t.edges.at(e).nextOfStamp {
			if t.edges.at(e).stamp != 0 {
				c.Fail() // it has one already
			}
			if t.edges.at(e).stamp = s; t.edges.at(e).searches() {
				stamp.own = e
			}
			if to := t.edges.at(e).to; to != 0 && to != g.number {
				g.outs++
			}
		}
	}
	if flags&stampIn != 0 {
		stamp.in = t.edge(c)
		t.countIns(c, g, stamp.in)
	}
	stamp.batch = small(stampBatch)
}

// countIns counts the edges of a list that lead to a group.
func (t *Tracker) countIns(c *cursor, g *group, list uint32) {
	for e := list; e != 0 && !c.Bad; e = t.edges.at(e).nextIn {
		if g.ins++; g.ins > t.edges.used {
			c.Fail() // a circle
		}
	}
}

// named reads the ordinal of a stamp of the group.
func (t *Tracker) named(c *cursor) uint32 {
	ordinal := c.Below(uint64(len(t.ordinals)) + 1)
	if ordinal == 0 {
		c.Fail()
		return 0
	}
	return t.ordinals[ordinal-1]
}

func (t *Tracker) edge(c *cursor) uint32 { return uint32(c.Below(uint64(t.edges.used) + 1)) }
