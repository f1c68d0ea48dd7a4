// SPDX-License-Identifier: Apache-2.0

package state

import (
	"encoding/binary"

	"github.com/hopstamp/hopstamp/internal/pack"
)

// cursor reads what encode.go and snapshot.go write.
type cursor struct {
	pack.Reader
	room []byte // for texts that are not there as they are
}

func newCursor(bytes []byte) cursor { return cursor{Reader: pack.Reader{Rest: bytes}} }

// wide reads a number of so many bytes, at most four.
func (c *cursor) wide(bytes uint32) uint64 {
	if len(c.Rest) >= 4 {
		v := uint64(binary.LittleEndian.Uint32(c.Rest)) & widthMasks[bytes]
		c.Rest = c.Rest[bytes:]
		return v
	}
	var word [4]byte
	copy(word[:], c.Take(uint64(bytes)))
	return uint64(binary.LittleEndian.Uint32(word[:]))
}
