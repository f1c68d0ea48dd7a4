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
	ways    map[string]int // of what settled, by kind and stages
	learned map[string]int // the same, as the effects tell it
	total   int

	corrections int // rows that were taken back
	rows        int
	shared      bool // messages in different traces may show the same id
}

func newFolding(t *testing.T) *folding { return newFoldingOf(t, replayOptions()) }

func newFoldingOf(t *testing.T, options track.Options) *folding {
	return &folding{t: t, options: options, tracker: track.New(options), ledger: map[string]int{}, settled: map[string]journey.Delivery{}, sums: map[string]int{}, ways: map[string]int{}, learned: map[string]int{}}
}

func (f *folding) step(b *span.Batch) {
	f.at++
	f.takeAll(f.tracker.Step(f.at, b))
}

func (f *folding) tick(now int64) {
	f.at++
	f.takeAll(f.tracker.Tick(f.at, now))
}

func (f *folding) takeAll(effects *journey.Effects) {
	for ; effects != nil; effects = f.tracker.More() {
		f.take(effects)
	}
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
	for _, d := range effects.Settled {
		if d.Verdict != journey.NoVerdict {
			f.learned[wayOf(d)]++
		}
	}
	for _, b := range effects.TakenBack {
		f.learned[wayText(b.Path, b.Kind, b.Verdict, b.Stages)]--
	}
	for _, r := range effects.Relays {
		f.relay(r)
	}
	for _, d := range effects.Settled {
		f.settle(d)
	}
}

func (f *folding) settle(d journey.Delivery) {
	name := strings.Clone(d.ID)
	if f.mayRepeat(name) {
		name += fmt.Sprintf(" of %x", d.Trace)
	}
	if f.shared {
		name = fmt.Sprint(name, " at ", d.Started)
	}
	before, known := f.settled[name]
	switch {
	case d.Verdict != journey.NoVerdict && !known:
		f.settled[name] = cloneOf(d)
		f.rows++
		f.sum(d, 1)
	case d.Verdict != journey.NoVerdict:
		f.t.Fatalf("step %d: %q settled twice:\n%+v\n%+v", f.at, d.ID, before, d)
	case !known || before.Started != d.Started || before.Updated >= d.Updated:
		f.t.Fatalf("step %d: %q is taken back, the row is %+v", f.at, d.ID, before)
	default:
		delete(f.settled, name)
		f.corrections++
		f.rows--
		f.sum(before, -1)
	}
}

// cloneOf is a row that outlasts its step.
func cloneOf(d journey.Delivery) journey.Delivery {
	for _, text := range []*string{&d.ID, &d.Key, &d.Kind, &d.Recipient, &d.MessageID, &d.Conversation} {
		*text = strings.Clone(*text)
	}
	d.Message = nil
	d.OtherTraces, d.Hops, d.Positions = slices.Clone(d.OtherTraces), slices.Clone(d.Hops), slices.Clone(d.Positions)
	return d
}

func (f *folding) sum(d journey.Delivery, by int) {
	name := fmt.Sprint(d.Path, d.Dims, d.Started/60e9, d.Verdict, d.Reason, d.Timeliness, d.Hop)
	if f.sums[name] += by; f.sums[name] == 0 {
		delete(f.sums, name)
	}
	f.ways[wayOf(d)] += by
}

// wayOf is what a row says of the way of its kind.
func wayOf(d journey.Delivery) string {
	stages := make([]span.Stage, 0, len(d.Hops))
	for _, hop := range d.Hops {
		stages = append(stages, hop.To)
	}
	return wayText(d.Path, d.Kind, d.Verdict, stages)
}

func wayText(path, kind string, v journey.Verdict, stages []span.Stage) string {
	text := fmt.Sprint(path, kind, v)
	for _, stage := range stages {
		text += " " + stage.String()
	}
	return text
}

// story is a row without what depends on the log that it was found in, and on whether
// what it replaces had its name.
func story(d journey.Delivery) journey.Delivery {
	d.Positions, d.Message, d.Updated, d.Corrected = nil, nil, 0, false
	return d
}

func (f *folding) mayRepeat(id string) bool { return f.shared || strings.HasPrefix(id, republished) }

func (f *folding) nameOf(tally journey.Tally) string {
	class := f.tracker.Class(tally.Class)
	text := f.tracker.Text
	dims := make([]string, 0, span.NumDims)
	for _, symbol := range class.Dims {
		dims = append(dims, text(symbol))
	}
	return fmt.Sprint(text(class.Path), dims, tally.Minute, tally.Verdict, tally.Reason, tally.Timeliness, tally.Hop)
}

// check compares the ledger with the deliveries that are held and settled. While what is
// large is left alone the ledger says what was known before.
func (f *folding) check() {
	held := f.tracker.Select(func(journey.Class, *journey.Tally, int64) bool { return true }, 1<<30)
	ids := map[string]bool{}
	for _, d := range held {
		if _, twice := f.settled[d.ID]; (twice || ids[d.ID]) && !f.mayRepeat(d.ID) {
			f.t.Fatalf("step %d: %q is there twice", f.at, d.ID)
		}
		ids[d.ID] = true
	}
	if paused := f.options.Pauses(); f.total != len(held)+f.rows && !paused {
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
	for range 2 { // what joined what may be corrected goes after it
		now += int64(25 * time.Hour)
		f.tick(now)
	}
	f.check()
	if leaks := f.tracker.Leaks(); leaks != "" {
		f.t.Fatalf("after everything settled the tracker holds %s", leaks)
	}
	if !maps.Equal(f.ledger, f.sums) {
		f.t.Errorf("the ledger counts\n%v\nand the rows say\n%v", f.ledger, f.sums)
	}
	if wrong := difference(f.learned, f.ways); wrong != "map[]" {
		f.t.Errorf("of the ways that were passed it was told otherwise than the rows say: %s", wrong)
	}
}

// fold sends records in one of many ways that must not matter, and more of them each
// time that all is quiet.
func fold(t *testing.T, way uint64, phases ...[]said) *folding {
	random := rand.New(rand.NewPCG(way, 2))
	f := newFoldingOf(t, pausing(way))
	if way%5 == 3 {
		f.tracker.FreezeAfter(0)
	}
	if way%3 == 2 {
		f.tracker.SettleAtOnce(1)
	}
	for phase, records := range phases {
		began := dawn + int64(phase)*int64(quiet)
		for now := f.tracker.Now(); phase > 0 && now < began; now += int64(time.Minute) {
			f.tick(now)
		}
		f.send(random, way, records, began)
	}
	f.finish()
	return f
}

// pausing takes what is small for large in some ways.
func pausing(way uint64) track.Options {
	if way%4 == 2 {
		return replayOptions().Pausing(1+int(way%3), 100*time.Millisecond<<(way%5))
	}
	return replayOptions()
}

// quiet is how long it takes until nothing is open that is not held for corrections.
const quiet = 150 * time.Minute

func (f *folding) send(random *rand.Rand, way uint64, records []said, began int64) {
	order := random.Perm(len(records))
	if way == 0 {
		slices.Sort(order)
	}
	now := began + int64(4*time.Second)
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
			f.step(&span.Batch{Received: now, Symbols: []string{""}, Throttled: random.IntN(3) == 0})
		}
		now = min(now, began+int64(30*time.Second))
		f.check()
	}
}

// compare the rows with those of another run.
func (f *folding) compare(other map[string]journey.Delivery, name string) {
	f.t.Helper()
	if len(f.settled) != len(other) {
		f.t.Fatalf("%s has %d rows instead of %d", name, len(other), len(f.settled))
	}
	for id, d := range f.settled {
		if !reflect.DeepEqual(sorted(d), sorted(other[id])) {
			f.t.Fatalf("%s tells %q otherwise:\n%+v\n%+v", name, id, d, other[id])
		}
	}
}

// TestOrderDoesNotMatter folds the same records in many ways.
func TestOrderDoesNotMatter(t *testing.T) {
	for seed := range uint64(80) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			records := newPlatform(seed, 1+int(seed)%25).records
			first := fold(t, 0, records)
			for way := uint64(1); way < 20; way++ {
				other := fold(t, way, records)
				if !maps.Equal(first.ledger, other.ledger) {
					t.Fatalf("way %d counts otherwise:\n%v\n%v", way, first.ledger, other.ledger)
				}
				first.compare(other.settled, fmt.Sprint("way ", way))
			}
		})
	}
}
