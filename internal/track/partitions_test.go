// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track"
)

// cluster is a tracker for each partition and the relays on their way between them.
type cluster struct {
	random *rand.Rand
	folds  []*folding
	sent   [][][]byte // relays by partition, as the log holds them
	taken  []int      // how many of them were folded
	old    []int      // how many of those are never folded again
}

func newCluster(t *testing.T, partitions int, random *rand.Rand) *cluster {
	return newClusterOf(t, partitions, random, pausing(uint64(partitions)+3))
}

func newClusterOf(t *testing.T, partitions int, random *rand.Rand, options track.Options) *cluster {
	c := &cluster{random: random, sent: make([][][]byte, partitions), taken: make([]int, partitions), old: make([]int, partitions)}
	for partition := range partitions {
		f := newFoldingOf(t, options)
		options.Partitions, options.Partition = partitions, partition
		f.tracker = track.New(options)
		f.relay = func(r journey.Relay) { c.sent[r.To] = append(c.sent[r.To], span.AppendStamps(nil, r.Batch)) }
		c.folds = append(c.folds, f)
	}
	return c
}

// step gives each partition the records of its traces.
func (c *cluster) step(t *testing.T, records []said, now int64) {
	parts := make([][]said, len(c.folds))
	for _, r := range records {
		at := span.PartitionOf(r.Trace, len(c.folds))
		parts[at] = append(parts[at], r)
	}
	for partition, part := range parts {
		if len(part) > 0 {
			c.folds[partition].step(batchOf(part, now))
		}
		if c.random.IntN(3) == 0 {
			c.deliver(t, partition, 1+c.random.IntN(3))
		}
	}
}

// deliver folds relays that wait, now and then one that was folded before.
func (c *cluster) deliver(t *testing.T, partition, most int) (delivered bool) {
	for range most {
		waiting := c.taken[partition] < len(c.sent[partition])
		if fresh := c.taken[partition] - c.old[partition]; fresh > 0 && c.random.IntN(4) == 0 {
			c.fold(t, partition, c.old[partition]+c.random.IntN(fresh))
		}
		if !waiting {
			return delivered
		}
		c.fold(t, partition, c.taken[partition])
		c.taken[partition]++
		delivered = true
	}
	return delivered
}

func (c *cluster) fold(t *testing.T, partition, relay int) {
	err := span.ReadStamps(c.sent[partition][relay], nil, func(b *span.Batch) error {
		c.folds[partition].step(b)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// send gives records in any order, a few at a time.
func (c *cluster) send(t *testing.T, records []said, began int64) {
	order := c.random.Perm(len(records))
	for now := began + int64(4*time.Second); len(order) > 0; now += c.random.Int64N(int64(200 * time.Millisecond)) {
		size := min(1+c.random.IntN(8), len(order))
		var some []said
		for _, i := range order[:size] {
			some = append(some, records[i])
		}
		order = order[size:]
		c.step(t, some, min(now, began+int64(30*time.Second)))
	}
}

// pass lets the time pass, with relays on their way in between. Now and then senders had
// to come back later until then.
func (c *cluster) pass(t *testing.T, now int64) {
	throttled := c.random.IntN(4) == 0
	for _, f := range c.folds {
		f.step(&span.Batch{Received: now, Symbols: []string{""}, Throttled: throttled})
	}
	for again := true; again; {
		again = false
		for partition := range c.folds {
			again = c.deliver(t, partition, 1<<20) || again
		}
	}
}

// finish lets all relays arrive and all time pass.
func (c *cluster) finish(t *testing.T, began int64) (ledger map[string]int, settled map[string]journey.Delivery) {
	c.pass(t, began+int64(45*time.Second)) // when those who still seek what they continue ask the others
	ledger, settled = map[string]int{}, map[string]journey.Delivery{}
	for _, f := range c.folds {
		f.finish()
		for name, count := range f.ledger {
			ledger[name] += count
		}
		for id, d := range f.settled {
			if _, twice := settled[id]; twice {
				t.Fatalf("%q is told of by two partitions:\n%+v\n%+v", id, d, settled[id])
			}
			settled[id] = d
		}
	}
	return ledger, settled
}

// TestPartitionsDoNotMatter folds the same records in one partition and in several,
// with relays that come late, in any order among the spans, and twice.
func TestPartitionsDoNotMatter(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			records := newPlatform(seed, 1+int(seed)%25).records
			alone := fold(t, 0, records)
			for _, partitions := range []int{1, 2, 3, 8} {
				c := newCluster(t, partitions, rand.New(rand.NewPCG(seed, uint64(partitions))))
				c.send(t, records, dawn)
				ledger, settled := c.finish(t, dawn)
				if !maps.Equal(alone.ledger, ledger) {
					t.Fatalf("%d partitions count otherwise:\n%v\n%v", partitions, alone.ledger, ledger)
				}
				alone.compare(settled, fmt.Sprint(partitions, " partitions"))
			}
		})
	}
}

// TestPartitionsThatAskedEarly lets so much time pass between spans that the others were
// asked for what a consumer seeks before it is known that it seeks nothing.
func TestPartitionsThatAskedEarly(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		p := newPlatform(seed, 0)
		for range 1 + seed%2 {
			p.message++
			[]func(){p.pushed, p.pushed, p.pollLoop}[p.random.IntN(3)]()
		}
		alone := fold(t, 0, p.records)
		for _, partitions := range []int{2, 3} {
			c := newCluster(t, partitions, rand.New(rand.NewPCG(seed, uint64(partitions))))
			now := dawn + int64(4*time.Second)
			for _, i := range c.random.Perm(len(p.records)) {
				for _, f := range c.folds {
					f.tick(now)
				}
				c.step(t, p.records[i:i+1], now)
				now = min(now+c.random.Int64N(int64(6*time.Second)), dawn+int64(34*time.Second))
			}
			ledger, settled := c.finish(t, dawn)
			if !maps.Equal(alone.ledger, ledger) {
				t.Fatalf("seed %d: %d partitions count otherwise: %s", seed, partitions, difference(alone.ledger, ledger))
			}
			alone.compare(settled, fmt.Sprintf("seed %d: %d partitions", seed, partitions))
		}
	}
}

// TestWhoAsksFindsWhatComesWithIt sends a consumer, of a trace that asked the others before,
// together with the publish that it took.
func TestWhoAsksFindsWhatComesWithIt(t *testing.T) {
	t.Parallel()
	p := newPlatform(1, 0)
	c := newCluster(t, 2, rand.New(rand.NewPCG(1, 1)))
	loop, message := p.traceAt(0, 2), p.traceAt(0, 2)
	takes := func(key string) func(*said) { return func(s *said) { s.Key = key } }
	c.step(t, []said{p.at(100, loop, missed(1), span.Processed, "looped", takes("of nobody"))}, dawn+2e9)
	c.pass(t, dawn+60e9)
	c.step(t, []said{
		p.at(60_500, loop, missed(1), span.Processed, "looped", takes("of the message")),
		p.at(60_100, message, span.ID{}, span.Published, "looped", takes("of the message")),
	}, dawn+62e9)
	if ledger, _ := c.finish(t, dawn+62e9); ledger["default[  looped   ] 29893141 processed Processed in_time "] != 1 {
		t.Errorf("it was taken at once: %v", ledger)
	}
}

// sorted is a row whose other traces are in an order of their own.
func sorted(d journey.Delivery) journey.Delivery {
	d = story(d)
	d.OtherTraces = slices.SortedFunc(slices.Values(d.OtherTraces), func(x, y span.TraceID) int { return slices.Compare(x[:], y[:]) })
	return d
}
