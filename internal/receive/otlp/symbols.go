// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"hash/maphash"
	"math/bits"
	"strings"
	"unicode/utf8"

	"github.com/hopstamp/hopstamp/internal/span"
)

// symbols gives each distinct text of a batch one symbol, by open addressing on
// a seeded hash, so that no sender can make the probes long. Clearing it between
// batches is one increment.
type symbols struct {
	seed       maphash.Seed
	seeds      [4]uint64    // for short texts
	cells      []symbolCell // a power of two, at most half full
	generation uint32
	into       *span.Batch
}

type symbolCell struct {
	generation uint32 // of another batch: empty
	hash       uint32
	symbol     span.Symbol
}

func newSymbols() symbols {
	seed := maphash.MakeSeed()
	return symbols{
		seed:  seed,
		seeds: [4]uint64{maphash.String(seed, "first"), maphash.String(seed, "last"), maphash.String(seed, "second"), maphash.String(seed, "last but one")},
		cells: make([]symbolCell, 256),
	}
}

// begin makes the symbols those of a batch that was just reset.
func (s *symbols) begin(into *span.Batch) {
	s.into = into
	s.generation++
	if s.generation == 0 {
		clear(s.cells)
		s.generation = 1
	}
}

// of is the symbol of a text. The batch keeps the text itself, not a copy.
// Text that is no UTF-8 is repaired: metrics and answers could not carry it.
func (s *symbols) of(text string) span.Symbol {
	if text == "" {
		return 0
	}
	hash := s.hash(text)
	cell := s.find(hash, text)
	if cell.generation == s.generation {
		return cell.symbol
	}
	if !utf8.ValidString(text) {
		return s.of(strings.ToValidUTF8(text, string(utf8.RuneError)))
	}
	symbol := span.Symbol(len(s.into.Symbols))
	s.into.Symbols = append(s.into.Symbols, text)
	*cell = symbolCell{s.generation, hash, symbol}
	if 2*len(s.into.Symbols) > len(s.cells) {
		s.grow()
	}
	return symbol
}

// hash covers all of the text. Most are short: then two or four loads, which may
// overlap, do.
func (s *symbols) hash(text string) uint32 {
	n := len(text)
	var first, last uint64
	switch {
	case n < 4 || n > 32:
		return uint32(maphash.String(s.seed, text))
	case n < 8:
		first, last = uint64(load32(text)), uint64(load32(text[n-4:]))
	default:
		first, last = load64(text), load64(text[n-8:])
	}
	high, low := bits.Mul64(first^s.seeds[0], last^s.seeds[1]^uint64(n))
	if n > 16 {
		high2, low2 := bits.Mul64(load64(text[8:])^s.seeds[2], load64(text[n-16:])^s.seeds[3])
		high, low = high^low2, low^high2
	}
	return uint32(high ^ low)
}

func load32(text string) uint32 {
	return uint32(text[0]) | uint32(text[1])<<8 | uint32(text[2])<<16 | uint32(text[3])<<24
}

func load64(text string) uint64 {
	return uint64(load32(text)) | uint64(load32(text[4:]))<<32
}

// find answers the cell of the text, or the empty one where it belongs.
func (s *symbols) find(hash uint32, text string) *symbolCell {
	mask := uint32(len(s.cells) - 1)
	for at := hash & mask; ; at = (at + 1) & mask {
		cell := &s.cells[at]
		if cell.generation != s.generation || cell.hash == hash && s.into.Symbols[cell.symbol] == text {
			return cell
		}
	}
}

func (s *symbols) grow() {
	old := s.cells
	s.cells = make([]symbolCell, 2*len(old))
	mask := uint32(len(s.cells) - 1)
	for _, cell := range old {
		if cell.generation != s.generation {
			continue
		}
		at := cell.hash & mask
		for s.cells[at].generation == s.generation {
			at = (at + 1) & mask
		}
		s.cells[at] = cell
	}
}
