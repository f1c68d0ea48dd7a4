// SPDX-License-Identifier: Apache-2.0

package clocks

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// busy is a story with everything in it. Half-way, halfway may exchange the clocks.
func busy(t *testing.T, halfway func(*Clocks) *Clocks) *Clocks {
	n := newNetwork(t, 9)
	n.calm = false
	n.clock[router] = func(now int64) int64 { return now / 9000 % (30 * sec) }
	traffic := func() {
		n.pass(everyone[n.random.IntN(4)], everyone[n.random.IntN(4)], n.some(ms, 50*ms))
		n.call(worker, mailer, n.some(ms, 9*ms), n.some(0, 50*ms), n.some(ms, 9*ms))
	}
	n.run(90*time.Second, traffic)
	n.clock[worker] = ahead(-10 * sec)
	n.run(5*time.Second, traffic) // a jump was seen, and nobody is named yet
	n.c = halfway(n.c)
	n.run(2*time.Minute, traffic)
	return n.c
}

func TestEqualInputGivesEqualBytes(t *testing.T) {
	asIs := func(c *Clocks) *Clocks { return c }
	want := busy(t, asIs).Append(nil)
	read := busy(t, func(c *Clocks) *Clocks { // asking changes nothing
		c.Sources(c.now + 1)
		c.Offset(gateway, 99, c.now+int64(time.Hour))
		return c
	}).Append(nil)
	restored := busy(t, func(c *Clocks) *Clocks {
		again := New(Defaults())
		if err := again.Restore(c.Append(nil)); err != nil {
			t.Fatal(err)
		}
		return again
	})
	if !bytes.Equal(read, want) || !bytes.Equal(restored.Append(nil), want) {
		t.Error("the bytes differ with questions asked, or a restart in between")
	}
	if got, wanted := fmt.Sprint(restored.Sources(0)), fmt.Sprint(busy(t, asIs).Sources(0)); got != wanted {
		t.Errorf("sources\n%s\nwant\n%s", got, wanted)
	}
}

func TestBadBytesAreRefused(t *testing.T) {
	good := busy(t, func(c *Clocks) *Clocks { return c }).Append(nil)
	c := New(Defaults())
	for size := range good {
		if err := c.Restore(good[:size]); !errors.Is(err, ErrMalformed) {
			t.Fatalf("the first %d of %d bytes are taken: %v", size, len(good), err)
		}
	}
	random := rand.New(rand.NewPCG(1, 1))
	for range 3000 {
		bad := bytes.Clone(good)
		for range 1 + random.IntN(3) {
			bad[random.IntN(len(bad))] ^= byte(1 << random.IntN(8))
		}
		if c.Restore(bad) == nil { // it may mean something else; it must not break
			for i := range int64(20) {
				c.Passage(gateway, router, i, i, c.now+i*5*sec)
			}
			c.Sources(c.now)
		}
	}
	small := New(Limits{Hosts: 2, Pairs: 1})
	if err := small.Restore(good); !errors.Is(err, ErrMalformed) {
		t.Errorf("more hosts than allowed are taken: %v", err)
	}
	if want := New(Limits{Hosts: 2, Pairs: 1}).Append(nil); !bytes.Equal(small.Append(nil), want) {
		t.Error("something is left of what was refused")
	}
}

// Hosts come and go, as those of containers do. What is idle makes way, what finds
// no place is counted.
func TestMemoryIsBounded(t *testing.T) {
	c := New(Limits{Hosts: 50, Pairs: 80})
	now := 1_000_000 * sec
	for h := Host(1); h <= 3000; h++ {
		now += 10 * ms
		c.Heard(h, now, now)
		c.Passage(h, h+1, now, now, now)
	}
	if hosts, pairs := c.Overflowed(); len(c.hosts.rows) != 50 || len(c.pairs.rows) != 80 || hosts < 2900 || pairs < 2900 {
		t.Fatalf("%d hosts, %d pairs, %d and %d found no place", len(c.hosts.rows), len(c.pairs.rows), hosts, pairs)
	}
	if e := c.Offset(2000, 2001, now); e.Known {
		t.Errorf("%+v is said of hosts that found no place", e)
	}
	now += int64(time.Hour)
	for range 50 {
		now += sec
		c.Heard(5000, now+8*sec, now)
		c.Passage(5001, 5000, now, now+8*sec, now)
	}
	if e := c.Offset(5001, 5000, now); e.Offset < 7*sec {
		t.Errorf("the new hosts got no place: %+v", e)
	}
}

func TestObservingAllocatesNothing(t *testing.T) {
	n := newNetwork(t, 10)
	n.run(time.Minute, func() { n.pass(gateway, worker, n.some(ms, 20*ms)) })
	if allocated := testing.AllocsPerRun(1000, func() {
		n.now += 100 * ms
		n.c.Heard(worker, n.now-ms, n.now)
		n.c.RoundTrip(gateway, worker, n.now-9*ms, n.now-8*ms, n.now-2*ms, n.now, n.now)
		n.c.Offset(gateway, worker, n.now)
	}); allocated > 0 {
		t.Errorf("%v allocations", allocated)
	}
}

func BenchmarkPassage(b *testing.B) {
	c := New(Defaults())
	now := 1_800_000_000 * sec
	for i := 0; b.Loop(); i++ {
		now += 3000
		c.Passage(Host(1+i%40), Host(50+i%37), now-ms, now+int64(i%1000), now)
	}
}

func BenchmarkOffset(b *testing.B) {
	c := New(Defaults())
	now := 1_800_000_000 * sec
	for i := range 100_000 {
		now += 30 * ms
		c.Heard(Host(1+i%40), now-ms, now)
		c.Passage(Host(1+i%40), Host(50+i%37), now-ms, now, now)
	}
	for i := 0; b.Loop(); i++ {
		c.Offset(Host(1+i%40), Host(50+i%37), now)
	}
}

func BenchmarkReview(b *testing.B) {
	c := New(Defaults())
	now := 1_800_000_000 * sec
	for i := range 8000 * 30 {
		now += ms
		from, to := Host(1+i%8000%400), Host(500+i%8000/400)
		c.Passage(from, to, now-ms, now+int64(i%1000), now)
	}
	for b.Loop() {
		c.reconsider()
	}
}
