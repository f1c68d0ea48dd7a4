// SPDX-License-Identifier: Apache-2.0

package state

import (
	"math"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/frames"
)

// Write writes all that is held. What is not in it follows from that.
func (st *State) Write(w *frames.Writer) {
	st.Symbols.write(w)
	st.Classes.write(w)
	st.Profiles.write(w)
	st.writeEdges(w)
	st.writeGroups(w)
	w.Pieces(st.Clocks.Append(nil))
	w.Table(&st.ByID)
	st.writeNames(w)
	w.Fixed(uint64(st.Graves.born))
	w.Item()
	w.Table(st.Graves.Young)
	w.Table(st.Graves.Old)
}

func (s *Symbols) write(w *frames.Writer) {
	w.Uvarints(uint64(len(s.texts)), s.overflowed)
	w.Item()
	for _, text := range s.texts {
		w.Plain(text)
		w.Item()
	}
}

func (c *Classes) write(w *frames.Writer) {
	w.Uvarints(uint64(len(c.all)), c.overflowed)
	w.Item()
	for i := range c.all {
		w.Uvarint(uint64(c.all[i].Path))
		w.Symbols(c.all[i].Dims[:])
		w.Item()
	}
}

// Records are written by number, with nothing for a number that nobody has.

func (p *Profiles) write(w *frames.Writer) {
	w.Uvarint(uint64(p.slab.Used()))
	w.Item()
	for id := uint32(1); id <= p.slab.Used(); id++ {
		shared := p.slab.At(id)
		w.Uvarint(uint64(shared.users))
		if shared.users != 0 {
			shared.write(w)
		}
		w.Item()
	}
}

func (p *Profile) write(w *frames.Writer) {
	symbols := p.Symbols()
	w.Symbols(symbols[:])
	w.Uvarints(uint64(p.HTTPStatus), uint64(p.Kind), uint64(p.Stage), uint64(p.Outcome), uint64(p.Category),
		flag(p.Error, 1)|flag(p.Explicit, 2)|flag(p.Sampled, 4))
}

// writeEdges leaves out the stamps that edges start at: those say which edges they have.
func (st *State) writeEdges(w *frames.Writer) {
	w.Uvarint(uint64(st.Edges.Used()))
	w.Item()
	for e := uint32(1); e <= st.Edges.Used(); e++ {
		edge := st.Edges.At(e)
		w.Uvarint(uint64(edge.From))
		if edge.From != 0 {
			w.Uvarints(uint64(edge.To), uint64(edge.NextIn), uint64(edge.NextOfStamp), uint64(edge.By), uint64(edge.Seeks))
			w.Raw(edge.Target[:])
			texts := st.Texts.Read(edge.Text)
			for _, text := range texts.Parts() {
				w.Plain(*text)
			}
		}
		w.Item()
	}
}

// writeGroups writes a group as it is frozen, and no bytes for a number that nobody
// has. Numbers are given again in the order in which they became free, because
// among timers of the same moment the smaller number is first.
func (st *State) writeGroups(w *frames.Writer) {
	homes := &st.Groups.homes
	w.Uvarint(uint64(homes.Used()))
	w.Item()
	for g := uint32(1); g <= homes.Used(); g++ {
		if g%WarmAhead == 1 {
			st.WarmGroups(g, min(g+WarmAhead, homes.Used()+1))
		}
		home := *homes.At(g)
		switch {
		case home == 0:
			w.Uvarint(0)
		case home&frozenHome != 0:
			w.Bytes(st.Groups.Frozen.Slot(home.slot()))
		default:
			st.scratch = st.Encode(st.scratch[:0], st.Groups.Open.At(uint32(home)))
			w.Bytes(st.scratch)
		}
		w.Item()
	}
	free := homes.Free()
	w.Uvarint(uint64(len(free)))
	w.Item()
	for _, g := range free {
		w.Uvarint(uint64(g))
		w.Item()
	}
}

// Read reads what was written into a state that holds nothing. It tells of each group how it begins.
func (st *State) Read(r *frames.Reader, each func(g uint32, head *Group)) {
	st.Symbols.read(r)
	st.Classes.read(r, st.Symbols)
	st.Profiles.read(r, st.Symbols)
	st.readEdges(r)
	st.readGroups(r, each)
	if err := st.Clocks.Restore(r.Pieces()); err != nil {
		r.Broken("%w", err)
	}
	r.Table(&st.ByID, st.Groups.Highest())
	st.readNames(r)
	if r.Next() {
		st.Graves.born = int64(r.Fixed64())
	}
	r.Table(st.Graves.Young, mostSaid)
	r.Table(st.Graves.Old, mostSaid)
}

func (s *Symbols) read(r *frames.Reader) {
	if !r.Next() {
		return
	}
	count := r.Uvarint()
	s.overflowed = r.Uvarint()
	for i := uint64(0); i < count && r.Next(); i++ {
		text := r.Plain()
		if _, twice := s.index[text]; twice {
			r.Fail()
		}
		s.Add(text)
	}
	if len(s.texts) == 0 || s.texts[0] != "" {
		r.Fail()
	}
}

func (c *Classes) read(r *frames.Reader, symbols *Symbols) {
	if !r.Next() {
		return
	}
	count := r.Uvarint()
	c.overflowed = r.Uvarint()
	for i := uint64(0); i < count && r.Next(); i++ {
		class := journey.Class{Path: readSymbol(r, symbols)}
		for d := range class.Dims {
			class.Dims[d] = readSymbol(r, symbols)
		}
		c.add(&class)
	}
}

// readSymbol reads one of those that are known.
func readSymbol(r *frames.Reader, symbols *Symbols) span.Symbol {
	return span.Symbol(r.Below(uint64(len(symbols.texts))))
}

func (p *Profiles) read(r *frames.Reader, symbols *Symbols) {
	for left := r.Count(); left > 0 && r.Next(); left-- {
		id, shared := p.slab.Alloc()
		if shared.users = uint32(r.Below(math.MaxUint32)); shared.users == 0 {
			continue
		}
		shared.read(r, symbols)
		p.index.Add(shared.hash(), id)
	}
	p.slab.Reclaim(func(shared *SharedProfile) bool { return shared.users == 0 })
}

func (p *Profile) read(r *frames.Reader, symbols *Symbols) {
	for _, symbol := range [...]*span.Symbol{&p.Service, &p.Name, &p.Route, &p.System, &p.Topic, &p.Group, &p.Server, &p.ErrorType, &p.Cluster, &p.Host} {
		*symbol = readSymbol(r, symbols)
	}
	p.HTTPStatus = uint16(r.Below(1 << 16))
	p.Kind, p.Stage = span.Kind(r.Below(1<<8)), span.Stage(r.Below(uint64(span.NumStages)))
	p.Outcome, p.Category = span.Outcome(r.Below(1<<8)), span.Category(r.Below(1<<8))
	flags := r.Below(8)
	p.Error, p.Explicit, p.Sampled = flags&1 != 0, flags&2 != 0, flags&4 != 0
}

func (st *State) readEdges(r *frames.Reader) {
	count := r.Count()
	for left := count; left > 0 && r.Next(); left-- {
		_, edge := st.Edges.Alloc()
		if edge.From = uint32(r.Below(math.MaxUint32)); edge.From == 0 {
			continue
		}
		edge.To = uint32(r.Below(math.MaxUint32))
		edge.NextIn, edge.NextOfStamp = uint32(r.Below(count+1)), uint32(r.Below(count+1))
		edge.By, edge.Seeks = Match(r.Below(uint64(LetGo)+1)), uint32(r.Below(math.MaxUint32))
		copy(edge.Target[:], r.Take(uint64(len(edge.Target))))
		var texts IDs
		for _, text := range texts.Parts() {
			*text = r.Plain()
		}
		st.SetText(edge, texts)
	}
	st.Edges.Reclaim(func(edge *Edge) bool { return edge.From == 0 })
}

// readGroups tells of each group that was read how it begins.
func (st *State) readGroups(r *frames.Reader, each func(g uint32, head *Group)) {
	var head Group
	for left := r.Count(); left > 0 && r.Next(); left-- {
		g, home := st.Groups.homes.Alloc()
		if bytes := r.Take(r.Uvarint()); len(bytes) > 0 {
			if st.readGroup(r, g, home, bytes, &head) {
				each(g, &head)
			}
		}
	}
	homes := &st.Groups.homes
	for left := r.Count(); left > 0 && r.Next(); left-- {
		g := uint32(r.Below(uint64(homes.Used()) + 1))
		if g == 0 || *homes.At(g) != 0 {
			r.Fail()
			return
		}
		homes.Return(g)
	}
	st.checkEdges(r)
}

// readGroup puts a group where it is frozen, and opens one that is too large for that.
func (st *State) readGroup(r *frames.Reader, g uint32, at *home, bytes []byte, head *Group) bool {
	*head = Group{}
	c := newCursor(bytes)
	flags := c.head(head)
	if c.Bad {
		r.Fail()
		return false
	}
	if ref := st.Groups.Frozen.Alloc(len(bytes)); ref != 0 {
		copy(st.Groups.Frozen.Slot(ref), bytes)
		*at = frozenHome | home(ref)
	} else if whole := newCursor(bytes); !st.decode(&whole, st.Groups.Unfold(g, at)) {
		r.Fail()
		return false
	}
	st.NumStamps += int(head.Count)
	st.Traces.Add(Fingerprint(head.Trace), g)
	st.NumTold += int(flags / groupTold)
	return true
}

// checkEdges makes sure that there are groups at both ends of every edge.
func (st *State) checkEdges(r *frames.Reader) {
	homes := &st.Groups.homes
	for e := uint32(1); e <= st.Edges.Used() && !r.Bad; e++ {
		edge := st.Edges.At(e)
		if edge.From == 0 {
			continue
		}
		if edge.From > homes.Used() || edge.To > homes.Used() || *homes.At(edge.From) == 0 || edge.To != 0 && *homes.At(edge.To) == 0 {
			r.Fail()
		}
	}
}
