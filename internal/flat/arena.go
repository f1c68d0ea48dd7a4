// SPDX-License-Identifier: Apache-2.0

package flat

import "math/bits"

// Arena hands out slots of bytes without a pointer for each. Slots come in sizes
// of sixteen to the doubling, so that on average a thirtieth is wasted, and lie on
// pages that never move: a view into a slot holds until it is released.
type Arena struct {
	Memory Memory // of all pages but the first of each size

	classes [slotClasses]slotClass
	inUse   int64 // bytes of the slots handed out
}

// slotClass is the slots of one size.
type slotClass struct {
	pages [][]byte
	used  uint32   // slots handed out at least once
	free  []uint32 // their numbers: a chain through the slots would wait for each from memory
}

// Ref is a place in an arena: class in the low eight bits, number from 1 on
// above. 0 means none.
type Ref uint32

// LargestSlot is the size of the largest slots, in bytes.
const LargestSlot = 1 << 20

const (
	classBits   = 8
	slotClasses = 1 << classBits
	pageBits    = 18        // pages are 136 to 256 KiB, in steps of the runtime's own 8 KiB
	maxSlots    = 1<<23 - 1 // of a class, so that a ref has a bit to spare
)

// slotClassOf is the class of the smallest slots that hold so many bytes: (16..31)+1
// steps of 2^step bytes.
func slotClassOf(size int) int {
	last := max(size-1, 16)
	step := bits.Len(uint(last)) - 5
	return step*16 + last>>step - 16
}

// slotSize is the size of the slots of a class, and how many are on a page, by bits.
func slotSize(class int) (size, perPage int) {
	step := class / 16
	return (class%16 + 17) << step, max(0, pageBits-5-step)
}

// Alloc hands out a slot of at least so many bytes, with whatever is in it; 0 when
// they are too many for one.
func (a *Arena) Alloc(size int) Ref {
	if size > LargestSlot {
		return 0
	}
	for class := slotClassOf(size); class < slotClasses; class++ {
		if ref := a.take(class); ref != 0 {
			return ref
		}
	}
	return 0
}

func (a *Arena) take(class int) Ref {
	c := &a.classes[class]
	size, perPage := slotSize(class)
	if n := len(c.free); n > 0 {
		number := c.free[n-1]
		c.free = c.free[:n-1]
		a.inUse += int64(size)
		return Ref(number<<classBits | uint32(class))
	}
	if c.used == maxSlots {
		return 0 // the next class has room
	}
	if int(c.used)>>perPage == len(c.pages) {
		c.pages = append(c.pages, a.page(len(c.pages), size<<perPage))
	}
	c.used++
	a.inUse += int64(size)
	return Ref(c.used<<classBits | uint32(class))
}

// page is the next of a class that has so many.
func (a *Arena) page(pages, size int) []byte {
	if !a.Memory.serves(pages) {
		return make([]byte, size)
	}
	return a.Memory(size)
}

// Slot is the bytes of a slot, a view that holds until it is released.
func (a *Arena) Slot(ref Ref) []byte {
	class, index := int(ref%slotClasses), int(ref>>classBits)-1
	size, perPage := slotSize(class)
	at := index & (1<<perPage - 1) * size
	return a.classes[class].pages[index>>perPage][at : at+size]
}

// Release takes a slot back.
func (a *Arena) Release(ref Ref) {
	class := int(ref % slotClasses)
	c := &a.classes[class]
	size, _ := slotSize(class)
	c.free = append(c.free, uint32(ref>>classBits))
	a.inUse -= int64(size)
}

// Bytes is what the slots handed out take.
func (a *Arena) Bytes() int64 { return a.inUse }

// Live is the number of slots handed out.
func (a *Arena) Live() (n int) {
	for i := range a.classes {
		n += int(a.classes[i].used) - len(a.classes[i].free)
	}
	return n
}
