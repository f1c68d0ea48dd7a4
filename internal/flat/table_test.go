// SPDX-License-Identifier: Apache-2.0

package flat

import (
	"math/rand/v2"
	"testing"
)

// TestTable does the same to a table and to a map. Few hashes make long runs and
// several numbers for one hash.
func TestTable(t *testing.T) {
	t.Parallel()
	type key struct {
		hash  uint64
		value uint32
	}
	random := rand.New(rand.NewPCG(7, 7))
	table, known := Table{}, map[key]bool{}
	for i := range 200_000 {
		k := key{random.Uint64N(3000) << (i % 2 * 40), 1 + random.Uint32N(3)}
		switch found := table.Find(k.hash, func(v uint32) bool { return v == k.value }); {
		case (found == k.value) != known[k] || found != 0 && found != k.value:
			t.Fatalf("step %d: found %d for %v, which is there: %v", i, found, k, known[k])
		case known[k] && random.IntN(3) > i/50_000:
			table.Remove(k.hash, k.value)
			delete(known, k)
		case !known[k]:
			table.Add(k.hash, k.value)
			known[k] = true
		}
		table.Remove(1<<63|k.hash, k.value) // nobody
	}
	seen := 0
	for p := range table.parts {
		table.parts[p].each(func(uint64, uint32) { seen++ })
	}
	if len(known) < 1000 || seen != len(known) || table.count != len(known) {
		t.Errorf("the table says %d and shows %d of %d", table.count, seen, len(known))
	}
}

// TestTableIsWhatItsEntriesMake puts the entries of one into another, and no others.
func TestTableIsWhatItsEntriesMake(t *testing.T) {
	t.Parallel()
	var from, to Table
	for hash := range uint64(5000) {
		from.Add(hash, uint32(hash)+1)
	}
	for part := range Parts {
		to.Reserve(part, from.PartLen(part))
		from.Each(part, func(mixed uint64, value uint32) {
			if !to.Put(part, mixed, value) || to.Put(part, mixed, 0) || to.Put((part+1)%Parts, mixed, value) {
				t.Fatalf("entry %x of part %d", mixed, part)
			}
		})
	}
	for hash := range uint64(5000) {
		if got := to.Get(hash); got != uint32(hash)+1 {
			t.Fatalf("%d leads to %d", hash, got)
		}
	}
	if to.Len() != from.Len() {
		t.Errorf("%d entries, want %d", to.Len(), from.Len())
	}
}

// TestTableSet replaces the number of a hash.
func TestTableSet(t *testing.T) {
	t.Parallel()
	var table Table
	for round := range uint32(3) {
		for hash := range uint64(10_000) {
			table.Set(hash, uint32(hash)+round+1)
		}
	}
	for hash := range uint64(10_000) {
		if got := table.Get(hash); got != uint32(hash)+3 {
			t.Fatalf("%d leads to %d", hash, got)
		}
	}
	if table.Get(10_001) != 0 || table.count != 10_000 {
		t.Errorf("the table holds %d and knows %d", table.count, table.Get(10_001))
	}
	if used := 100 * table.count / table.slots; used < 60 {
		t.Errorf("%d%% of the places are used", used)
	}
}

// TestArena writes to slots of all sizes and finds in each what was written.
func TestArena(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 8))
	var a Arena
	held := map[Ref]byte{}
	var order []Ref
	for i := range 20_000 {
		if i%3 == 2 {
			at := random.IntN(len(order))
			ref := order[at]
			order[at] = order[len(order)-1]
			order = order[:len(order)-1]
			if slot := a.Slot(ref); slot[0] != held[ref] || slot[len(slot)-1] != held[ref] {
				t.Fatalf("slot %x holds %d and %d, want %d", ref, slot[0], slot[len(slot)-1], held[ref])
			}
			a.Release(ref)
			delete(held, ref)
			continue
		}
		size := 1 + int(random.ExpFloat64()*200)
		if i%1000 == 0 {
			size = LargestSlot
		}
		ref := a.Alloc(size)
		if _, twice := held[ref]; twice || ref == 0 || ref>>31 != 0 {
			t.Fatalf("got slot %x, twice: %v", ref, twice)
		}
		slot := a.Slot(ref)
		if len(slot) < size || size > 32 && len(slot)*16 > size*17+32 {
			t.Fatalf("a slot of %d for %d", len(slot), size)
		}
		held[ref] = byte(i)
		order = append(order, ref)
		slot[0], slot[len(slot)-1] = byte(i), byte(i)
	}
	if a.Live() != len(held) || a.Alloc(LargestSlot+1) != 0 {
		t.Errorf("%d slots live, want %d", a.Live(), len(held))
	}
}
