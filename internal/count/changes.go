// SPDX-License-Identifier: Apache-2.0

package count

import (
	"cmp"
	"slices"
)

// change is what is to be stored of a tally.
type change struct {
	minute int64
	tally  tally
	moves  Moves
}

// Changed tells whether TakeChanges has anything to give.
func (l *Ledger) Changed() bool {
	for _, p := range l.pages {
		if len(p.dirty) > 0 {
			return true
		}
	}
	return len(l.strays) > 0
}

// TakeChanges gives what was entered since it was asked last, for the store. What
// came and went again in between is a change, too: the totals count it.
func (l *Ledger) TakeChanges() []Row {
	changes := l.strays
	for _, p := range l.pages {
		changes = p.takeChanges(changes)
	}
	l.strays = nil
	l.rank()
	slices.SortFunc(changes, func(x, y change) int {
		return cmp.Or(cmp.Compare(x.minute, y.minute), cmp.Compare(l.ranked(x.tally), l.ranked(y.tally)))
	})
	rows := make([]Row, 0, len(changes))
	for i, c := range changes {
		if i > 0 && changes[i-1].minute == c.minute && changes[i-1].tally == c.tally { // strays
			rows[len(rows)-1].add(c.moves)
			continue
		}
		rows = append(rows, l.row(c.minute, c.tally, c.moves))
	}
	return rows
}

// rank learns the order of the classes that are new.
func (l *Ledger) rank() {
	known := len(l.order)
	if known == len(l.classes) {
		return
	}
	compare := func(x, y uint32) int { return compareClasses(&l.classes[x], &l.classes[y]) }
	var added []uint32
	for class := known; class < len(l.classes); class++ {
		added = append(added, uint32(class))
	}
	slices.SortFunc(added, compare)
	merged := make([]uint32, 0, len(l.classes))
	for _, class := range l.order {
		for len(added) > 0 && compare(added[0], class) < 0 {
			merged, added = append(merged, added[0]), added[1:]
		}
		merged = append(merged, class)
	}
	l.order = append(merged, added...)
	l.ranks = slices.Grow(l.ranks, len(l.classes)-known)[:len(l.classes)]
	for rank, class := range l.order {
		l.ranks[class] = uint32(rank)
	}
}

// ranked is a tally with the rank of its class in place of the class: numbers in the
// order of rows.
func (l *Ledger) ranked(t tally) tally {
	return tally(l.ranks[t.class()])<<classAt | t&(1<<classAt-1)
}
