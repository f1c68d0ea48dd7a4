// SPDX-License-Identifier: Apache-2.0

package count

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/hopstamp/hopstamp/internal/pack"
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
	in := snapshot{pack.Reader{Rest: data[1:]}}
	s.overflowed = in.Uvarint()
	for range in.Count(1) {
		k := Kind{in.Text(), in.Text()}
		in.Require(s.kinds[k] == nil)
		if s.kinds[k] = in.habit(); in.Bad {
			break
		}
	}
	if !in.Whole() {
		clear(s.kinds)
		s.overflowed = 0
		return fmt.Errorf("%w: shapes, %d bytes from the end", ErrMalformed, len(in.Rest))
	}
	return nil
}

// snapshot reads counts.
type snapshot struct{ pack.Reader }

func (in *snapshot) habit() *habit {
	h := &habit{whole: in.fates(), shapeless: in.fates(), shapes: map[Stages]Fates{}}
	in.Require(in.Uvarint() == uint64(span.NumStages))
	for stage := range h.passed {
		h.passed[stage], h.places[stage] = in.fates(), in.Uvarint()
	}
	for range in.Count(1) {
		passed := in.Uvarint()
		_, twice := h.shapes[Stages(passed)]
		in.Require(!twice && passed < 1<<span.NumStages)
		if in.Bad {
			break
		}
		h.shapes[Stages(passed)] = in.fates()
	}
	return h
}

func (in *snapshot) fates() Fates { return Fates{in.Uvarint(), in.Uvarint(), in.Uvarint()} }
