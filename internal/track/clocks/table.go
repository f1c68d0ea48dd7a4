// SPDX-License-Identifier: Apache-2.0

package clocks

// table is the rows of hosts or pairs, up to a limit. When it is full, a row that
// nothing was observed of for long makes way; the rows are looked at in turns, so
// that the same passages always leave the same rows.
type table struct {
	rows       []pair
	index      map[uint64]int32
	limit      int
	hand       int // row to look at next
	overflowed uint64
}

const (
	glances = 4      // rows looked at for one that found no place
	idle    = 1800e9 // after which a row makes way
)

func newTable(limit int) table { return table{index: make(map[uint64]int32), limit: limit} }

func keyOf(low, high Host) uint64 { return uint64(low)<<32 | uint64(high) }

func (t *table) find(low, high Host) *pair {
	if at, ok := t.index[keyOf(low, high)]; ok {
		return &t.rows[at]
	}
	return nil
}

// place finds or makes a row; nil when there is no room.
func (t *table) place(low, high Host, now int64) *pair {
	key := keyOf(low, high)
	if at, ok := t.index[key]; ok {
		return &t.rows[at]
	}
	at, ok := t.room(now)
	if !ok {
		t.overflowed++
		return nil
	}
	t.index[key] = int32(at)
	t.rows[at] = pair{low: low, high: high}
	return &t.rows[at]
}

func (t *table) room(now int64) (at int, ok bool) {
	if len(t.rows) < t.limit {
		t.rows = append(t.rows, pair{})
		return len(t.rows) - 1, true
	}
	for range min(glances, len(t.rows)) {
		at, t.hand = t.hand, (t.hand+1)%len(t.rows)
		if row := &t.rows[at]; row.last() < now-idle {
			delete(t.index, keyOf(row.low, row.high))
			return at, true
		}
	}
	return 0, false
}
