// SPDX-License-Identifier: Apache-2.0

package state

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"
)

// Ids are mostly hexadecimal digits, often as a UUID, and the stamps of a message
// mostly show the same one. Both need half of the bytes or none.
//
//	texts = states u16, two bits a text | for each that is new: length<<2 | form uvarint, bytes
const (
	textNew  = 1 // state: it follows
	textSame = 2 // state: the same as the one of its kind that was said last

	textPlain = 0 // form: as it is
	textHex   = 1 // form: lower-case digits, two a byte
	textUUID  = 2 // form: the same with its four dashes; its length is not written
)

const uuidLength, uuidBytes = 36, 16

// packTexts appends texts as they are kept. last are those said last, if any.
func packTexts(dst, texts, last []byte) []byte {
	from, states := len(dst), uint64(0)
	dst = append(dst, 0, 0)
	at, lastAt := textsHead, textsHead
	for n := range numTexts {
		text, before := textOf(texts, n, at), textOf(last, n, lastAt)
		at, lastAt = at+len(text), lastAt+len(before)
		switch {
		case len(text) == 0:
		case bytes.Equal(text, before):
			states |= textSame << (2 * n)
		default:
			states |= textNew << (2 * n)
			dst = packText(dst, text)
		}
	}
	binary.LittleEndian.PutUint16(dst[from:], uint16(states))
	return dst
}

func packText(dst, text []byte) []byte {
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
		if dst, ok = packDigits(binary.AppendUvarint(dst, uint64(len(text)/2)<<2|textHex), text); ok {
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

// lone tells which of the texts follows, if it is a single one that is new.
func (c *cursor) lone() (n int, ok bool) {
	if len(c.Rest) < 2 {
		return 0, false
	}
	states := binary.LittleEndian.Uint16(c.Rest)
	n = bits.TrailingZeros16(states) / 2
	if ok = n < numTexts && states == textNew<<(2*n); ok {
		c.Rest = c.Rest[2:]
	}
	return n, ok
}

// texts reads texts as they are kept. They hold until the next are read.
func (c *cursor) texts(last []byte) []byte {
	states := c.Take(2)
	if states == nil {
		return nil
	}
	room := append(c.room[:0], make([]byte, textsHead)...)
	lastAt := textsHead
	for n, states := 0, binary.LittleEndian.Uint16(states); n < numTexts; n, states = n+1, states>>2 {
		from, before := len(room), textOf(last, n, lastAt)
		lastAt += len(before)
		switch states & 3 {
		case textSame:
			room = append(room, before...)
		case textNew:
			room = c.text(room)
		}
		length := len(room) - from
		room[2*n], room[2*n+1] = byte(length), byte(length>>8)
	}
	c.room = room
	if c.Require(len(room) > textsHead && len(room) <= largestTexts); c.Bad { // no texts are not written
		return nil
	}
	return room
}

// text appends one.
func (c *cursor) text(room []byte) []byte {
	head, from := c.Uvarint(), len(room)
	packed, length := c.packedText(head)
	room = slices.Grow(room, length)[:from+length]
	unpackText(room[from:], head, packed)
	return room
}

// packedText takes what is there of a text, and tells how long the text is.
func (c *cursor) packedText(head uint64) (packed []byte, length int) {
	switch head & 3 {
	case textHex:
		packed = c.Take(head >> 2)
		return packed, 2 * len(packed)
	case textUUID:
		if packed = c.Take(uuidBytes); packed == nil {
			return nil, 0
		}
		return packed, uuidLength
	case textPlain:
		packed = c.Take(head >> 2)
	}
	return packed, len(packed)
}

// unpackText writes a text of the length that packedText gave.
func unpackText(text []byte, head uint64, packed []byte) {
	switch {
	case head&3 == textHex:
		unpackDigits(text, packed)
	case head&3 == textUUID && packed != nil:
		var digits [2 * uuidBytes]byte
		unpackDigits(digits[:], packed)
		copy(text, "00000000-0000-0000-0000-000000000000")
		for i, run := range uuidRuns {
			copy(text[run[0]:run[1]], digits[run[0]-i:])
		}
	default:
		copy(text, packed)
	}
}

// unpackDigits writes two digits for each byte.
func unpackDigits(digits, packed []byte) {
	for ; len(packed) >= 4; digits, packed = digits[8:], packed[4:] {
		binary.LittleEndian.PutUint64(digits, unpackEight(binary.LittleEndian.Uint32(packed)))
	}
	if len(packed) == 0 {
		return
	}
	var last [8]byte
	copy(last[:], packed)
	binary.LittleEndian.PutUint64(last[:], unpackEight(binary.LittleEndian.Uint32(last[:])))
	copy(digits, last[:2*len(packed)])
}
