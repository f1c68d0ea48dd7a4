// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"encoding/binary"
	"math"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// writer appends values to a snapshot.
type writer struct {
	bytes  []byte
	number map[*Kept]uint64
}

func (out *writer) uint(value uint64)   { out.bytes = binary.AppendUvarint(out.bytes, value) }
func (out *writer) integer(value int64) { out.bytes = binary.AppendVarint(out.bytes, value) }

func (out *writer) float(value float64) {
	out.bytes = binary.LittleEndian.AppendUint64(out.bytes, math.Float64bits(value))
}

func (out *writer) bool(value bool) {
	flag := byte(0)
	if value {
		flag = 1
	}
	out.bytes = append(out.bytes, flag)
}

func (out *writer) text(text string) {
	out.uint(uint64(len(text)))
	out.bytes = append(out.bytes, text...)
}

// reader takes values from the front of its bytes; after the first that is not
// there it is broken and answers zeros, so that one check at the end suffices.
type reader struct {
	rest   []byte
	kept   []*Kept // by number
	broken bool
}

func (in *reader) take(n int) []byte {
	if in.broken || n > len(in.rest) {
		in.broken = true
		return nil
	}
	taken := in.rest[:n]
	in.rest = in.rest[n:]
	return taken
}

func (in *reader) byte() byte {
	if b := in.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (in *reader) bool() bool { return in.byte() != 0 }

func (in *reader) uint() uint64 {
	value, n := binary.Uvarint(in.rest)
	if n <= 0 || in.broken {
		in.broken = true
		return 0
	}
	in.rest = in.rest[n:]
	return value
}

func (in *reader) integer() int64 {
	value := in.uint()
	return int64(value>>1) ^ -int64(value&1)
}

func (in *reader) float() float64 {
	b := in.take(8)
	if b == nil {
		return 0
	}
	value := math.Float64frombits(binary.LittleEndian.Uint64(b))
	in.broken = in.broken || math.IsNaN(value) || math.IsInf(value, 0)
	return value
}

func (in *reader) position() journey.Position { return journey.Position(in.uint()) }

func (in *reader) text() string { return string(in.take(in.count(1))) }

func (in *reader) trace() (trace span.TraceID) {
	copy(trace[:], in.take(len(trace)))
	return trace
}

// count reads how many items follow; each takes at least size bytes, so a hostile
// count cannot make the reader loop or allocate beyond its input.
func (in *reader) count(size int) int {
	n := in.uint()
	if in.broken || n > uint64(len(in.rest)/size) {
		in.broken = true
		return 0
	}
	return int(n)
}
