// SPDX-License-Identifier: Apache-2.0

package flat

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// Timers are pushed for soon, for later and for what has passed, while time goes on by
// small steps and by leaps. They come back when it is time, in order, and none is lost.
func TestTimersComeInOrder(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 9))
	timers, held, now := NewTimers(nil), []Timer{}, int64(1e12)
	for round := range 3000 {
		for range random.IntN(8) {
			fresh := Timer{At: now + random.Int64N(1<<(10+random.IntN(26))) - 1000, Group: random.Uint32N(50)}
			timers.Push(fresh)
			held = append(held, fresh)
		}
		now += random.Int64N(1 << (8 + round%24))
		slices.SortFunc(held, Timer.compare)
		for len(held) > 0 && held[0].At <= now {
			for i, e := range timers.Coming(now, 3) {
				if later := timers.timer(e); later.At > now || i == 0 && later.before(held[0]) {
					t.Fatalf("round %d: %v is coming before %v at %d", round, later, held[0], now)
				}
			}
			if got, ok := timers.Pop(now); !ok || got != held[0] {
				t.Fatalf("round %d: got %v, %v; want %v", round, got, ok, held[0])
			}
			held = held[1:]
		}
		if got, ok := timers.Pop(now); ok {
			t.Fatalf("round %d: %v comes at %d", round, got, now)
		}
		if timers.Len() != len(held) {
			t.Fatalf("round %d: there are %d, want %d", round, timers.Len(), len(held))
		}
	}
}

// What a few timers need is the garbage collector's, what many need is not.
func TestTimersTakeMemory(t *testing.T) {
	t.Parallel()
	taken := 0
	timers := NewTimers(func(bytes int) []byte {
		taken += bytes
		return make([]byte, bytes)
	})
	push := func(from, to int64) {
		for drawer := from; drawer < to; drawer++ {
			timers.Push(Timer{At: drawer << drawerBits, Group: uint32(drawer)})
		}
	}
	if push(1, chunkItems); taken != 0 {
		t.Errorf("%d timers took %d bytes", timers.Len(), taken)
	}
	if push(chunkItems, 2*chunkItems); taken != chunkItems*512 {
		t.Errorf("%d timers took %d bytes", timers.Len(), taken)
	}
	for drawer := int64(1); drawer < 2*chunkItems; drawer++ {
		if got, ok := timers.Pop(2 * chunkItems << drawerBits); !ok || got.Group != uint32(drawer) {
			t.Fatalf("got %v, %v; want that of drawer %d", got, ok, drawer)
		}
	}
}
