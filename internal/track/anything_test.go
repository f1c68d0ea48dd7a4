// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/hopstamp/hopstamp/internal/span"
)

// told is what a record tells of.
type told struct {
	trace span.TraceID
	span  span.ID
	event uint16
}

// anything is records of a few traces that no platform would send together: any stage under
// any other, links that lead around in a circle, parents that are missing, keys that
// everybody shows. Each span is told of once, and an event is as a decoder makes it.
func anything(seed uint64, most int) (records []said) {
	random, known := rand.New(rand.NewPCG(seed, 77)), map[told]bool{}
	for range 1 + int(seed)%most {
		bytes := make([]byte, 40)
		for i := range bytes {
			bytes[i] = byte(random.Uint32())
		}
		bytes[2] %= 38 // it began before it was sent
		r := (&script{bytes}).record()
		r.End = min(r.End, dawn+4e9)
		if r.Event != 0 {
			r.Parent, r.Links, r.Explicit, r.DroppedLinks, r.Batch = r.Span, nil, true, 0, 0
		}
		if id := (told{r.Trace, r.Span, r.Event}); !known[id] {
			known[id] = true
			records = append(records, r)
		}
	}
	return records
}

// TestOrderOfAnythingDoesNotMatter folds such records in many ways.
func TestOrderOfAnythingDoesNotMatter(t *testing.T) {
	t.Parallel()
	for seed := range uint64(100) {
		compareWays(t, seed, 9)
	}
	// What once depended on the order: events before their span, a late parent, a late creation,
	// a late send, circles of names, a consumer below what a link brought, a late parent of one
	// that links into its own trace, and circles of names that open again.
	for _, seed := range []uint64{134, 12_693, 5894, 8031} {
		compareWays(t, seed, 9)
	}
	for _, seed := range []uint64{87, 3331, 2679, 2637, 1340, 6066} {
		compareWays(t, seed, 24)
	}
}

func compareWays(t *testing.T, seed uint64, most int) {
	t.Helper()
	records := anything(seed, most)
	first := foldShared(t, 0, records)
	for way := uint64(1); way < 8; way++ {
		if other := foldShared(t, way, records); !maps.Equal(first.ledger, other.ledger) {
			t.Errorf("seed %d: way %d counts otherwise: %s", seed, way, difference(first.ledger, other.ledger))
		}
	}
}

// foldShared is fold for records of which several messages may show the same id.
func foldShared(t *testing.T, way uint64, records []said) *folding {
	f := newFoldingOf(t, pausing(way))
	f.shared = true
	if way%5 == 3 {
		f.tracker.FreezeAfter(0)
	}
	f.send(rand.New(rand.NewPCG(way, 2)), way, records, dawn)
	f.finish()
	return f
}
