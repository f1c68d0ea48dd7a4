// SPDX-License-Identifier: Apache-2.0

package track

import (
	"cmp"
	"math"
	"slices"
	"unsafe"
)

// timer asks to look at a group again when the log's time reaches at.
type timer struct {
	at    int64
	group uint32
}

// timers gives timers back in the order of their time. A group is scheduled at
// most once: the time in group.due is the one that counts, others are stale.
//
// Those of about the same second lie together in a drawer, unordered. Only when the
// log's time comes to a drawer are its timers put in order. So what is far away costs
// eight bytes and no work.
type timers struct {
	sorted  []timer          // of the drawers that were opened, those not given back yet from next on
	next    int              // in sorted
	near    heap             // such that came after their drawer was opened
	opened  int64            // the last of them
	drawers heap             // the others, by number: their beginning shifted by drawerBits
	index   map[int64]uint32 // of a drawer's number to its first sheet
	sheets  slab[sheet]
	count   int
}

// sheet is a part of the timers of a drawer.
type sheet struct {
	next    uint32
	count   uint32
	entries [sheetEntries]struct{ offset, group uint32 } // offset from the beginning of the drawer
}

const (
	drawerBits   = 30 // about a second of nanoseconds
	sheetEntries = 63 // 512 bytes
)

func newTimers() timers { return timers{opened: math.MinInt64, index: map[int64]uint32{}} }

func (t *timers) push(entry timer) {
	t.count++
	number := entry.at >> drawerBits
	if number <= t.opened {
		t.near.push(entry)
		return
	}
	s, ok := t.index[number]
	if !ok {
		t.drawers.push(timer{at: number})
	}
	if s == 0 || t.sheets.at(s).count == sheetEntries {
		fresh, sheet := t.sheets.alloc()
		sheet.next = s
		s = fresh
		t.index[number] = s
	}
	sheet := t.sheets.at(s)
	e := &sheet.entries[sheet.count]
	e.offset, e.group = uint32(entry.at-number<<drawerBits), entry.group
	sheet.count++
}

// pop takes out the earliest timer, if its time has come.
func (t *timers) pop(now int64) (earliest timer, ok bool) {
	for t.next == len(t.sorted) && len(t.drawers) > 0 && t.drawers[0].at<<drawerBits <= now {
		t.open()
	}
	switch {
	case t.next < len(t.sorted) && (len(t.near) == 0 || t.sorted[t.next].before(t.near[0])):
		if earliest, ok = t.sorted[t.next], t.sorted[t.next].at <= now; ok {
			t.next++
		}
	case len(t.near) > 0:
		if earliest, ok = t.near[0], t.near[0].at <= now; ok {
			t.near.pop()
		}
	}
	if ok {
		t.count--
	}
	return earliest, ok
}

// coming are some of those that pop gives next, as long as nothing earlier is pushed.
func (t *timers) coming(now int64, most int) []timer {
	few := t.sorted[t.next:min(t.next+most, len(t.sorted))]
	for n := range few {
		if few[n].at > now {
			return few[:n]
		}
	}
	return few
}

// open takes the earliest drawer apart.
func (t *timers) open() {
	t.sorted, t.next = t.sorted[:0], 0
	t.opened = t.drawers.pop().at
	s := t.index[t.opened]
	delete(t.index, t.opened)
	for s != 0 {
		sheet := t.sheets.at(s)
		for _, e := range sheet.entries[:sheet.count] {
			t.sorted = append(t.sorted, timer{at: t.opened<<drawerBits + int64(e.offset), group: e.group})
		}
		next := sheet.next
		t.sheets.release(s)
		s = next
	}
	slices.SortFunc(t.sorted, timer.compare)
}

func (t *timers) bytes() int64 {
	return int64(t.sheets.live())*int64(unsafe.Sizeof(sheet{})) + int64(len(t.sorted)-t.next+len(t.near))*int64(unsafe.Sizeof(timer{}))
}

// compare breaks ties by group, so that the order of effects is that of the log.
func (a timer) compare(b timer) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.group, b.group))
}

func (a timer) before(b timer) bool { return a.compare(b) < 0 }

// heap is a binary heap of timers, earliest first.
type heap []timer

func (h *heap) push(entry timer) {
	heap := append(*h, entry)
	i := len(heap) - 1
	for i > 0 {
		up := (i - 1) / 2
		if !entry.before(heap[up]) {
			break
		}
		heap[i] = heap[up]
		i = up
	}
	heap[i] = entry
	*h = heap
}

func (h *heap) pop() timer {
	heap := *h
	first, last := heap[0], heap[len(heap)-1]
	heap = heap[:len(heap)-1]
	i := 0
	for {
		down := 2*i + 1
		if down >= len(heap) {
			break
		}
		if down+1 < len(heap) && heap[down+1].before(heap[down]) {
			down++
		}
		if !heap[down].before(last) {
			break
		}
		heap[i] = heap[down]
		i = down
	}
	if len(heap) > 0 {
		heap[i] = last
	}
	*h = heap
	return first
}
