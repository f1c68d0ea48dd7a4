// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track"
)

// folding is one run of a tracker, with what must hold at every step of it.
type folding struct {
	t       *testing.T
	options track.Options
	tracker *track.Tracker
	relay   func(journey.Relay)
	at      journey.Position
	ledger  map[string]int
	settled map[string]journey.Delivery
	sums    map[string]int // of what settled, under the names of the ledger
	total   int
	rows    int
	shared  bool // messages in different traces may show the same id
}

func newFolding(t *testing.T) *folding {
	options := track.Options{Paths: []track.Path{
		{Name: "chat", Match: track.Match{Route: "/v1/chat"}, Until: span.Rendered, Deadline: 2 * time.Second, GiveUp: 20 * time.Second},
		{Name: "orders", Match: track.Match{Route: "/v1/orders"}, Deadline: 5 * time.Second, GiveUp: 10 * time.Minute},
	}}
	return &folding{t: t, options: options, tracker: track.New(options), ledger: map[string]int{}, settled: map[string]journey.Delivery{}, sums: map[string]int{}}
}

func (f *folding) step(b *span.Batch) {
	f.at++
	f.take(f.tracker.Step(f.at, b))
}

func (f *folding) tick(now int64) {
	f.at++
	f.take(f.tracker.Tick(f.at, now))
}

func (f *folding) take(effects *journey.Effects) {
	for _, entry := range effects.Entries {
		name := f.nameOf(entry.Tally)
		f.ledger[name] += int(entry.Delta)
		f.total += int(entry.Delta)
		if f.ledger[name] < 0 {
			f.t.Fatalf("step %d: the sum of %q is negative", f.at, name)
		}
		if f.ledger[name] == 0 {
			delete(f.ledger, name)
		}
	}
	for _, r := range effects.Relays {
		f.relay(r)
	}
	for _, d := range effects.Settled {
		f.rows++
		name := d.ID
		if f.mayRepeat(name) {
			name += fmt.Sprintf(" of %x", d.Trace)
		}
		if _, twice := f.settled[name]; twice && !f.shared {
			f.t.Fatalf("step %d: %q settled twice", f.at, d.ID)
		}
		d.Positions, d.Updated = nil, 0
		f.settled[name] = d
		f.sums[fmt.Sprint(d.Path, d.Dims, d.Started/60e9, d.Verdict, d.Reason, d.Timeliness, d.Hop)]++
	}
}

func (f *folding) mayRepeat(id string) bool { return f.shared || strings.HasPrefix(id, republished) }

func (f *folding) nameOf(tally journey.Tally) string {
	class := f.tracker.Classes.Class(tally.Class)
	text := f.tracker.Symbols.Text
	dims := make([]string, 0, span.NumDims)
	for _, symbol := range class.Dims {
		dims = append(dims, text(symbol))
	}
	return fmt.Sprint(text(class.Path), dims, tally.Minute, tally.Verdict, tally.Reason, tally.Timeliness, tally.Hop)
}

// check compares the ledger with the deliveries that are held and settled.
func (f *folding) check() {
	held := f.tracker.Select(func(journey.Class, *journey.Tally, int64) bool { return true }, 1<<30)
	ids := map[string]bool{}
	for _, d := range held {
		if _, twice := f.settled[d.ID]; (twice || ids[d.ID]) && !f.mayRepeat(d.ID) {
			f.t.Fatalf("step %d: %q is there twice", f.at, d.ID)
		}
		ids[d.ID] = true
	}
	if f.total != len(held)+f.rows {
		f.t.Fatalf("step %d: the ledger counts %d deliveries, %d are held and %d settled", f.at, f.total, len(held), f.rows)
	}
}

// finish lets all time pass, after which nothing is held.
func (f *folding) finish() {
	now := f.tracker.Now()
	for range 90 {
		now += int64(time.Minute)
		f.tick(now)
	}
	f.check()
	if leaks := f.tracker.Leaks(); leaks != "" {
		f.t.Fatalf("after everything settled the tracker holds %s", leaks)
	}
	if !maps.Equal(f.ledger, f.sums) {
		f.t.Errorf("the ledger counts\n%v\nand the rows say\n%v", f.ledger, f.sums)
	}
}

// fold sends records in one of many ways that must not matter.
func fold(t *testing.T, records []said, way uint64) *folding {
	random := rand.New(rand.NewPCG(way, 2))
	f := newFolding(t)
	order := random.Perm(len(records))
	if way == 0 {
		slices.Sort(order)
	}
	if way%5 == 3 {
		f.tracker.FreezeAfter(0)
	}
	now := dawn + int64(4*time.Second)
	var sent [][]said
	for from := 0; from < len(order); {
		to := min(from+1+random.IntN(1+len(order)/int(way%7+1)), len(order))
		var batch []said
		for _, i := range order[from:to] {
			batch = append(batch, records[i])
		}
		from = to
		sent = append(sent, batch)
		f.step(batchOf(batch, now))
		if way%3 == 1 {
			f.step(batchOf(sent[random.IntN(len(sent))], now))
		}
		if way%4 > 1 {
			now += int64(random.IntN(2000)) * 1e6
			f.tick(now)
		}
		if now > dawn+int64(30*time.Second) {
			now = dawn + int64(30*time.Second)
		}
		f.check()
	}
	f.finish()
	return f
}

// TestOrderDoesNotMatter folds the same records in many ways.
func TestOrderDoesNotMatter(t *testing.T) {
	for seed := range uint64(80) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			records := newPlatform(seed, 1+int(seed)%25).records
			first := fold(t, records, 0)
			for way := uint64(1); way < 20; way++ {
				other := fold(t, records, way)
				if !maps.Equal(first.ledger, other.ledger) {
					t.Fatalf("way %d counts otherwise:\n%v\n%v", way, first.ledger, other.ledger)
				}
				for id, d := range first.settled {
					if !reflect.DeepEqual(d, other.settled[id]) {
						t.Fatalf("way %d tells %q otherwise:\n%+v\n%+v", way, id, d, other.settled[id])
					}
				}
			}
		})
	}
}
