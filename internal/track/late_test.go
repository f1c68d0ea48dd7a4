// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track"
)

// cutOff takes the telemetry of some consumers away, which comes hours later: whole
// traces that begin by consuming.
func cutOff(records []said, random *rand.Rand) (early, late []said) {
	cut := map[span.TraceID]bool{}
	for i := range records {
		r := &records[i]
		if r.Parent == (span.ID{}) && r.Stage == span.Processed && random.IntN(2) == 0 {
			cut[r.Trace] = true
		}
	}
	for _, r := range records {
		if cut[r.Trace] {
			late = append(late, r)
		} else {
			early = append(early, r)
		}
	}
	return early, late
}

// TestCorrectionsDoNotDependOnOrder folds records of which some come when all that ended
// well was let go of and all that did not has rows, in many orders.
func TestCorrectionsDoNotDependOnOrder(t *testing.T) {
	t.Parallel()
	corrections := 0
	for seed := range uint64(40) {
		early, late := cutOff(newPlatform(seed, 1+int(seed)%25).records, rand.New(rand.NewPCG(seed, 3)))
		first := fold(t, 0, early, late)
		corrections += first.corrections
		for way := uint64(1); way < 10; way++ {
			other := fold(t, way, early, late)
			if !maps.Equal(first.ledger, other.ledger) {
				t.Fatalf("seed %d: way %d counts otherwise:\n%v\n%v", seed, way, first.ledger, other.ledger)
			}
			first.compare(other.settled, fmt.Sprintf("seed %d: way %d", seed, way))
		}
	}
	if corrections < 150 {
		t.Errorf("only %d rows were corrected in all", corrections)
	}
}

// TestCorrectionsDoNotDependOnPartitions does so in one partition and in several.
func TestCorrectionsDoNotDependOnPartitions(t *testing.T) {
	t.Parallel()
	for seed := range uint64(120) {
		early, late := cutOff(newPlatform(seed, 1+int(seed)%25).records, rand.New(rand.NewPCG(seed, 3)))
		alone := fold(t, 0, early, late)
		for _, partitions := range []int{2, 3, 8} {
			c := newCluster(t, partitions, rand.New(rand.NewPCG(seed, uint64(partitions))))
			c.send(t, early, dawn)
			for now := dawn + int64(45*time.Second); now < dawn+int64(quiet); now += int64(time.Minute) {
				c.pass(t, now)
				copy(c.old, c.taken) // what is relayed again comes soon
			}
			c.send(t, late, dawn+int64(quiet))
			ledger, settled := c.finish(t, dawn+int64(quiet))
			if !maps.Equal(alone.ledger, ledger) {
				t.Fatalf("seed %d: %d partitions count otherwise: %s", seed, partitions, difference(alone.ledger, ledger))
			}
			alone.compare(settled, fmt.Sprintf("seed %d: %d partitions", seed, partitions))
		}
	}
}

// difference of two ledgers.
func difference(x, y map[string]int) string {
	sums := maps.Clone(x)
	for name, count := range y {
		sums[name] -= count
	}
	maps.DeleteFunc(sums, func(_ string, count int) bool { return count == 0 })
	return fmt.Sprint(sums)
}

// TestEvictionIsReplayed folds logs in little memory with restarts anywhere. The same is
// let go of at the same place.
func TestEvictionIsReplayed(t *testing.T) {
	t.Parallel()
	options := replayOptions()
	options.MaxBytes = 800
	evicted := uint64(0)
	for seed := range uint64(20) {
		log := moves(seed)
		undisturbed, often, frozen := track.New(options), track.New(options), track.New(options)
		frozen.FreezeAfter(0)
		for at := range log {
			want := log[at].apply(undisturbed, at)
			if at%3 == 1 {
				often = restart(t, often, options)
			}
			if got := log[at].apply(often, at); got != want {
				t.Fatalf("seed %d: with restarts, move %d says\n%s\nundisturbed\n%s", seed, at, got, want)
			}
			if got := log[at].apply(frozen, at); got != want {
				t.Fatalf("seed %d: frozen, move %d says\n%s\nopen\n%s", seed, at, got, want)
			}
		}
		evicted += undisturbed.Counts().Evicted
		if leaks := often.Leaks(); leaks != "" {
			t.Fatalf("seed %d: the tracker holds %s", seed, leaks)
		}
	}
	if evicted < 100 {
		t.Errorf("only %d traces were let go of early", evicted)
	}
}

// TestLoadCountsWhatLinksSay: the texts of links take memory like those of spans.
func TestLoadCountsWhatLinksSay(t *testing.T) {
	t.Parallel()
	load := func(id string) int64 {
		p := newPlatform(1, 0)
		send := p.bulk(nil, "told")
		for i := range 9 {
			send.Links = append(send.Links, span.Link{MessageID: fmt.Sprint(id, i)})
		}
		tracker := track.New(track.Options{})
		tracker.Step(1, batchOf([]said{*send}, dawn))
		before := tracker.Load()
		if again := restart(t, tracker, track.Options{}); again.Load() != before {
			t.Errorf("after a restart the load is %d instead of %d", again.Load(), before)
		}
		return before
	}
	if more := load(strings.Repeat("m", 101)) - load("m"); more != 9*100 {
		t.Errorf("900 bytes more of texts count as %d", more)
	}
}

// lostCrowd lets deliveries be given up and rest.
func lostCrowd(deliveries int, options track.Options) (tracker *track.Tracker, c *crowd) {
	tracker, c = track.New(options), newCrowd()
	c.grow(deliveries, func(at journey.Position, b *span.Batch) { tracker.Step(at, b) })
	for range 200 {
		c.at++
		c.now += int64(6 * time.Second)
		tracker.Pass(c.at, c.now)
	}
	return tracker, c
}

// TestRestingIsCheap guards what a delivery takes that is held for corrections, and
// that the bound counts about that.
func TestRestingIsCheap(t *testing.T) {
	t.Parallel()
	tracker, c := lostCrowd(200_000, track.Options{})
	if tracker.Resting() != 200_000 || tracker.Waiting() {
		t.Fatalf("%d deliveries rest; somebody waits: %v", tracker.Resting(), tracker.Waiting())
	}
	told, load := float64(tracker.Bytes())/200_000, float64(tracker.Load())/200_000
	t.Logf("a delivery takes %.0f bytes, and counts as %.0f", told, load)
	if told > 240 || load < 0.8*told || load > 1.25*told {
		t.Errorf("a delivery takes %.0f bytes, and counts as %.0f", told, load)
	}
	var snapshot bytes.Buffer
	if err := tracker.Snapshot(&snapshot); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes a delivery in a snapshot", snapshot.Len()/200_000)
	for range 2 {
		c.at++
		c.now += int64(25 * time.Hour)
		tracker.Pass(c.at, c.now)
	}
	if leaks := tracker.Leaks(); leaks != "" {
		t.Errorf("the tracker holds %s", leaks)
	}
}

// TestTheOldestGoFirst: an outage fails everything. What is held stays inside the bound.
func TestTheOldestGoFirst(t *testing.T) {
	t.Parallel()
	options := track.Options{MaxBytes: 10 << 20}
	tracker, c := lostCrowd(200_000, options)
	evicted := tracker.Counts().Evicted
	if load := tracker.Load(); load > options.MaxBytes || evicted < 100_000 || int(evicted)+tracker.Resting() != 200_000 {
		t.Fatalf("%d were let go of, %d rest, in %d bytes", evicted, tracker.Resting(), load)
	}
	if traces, _ := tracker.Size(); traces != tracker.Resting() {
		t.Errorf("%d traces are held, %d rest", traces, tracker.Resting())
	}
	for number, held := range map[uint64]bool{1: false, evicted: false, evicted + 1: true, 200_000: true} {
		if _, ok := tracker.View(c.traceOf(number)); ok != held {
			t.Errorf("message %d of 200000 is held: %v", number, ok)
		}
	}
}
