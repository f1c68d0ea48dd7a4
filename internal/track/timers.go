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
	sorted  []entry          // of the drawer that was opened last, those not given back yet from next on
	next    int              // in sorted
	near    heap             // such that came after their drawer was opened
	opened  int64            // its number
	drawers heap             // the others, by number: their beginning shifted by drawerBits
	index   map[int64]uint32 // of a drawer's number to its first sheet
	sheets  slab[sheet]
	count   int
}

// sheet is a part of the timers of a drawer.
type sheet struct {
	next    uint32
	count   uint32
	entries [sheetEntries]entry
}

// entry is a timer in a drawer: how long after the drawer's beginning, and below that
// its group. So entries are in the order in which they are given back when they are
// in that of numbers.
type entry uint64

const groupBits = 32

func (e entry) group() uint32 { return uint32(e) }

const (
	drawerBits   = 30 // about a second of nanoseconds
	sheetEntries = 63 // 512 bytes
)

func newTimers() timers { return timers{opened: math.MinInt64, index: map[int64]uint32{}} }

func (t *timers) push(timer timer) {
	t.count++
	number := timer.at >> drawerBits
	if number <= t.opened {
		t.near.push(timer)
		return
	}
	s, ok := t.index[number]
	if !ok {
		t.drawers.push(drawer(number))
	}
	if s == 0 || t.sheets.at(s).count == sheetEntries {
		fresh, sheet := t.sheets.alloc()
		sheet.next = s
		s = fresh
		t.index[number] = s
	}
	sheet := t.sheets.at(s)
	sheet.entries[sheet.count] = entry(timer.at-number<<drawerBits)<<groupBits | entry(timer.group)
	sheet.count++
}

// drawer is a number in the heap of drawers.
func drawer(number int64) timer { return timer{at: number} }

// timer is what an entry of the opened drawer stands for.
func (t *timers) timer(e entry) timer {
	return timer{at: t.opened<<drawerBits + int64(e>>groupBits), group: e.group()}
}

// pop takes out the earliest timer, if its time has come.
func (t *timers) pop(now int64) (earliest timer, ok bool) {
	for t.next == len(t.sorted) && len(t.drawers) > 0 && t.drawers[0].at<<drawerBits <= now {
		t.open()
	}
	if t.next < len(t.sorted) {
		earliest, ok = t.timer(t.sorted[t.next]), true
	}
	near := len(t.near) > 0 && (!ok || t.near[0].before(earliest))
	if near {
		earliest, ok = t.near[0], true
	}
	switch {
	case !ok || earliest.at > now:
		return timer{}, false
	case near:
		t.near.pop()
	default:
		t.next++
	}
	t.count--
	return earliest, true
}

// coming are some of those that pop gives next, as long as nothing earlier is pushed.
func (t *timers) coming(now int64, most int) []entry {
	few := t.sorted[t.next:min(t.next+most, len(t.sorted))]
	for n := range few {
		if t.timer(few[n]).at > now {
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
		t.sorted = append(t.sorted, sheet.entries[:sheet.count]...)
		next := sheet.next
		t.sheets.release(s)
		s = next
	}
	slices.Sort(t.sorted)
}

func (t *timers) bytes() int64 {
	return int64(t.sheets.live())*int64(unsafe.Sizeof(sheet{})) + int64(len(t.sorted)-t.next)*int64(unsafe.Sizeof(entry(0))) + int64(len(t.near))*int64(unsafe.Sizeof(timer{}))
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
