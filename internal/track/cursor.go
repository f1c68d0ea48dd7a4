// SPDX-License-Identifier: Apache-2.0

package track

import "encoding/binary"

// cursor reads what encode.go and snapshot.go write. Past the end, and where
// something cannot be, it turns bad and answers zeros from then on.
type cursor struct {
	rest []byte
	room []byte // for texts that are not there as they are
	bad  bool
}

func (c *cursor) fail() { c.bad, c.rest = true, nil }

func (c *cursor) uvarint() uint64 {
	if len(c.rest) > 0 && c.rest[0] < 0x80 {
		v := c.rest[0]
		c.rest = c.rest[1:]
		return uint64(v)
	}
	v, n := binary.Uvarint(c.rest)
	if n <= 0 {
		c.fail()
		return 0
	}
	c.rest = c.rest[n:]
	return v
}

func (c *cursor) varint() int64 {
	v := c.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

// below reads a number that is less than a limit.
func (c *cursor) below(limit uint64) uint64 {
	v := c.uvarint()
	if v >= limit {
		c.fail()
		return 0
	}
	return v
}

func (c *cursor) byte() byte {
	if len(c.rest) == 0 {
		c.fail()
		return 0
	}
	b := c.rest[0]
	c.rest = c.rest[1:]
	return b
}

func (c *cursor) fixed() uint64 {
	if len(c.rest) < 8 {
		c.fail()
		return 0
	}
	v := binary.LittleEndian.Uint64(c.rest)
	c.rest = c.rest[8:]
	return v
}

// take gives the next n bytes, or none if there are not so many.
func (c *cursor) take(n uint64) []byte {
	if n > uint64(len(c.rest)) {
		c.fail()
		return nil
	}
	taken := c.rest[:n]
	c.rest = c.rest[n:]
	return taken
}
