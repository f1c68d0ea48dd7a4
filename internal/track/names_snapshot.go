// SPDX-License-Identifier: Apache-2.0

package track

import (
	"cmp"
	"slices"

	"github.com/hopstamp/hopstamp/internal/span"
)

// writeNames writes what is offered and sought, and where links were lost.
func (t *State) writeNames(w *frameWriter) {
	w.table(&t.offers)
	w.uvarint(uint64(t.seeks.Used()))
	w.item()
	for k := uint32(1); k <= t.seeks.Used(); k++ {
		seek := t.seeks.At(k)
		if w.uvarint(uint64(seek.edge)); seek.edge != 0 {
			w.fixed(seek.name)
			w.uvarints(uint64(seek.by), uint64(seek.worse), uint64(seek.next), uint64(seek.before))
		}
		w.item()
	}
	destinations := make([]destination, 0, len(t.lost.last))
	for d := range t.lost.last {
		destinations = append(destinations, d)
	}
	slices.SortFunc(destinations, func(x, y destination) int {
		return cmp.Or(cmp.Compare(x.system, y.system), cmp.Compare(x.topic, y.topic), compareBools(x.created, y.created))
	})
	w.fixed(uint64(t.lost.rest))
	w.uvarint(uint64(len(destinations)))
	w.item()
	for _, d := range destinations {
		w.symbols([]span.Symbol{d.system, d.topic})
		w.uvarint(flag(d.created, 1))
		w.fixed(uint64(t.lost.last[d]))
		w.item()
	}
}

// readNames reads them, and finds the first that seeks each name.
func (t *State) readNames(r *frameReader) {
	r.table(&t.offers, t.groups.highest())
	t.readSeeks(r)
	if !r.next() {
		return
	}
	t.lost.rest = int64(r.Fixed64())
	for left := r.Below(maxDestinations + 1); left > 0 && r.next(); left-- {
		d := destination{readSymbol(r, t.Symbols), readSymbol(r, t.Symbols), r.Below(2) == 1}
		t.lost.last[d] = int64(r.Fixed64())
	}
}

func (t *State) readSeeks(r *frameReader) {
	count := r.count()
	for left := count; left > 0 && r.next(); left-- {
		k, seek := t.seeks.Alloc()
		if seek.edge = uint32(r.Below(uint64(t.edges.Used()) + 1)); seek.edge == 0 {
			continue
		}
		seek.name, seek.by = r.Fixed64(), match(r.Below(uint64(numMatches)))
		for _, other := range [...]*uint32{&seek.worse, &seek.next, &seek.before} {
			*other = uint32(r.Below(count + 1))
		}
		if seek.before == 0 {
			t.sought.Set(seek.name, k)
		}
	}
	for e := uint32(1); e <= t.edges.Used(); e++ {
		if uint64(t.edges.At(e).seeks) > count {
			r.Fail()
		}
	}
	t.seeks.Reclaim(func(seek *seek) bool { return seek.edge == 0 })
}
