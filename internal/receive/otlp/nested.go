// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"encoding/binary"
	"errors"

	"github.com/VictoriaMetrics/easyproto"
)

// Tags of what a request consists of.
const (
	resourceSpansTag = 1<<3 | 2 // of a request
	scopeSpansTag    = 2<<3 | 2 // of resource spans
	spansTag         = 2<<3 | 2 // of scope spans
	insideTag        = 2<<3 | 2 // of both
)

var errNoField = errors.New("a field has no number, or another type")

// openMessage begins a nested message. It leaves room for a length that is known
// only at the end: a varint padded to the longest form of 32 bits, which every
// reader takes.
func openMessage(dst []byte, tag byte) (opened []byte, lengthAt int) {
	dst = append(dst, tag, 0x80, 0x80, 0x80, 0x80, 0)
	return dst, len(dst) - 5
}

// closeMessage writes the length of what was appended since.
func closeMessage(dst []byte, lengthAt int) {
	length := len(dst) - lengthAt - 5
	for i := range 5 {
		dst[lengthAt+i] |= byte(length>>(7*i)) & 0x7f
	}
}

// appendHead begins a nested message of a known length.
func appendHead(dst []byte, tag byte, length int) []byte {
	return binary.AppendUvarint(append(dst, tag), uint64(length))
}

// headSize is how many bytes appendHead appends.
func headSize(length int) (size int) {
	for size = 2; length >= 0x80; size++ {
		length >>= 7
	}
	return size
}

// nextInside cuts the next field off resource spans or scope spans. message is nil
// unless the field is what they are there for: a nested message of scope spans, or a span.
func nextInside(from []byte) (message, after []byte, err error) {
	if message, after = cutNested(from, insideTag); after != nil {
		return message, after, nil
	}
	var fc easyproto.FieldContext
	if after, err = fc.NextField(from); err != nil {
		return nil, nil, err
	}
	message, nested := fc.MessageData()
	switch {
	case fc.FieldNum == 0 || fc.FieldNum == insideTag>>3 && !nested:
		return nil, nil, errNoField
	case fc.FieldNum != insideTag>>3:
		return nil, after, nil
	}
	return message, after, nil
}

// cutNested cuts a nested message off the front, if its tag is there and its length has
// its usual shape, of one byte or two; after is nil if not.
func cutNested(from []byte, tag byte) (message, after []byte) {
	if len(from) < 3 || from[0] != tag {
		return nil, nil
	}
	head, size := 2, int(from[1])
	if size >= 0x80 {
		head, size = 3, size&0x7f|int(from[2])<<7
		if from[2] >= 0x80 {
			return nil, nil
		}
	}
	if from = from[head:]; size > len(from) {
		return nil, nil
	}
	return from[:size], from[size:]
}
