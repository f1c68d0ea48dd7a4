// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track"
)

// patient are paths whose messages are given up long after what belongs to none is let
// go of.
func patient() track.Options {
	return track.Options{
		Remember: 48 * time.Hour, // what ended well is over, at any time
		Default:  track.Path{Deadline: 5 * time.Second, GiveUp: 8 * time.Hour},
		Paths: []track.Path{
			{Name: "chat", Match: track.Match{Route: "/v1/chat"}, Until: span.Rendered, Deadline: 2 * time.Second, GiveUp: 3 * time.Hour},
			{Name: "orders", Match: track.Match{Route: "/v1/orders"}, Deadline: 5 * time.Second, GiveUp: 12 * time.Hour},
		},
	}
}

// inParts divides records into those that come at once, and those that come each some time
// later: whole traces, or any span.
func (p *platform) inParts(random *rand.Rand, times int) [][]said {
	parts := make([][]said, times)
	of, whole := map[span.TraceID]int{}, random.IntN(2) == 0
	for _, r := range p.records {
		at, known := of[r.Trace]
		if !known {
			at = max(0, random.IntN(2*times)-times)
			of[r.Trace] = at
		}
		if !whole && random.IntN(6) == 0 {
			at = max(at, random.IntN(times))
		}
		parts[at] = append(parts[at], r)
	}
	return parts
}

// moments are when the parts come, in minutes: each long after what came before was let
// go of, if nothing needs it.
var moments = []int{0, 40, 100, 170}

// TestWhatTakesLongDoesNotDependOnPartitions folds messages of which parts come hours
// after others, while the message is on its way, in one partition and in several.
func TestWhatTakesLongDoesNotDependOnPartitions(t *testing.T) {
	t.Parallel()
	// What once went wrong: a consumer found a message by its id after forty minutes, and an hour
	// later an earlier one came, to a home that had to hold the consumer for that; a span of what was
	// part of a message comes again hours later, with other words; a message seems to begin with what
	// did not come, and others hold that who continue it, too; what failed turns out well while others
	// need it for a while; what comes again is passed on to where its trace is known again; and what ended
	// well is of a message elsewhere, too.
	seeds := []uint64{1_000_289, 2_000_474, 942, 1744, 1_001_024, 1_002_399, 2996, 5191}
	for seed := range uint64(60) {
		seeds = append(seeds, seed)
	}
	for _, seed := range seeds {
		random := rand.New(rand.NewPCG(seed, 5))
		parts := newPlatform(seed, 1+int(seed)%25).inParts(random, len(moments))
		counts, rows := takeLong(t, 1, seed, parts)
		for _, partitions := range []int{2, 3, 8} {
			ledger, settled := takeLong(t, partitions, seed, parts)
			if !maps.Equal(counts, ledger) {
				t.Errorf("seed %d: %d partitions count otherwise: %s", seed, partitions, difference(counts, ledger))
				continue
			}
			several := folding{t: t, settled: settled}
			several.compare(rows, fmt.Sprintf("seed %d: one partition instead of %d", seed, partitions))
		}
	}
}

// takeLong folds parts in so many partitions, each part at its moment and in any order.
func takeLong(t *testing.T, partitions int, seed uint64, parts [][]said) (ledger map[string]int, settled map[string]journey.Delivery) {
	c := newClusterOf(t, partitions, rand.New(rand.NewPCG(seed, uint64(partitions))), patient())
	for _, f := range c.folds {
		f.shared = true // a client that told of a message hours before the message came
	}
	now := dawn
	for i, part := range parts {
		began := dawn + int64(moments[i])*int64(time.Minute)
		for ; now < began; now += int64(time.Minute) {
			c.pass(t, now)
			copy(c.old, c.taken) // what is relayed again comes soon
		}
		c.send(t, part, began)
		now = began + int64(45*time.Second)
	}
	for ; now < dawn+int64(13*time.Hour); now += int64(time.Minute) {
		c.pass(t, now)
		copy(c.old, c.taken)
	}
	return c.finish(t, now)
}
