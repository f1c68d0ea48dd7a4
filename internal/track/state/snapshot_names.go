// SPDX-License-Identifier: Apache-2.0

package state

import (
	"cmp"
	"slices"

	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/frames"
)

// writeNames writes what is offered and sought, and where links were lost.
func (st *State) writeNames(w *frames.Writer) {
	w.Table(&st.Offers)
	w.Uvarint(uint64(st.Seeks.Used()))
	w.Item()
	for k := uint32(1); k <= st.Seeks.Used(); k++ {
		seek := st.Seeks.At(k)
		if w.Uvarint(uint64(seek.Edge)); seek.Edge != 0 {
			w.Fixed(seek.Name)
			w.Uvarints(uint64(seek.By), uint64(seek.Worse), uint64(seek.Next), uint64(seek.Before))
		}
		w.Item()
	}
	destinations := make([]Destination, 0, len(st.LostLinks.last))
	for d := range st.LostLinks.last {
		destinations = append(destinations, d)
	}
	slices.SortFunc(destinations, func(x, y Destination) int {
		return cmp.Or(cmp.Compare(x.System, y.System), cmp.Compare(x.Topic, y.Topic), cmp.Compare(flag(x.created, 1), flag(y.created, 1)))
	})
	w.Fixed(uint64(st.LostLinks.rest))
	w.Uvarint(uint64(len(destinations)))
	w.Item()
	for _, d := range destinations {
		w.Symbols([]span.Symbol{d.System, d.Topic})
		w.Uvarint(flag(d.created, 1))
		w.Fixed(uint64(st.LostLinks.last[d]))
		w.Item()
	}
}

// readNames reads them, and finds the first that seeks each name.
func (st *State) readNames(r *frames.Reader) {
	r.Table(&st.Offers, st.Groups.Highest())
	st.readSeeks(r)
	if !r.Next() {
		return
	}
	st.LostLinks.rest = int64(r.Fixed64())
	for left := r.Below(maxDestinations + 1); left > 0 && r.Next(); left-- {
		d := Destination{readSymbol(r, st.Symbols), readSymbol(r, st.Symbols), r.Below(2) == 1}
		st.LostLinks.last[d] = int64(r.Fixed64())
	}
}

func (st *State) readSeeks(r *frames.Reader) {
	count := r.Count()
	for left := count; left > 0 && r.Next(); left-- {
		k, seek := st.Seeks.Alloc()
		if seek.Edge = uint32(r.Below(uint64(st.Edges.Used()) + 1)); seek.Edge == 0 {
			continue
		}
		seek.Name, seek.By = r.Fixed64(), Match(r.Below(uint64(numMatches)))
		for _, other := range [...]*uint32{&seek.Worse, &seek.Next, &seek.Before} {
			*other = uint32(r.Below(count + 1))
		}
		if seek.Before == 0 {
			st.Sought.Set(seek.Name, k)
		}
	}
	for e := uint32(1); e <= st.Edges.Used(); e++ {
		if uint64(st.Edges.At(e).Seeks) > count {
			r.Fail()
		}
	}
	st.Seeks.Reclaim(func(seek *Seek) bool { return seek.Edge == 0 })
}
