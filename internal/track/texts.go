// SPDX-License-Identifier: Apache-2.0

package track

import (
	"cmp"
	"math"
	"unsafe"

	"github.com/hopstamp/hopstamp/internal/flat"
	"github.com/hopstamp/hopstamp/internal/span"
)

// ids are the unbounded texts of one stamp.
type ids struct{ key, message, conversation, recipient, coordinate string }

func saidBy(r *span.Record) ids {
	return ids{r.Key, r.MessageID, r.Conversation, r.Recipient, r.Coordinate}
}

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
type textRef flat.Ref

// texts keeps the ids of stamps without a pointer for each. Stamps that say the same
// may share them. Views into them hold until the last of those released them.
//
//	slot = users u8 | numTexts x length u16 | the texts, one behind the other
type texts struct{ slots flat.Arena }

// keep copies the ids; the empty ones cost nothing.
func (t *texts) keep(i ids) textRef {
	size := 1 + textsHead + len(i.key) + len(i.message) + len(i.conversation) + len(i.recipient) + len(i.coordinate)
	if size == 1+textsHead || size > largestTexts {
		return 0 // none, or more than a receiver lets through
	}
	ref := t.slots.Alloc(size)
	slot := t.slots.Slot(ref)
	slot[0] = 1
	at := 1 + textsHead
	for n, part := range i.parts() {
		slot[1+2*n], slot[2+2*n] = byte(len(*part)), byte(len(*part)>>8)
		at += copy(slot[at:], *part)
	}
	return textRef(ref)
}

// room keeps a single text, which the caller writes.
func (t *texts) room(n, length int) (textRef, []byte) {
	ref := t.slots.Alloc(1 + textsHead + length)
	slot := t.slots.Slot(ref)
	clear(slot[:1+textsHead])
	slot[0], slot[1+2*n], slot[2+2*n] = 1, byte(length), byte(length>>8)
	return textRef(ref), slot[1+textsHead:][:length]
}

// share keeps ids that may be the same as those kept before under a ref.
func (t *texts) share(before textRef, i ids) textRef {
	if before != 0 && t.read(before) == i {
		return t.again(before)
	}
	return t.keep(i)
}

// largestTexts is more than the ids of one stamp may take.
const largestTexts = 1 << 15

// read gives views that hold until the ref is released.
func (t *texts) read(ref textRef) (i ids) {
	if ref == 0 {
		return ids{}
	}
	slot := t.slots.Slot(flat.Ref(ref))
	lengths, rest := slot[1:1+textsHead], slot[1+textsHead:]
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

// whole is all that a ref keeps, as a view: lengths and texts.
func (t *texts) whole(ref textRef) []byte {
	if ref == 0 {
		return nil
	}
	slot := t.slots.Slot(flat.Ref(ref))[1:]
	return slot[:textsHead+lengthOf(slot)]
}

// restore keeps what whole gave.
func (t *texts) restore(whole []byte) textRef {
	if len(whole) <= textsHead {
		return 0
	}
	ref := t.slots.Alloc(1 + len(whole))
	slot := t.slots.Slot(ref)
	slot[0] = 1
	copy(slot[1:], whole)
	return textRef(ref)
}

// again keeps what a ref keeps already.
func (t *texts) again(ref textRef) textRef {
	if users := &t.slots.Slot(flat.Ref(ref))[0]; *users < math.MaxUint8 {
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

// size is how many bytes the ids have.
func (t *texts) size(ref textRef) int64 {
	if ref == 0 {
		return 0
	}
	return int64(lengthOf(t.slots.Slot(flat.Ref(ref))[1:]))
}

func (t *texts) release(ref textRef) {
	if ref == 0 {
		return
	}
	users := &t.slots.Slot(flat.Ref(ref))[0]
	if *users--; *users == 0 {
		t.slots.Release(flat.Ref(ref))
	}
}
