// SPDX-License-Identifier: Apache-2.0

package state

import "github.com/hopstamp/hopstamp/internal/journey"

// Told is what the ledger was told of a delivery.
type Told struct {
	ID                          uint64
	Tally                       journey.Tally
	Started, Fulfilled, Updated int64
	Sampled                     uint32 // stages whose hop was sampled, by bit
	Next                        uint32
	Timed                       bool    // its latency was sampled
	Seen                        bool    // in the review under way
	Written                     bool    // there is a row that says it
	Again                       bool    // there was one that was taken back
	Label                       TextRef // of what is written, while it may be corrected: key and the rest of the id
}

// EachTold visits what was told of a group and has no row, without opening it.
func (st *State) EachTold(g uint32, visit func(*Told)) {
	home := *st.Groups.homes.At(g)
	if home == 0 {
		return // nobody has the number
	}
	if home&frozenHome != 0 {
		c, group := newCursor(st.Groups.Frozen.Slot(home.slot())), Group{}
		flags := c.head(&group)
		if group.Rests {
			return // there are rows of all
		}
		for left := flags / groupTold; left > 0; left-- {
			st.peeked = Told{}
			c.told(&group, &st.peeked, uint64(len(st.Classes.all)))
			if !st.peeked.Written {
				visit(&st.peeked)
			}
		}
		return
	}
	for e := st.Groups.At(g).Told; e != 0; {
		known := st.Told.At(e)
		if !known.Written {
			visit(known)
		}
		e = known.Next
	}
}
