// SPDX-License-Identifier: Apache-2.0

package track

import (
	"strings"
	"unsafe"

	"github.com/hopstamp/hopstamp/internal/flat"
	"github.com/hopstamp/hopstamp/internal/journey"
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

// count is the number of texts.
func (s *Symbols) count() int { return len(s.texts) }

// Overflowed is how many texts came too late to get a place.
func (s *Symbols) Overflowed() uint64 { return s.overflowed }

func (s *Symbols) intern(text string) span.Symbol {
	if symbol, ok := s.index[text]; ok {
		return symbol
	}
	if len(s.texts) >= s.limit && s.limit > 0 {
		s.overflowed++
		return s.index[Overflow]
	}
	return s.add(strings.Clone(text)) // it was a view into a request
}

// add gives a new text its number.
func (s *Symbols) add(text string) span.Symbol {
	symbol := span.Symbol(len(s.texts))
	s.texts = append(s.texts, text)
	s.length += len(text)
	s.index[text] = symbol
	return symbol
}

// A map's entry takes about twice its key and value.
func (s *Symbols) bytes() int64 { return int64(s.length + len(s.texts)*(16+2*(16+4))) }

// translate gives, for each symbol of the batch, the tracker's own.
func (s *Symbols) translate(b *span.Batch, into []span.Symbol) []span.Symbol {
	into = into[:0]
	for _, text := range b.Symbols {
		into = append(into, s.intern(text))
	}
	return into
}

// Classes numbers the combinations of bounded dimensions that were seen.
type Classes struct {
	all        []journey.Class
	index      flat.Table // of numbers + 1, because it holds no 0
	limit      int
	overflowed uint64
}

func newClasses(limit int) *Classes { return &Classes{limit: limit} }

// Class of an id; valid for good.
func (c *Classes) Class(id journey.ClassID) journey.Class { return c.all[id] }

// Overflowed is how many deliveries were put under an overflow class.
func (c *Classes) Overflowed() uint64 { return c.overflowed }

func (c *Classes) bytes() int64 {
	return int64(len(c.all))*int64(unsafe.Sizeof(journey.Class{})) + c.index.Bytes()
}

// intern numbers a class. Past the limit only the path is kept and every
// dimension reads Overflow.
func (c *Classes) intern(class *journey.Class, overflow span.Symbol) journey.ClassID {
	if id, ok := c.find(class); ok {
		return id
	}
	if len(c.all) >= c.limit {
		c.overflowed++
		over := journey.Class{Path: class.Path}
		for d := range over.Dims {
			over.Dims[d] = overflow
		}
		if id, ok := c.find(&over); ok {
			return id
		}
		class = &over
	}
	return c.add(class)
}

func (c *Classes) find(class *journey.Class) (journey.ClassID, bool) {
	at := c.index.Find(hashClass(class), func(at uint32) bool { return c.all[at-1] == *class })
	return journey.ClassID(at - 1), at != 0
}

func (c *Classes) add(class *journey.Class) journey.ClassID {
	c.all = append(c.all, *class)
	c.index.Add(hashClass(class), uint32(len(c.all)))
	return journey.ClassID(len(c.all) - 1)
}

func hashClass(c *journey.Class) uint64 {
	hash := uint64(c.Path)
	for _, symbol := range c.Dims {
		hash = (hash ^ uint64(symbol)) * 0x9e3779b97f4a7c15
		hash ^= hash >> 32
	}
	return hash
}
