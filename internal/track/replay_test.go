// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track"
)

// move is a step of a log that can be folded more than once: a batch, or a tick.
type move struct {
	batch *span.Batch
	now   int64
	look  string // an id that somebody looks at after the step
}

// moves makes a log of a platform's records: in any order over half a minute, some
// sent twice, some of those when everything was settled, and time passing in between.
func moves(seed uint64) []move {
	random := rand.New(rand.NewPCG(seed, 5))
	records := newPlatform(seed, 1+int(seed)%25).records
	order := random.Perm(len(records))
	now := dawn + int64(4*time.Second)
	var log []move
	send := func(batch []said) {
		look := ""
		if s := &batch[random.IntN(len(batch))]; random.IntN(3) == 0 {
			if look = s.MessageID; look == "" {
				look = hex.EncodeToString(s.Trace[:])
			}
		}
		log = append(log, move{batchOf(batch, now), now, look})
	}
	for from := 0; from < len(order); {
		to := min(from+1+random.IntN(1+len(order)/int(seed%11+1)), len(order))
		var batch []said
		for _, i := range order[from:to] {
			batch = append(batch, records[i])
		}
		from = to
		send(batch)
		now += int64(random.IntN(4000)) * 1e6
		log = append(log, move{now: now})
	}
	for range 30 {
		now += int64(random.IntN(60)) * 1e9
		log = append(log, move{now: now})
		if from := random.IntN(len(records)); random.IntN(3) == 0 {
			send(records[from:min(from+5, len(records))])
		}
	}
	return append(log, move{now: now + int64(2*time.Hour)}, move{now: now + int64(28*time.Hour)}, move{now: now + int64(54*time.Hour)}) // what is told of late lingers
}

// apply folds a move, and writes out all that it says and shows.
func (m *move) apply(tracker *track.Tracker, at int) string {
	var effects *journey.Effects
	if m.batch != nil {
		effects = tracker.Step(journey.Position(at+1), m.batch)
	} else {
		effects = tracker.Tick(journey.Position(at+1), m.now)
	}
	said := ""
	for ; effects != nil; effects = tracker.More() {
		said += fmt.Sprintf("%+v %+v %+v %+v", effects.Entries, effects.Samples, effects.Settled, tracker.Counts())
	}
	if m.look != "" {
		view, ok := tracker.View(m.look)
		said += fmt.Sprintf("%v %+v %+v", ok, view, tracker.Select(func(_ journey.Class, tally *journey.Tally, _ int64) bool {
			return tally.Verdict != journey.Pending
		}, 10))
	}
	return said
}

func replayOptions() track.Options {
	return track.Options{Paths: []track.Path{
		{Name: "chat", Match: track.Match{Route: "/v1/chat"}, Until: span.Rendered, Deadline: 2 * time.Second, GiveUp: 20 * time.Second},
		{Name: "orders", Match: track.Match{Route: "/v1/orders"}, Deadline: 5 * time.Second, GiveUp: 10 * time.Minute},
	}}
}

// TestFreezingIsInvisible folds the same logs without freezing, with it, and with
// everything frozen that may be after every step. What is said is the same to the byte.
func TestFreezingIsInvisible(t *testing.T) {
	t.Parallel()
	frozen := 0
	for seed := range uint64(60) {
		options := pausing(seed)
		never, usual, always := track.New(options), track.New(options), track.New(options)
		never.FreezeAfter(1 << 62)
		always.FreezeAfter(0)
		for at, move := range moves(seed) {
			want := move.apply(never, at)
			if got := move.apply(usual, at); got != want {
				t.Fatalf("seed %d, step %d: with freezing\n%s\nand without\n%s", seed, at, got, want)
			}
			if got := move.apply(always, at); got != want {
				t.Fatalf("seed %d, step %d: with everything frozen\n%s\nand without\n%s", seed, at, got, want)
			}
			frozen += always.FreezeAll()
		}
		if leaks := always.Leaks(); leaks != "" {
			t.Fatalf("seed %d: the tracker holds %s", seed, leaks)
		}
	}
	if frozen < 10_000 {
		t.Errorf("only %d groups were frozen in all", frozen)
	}
}

// TestThawedIsWhatWasFrozen writes everything that is frozen again: every list has its order.
func TestThawedIsWhatWasFrozen(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		tracker := track.New(pausing(seed))
		tracker.FreezeAfter(0)
		for at, move := range moves(1000 + seed) {
			move.apply(tracker, at)
			if g := tracker.Recode(); g != 0 {
				t.Fatalf("seed %d, step %d: group %d is written differently", seed, at, g)
			}
		}
	}
}
