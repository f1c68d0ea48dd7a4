// SPDX-License-Identifier: Apache-2.0

package track

import "unsafe"

// chunkBits sets the size of a slab's chunks: 4096 items.
const (
	chunkBits  = 12
	chunkItems = 1 << chunkBits
)

// slab holds items of one type by index. Items never move, so pointers to them
// stay good until they are freed; a slab of items without pointers costs the
// garbage collector nothing, whatever its size. Index 0 is never handed out and
// means none.
type slab[T any] struct {
	chunks []*[chunkItems]T
	free   []uint32
	used   uint32 // highest index handed out
	memory memory // of all chunks but the first
}

// memory gives so many zeroed bytes that are held for as long as whoever has it is
// held; nil is the garbage collector's own.
type memory func(bytes int) []byte

// serves tells whether it gives the next piece to something that has so many. The first
// is the garbage collector's: where little is used, no large memory is taken.
func (m memory) serves(pieces int) bool { return m != nil && pieces > 0 }

// alloc hands out a zeroed item.
func (s *slab[T]) alloc() (uint32, *T) {
	if n := len(s.free); n > 0 {
		index := s.free[n-1]
		s.free = s.free[:n-1]
		return index, s.at(index)
	}
	s.used++
	if int(s.used>>chunkBits) >= len(s.chunks) {
		s.chunks = append(s.chunks, s.chunk())
	}
	return s.used, s.at(s.used)
}

// chunk is a new one.
func (s *slab[T]) chunk() *[chunkItems]T {
	if !s.memory.serves(len(s.chunks)) {
		return new([chunkItems]T)
	}
	bytes := s.memory(int(unsafe.Sizeof([chunkItems]T{})))
	return (*[chunkItems]T)(unsafe.Pointer(unsafe.SliceData(bytes)))
}

func (s *slab[T]) at(index uint32) *T {
	return &s.chunks[index>>chunkBits][index%chunkItems]
}

// release zeroes the item, so that whoever finds it by accident finds nothing.
func (s *slab[T]) release(index uint32) {
	var zero T
	*s.at(index) = zero
	s.free = append(s.free, index)
}

// reclaim takes items among those handed out for free ones.
func (s *slab[T]) reclaim(free func(*T) bool) {
	for index := uint32(1); index <= s.used; index++ {
		if free(s.at(index)) {
			s.free = append(s.free, index)
		}
	}
}

// live is the number of items handed out.
func (s *slab[T]) live() int { return int(s.used) - len(s.free) }

// bytes is what the items handed out take.
func (s *slab[T]) bytes() int64 {
	var item T
	return int64(s.live()) * int64(unsafe.Sizeof(item))
}
