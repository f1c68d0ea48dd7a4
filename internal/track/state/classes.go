// SPDX-License-Identifier: Apache-2.0

package state

import (
	"unsafe"

	"github.com/hopstamp/hopstamp/internal/flat"
	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

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

// Intern numbers a class. Past the limit only the path is kept and every
// dimension reads Overflow.
func (c *Classes) Intern(class *journey.Class, overflow span.Symbol) journey.ClassID {
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
