// SPDX-License-Identifier: Apache-2.0

package flat

import "unsafe"

// Table finds numbers by 64-bit hashes, without a pointer inside. It is divided into
// parts by hash, each of which grows by itself, so that growing never stops the fold
// for long and never holds the whole twice. The number 0 means that a place is empty,
// so it cannot be kept.
//
// A part is buckets that are each a line of the processor's cache, because to wait for
// a line takes longer than to look through it. A hash belongs into one bucket, and into
// the ones behind it when that is full; a bucket counts those that went past it, so
// that a search ends where none did.
//
// A hash may be that of several numbers, where the caller can tell them apart.
type Table struct {
	parts [Parts]tablePart
	count int
	slots int
}

type tablePart struct {
	buckets []bucket
	count   int
}

type bucket struct {
	entries [bucketEntries]tableEntry
	past    uint32 // entries behind it that belong here or before
}

// tableEntry is 12 bytes: the hash in two halves, so that nothing is padded.
type tableEntry struct{ high, low, value uint32 }

// Parts is how many a table is divided into.
const Parts = 256

const (
	bucketEntries = 5
	// A part is at most four fifths full and then grows by a half, so two thirds are in
	// use in the long run and an entry is moved twice.
	fullNumber, fullOf = 4, 5
)

// Get is the number of a hash; 0 when there is none.
func (t *Table) Get(hash uint64) uint32 {
	hash = Mix(hash)
	if e := t.parts[hash%Parts].first(hash); e != nil {
		return e.value
	}
	return 0
}

// first is the first entry of a mixed hash; nil when there is none.
func (p *tablePart) first(hash uint64) *tableEntry {
	at := p.home(hash)
	for range p.buckets {
		b := &p.buckets[at]
		for i := range b.entries {
			if e := &b.entries[i]; e.low == uint32(hash) && e.high == uint32(hash>>32) && e.value != 0 {
				return e
			}
		}
		if b.past == 0 {
			break
		}
		at = p.after(at)
	}
	return nil
}

// Find is the first number of a hash that is the one looked for; 0 when there is none.
func (t *Table) Find(hash uint64, is func(uint32) bool) uint32 {
	hash = Mix(hash)
	part := &t.parts[hash%Parts]
	at := part.home(hash)
	for range part.buckets {
		b := &part.buckets[at]
		for i := range b.entries {
			if e := &b.entries[i]; e.low == uint32(hash) && e.high == uint32(hash>>32) && e.value != 0 && is(e.value) {
				return e.value
			}
		}
		if b.past == 0 {
			break
		}
		at = part.after(at)
	}
	return 0
}

// Look reads where a hash belongs, whatever is there, so that the processor fetches it.
func (t *Table) Look(hash uint64) uint64 {
	hash = Mix(hash)
	part := &t.parts[hash%Parts]
	if len(part.buckets) == 0 {
		return 0
	}
	return uint64(part.buckets[part.home(hash)].past)
}

// Set gives a hash one number, whatever it had.
func (t *Table) Set(hash uint64, value uint32) {
	mixed := Mix(hash)
	if e := t.parts[mixed%Parts].first(mixed); e != nil {
		e.value = value
		return
	}
	t.addMixed(mixed, value)
}

// Add gives a hash a number beside those that it has.
func (t *Table) Add(hash uint64, value uint32) { t.addMixed(Mix(hash), value) }

func (t *Table) addMixed(mixed uint64, value uint32) {
	part := &t.parts[mixed%Parts]
	if (part.count+1)*fullOf > len(part.buckets)*bucketEntries*fullNumber {
		t.slots += part.grow()
	}
	part.put(tableEntry{uint32(mixed >> 32), uint32(mixed), value})
	part.count++
	t.count++
}

// Remove takes a number from a hash, if it is there.
func (t *Table) Remove(hash uint64, value uint32) {
	hash = Mix(hash)
	part := &t.parts[hash%Parts]
	at := part.home(hash)
	for range part.buckets {
		b := &part.buckets[at]
		for i := range b.entries {
			if e := &b.entries[i]; e.value == value && e.hash() == hash {
				*e = tableEntry{}
				part.recount(hash, at)
				part.count--
				t.count--
				return
			}
		}
		if b.past == 0 {
			return
		}
		at = part.after(at)
	}
}

func (p *tablePart) each(visit func(mixed uint64, value uint32)) {
	for at := range p.buckets {
		for i := range p.buckets[at].entries {
			if e := &p.buckets[at].entries[i]; e.value != 0 {
				visit(e.hash(), e.value)
			}
		}
	}
}

// Len is how many numbers the table holds.
func (t *Table) Len() int { return t.count }

// PartLen is how many of them are in a part.
func (t *Table) PartLen(part int) int { return t.parts[part].count }

// Each visits the entries of a part, in an order that depends on nothing but what was
// done. [Table.Put] takes them.
func (t *Table) Each(part int, visit func(mixed uint64, value uint32)) { t.parts[part].each(visit) }

// Put adds an entry of a part that Each gave; false: there is no such entry.
func (t *Table) Put(part int, mixed uint64, value uint32) bool {
	if value == 0 || mixed%Parts != uint64(part) {
		return false
	}
	t.addMixed(mixed, value)
	return true
}

// Reserve makes room in an empty part. Entries that come in the order of each would
// crowd at the front of one that is still to grow.
func (t *Table) Reserve(part int, count int) {
	p := &t.parts[part]
	p.buckets = make([]bucket, count*fullOf/(fullNumber*bucketEntries)+1)
	t.slots += len(p.buckets) * bucketEntries
}

// Bytes is what the table takes.
func (t *Table) Bytes() int64 {
	return int64(t.slots/bucketEntries) * int64(unsafe.Sizeof(bucket{}))
}

func (p *tablePart) home(hash uint64) int { return int((hash >> 32) * uint64(len(p.buckets)) >> 32) }

func (p *tablePart) after(at int) int {
	if at++; at == len(p.buckets) {
		return 0
	}
	return at
}

func (p *tablePart) grow() (more int) {
	before := p.buckets
	p.buckets = make([]bucket, len(before)+len(before)/2+1)
	for at := range before {
		for _, e := range before[at].entries {
			if e.value != 0 {
				p.put(e)
			}
		}
	}
	return (len(p.buckets) - len(before)) * bucketEntries
}

func (p *tablePart) put(e tableEntry) {
	for at := p.home(e.hash()); ; at = p.after(at) {
		b := &p.buckets[at]
		for i := range b.entries {
			if b.entries[i].value == 0 {
				b.entries[i] = e
				return
			}
		}
		b.past++
	}
}

// recount is called when an entry of a hash left a bucket: it is past none any more.
func (p *tablePart) recount(hash uint64, left int) {
	for at := p.home(hash); at != left; at = p.after(at) {
		p.buckets[at].past--
	}
}

func (e *tableEntry) hash() uint64 { return uint64(e.high)<<32 | uint64(e.low) }

// Mix spreads any hash over all bits; no two give the same.
func Mix(hash uint64) uint64 {
	hash ^= hash >> 32
	hash *= 0xd6e8feb86659fd93
	return hash ^ hash>>32
}
