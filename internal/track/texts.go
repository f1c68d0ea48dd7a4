// SPDX-License-Identifier: Apache-2.0

package track

import (
	"math/bits"
	"unsafe"
)

// ids are the unbounded texts of one stamp.
type ids struct{ key, message, conversation, recipient string }

// textRef is a place in texts: class in the low four bits, slot above. 0 means none.
type textRef uint32

const (
	smallestText = 32 // bytes of a slot in class 0; each class doubles
	textClasses  = 11 // so that the largest slot, 32 KiB, holds four ids of the longest length
	slotsPerPage = 1024
)

// texts keeps the ids of stamps without a pointer for each: slots of a few sizes,
// on pages that never move, so that views into them hold until they are released.
//
//	slot = 4 x length u16 | key | message | conversation | recipient
type texts struct {
	classes [textClasses]struct {
		pages [][]byte
		free  []uint32
		used  uint32
	}
}

// keep copies the ids; the empty ones cost nothing.
func (t *texts) keep(i ids) textRef {
	parts := [...]string{i.key, i.message, i.conversation, i.recipient}
	size := 8
	for _, part := range parts {
		size += len(part)
	}
	if size == 8 {
		return 0
	}
	class := max(0, bits.Len(uint(size-1))-bits.Len(uint(smallestText-1)))
	if class >= textClasses {
		return 0 // longer than a receiver lets through
	}
	ref := t.slot(class)
	slot := t.bytes(ref)
	at := 8
	for n, part := range parts {
		slot[2*n], slot[2*n+1] = byte(len(part)), byte(len(part)>>8)
		at += copy(slot[at:], part)
	}
	return ref
}

func (t *texts) slot(class int) textRef {
	c := &t.classes[class]
	if n := len(c.free); n > 0 {
		index := c.free[n-1]
		c.free = c.free[:n-1]
		return textRef(index<<4 | uint32(class))
	}
	c.used++ // slot 0 of class 0 would be textRef 0, which means none
	if int(c.used)/slotsPerPage >= len(c.pages) {
		c.pages = append(c.pages, make([]byte, slotsPerPage*smallestText<<class))
	}
	return textRef(c.used<<4 | uint32(class))
}

func (t *texts) bytes(ref textRef) []byte {
	class, index := int(ref&15), int(ref>>4)
	size := smallestText << class
	page := t.classes[class].pages[index/slotsPerPage]
	at := index % slotsPerPage * size
	return page[at : at+size]
}

// read gives views that hold until the ref is released.
func (t *texts) read(ref textRef) (i ids) {
	if ref == 0 {
		return ids{}
	}
	slot := t.bytes(ref)
	at := 8
	for n, part := range [...]*string{&i.key, &i.message, &i.conversation, &i.recipient} {
		if length := int(slot[2*n]) | int(slot[2*n+1])<<8; length > 0 {
			*part = unsafe.String(&slot[at], length)
			at += length
		}
	}
	return i
}

func (t *texts) release(ref textRef) {
	if ref != 0 {
		c := &t.classes[ref&15]
		c.free = append(c.free, uint32(ref>>4))
	}
}
