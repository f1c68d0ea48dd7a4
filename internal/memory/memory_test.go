// SPDX-License-Identifier: Apache-2.0

package memory

import (
	"math/rand/v2"
	"runtime"
	"testing"
	"time"
	"unsafe"
)

func TestWhatIsTakenIsZeroApartAndAtALine(t *testing.T) {
	t.Parallel()
	var pool Pool
	random := rand.New(rand.NewPCG(1, 1))
	var taken [][]byte
	for total := 0; total < 3*regionSize; {
		size := 1 + random.IntN(4<<20)
		b := pool.Take(size)
		if len(b) < size || cap(b) != len(b) {
			t.Fatalf("%d bytes asked for, got %d of %d", size, len(b), cap(b))
		}
		if uintptr(unsafe.Pointer(&b[0]))%lineSize != 0 {
			t.Fatalf("%p does not begin at a line", &b[0])
		}
		if b[0] != 0 || b[size-1] != 0 {
			t.Fatal("memory that was given out came again")
		}
		b[0], b[size-1] = byte(len(taken)), byte(len(taken))
		total += size
		taken = append(taken, b)
	}
	for i, b := range taken {
		if b[0] != byte(i) {
			t.Fatalf("piece %d lies over another", i)
		}
	}
	runtime.KeepAlive(&pool)
}

func TestMoreThanARegionAtOnce(t *testing.T) {
	t.Parallel()
	pool := &Pool{}
	b := pool.Take(regionSize + 1)
	b[regionSize] = 1
	if c := pool.Take(1); c[0] != 0 {
		t.Error("the next piece lies over the large one")
	}
	runtime.KeepAlive(pool)
}

// What a pool took goes back when nobody has the pool any more, and not before.
func TestAPoolOutOfReachGivesBack(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{})
	func() {
		pool := &Pool{}
		take := pool.Take
		runtime.AddCleanup(pool, func(gone chan struct{}) { close(gone) }, gone)
		runtime.GC()
		take(1)[0] = 1
	}()
	for deadline := time.Now().Add(10 * time.Second); ; runtime.GC() {
		select {
		case <-gone:
			return
		case <-time.After(time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatal("the pool is held by what it gave")
		}
	}
}
