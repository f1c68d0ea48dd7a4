// SPDX-License-Identifier: Apache-2.0

// Package flat holds what is large, without a pointer inside: records by number, slots of
// bytes, numbers by hash and timers by time. The garbage collector looks at none of it, and
// what grows with it may lie outside of its heap. The same calls give the same numbers in
// the same order. Nothing here is safe for concurrent use; the zero values are ready for it
// where there is no function that makes one.
package flat

import "unsafe"

// chunkBits sets the size of a slab's chunks: 4096 items.
const (
	chunkBits  = 12
	chunkItems = 1 << chunkBits
)

// Slab holds items of one type by index. Items never move, so pointers to them
// stay good until they are freed; a slab of items without pointers costs the
// garbage collector nothing, whatever its size. Index 0 is never handed out and
// means none.
type Slab[T any] struct {
	Memory Memory // of all chunks but the first

	chunks []*[chunkItems]T
	free   []uint32
	used   uint32 // highest index handed out
}

// Memory gives so many zeroed bytes that are held for as long as whoever has it is
// held; nil is the garbage collector's own.
type Memory func(bytes int) []byte

// serves tells whether it gives the next piece to something that has so many. The first
// is the garbage collector's: where little is used, no large memory is taken.
func (m Memory) serves(pieces int) bool { return m != nil && pieces > 0 }

// Alloc hands out a zeroed item.
func (s *Slab[T]) Alloc() (uint32, *T) {
	if n := len(s.free); n > 0 {
		index := s.free[n-1]
		s.free = s.free[:n-1]
		return index, s.At(index)
	}
	s.used++
	if int(s.used>>chunkBits) >= len(s.chunks) {
		s.chunks = append(s.chunks, s.chunk())
	}
	return s.used, s.At(s.used)
}

// chunk is a new one.
func (s *Slab[T]) chunk() *[chunkItems]T {
	if !s.Memory.serves(len(s.chunks)) {
		return new([chunkItems]T)
	}
	bytes := s.Memory(int(unsafe.Sizeof([chunkItems]T{})))
	return (*[chunkItems]T)(unsafe.Pointer(unsafe.SliceData(bytes)))
}

// At is an item.
func (s *Slab[T]) At(index uint32) *T {
	return &s.chunks[index>>chunkBits][index%chunkItems]
}

// Release zeroes the item, so that whoever finds it by accident finds nothing.
func (s *Slab[T]) Release(index uint32) {
	var zero T
	*s.At(index) = zero
	s.free = append(s.free, index)
}

// Reclaim takes items among those handed out for free ones.
func (s *Slab[T]) Reclaim(free func(*T) bool) {
	for index := uint32(1); index <= s.used; index++ {
		if free(s.At(index)) {
			s.free = append(s.free, index)
		}
	}
}

// Used is the highest number that was handed out.
func (s *Slab[T]) Used() uint32 { return s.used }

// Free are the numbers that will be handed out again, the last one first: a view that
// holds until the next call.
func (s *Slab[T]) Free() []uint32 { return s.free }

// Return takes a zero item that was handed out for a free one.
func (s *Slab[T]) Return(index uint32) { s.free = append(s.free, index) }

// Live is the number of items handed out.
func (s *Slab[T]) Live() int { return int(s.used) - len(s.free) }

// Bytes is what the items handed out take.
func (s *Slab[T]) Bytes() int64 {
	var item T
	return int64(s.Live()) * int64(unsafe.Sizeof(item))
}
