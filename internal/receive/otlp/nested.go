// SPDX-License-Identifier: Apache-2.0

package otlp

import "encoding/binary"

// Tags of what a request consists of.
const (
	resourceSpansTag = 1<<3 | 2 // of a request
	scopeSpansTag    = 2<<3 | 2 // of resource spans
	spansTag         = 2<<3 | 2 // of scope spans
)

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
