// SPDX-License-Identifier: Apache-2.0

package track

import (
	"encoding/binary"
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
		dst = append(dst, textUUID)
		for _, run := range uuidRuns {
			dst = packDigits(dst, text[run[0]:run[1]])
		}
		if len(dst) == from+1+uuidBytes {
			return dst
		}
	case len(text)%2 == 0:
		dst = binary.AppendUvarint(dst, uint64(len(text)/2)<<2|textHex)
		packed := len(dst)
		if dst = packDigits(dst, text); len(dst) == packed+len(text)/2 {
			return dst
		}
	}
	dst = binary.AppendUvarint(dst[:from], uint64(len(text))<<2|textPlain)
	return append(dst, text...)
}

// uuidRuns are the digits between the dashes.
var uuidRuns = [...][2]int{{0, 8}, {9, 13}, {14, 18}, {19, 23}, {24, 36}}

// packDigits stops at the first that is none.
func packDigits(dst []byte, text string) []byte {
	for i := 0; i+1 < len(text); i += 2 {
		high, low := digitOf(text[i]), digitOf(text[i+1])
		if high|low > 15 {
			return dst
		}
		dst = append(dst, high<<4|low)
	}
	return dst
}

func digitOf(letter byte) byte {
	switch {
	case letter >= '0' && letter <= '9':
		return letter - '0'
	case letter >= 'a' && letter <= 'f':
		return letter - 'a' + 10
	}
	return 255
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
		c.digits(c.Take(head >> 2))
	case textUUID:
		packed := c.Take(uuidBytes)
		for i, run := range uuidRuns {
			if i > 0 {
				c.room = append(c.room, '-')
			}
			half := min((run[1]-run[0])/2, len(packed))
			c.digits(packed[:half])
			packed = packed[half:]
		}
	}
	if len(c.room) == from {
		c.Bad = true // an empty text is not written
		return ""
	}
	return unsafe.String(&c.room[from], len(c.room)-from)
}

func (c *cursor) digits(packed []byte) {
	const digits = "0123456789abcdef"
	for _, b := range packed {
		c.room = append(c.room, digits[b>>4], digits[b&15])
	}
}
