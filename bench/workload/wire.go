// SPDX-License-Identifier: Apache-2.0

package workload

import "encoding/binary"

// Protobuf, written by hand because the byte offset of every id must be known;
// the test proves that the official encoder gives the same bytes.

func tagField(b []byte, field, wireType int) []byte {
	return binary.AppendUvarint(b, uint64(field<<3|wireType))
}

func bytesField[T string | []byte](b []byte, field int, value T) []byte {
	b = tagField(b, field, 2)
	b = binary.AppendUvarint(b, uint64(len(value)))
	return append(b, value...)
}

func fixed64Field(b []byte, field int, value uint64) []byte {
	return binary.LittleEndian.AppendUint64(tagField(b, field, 1), value)
}

func fixed32Field(b []byte, field int, value uint32) []byte {
	return binary.LittleEndian.AppendUint32(tagField(b, field, 5), value)
}

func varintField(b []byte, field int, value uint64) []byte {
	return binary.AppendUvarint(tagField(b, field, 0), value)
}

// attribute is a text or a whole number under a key.
type attribute struct {
	key      string
	text     string
	number   int64
	isNumber bool
}

func text(key, value string) attribute { return attribute{key: key, text: value} }

func number(key string, value int64) attribute {
	return attribute{key: key, number: value, isNumber: true}
}

// attributeField appends a KeyValue. A text value is the last thing that is written.
func attributeField(b []byte, field int, a attribute) []byte {
	var value []byte
	if a.isNumber {
		value = varintField(nil, 3, uint64(a.number))
	} else {
		value = bytesField(nil, 1, a.text)
	}
	return bytesField(b, field, bytesField(bytesField(nil, 1, a.key), 2, value))
}
