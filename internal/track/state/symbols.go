// SPDX-License-Identifier: Apache-2.0

package state

import (
	"strings"

	"github.com/hopstamp/hopstamp/internal/span"
)

// Overflow is the text that stands for what did not fit into a bounded table, so
// that a flood of values is counted under a name instead of filling the memory.
const Overflow = "(overflow)"

// Symbols is the tracker's table of bounded texts: services, tenants, names ...
// It only grows, up to a limit. A batch's own symbols are translated once a batch,
// so that the fold meets no text on its way.
type Symbols struct {
	texts      []string
	index      map[string]span.Symbol
	limit      int
	overflowed uint64
	length     int // of all texts
}

func newSymbols(limit int) *Symbols {
	return &Symbols{index: make(map[string]span.Symbol), limit: limit}
}

// Text of a symbol; valid for good.
func (s *Symbols) Text(symbol span.Symbol) string { return s.texts[symbol] }

// Count is the number of texts.
func (s *Symbols) Count() int { return len(s.texts) }

// Overflowed is how many texts came too late to get a place.
func (s *Symbols) Overflowed() uint64 { return s.overflowed }

// Intern gives a text its symbol, a new one while there is room.
func (s *Symbols) Intern(text string) span.Symbol {
	if symbol, ok := s.index[text]; ok {
		return symbol
	}
	if len(s.texts) >= s.limit && s.limit > 0 {
		s.overflowed++
		return s.index[Overflow]
	}
	return s.Add(strings.Clone(text)) // it was a view into a request
}

// Add gives a new text its number.
func (s *Symbols) Add(text string) span.Symbol {
	symbol := span.Symbol(len(s.texts))
	s.texts = append(s.texts, text)
	s.length += len(text)
	s.index[text] = symbol
	return symbol
}

// A map's entry takes about twice its key and value.
func (s *Symbols) bytes() int64 { return int64(s.length + len(s.texts)*(16+2*(16+4))) }

// Translate gives, for each symbol of the batch, the tracker's own.
func (s *Symbols) Translate(b *span.Batch, into []span.Symbol) []span.Symbol {
	into = into[:0]
	for _, text := range b.Symbols {
		into = append(into, s.Intern(text))
	}
	return into
}
