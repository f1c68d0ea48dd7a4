// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"encoding/binary"
	"math"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/pack"
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

// reader knows the kept messages by number, too.
type reader struct {
	pack.Reader
	kept []*Kept
}

func (in *reader) bool() bool { return in.Byte() != 0 }

func (in *reader) float() float64 {
	value := math.Float64frombits(in.Fixed64())
	in.Require(!math.IsNaN(value) && !math.IsInf(value, 0))
	return value
}

func (in *reader) position() journey.Position { return journey.Position(in.Uvarint()) }

func (in *reader) trace() (trace span.TraceID) {
	copy(trace[:], in.Take(uint64(len(trace))))
	return trace
}
