// SPDX-License-Identifier: Apache-2.0

package track

import (
	"io"
	"slices"

	"github.com/hopstamp/hopstamp/internal/flat"
	"github.com/hopstamp/hopstamp/internal/span"
)

// Snapshot writes all that later effects depend on. A tracker restored from it and
// fed the rest of the log gives the same effects, to the byte, as this one would.
// It is written as a stream and changes nothing. Not during a step.
//
// The position in the log is the caller's to remember: it is the one of the last
// step or tick.
func (t *Tracker) Snapshot(to io.Writer) error {
	w := newFrameWriter(to)
	w.fixed(uint64(t.now))
	w.uvarints(t.counts.Stamps, t.counts.Duplicates, t.counts.Differing, t.counts.Late, t.counts.Unjoined, t.counts.Evicted, uint64(t.textBytes))
	w.item()
	t.State.write(w)
	return w.end()
}

// write writes all that is held. What is not in it follows from that.
func (t *State) write(w *frameWriter) {
	t.Symbols.write(w)
	t.Classes.write(w)
	t.profiles.write(w)
	t.writeEdges(w)
	t.writeGroups(w)
	w.pieces(t.clocks.Append(nil))
	w.table(&t.byID)
	t.writeNames(w)
	w.fixed(uint64(t.graves.born))
	w.item()
	w.table(t.graves.young)
	w.table(t.graves.old)
}

func (s *Symbols) write(w *frameWriter) {
	w.uvarints(uint64(len(s.texts)), s.overflowed)
	w.item()
	for _, text := range s.texts {
		w.plain(text)
		w.item()
	}
}

func (c *Classes) write(w *frameWriter) {
	w.uvarints(uint64(len(c.all)), c.overflowed)
	w.item()
	for i := range c.all {
		w.uvarint(uint64(c.all[i].Path))
		w.symbols(c.all[i].Dims[:])
		w.item()
	}
}

// Records are written by number, with nothing for a number that nobody has.

func (p *profiles) write(w *frameWriter) {
	w.uvarint(uint64(p.slab.Used()))
	w.item()
	for id := uint32(1); id <= p.slab.Used(); id++ {
		shared := p.slab.At(id)
		w.uvarint(uint64(shared.users))
		if shared.users != 0 {
			shared.write(w)
		}
		w.item()
	}
}

func (p *profile) write(w *frameWriter) {
	symbols := p.symbols()
	w.symbols(symbols[:])
	w.uvarints(uint64(p.HTTPStatus), uint64(p.Kind), uint64(p.Stage), uint64(p.Outcome), uint64(p.Category),
		flag(p.Error, 1)|flag(p.Explicit, 2)|flag(p.Sampled, 4))
}

// pieces writes what has a form of its own, in items that fit into frames.
func (w *frameWriter) pieces(content []byte) {
	w.uvarint(uint64(len(content)))
	w.item()
	for piece := range slices.Chunk(content, pieceSize) {
		w.raw(piece)
		w.item()
	}
}

const pieceSize = 1 << 14

func (w *frameWriter) symbols(symbols []span.Symbol) {
	for _, symbol := range symbols {
		w.uvarint(uint64(symbol))
	}
}

// writeEdges leaves out the stamps that edges start at: those say which edges they have.
func (t *State) writeEdges(w *frameWriter) {
	w.uvarint(uint64(t.edges.Used()))
	w.item()
	for e := uint32(1); e <= t.edges.Used(); e++ {
		edge := t.edges.At(e)
		w.uvarint(uint64(edge.from))
		if edge.from != 0 {
			w.uvarints(uint64(edge.to), uint64(edge.nextIn), uint64(edge.nextOfStamp), uint64(edge.by), uint64(edge.seeks))
			w.raw(edge.target[:])
			texts := t.texts.read(edge.text)
			for _, text := range texts.parts() {
				w.plain(*text)
			}
		}
		w.item()
	}
}

// writeGroups writes a group as it is frozen, and no bytes for a number that nobody
// has. Numbers are given again in the order in which they became free, because
// among timers of the same moment the smaller number is first.
func (t *State) writeGroups(w *frameWriter) {
	homes := &t.groups.homes
	w.uvarint(uint64(homes.Used()))
	w.item()
	for g := uint32(1); g <= homes.Used(); g++ {
		if g%warmAhead == 1 {
			t.warmGroups(g, min(g+warmAhead, homes.Used()+1))
		}
		home := *homes.At(g)
		switch {
		case home == 0:
			w.uvarint(0)
		case home&frozenHome != 0:
			w.group(t.groups.frozen.Slot(home.slot()))
		default:
			t.scratch = t.encode(t.scratch[:0], t.groups.open.At(uint32(home)))
			w.group(t.scratch)
		}
		w.item()
	}
	free := homes.Free()
	w.uvarint(uint64(len(free)))
	w.item()
	for _, g := range free {
		w.uvarint(uint64(g))
		w.item()
	}
}

func (w *frameWriter) group(bytes []byte) {
	w.uvarint(uint64(len(bytes)))
	w.raw(bytes)
}

func (w *frameWriter) table(t *flat.Table) {
	for part := range flat.Parts {
		w.uvarint(uint64(t.PartLen(part)))
		w.item()
		t.Each(part, func(mixed uint64, value uint32) {
			w.fixed(mixed)
			w.uvarint(uint64(value))
			w.item()
		})
	}
}
