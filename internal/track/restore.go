// SPDX-License-Identifier: Apache-2.0

package track

import (
	"io"
	"math"

	"github.com/hopstamp/hopstamp/internal/flat"
	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// Restore makes the tracker that wrote a snapshot. The options are those of now:
// other paths or bounds than before are taken as they are by [Tracker.Reconfigure],
// for what happens from here on.
func Restore(options Options, from io.Reader) (*Tracker, error) {
	t := blank(options)
	r := newFrameReader(from)
	if r.next() {
		t.now = int64(r.Fixed64())
		for _, count := range [...]*uint64{&t.counts.Stamps, &t.counts.Duplicates, &t.counts.Differing, &t.counts.Late, &t.counts.Unjoined, &t.counts.Evicted} {
			*count = r.Uvarint()
		}
		t.textBytes = int64(r.Uvarint())
	}
	t.State.read(r, t.planRead)
	if err := r.end(); err != nil {
		return nil, err
	}
	t.configure()
	return t, nil
}

// read reads what was written into a state that holds nothing. It tells of each group how it begins.
func (t *State) read(r *frameReader, each func(g uint32, head *group)) {
	t.Symbols.read(r)
	t.Classes.read(r, t.Symbols)
	t.profiles.read(r, t.Symbols)
	t.readEdges(r)
	t.readGroups(r, each)
	if err := t.clocks.Restore(r.pieces()); err != nil {
		r.broken("%w", err)
	}
	r.table(&t.byID, t.groups.highest())
	t.readNames(r)
	if r.next() {
		t.graves.born = int64(r.Fixed64())
	}
	r.table(t.graves.young, mostSaid)
	r.table(t.graves.old, mostSaid)
}

// planRead plans a group as it was planned.
func (t *Tracker) planRead(g uint32, head *group) {
	timer := flat.Timer{At: head.due, Group: g}
	switch {
	case head.rests:
		t.resting++
		t.rests.Push(timer)
	case head.due != 0:
		t.planned++
		t.timers.Push(timer)
	}
}

// pieces reads what was written in pieces.
func (r *frameReader) pieces() (content []byte) {
	if !r.next() {
		return nil
	}
	length := r.Below(1 << 28)
	for uint64(len(content)) < length && r.next() {
		content = append(content, r.Take(min(pieceSize, length-uint64(len(content))))...)
	}
	return content
}

// count reads how many items follow.
func (r *frameReader) count() uint64 {
	if !r.next() {
		return 0
	}
	return r.Below(math.MaxUint32)
}

func (s *Symbols) read(r *frameReader) {
	if !r.next() {
		return
	}
	count := r.Uvarint()
	s.overflowed = r.Uvarint()
	for i := uint64(0); i < count && r.next(); i++ {
		text := r.plain()
		if _, twice := s.index[text]; twice {
			r.Fail()
		}
		s.add(text)
	}
	if len(s.texts) == 0 || s.texts[0] != "" {
		r.Fail()
	}
}

func (c *Classes) read(r *frameReader, symbols *Symbols) {
	if !r.next() {
		return
	}
	count := r.Uvarint()
	c.overflowed = r.Uvarint()
	for i := uint64(0); i < count && r.next(); i++ {
		class := journey.Class{Path: readSymbol(r, symbols)}
		for d := range class.Dims {
			class.Dims[d] = readSymbol(r, symbols)
		}
		c.add(&class)
	}
}

// readSymbol reads one of those that are known.
func readSymbol(r *frameReader, symbols *Symbols) span.Symbol {
	return span.Symbol(r.Below(uint64(len(symbols.texts))))
}

func (p *profiles) read(r *frameReader, symbols *Symbols) {
	for left := r.count(); left > 0 && r.next(); left-- {
		id, shared := p.slab.Alloc()
		if shared.users = uint32(r.Below(math.MaxUint32)); shared.users == 0 {
			continue
		}
		shared.read(r, symbols)
		p.index.Add(shared.hash(), id)
	}
	p.slab.Reclaim(func(shared *sharedProfile) bool { return shared.users == 0 })
}

func (p *profile) read(r *frameReader, symbols *Symbols) {
	for _, symbol := range [...]*span.Symbol{&p.Service, &p.Name, &p.Route, &p.System, &p.Topic, &p.Group, &p.Server, &p.ErrorType, &p.Cluster, &p.Host} {
		*symbol = readSymbol(r, symbols)
	}
	p.HTTPStatus = uint16(r.Below(1 << 16))
	p.Kind, p.Stage = span.Kind(r.Below(1<<8)), span.Stage(r.Below(uint64(span.NumStages)))
	p.Outcome, p.Category = span.Outcome(r.Below(1<<8)), span.Category(r.Below(1<<8))
	flags := r.Below(8)
	p.Error, p.Explicit, p.Sampled = flags&1 != 0, flags&2 != 0, flags&4 != 0
}

func (t *State) readEdges(r *frameReader) {
	count := r.count()
	for left := count; left > 0 && r.next(); left-- {
		_, edge := t.edges.Alloc()
		if edge.from = uint32(r.Below(math.MaxUint32)); edge.from == 0 {
			continue
		}
		edge.to = uint32(r.Below(math.MaxUint32))
		edge.nextIn, edge.nextOfStamp = uint32(r.Below(count+1)), uint32(r.Below(count+1))
		edge.by, edge.seeks = match(r.Below(uint64(letGo)+1)), uint32(r.Below(math.MaxUint32))
		copy(edge.target[:], r.Take(uint64(len(edge.target))))
		var texts ids
		for _, text := range texts.parts() {
			*text = r.plain()
		}
		t.setText(edge, texts)
	}
	t.edges.Reclaim(func(edge *edge) bool { return edge.from == 0 })
}

// readGroups tells of each group that was read how it begins.
func (t *State) readGroups(r *frameReader, each func(g uint32, head *group)) {
	var head group
	for left := r.count(); left > 0 && r.next(); left-- {
		g, home := t.groups.homes.Alloc()
		if bytes := r.Take(r.Uvarint()); len(bytes) > 0 {
			if t.readGroup(r, g, home, bytes, &head) {
				each(g, &head)
			}
		}
	}
	homes := &t.groups.homes
	for left := r.count(); left > 0 && r.next(); left-- {
		g := uint32(r.Below(uint64(homes.Used()) + 1))
		if g == 0 || *homes.At(g) != 0 {
			r.Fail()
			return
		}
		homes.Return(g)
	}
	t.checkEdges(r)
}

// readGroup puts a group where it is frozen, and opens one that is too large for that.
func (t *State) readGroup(r *frameReader, g uint32, at *home, bytes []byte, head *group) bool {
	*head = group{}
	c := newCursor(bytes)
	flags := c.head(head)
	if c.Bad {
		r.Fail()
		return false
	}
	if ref := t.groups.frozen.Alloc(len(bytes)); ref != 0 {
		copy(t.groups.frozen.Slot(ref), bytes)
		*at = frozenHome | home(ref)
	} else if whole := newCursor(bytes); !t.decode(&whole, t.groups.unfold(g, at)) {
		r.Fail()
		return false
	}
	t.held += int(head.count)
	t.traces.Add(fingerprint(head.trace), g)
	t.deliveries += int(flags / groupTold)
	return true
}

// checkEdges makes sure that there are groups at both ends of every edge.
func (t *State) checkEdges(r *frameReader) {
	homes := &t.groups.homes
	for e := uint32(1); e <= t.edges.Used() && !r.Bad; e++ {
		edge := t.edges.At(e)
		if edge.from == 0 {
			continue
		}
		if edge.from > homes.Used() || edge.to > homes.Used() || *homes.At(edge.from) == 0 || edge.to != 0 && *homes.At(edge.to) == 0 {
			r.Fail()
		}
	}
}

// mostReserved is how many entries of a part are believed before they were read.
const mostReserved = 1 << 20

func (r *frameReader) table(t *flat.Table, highest uint32) {
	for part := range flat.Parts {
		left := r.count()
		if left > 0 {
			t.Reserve(part, int(min(left, mostReserved)))
		}
		for ; left > 0 && r.next(); left-- {
			mixed := r.Fixed64()
			if !t.Put(part, mixed, uint32(r.Below(uint64(highest)+1))) {
				r.Fail()
				return
			}
		}
	}
}
