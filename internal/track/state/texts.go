// SPDX-License-Identifier: Apache-2.0

package state

import (
	"cmp"
	"math"
	"unsafe"

	"github.com/hopstamp/hopstamp/internal/flat"
)

// IDs are the unbounded texts of one stamp.
type IDs struct{ Key, Message, Conversation, Recipient, Coordinate string }

// numTexts is how many there are, textsHead what their lengths take.
const numTexts, textsHead = 5, 2 * 5

// Parts are the texts in the order in which they are kept.
func (i *IDs) Parts() [numTexts]*string {
	return [...]*string{&i.Key, &i.Message, &i.Conversation, &i.Recipient, &i.Coordinate}
}

// Compare orders texts, kind by kind.
func (i *IDs) Compare(with *IDs) int {
	others := with.Parts()
	for n, part := range i.Parts() {
		if order := cmp.Compare(*part, *others[n]); order != 0 {
			return order
		}
	}
	return 0
}

// Override puts texts that are said over those that were.
func (i *IDs) Override(said IDs) {
	into := i.Parts()
	for n, part := range said.Parts() {
		if *part != "" {
			*into[n] = *part
		}
	}
}

// TextRef is a place in texts; 0 means none.
type TextRef flat.Ref

// Texts keeps the ids of stamps without a pointer for each. Stamps that say the same
// may share them. Views into them hold until the last of those released them.
//
//	slot = users u8 | numTexts x length u16 | the texts, one behind the other
type Texts struct{ Slots flat.Arena }

// Keep copies the ids; the empty ones cost nothing.
func (t *Texts) Keep(i IDs) TextRef {
	size := 1 + textsHead + len(i.Key) + len(i.Message) + len(i.Conversation) + len(i.Recipient) + len(i.Coordinate)
	if size == 1+textsHead || size > largestTexts {
		return 0 // none, or more than a receiver lets through
	}
	ref := t.Slots.Alloc(size)
	slot := t.Slots.Slot(ref)
	slot[0] = 1
	at := 1 + textsHead
	for n, part := range i.Parts() {
		slot[1+2*n], slot[2+2*n] = byte(len(*part)), byte(len(*part)>>8)
		at += copy(slot[at:], *part)
	}
	return TextRef(ref)
}

// room keeps a single text, which the caller writes.
func (t *Texts) room(n, length int) (TextRef, []byte) {
	ref := t.Slots.Alloc(1 + textsHead + length)
	slot := t.Slots.Slot(ref)
	clear(slot[:1+textsHead])
	slot[0], slot[1+2*n], slot[2+2*n] = 1, byte(length), byte(length>>8)
	return TextRef(ref), slot[1+textsHead:][:length]
}

// Share keeps ids that may be the same as those kept before under a ref.
func (t *Texts) Share(before TextRef, i IDs) TextRef {
	if before != 0 && t.Read(before) == i {
		return t.again(before)
	}
	return t.Keep(i)
}

// largestTexts is more than the ids of one stamp may take.
const largestTexts = 1 << 15

// Read gives views that hold until the ref is released.
func (t *Texts) Read(ref TextRef) (i IDs) {
	if ref == 0 {
		return IDs{}
	}
	slot := t.Slots.Slot(flat.Ref(ref))
	lengths, rest := slot[1:1+textsHead], slot[1+textsHead:]
	i.Key, rest = cutText(rest, lengths[0:])
	i.Message, rest = cutText(rest, lengths[2:])
	i.Conversation, rest = cutText(rest, lengths[4:])
	i.Recipient, rest = cutText(rest, lengths[6:])
	i.Coordinate, _ = cutText(rest, lengths[8:])
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
func (t *Texts) shown(ref TextRef) uint64 {
	texts := t.Read(ref)
	switch {
	case texts.Conversation != "":
		return HashOf(texts.Conversation)
	case texts.Message != "":
		return HashOf(texts.Message)
	case texts.Key != "":
		return HashOf(texts.Key)
	}
	return 0
}

// whole is all that a ref keeps, as a view: lengths and texts.
func (t *Texts) whole(ref TextRef) []byte {
	if ref == 0 {
		return nil
	}
	slot := t.Slots.Slot(flat.Ref(ref))[1:]
	return slot[:textsHead+lengthOf(slot)]
}

// restore keeps what whole gave.
func (t *Texts) restore(whole []byte) TextRef {
	if len(whole) <= textsHead {
		return 0
	}
	ref := t.Slots.Alloc(1 + len(whole))
	slot := t.Slots.Slot(ref)
	slot[0] = 1
	copy(slot[1:], whole)
	return TextRef(ref)
}

// again keeps what a ref keeps already.
func (t *Texts) again(ref TextRef) TextRef {
	if users := &t.Slots.Slot(flat.Ref(ref))[0]; *users < math.MaxUint8 {
		*users++
		return ref
	}
	return t.restore(t.whole(ref))
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

// Size is how many bytes the ids have.
func (t *Texts) Size(ref TextRef) int64 {
	if ref == 0 {
		return 0
	}
	return int64(lengthOf(t.Slots.Slot(flat.Ref(ref))[1:]))
}

// Release lets go of texts.
func (t *Texts) Release(ref TextRef) {
	if ref == 0 {
		return
	}
	users := &t.Slots.Slot(flat.Ref(ref))[0]
	if *users--; *users == 0 {
		t.Slots.Release(flat.Ref(ref))
	}
}
