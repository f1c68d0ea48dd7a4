// SPDX-License-Identifier: Apache-2.0

// Package pack reads back numbers, bytes and texts that were appended one behind the
// other: the stamps of the log and the states in snapshots. Integers are varints as
// encoding/binary has them, or little endian.
package pack

import "encoding/binary"

// Reader takes values from the front of its bytes. After the first that is not there,
// or that its caller finds impossible, it is bad and answers zeros, so that one check
// at the end suffices. It is not for concurrent use.
type Reader struct {
	Rest []byte // not read yet; none once it is bad
	Bad  bool
}

// Fail makes the reader bad.
func (r *Reader) Fail() { r.Bad, r.Rest = true, nil }

// Require makes the reader bad unless something holds.
func (r *Reader) Require(holds bool) {
	if !holds {
		r.Fail()
	}
}

// Whole tells whether everything was read, and nothing was bad.
func (r *Reader) Whole() bool { return !r.Bad && len(r.Rest) == 0 }

// Take gives the next n bytes as a view; nil when there are fewer.
func (r *Reader) Take(n uint64) []byte {
	if n > uint64(len(r.Rest)) {
		r.Fail()
		return nil
	}
	taken := r.Rest[:n]
	r.Rest = r.Rest[n:]
	return taken
}

// Byte reads one.
func (r *Reader) Byte() byte {
	if len(r.Rest) == 0 {
		r.Fail()
		return 0
	}
	b := r.Rest[0]
	r.Rest = r.Rest[1:]
	return b
}

// Fixed64 reads eight bytes.
func (r *Reader) Fixed64() uint64 {
	if len(r.Rest) < 8 {
		r.Fail()
		return 0
	}
	v := binary.LittleEndian.Uint64(r.Rest)
	r.Rest = r.Rest[8:]
	return v
}

// Uvarint reads an unsigned number.
func (r *Reader) Uvarint() uint64 {
	if len(r.Rest) > 0 && r.Rest[0] < 0x80 { // most numbers are small
		v := r.Rest[0]
		r.Rest = r.Rest[1:]
		return uint64(v)
	}
	v, n := binary.Uvarint(r.Rest)
	if n <= 0 {
		r.Fail()
		return 0
	}
	r.Rest = r.Rest[n:]
	return v
}

// Varint reads a number that may be negative.
func (r *Reader) Varint() int64 {
	v := r.Uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

// Below reads a number that is less than a limit.
func (r *Reader) Below(limit uint64) uint64 {
	v := r.Uvarint()
	if v >= limit {
		r.Fail()
		return 0
	}
	return v
}

// Count reads how many items follow; each takes at least size bytes, so a hostile
// count cannot make its caller loop or allocate beyond what is there.
func (r *Reader) Count(size int) int {
	n := r.Uvarint()
	if n > uint64(len(r.Rest)/size) {
		r.Fail()
		return 0
	}
	return int(n)
}

// Text reads a copy of a text that has its length before it.
func (r *Reader) Text() string { return string(r.Take(uint64(r.Count(1)))) }
