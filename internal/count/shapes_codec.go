// SPDX-License-Identifier: Apache-2.0

package count

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/hopstamp/hopstamp/internal/span"
)

// A snapshot of shapes is a version and unsigned varints; texts have their length before them:
//
//	version | overflowed | kinds | kind ...
//	kind:  path | name | whole | shapeless | stages | (fates | places) ... | shapes | (set | fates) ...
//	fates: good | bad | neither
//
// Kinds and sets are in order, so equal counts give equal bytes.
const shapesVersion = 1

// ErrMalformed is wrapped by every error of reading a snapshot.
var ErrMalformed = errors.New("malformed counts")

// Append writes all that was counted.
func (s *Shapes) Append(dst []byte) []byte {
	dst = append(dst, shapesVersion)
	dst = binary.AppendUvarint(dst, s.overflowed)
	dst = binary.AppendUvarint(dst, uint64(len(s.kinds)))
	for _, k := range s.sorted() {
		h := s.kinds[k]
		dst = appendText(appendText(dst, k.Path), k.Name)
		dst = h.shapeless.append(h.whole.append(dst))
		dst = binary.AppendUvarint(dst, uint64(span.NumStages))
		for stage := range h.passed {
			dst = binary.AppendUvarint(h.passed[stage].append(dst), h.places[stage])
		}
		dst = binary.AppendUvarint(dst, uint64(len(h.shapes)))
		for _, passed := range slices.Sorted(maps.Keys(h.shapes)) {
			dst = h.shapes[passed].append(binary.AppendUvarint(dst, uint64(passed)))
		}
	}
	return dst
}

func (f Fates) append(dst []byte) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(binary.AppendUvarint(dst, f.Good), f.Bad), f.Neither)
}

func appendText(dst []byte, text string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(text))), text...)
}

// Restore reads what Append wrote. On an error nothing is counted.
func (s *Shapes) Restore(data []byte) error {
	clear(s.kinds)
	s.overflowed = 0
	if len(data) == 0 || data[0] != shapesVersion {
		return fmt.Errorf("%w: no version that this program reads", ErrMalformed)
	}
	in := snapshot{rest: data[1:]}
	s.overflowed = in.number()
	for range in.count() {
		k := Kind{in.text(), in.text()}
		in.bad = in.bad || s.kinds[k] != nil
		if s.kinds[k] = in.habit(); in.bad {
			break
		}
	}
	if in.bad || len(in.rest) > 0 {
		clear(s.kinds)
		s.overflowed = 0
		return fmt.Errorf("%w: shapes, %d bytes from the end", ErrMalformed, len(in.rest))
	}
	return nil
}

// snapshot is read number by number. Once it is bad, all that follows is zero.
type snapshot struct {
	rest []byte
	bad  bool
}

func (in *snapshot) habit() *habit {
	h := &habit{whole: in.fates(), shapeless: in.fates(), shapes: map[Stages]Fates{}}
	in.bad = in.bad || in.number() != uint64(span.NumStages)
	for stage := range h.passed {
		h.passed[stage], h.places[stage] = in.fates(), in.number()
	}
	for range in.count() {
		passed := in.number()
		_, twice := h.shapes[Stages(passed)]
		in.bad = in.bad || twice || passed >= 1<<span.NumStages
		if in.bad {
			break
		}
		h.shapes[Stages(passed)] = in.fates()
	}
	return h
}

func (in *snapshot) fates() Fates { return Fates{in.number(), in.number(), in.number()} }

func (in *snapshot) number() uint64 {
	number, n := binary.Uvarint(in.rest)
	if n <= 0 {
		in.rest, in.bad = nil, true
		return 0
	}
	in.rest = in.rest[n:]
	return number
}

// count is of things that take at least a byte each, so bad bytes cannot ask for much.
func (in *snapshot) count() int {
	number := in.number()
	if number > uint64(len(in.rest)) {
		in.rest, in.bad = nil, true
		return 0
	}
	return int(number)
}

func (in *snapshot) text() string {
	size := in.count()
	text := string(in.rest[:size])
	in.rest = in.rest[size:]
	return text
}
