// SPDX-License-Identifier: Apache-2.0

package track

import (
	"cmp"
	"unsafe"
)

// ids are the unbounded texts of one stamp.
type ids struct{ key, message, conversation, recipient, coordinate string }

// numTexts is how many there are, textsHead what their lengths take.
const numTexts, textsHead = 5, 2 * 5

// parts are the texts in the order in which they are kept.
func (i *ids) parts() [numTexts]*string {
	return [...]*string{&i.key, &i.message, &i.conversation, &i.recipient, &i.coordinate}
}

// compare orders texts, kind by kind.
func (i *ids) compare(with *ids) int {
	others := with.parts()
	for n, part := range i.parts() {
		if order := cmp.Compare(*part, *others[n]); order != 0 {
			return order
		}
	}
	return 0
}

// override puts texts that are said over those that were.
func (i *ids) override(said ids) {
	into := i.parts()
	for n, part := range said.parts() {
		if *part != "" {
			*into[n] = *part
		}
	}
}

// textRef is a place in texts; 0 means none.
type textRef slotRef

// texts keeps the ids of stamps without a pointer for each. Views into them hold
// until they are released.
//
//	slot = numTexts x length u16 | the texts, one behind the other
type texts struct{ slots arena }

// keep copies the ids; the empty ones cost nothing.
func (t *texts) keep(i ids) textRef {
	size := 2 * numTexts
	for _, part := range i.parts() {
		size += len(*part)
	}
	if size == 2*numTexts || size > largestTexts {
		return 0 // none, or more than a receiver lets through
	}
	ref := t.slots.alloc(size)
	slot := t.slots.slot(ref)
	at := 2 * numTexts
	for n, part := range i.parts() {
		slot[2*n], slot[2*n+1] = byte(len(*part)), byte(len(*part)>>8)
		at += copy(slot[at:], *part)
	}
	return textRef(ref)
}

// largestTexts is more than the ids of one stamp may take.
const largestTexts = 1 << 15

// read gives views that hold until the ref is released.
func (t *texts) read(ref textRef) (i ids) {
	if ref == 0 {
		return ids{}
	}
	slot := t.slots.slot(slotRef(ref))
	lengths, rest := slot[:2*numTexts], slot[2*numTexts:]
	i.key, rest = cutText(rest, lengths[0:])
	i.message, rest = cutText(rest, lengths[2:])
	i.conversation, rest = cutText(rest, lengths[4:])
	i.recipient, rest = cutText(rest, lengths[6:])
	i.coordinate, _ = cutText(rest, lengths[8:])
	return i
}

// cutText takes a text of the length that stands at the front of lengths.
func cutText(from, lengths []byte) (text string, rest []byte) {
	length := int(lengths[0]) | int(lengths[1])<<8
	if length == 0 {
		return "", from
	}
	return unsafe.String(&from[0], length), from[length:]
}

// shown is the hash of the id by which texts were made findable last; 0: of none.
func (t *texts) shown(ref textRef) uint64 {
	texts := t.read(ref)
	switch {
	case texts.conversation != "":
		return hashOf(texts.conversation)
	case texts.message != "":
		return hashOf(texts.message)
	case texts.key != "":
		return hashOf(texts.key)
	}
	return 0
}

// whole is all that is kept of a ref, as a view.
func (t *texts) whole(ref textRef) []byte {
	if ref == 0 {
		return nil
	}
	slot := t.slots.slot(slotRef(ref))
	return slot[:textsHead+lengthOf(slot)]
}

// restore keeps what whole gave.
func (t *texts) restore(whole []byte) textRef {
	if len(whole) <= textsHead {
		return 0
	}
	ref := t.slots.alloc(len(whole))
	copy(t.slots.slot(ref), whole)
	return textRef(ref)
}

// textOf is a text of a whole in which it stands at a place.
func textOf(whole []byte, n, at int) []byte {
	if len(whole) == 0 {
		return nil
	}
	return whole[at : at+int(whole[2*n])+int(whole[2*n+1])<<8]
}

func lengthOf(slot []byte) (length int) {
	for n := range numTexts {
		length += int(slot[2*n]) | int(slot[2*n+1])<<8
	}
	return length
}

// size is how many bytes the ids have.
func (t *texts) size(ref textRef) int64 {
	if ref == 0 {
		return 0
	}
	return int64(lengthOf(t.slots.slot(slotRef(ref))))
}

func (t *texts) release(ref textRef) {
	if ref != 0 {
		t.slots.release(slotRef(ref))
	}
}
