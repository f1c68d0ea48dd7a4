// SPDX-License-Identifier: Apache-2.0

package flat

import (
	"cmp"
	"math"
	"slices"
	"unsafe"
)

// Timer asks to look at a group when a time comes.
type Timer struct {
	At    int64 // nanoseconds
	Group uint32
}

// Timers gives timers back in the order of their time, and of groups where that is the
// same. Who schedules a group anew leaves the timer before: it knows that it is stale.
//
// Those of about the same second lie together in a drawer, unordered. Only when the
// time comes to a drawer are its timers put in order. So what is far away costs
// eight bytes and no work.
type Timers struct {
	sorted  []Entry          // of the drawer that was opened last, those not given back yet from next on
	next    int              // in sorted
	near    heap             // such that came after their drawer was opened
	opened  int64            // its number
	drawers heap             // the others, by number: their beginning shifted by drawerBits
	index   map[int64]uint32 // of a drawer's number to its first sheet
	sheets  Slab[sheet]
	count   int
}

// sheet is a part of the timers of a drawer.
type sheet struct {
	next    uint32
	count   uint32
	entries [sheetEntries]Entry
}

// Entry is a timer in a drawer: how long after the drawer's beginning, and below that
// its group. So entries are in the order in which they are given back when they are
// in that of numbers.
type Entry uint64

const groupBits = 32

// Group is that of the timer.
func (e Entry) Group() uint32 { return uint32(e) }

const (
	drawerBits   = 30 // about a second of nanoseconds
	sheetEntries = 63 // 512 bytes
)

// NewTimers makes some that hold none. The memory is that of sheets, see [Slab].
func NewTimers(memory Memory) Timers {
	return Timers{opened: math.MinInt64, index: map[int64]uint32{}, sheets: Slab[sheet]{Memory: memory}}
}

// Push adds a timer.
func (t *Timers) Push(timer Timer) {
	t.count++
	number := timer.At >> drawerBits
	if number <= t.opened {
		t.near.push(timer)
		return
	}
	s, ok := t.index[number]
	if !ok {
		t.drawers.push(drawer(number))
	}
	if s == 0 || t.sheets.At(s).count == sheetEntries {
		fresh, sheet := t.sheets.Alloc()
		sheet.next = s
		s = fresh
		t.index[number] = s
	}
	sheet := t.sheets.At(s)
	sheet.entries[sheet.count] = Entry(timer.At-number<<drawerBits)<<groupBits | Entry(timer.Group)
	sheet.count++
}

// drawer is a number in the heap of drawers.
func drawer(number int64) Timer { return Timer{At: number} }

// Timer is what an entry of the opened drawer stands for.
func (t *Timers) timer(e Entry) Timer {
	return Timer{At: t.opened<<drawerBits + int64(e>>groupBits), Group: e.Group()}
}

// Pop takes out the earliest timer, if its time has come.
func (t *Timers) Pop(now int64) (earliest Timer, ok bool) {
	for t.next == len(t.sorted) && len(t.drawers) > 0 && t.drawers[0].At<<drawerBits <= now {
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
	case !ok || earliest.At > now:
		return Timer{}, false
	case near:
		t.near.pop()
	default:
		t.next++
	}
	t.count--
	return earliest, true
}

// Coming are some of those that pop gives next, as long as nothing earlier is pushed.
func (t *Timers) Coming(now int64, most int) []Entry {
	few := t.sorted[t.next:min(t.next+most, len(t.sorted))]
	for n := range few {
		if t.timer(few[n]).At > now {
			return few[:n]
		}
	}
	return few
}

// open takes the earliest drawer apart.
func (t *Timers) open() {
	t.sorted, t.next = t.sorted[:0], 0
	t.opened = t.drawers.pop().At
	s := t.index[t.opened]
	delete(t.index, t.opened)
	for s != 0 {
		sheet := t.sheets.At(s)
		t.sorted = append(t.sorted, sheet.entries[:sheet.count]...)
		next := sheet.next
		t.sheets.Release(s)
		s = next
	}
	slices.Sort(t.sorted)
}

// Len is how many timers there are, stale ones included.
func (t *Timers) Len() int { return t.count }

// Bytes is what they take.
func (t *Timers) Bytes() int64 {
	return int64(t.sheets.Live())*int64(unsafe.Sizeof(sheet{})) + int64(len(t.sorted)-t.next)*int64(unsafe.Sizeof(Entry(0))) + int64(len(t.near))*int64(unsafe.Sizeof(Timer{}))
}

// compare breaks ties by group, so that the order of effects is that of the log.
func (a Timer) compare(b Timer) int {
	return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Group, b.Group))
}

func (a Timer) before(b Timer) bool { return a.compare(b) < 0 }

// heap is a binary heap of timers, earliest first.
type heap []Timer

func (h *heap) push(entry Timer) {
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

func (h *heap) pop() Timer {
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
