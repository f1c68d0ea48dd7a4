// SPDX-License-Identifier: Apache-2.0

package track

import "unsafe"

// table finds numbers by 64-bit hashes: open addressing without a pointer inside.
// It is divided into parts by hash, each of which grows by itself, so that growing
// never stops the fold for long and never holds the whole twice. The number 0
// means that a place is empty, so it cannot be kept.
//
// A hash may be that of several numbers, where the caller can tell them apart.
type table struct {
	parts [tableParts]tablePart
	count int
	slots int
}

type tablePart struct {
	entries []tableEntry
	count   int
}

// tableEntry is 12 bytes: the hash in two halves, so that nothing is padded.
type tableEntry struct{ high, low, value uint32 }

const (
	tableParts = 256
	firstSlots = 8 // of a part
	// A part is at most four fifths full and then grows by a quarter, so three
	// quarters are in use in the long run and a miss looks at few places.
	fullNumber, fullOf = 4, 5
)

// get is the number of a hash; 0 when there is none.
func (t *table) get(hash uint64) uint32 {
	hash = mix(hash)
	part := &t.parts[hash%tableParts]
	for at := part.home(hash); part.count > 0; at = part.after(at) {
		if e := &part.entries[at]; e.value == 0 || e.hash() == hash {
			return e.value
		}
	}
	return 0
}

// find is the first number of a hash that is the one looked for; 0 when there is none.
func (t *table) find(hash uint64, is func(uint32) bool) uint32 {
	hash = mix(hash)
	part := &t.parts[hash%tableParts]
	for at := part.home(hash); part.count > 0; at = part.after(at) {
		if e := &part.entries[at]; e.value == 0 || e.hash() == hash && is(e.value) {
			return e.value
		}
	}
	return 0
}

// set gives a hash one number, whatever it had.
func (t *table) set(hash uint64, value uint32) {
	mixed := mix(hash)
	part := &t.parts[mixed%tableParts]
	for at := part.home(mixed); part.count > 0; at = part.after(at) {
		e := &part.entries[at]
		if e.value == 0 {
			break
		}
		if e.hash() == mixed {
			e.value = value
			return
		}
	}
	t.addMixed(mixed, value)
}

// add gives a hash a number beside those that it has.
func (t *table) add(hash uint64, value uint32) { t.addMixed(mix(hash), value) }

func (t *table) addMixed(mixed uint64, value uint32) {
	part := &t.parts[mixed%tableParts]
	if (part.count+1)*fullOf > len(part.entries)*fullNumber {
		t.slots += part.grow()
	}
	part.put(tableEntry{uint32(mixed >> 32), uint32(mixed), value})
	part.count++
	t.count++
}

// remove takes a number from a hash, if it is there. What was pushed past the
// place is moved up, so that a search still ends at the first empty one.
func (t *table) remove(hash uint64, value uint32) {
	hash = mix(hash)
	part := &t.parts[hash%tableParts]
	if part.count == 0 {
		return
	}
	at := part.home(hash)
	for e := &part.entries[at]; e.value != value || e.hash() != hash; e = &part.entries[at] {
		if e.value == 0 {
			return
		}
		at = part.after(at)
	}
	part.count--
	t.count--
	part.close(at)
}

// each visits the entries of a part, in an order that depends on nothing but what
// was done. Their hashes are mixed already.
func (p *tablePart) each(visit func(mixed uint64, value uint32)) {
	for i := range p.entries {
		if e := &p.entries[i]; e.value != 0 {
			visit(e.hash(), e.value)
		}
	}
}

// reserve makes room in an empty part. Entries that come in the order of each would
// crowd at the front of one that is still to grow.
func (t *table) reserve(part int, count int) {
	p := &t.parts[part]
	p.entries = make([]tableEntry, max(firstSlots, count*fullOf/fullNumber+1))
	t.slots += len(p.entries)
}

// bytes is what the table takes.
func (t *table) bytes() int64 { return int64(t.slots) * int64(unsafe.Sizeof(tableEntry{})) }

func (p *tablePart) home(hash uint64) int { return int((hash >> 32) * uint64(len(p.entries)) >> 32) }

func (p *tablePart) after(at int) int {
	if at++; at == len(p.entries) {
		return 0
	}
	return at
}

func (p *tablePart) grow() (more int) {
	before := p.entries
	p.entries = make([]tableEntry, max(firstSlots, len(before)+len(before)/4))
	for _, e := range before {
		if e.value != 0 {
			p.put(e)
		}
	}
	return len(p.entries) - len(before)
}

func (p *tablePart) put(e tableEntry) {
	at := p.home(e.hash())
	for p.entries[at].value != 0 {
		at = p.after(at)
	}
	p.entries[at] = e
}

// close empties a place and fills it with a later entry that may stand there.
func (p *tablePart) close(gap int) {
	for at := p.after(gap); p.entries[at].value != 0; at = p.after(at) {
		home := p.home(p.entries[at].hash())
		if gap < at && gap < home && home <= at || gap > at && (gap < home || home <= at) {
			continue // it stands behind the gap because it belongs there
		}
		p.entries[gap] = p.entries[at]
		gap = at
	}
	p.entries[gap] = tableEntry{}
}

func (e *tableEntry) hash() uint64 { return uint64(e.high)<<32 | uint64(e.low) }

// mix spreads any hash over all bits; no two give the same.
func mix(hash uint64) uint64 {
	hash ^= hash >> 32
	hash *= 0xd6e8feb86659fd93
	return hash ^ hash>>32
}
