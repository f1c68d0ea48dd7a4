// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"

	"github.com/hopstamp/hopstamp/internal/span"
)

// Table is what decoding needs to know: which attribute names mean what, and
// which span stands for which stage. It is immutable and shared by all decoders.
//
// A name is found by open addressing on a hash of its length and of its first
// and last characters: most attributes of a span mean nothing to us, and their
// names have to be dismissed for a few nanoseconds each.
type Table struct {
	index   []uint16 // 0: empty; else entries[index-1]
	mask    uint64
	entries []entry
	stages  stageTable
}

type entry struct {
	name   string
	serves []service
}

// service says that an attribute gives a field; of several that a span carries
// the one with the lowest rank does.
type service struct {
	field field
	rank  uint8
}

// NewTable builds the table from where the bounded dimensions come from:
// dimension name -> attribute names, first found wins. A dimension that is not
// listed comes from the hopstamp attribute of its name.
func NewTable(dimensions map[string][]string) (*Table, error) {
	t := &Table{stages: newStageTable()}
	for _, generation := range generations {
		if generation.field == unread {
			continue
		}
		if err := t.add(generation.field, generation.names); err != nil {
			return nil, err
		}
	}
	if err := t.add(hostField, hostNames); err != nil {
		return nil, err
	}
	for dimension := range dimensions {
		if !slices.Contains(span.DimNames[:], dimension) {
			return nil, fmt.Errorf("dimension %q: it must be one of %v", dimension, span.DimNames)
		}
	}
	for i, dimension := range span.DimNames {
		sources, listed := dimensions[dimension]
		if !listed {
			sources = []string{"hopstamp." + dimension}
		}
		if err := t.add(dimensionField+field(i), withOlderNames(sources)); err != nil {
			return nil, fmt.Errorf("dimension %q: %w", dimension, err)
		}
	}
	t.buildIndex()
	return t, nil
}

// withOlderNames puts behind each name the older names of its row.
func withOlderNames(sources []string) (names []string) {
	for _, source := range sources {
		names = append(names, source)
		for _, generation := range generations {
			if at := slices.Index(generation.names, source); at >= 0 {
				names = append(names, generation.names[at+1:]...)
			}
		}
	}
	return names
}

func (t *Table) add(f field, names []string) error {
	if len(names) > 200 {
		return fmt.Errorf("%d attribute names are too many, 200 are allowed", len(names))
	}
	for rank, name := range names {
		if name == "" {
			return fmt.Errorf("an attribute name is empty")
		}
		at := slices.IndexFunc(t.entries, func(e entry) bool { return e.name == name })
		if at < 0 {
			at = len(t.entries)
			t.entries = append(t.entries, entry{name: name})
		}
		t.entries[at].serves = append(t.entries[at].serves, service{f, uint8(rank)})
	}
	return nil
}

// buildIndex keeps seven cells of eight empty, so that a name that is not ours
// mostly ends at its first cell.
func (t *Table) buildIndex() {
	size := uint64(1) << bits.Len(uint(8*len(t.entries)-1))
	t.index, t.mask = make([]uint16, size), size-1
	for i := range t.entries {
		cell := hashName([]byte(t.entries[i].name)) & t.mask
		for t.index[cell] != 0 {
			cell = (cell + 1) & t.mask
		}
		t.index[cell] = uint16(i + 1)
	}
}

// find answers what an attribute serves; nil when it means nothing to us.
func (t *Table) find(name []byte) []service {
	for cell := hashName(name) & t.mask; ; cell = (cell + 1) & t.mask {
		at := t.index[cell]
		if at == 0 {
			return nil
		}
		if e := &t.entries[at-1]; e.name == string(name) {
			return e.serves
		}
	}
}

func hashName(name []byte) uint64 {
	const odd1, odd2 = 0x9e3779b97f4a7c15, 0xd6e8feb86659fd93
	n := len(name)
	var first, last uint64
	switch {
	case n >= 8:
		first, last = binary.LittleEndian.Uint64(name), binary.LittleEndian.Uint64(name[n-8:])
	case n >= 4:
		first, last = uint64(binary.LittleEndian.Uint32(name)), uint64(binary.LittleEndian.Uint32(name[n-4:]))
	case n > 0:
		first, last = uint64(name[0]), uint64(name[n-1])
	}
	h := (first ^ bits.RotateLeft64(last, 29) ^ uint64(n)*odd1) * odd2
	return h ^ h>>32
}
