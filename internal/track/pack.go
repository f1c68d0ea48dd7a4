// SPDX-License-Identifier: Apache-2.0

package track

import (
	"encoding/binary"
	"slices"
	"unsafe"
)

// Ids are mostly hexadecimal digits, often as a UUID, and the stamps of a message
// mostly show the same one. Both need half of the bytes or none.
//
//	texts = states uvarint, two bits a text | for each that is new: length<<2 | form uvarint, bytes
const (
	textNew  = 1 // state: it follows
	textSame = 2 // state: the same as the last one of its kind

	textPlain = 0 // form: as it is
	textHex   = 1 // form: lower-case digits, two a byte
	textUUID  = 2 // form: the same with its four dashes; its length is not written
)

const uuidLength, uuidBytes = 36, 16

// packTexts appends the texts of a stamp. last are the last of each kind.
func packTexts(dst []byte, texts ids, last *ids) []byte {
	states := uint64(0)
	before := last.parts()
	for n, part := range texts.parts() {
		switch *part {
		case "":
		case *before[n]:
			states |= textSame << (2 * n)
		default:
			states |= textNew << (2 * n)
		}
	}
	dst = binary.AppendUvarint(dst, states)
	for n, part := range texts.parts() {
		if states>>(2*n)&3 == textNew {
			dst = packText(dst, *part)
			*before[n] = *part
		}
	}
	return dst
}

func packText(dst []byte, text string) []byte {
	from := len(dst)
	switch {
	case len(text) == uuidLength && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-':
		var digits [2 * uuidBytes]byte
		at := 0
		for _, run := range uuidRuns {
			at += copy(digits[at:], text[run[0]:run[1]])
		}
		var ok bool
		if dst, ok = packDigits(append(dst, textUUID), digits[:]); ok {
			return dst
		}
	case len(text)%2 == 0:
		var ok bool
		if dst, ok = packDigits(binary.AppendUvarint(dst, uint64(len(text)/2)<<2|textHex), unsafe.Slice(unsafe.StringData(text), len(text))); ok {
			return dst
		}
	}
	dst = binary.AppendUvarint(dst[:from], uint64(len(text))<<2|textPlain)
	return append(dst, text...)
}

// uuidRuns are the digits between the dashes.
var uuidRuns = [...][2]int{{0, 8}, {9, 13}, {14, 18}, {19, 23}, {24, 36}}

// packDigits appends digits, two a byte. It stops where there are others.
func packDigits(dst, digits []byte) (_ []byte, ok bool) {
	for ; len(digits) >= 8; digits = digits[8:] {
		packed, ok := packEight(binary.LittleEndian.Uint64(digits))
		if !ok {
			return dst, false
		}
		dst = binary.LittleEndian.AppendUint32(dst, packed)
	}
	if len(digits) == 0 {
		return dst, true
	}
	last := [8]byte{'0', '0', '0', '0', '0', '0', '0', '0'}
	copy(last[:], digits)
	packed, ok := packEight(binary.LittleEndian.Uint64(last[:]))
	last = [8]byte{}
	binary.LittleEndian.PutUint32(last[:], packed)
	return append(dst, last[:len(digits)/2]...), ok
}

// packEight packs eight digits at once. What is no digit does not come out again.
func packEight(digits uint64) (packed uint32, ok bool) {
	const low, letters = 0x0f0f0f0f0f0f0f0f, 0x0101010101010101
	halves := digits&low + digits>>6&letters*9
	pairs := (halves<<4 | halves>>8) & 0x00ff00ff00ff00ff
	pairs = (pairs | pairs>>8) & 0x0000ffff0000ffff
	packed = uint32(pairs | pairs>>16)
	return packed, unpackEight(packed) == digits
}

func unpackEight(packed uint32) (digits uint64) {
	const low, letters, zeros = 0x0f0f0f0f0f0f0f0f, 0x0101010101010101, 0x3030303030303030
	pairs := (uint64(packed) | uint64(packed)<<16) & 0x0000ffff0000ffff
	pairs = (pairs | pairs<<8) & 0x00ff00ff00ff00ff
	halves := (pairs>>4 | pairs<<8) & low
	return halves + zeros + (halves+6*letters)>>4&letters*('a'-'0'-10)
}

// texts reads the texts of a stamp, as views that hold while the cursor's memory does.
func (c *cursor) texts(last *ids) (texts ids) {
	states := c.Uvarint()
	before := last.parts()
	for n, part := range texts.parts() {
		switch states >> (2 * n) & 3 {
		case textSame:
			*part = *before[n]
		case textNew:
			*part = c.text()
		}
	}
	return texts
}

func (c *cursor) text() string {
	head := c.Uvarint()
	from := len(c.room)
	switch head & 3 {
	case textPlain:
		if plain := c.Take(head >> 2); len(plain) > 0 {
			return unsafe.String(&plain[0], len(plain))
		}
	case textHex:
		packed := c.Take(head >> 2)
		c.room = slices.Grow(c.room, 2*len(packed))[:from+2*len(packed)]
		unpackDigits(c.room[from:], packed)
	case textUUID:
		var digits [2 * uuidBytes]byte
		if packed := c.Take(uuidBytes); len(packed) == uuidBytes {
			unpackDigits(digits[:], packed)
			for i, run := range uuidRuns {
				if i > 0 {
					c.room = append(c.room, '-')
				}
				c.room = append(c.room, digits[run[0]-i:run[1]-i]...)
			}
		}
	}
	if len(c.room) == from {
		c.Bad = true // an empty text is not written
		return ""
	}
	return unsafe.String(&c.room[from], len(c.room)-from)
}

// unpackDigits writes two digits for each byte.
func unpackDigits(digits, packed []byte) {
	for ; len(packed) >= 4; digits, packed = digits[8:], packed[4:] {
		binary.LittleEndian.PutUint64(digits, unpackEight(binary.LittleEndian.Uint32(packed)))
	}
	var last [8]byte
	copy(last[:], packed)
	binary.LittleEndian.PutUint64(last[:], unpackEight(binary.LittleEndian.Uint32(last[:])))
	copy(digits, last[:2*len(packed)])
}
