// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/track"
)

// restart is a tracker made from the snapshot of another.
func restart(t testing.TB, tracker *track.Tracker, options track.Options) *track.Tracker {
	var snapshot bytes.Buffer
	if err := tracker.Snapshot(&snapshot); err != nil {
		t.Fatal(err)
	}
	restored, err := track.Restore(options, &snapshot)
	if err != nil {
		t.Fatal(err)
	}
	if before, after := held(tracker), held(restored); before != after {
		t.Fatalf("a tracker that holds %s was restored with %s", before, after)
	}
	return restored
}

func held(tracker *track.Tracker) string {
	traces, stamps := tracker.Size()
	return fmt.Sprint(traces, stamps, tracker.Counts(), tracker.Now(), tracker.Waiting(), tracker.Resting(), tracker.Load())
}

// TestRestartsAreInvisible folds the same logs undisturbed and with restarts: one at
// any place, and many at different intervals, of trackers that freeze at different
// times. What is said is the same to the byte.
func TestRestartsAreInvisible(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		log, options := moves(2*seed), pausing(seed)
		var want []string
		undisturbed := track.New(options)
		var passed []*track.Tracker // restored after each move
		for at, move := range log {
			want = append(want, move.apply(undisturbed, at))
			passed = append(passed, restart(t, undisturbed, options))
		}
		for from, tracker := range passed {
			for at := from + 1; at < len(log); at++ {
				if got := log[at].apply(tracker, at); got != want[at] {
					t.Fatalf("seed %d: restarted after move %d, move %d says\n%s\nundisturbed\n%s", seed, from, at, got, want[at])
				}
			}
		}
		for interval := range 6 {
			tracker := track.New(options)
			for at := range log {
				if tracker.FreezeAfter(time.Duration(interval%3) << 60); at%(interval+1) == interval {
					tracker = restart(t, tracker, options)
				}
				if got := log[at].apply(tracker, at); got != want[at] {
					t.Fatalf("seed %d: restarted after every %d, move %d says\n%s\nundisturbed\n%s", seed, interval+1, at, got, want[at])
				}
			}
			if leaks := tracker.Leaks(); leaks != "" {
				t.Fatalf("seed %d: the tracker holds %s", seed, leaks)
			}
		}
	}
}

// TestRestartWithOtherPaths judges what was in flight by the paths of now.
func TestRestartWithOtherPaths(t *testing.T) {
	t.Parallel()
	tracker := track.New(track.Options{Paths: fatePaths})
	p := newPlatform(1, 0)
	root := p.server()
	p.records[0].route, p.records[0].Error = "/v1/mail", false
	p.publish(root, "mail")
	p.records[1].Error = false
	tracker.Step(1, batchOf(p.records, dawn+4e9))
	options := track.Options{Paths: []track.Path{{Name: "mail", Match: track.Match{Route: "/v1/mail"}, Deadline: time.Hour, GiveUp: 2 * time.Hour}}}
	tracker = restart(t, tracker, options)
	tracker.Tick(2, dawn+int64(time.Minute))
	view, ok := tracker.View(fmt.Sprintf("%x", root.Trace))
	if !ok || view.Path != "mail" || len(view.Deliveries) != 1 || view.Deliveries[0].Verdict != journey.Pending {
		t.Errorf("after a minute the delivery is %+v", view)
	}
}

// someSnapshot is one of a tracker with all kinds of things in it.
func someSnapshot(t testing.TB) []byte {
	tracker := track.New(replayOptions())
	for at, move := range moves(23) {
		if at < 30 {
			move.apply(tracker, at)
		}
	}
	var snapshot bytes.Buffer
	if err := tracker.Snapshot(&snapshot); err != nil {
		t.Fatal(err)
	}
	return snapshot.Bytes()
}

// TestDamagedSnapshots are refused, wherever they are cut or flipped.
func TestDamagedSnapshots(t *testing.T) {
	t.Parallel()
	good := someSnapshot(t)
	if len(good) < 2000 {
		t.Fatalf("the snapshot has %d bytes only", len(good))
	}
	refused := func(what string, damaged []byte) {
		t.Helper()
		if _, err := track.Restore(replayOptions(), bytes.NewReader(damaged)); !errors.Is(err, track.ErrSnapshot) {
			t.Fatalf("%s: got %v", what, err)
		}
	}
	for at := range good {
		refused(fmt.Sprint("cut at ", at), good[:at])
		flipped := bytes.Clone(good)
		flipped[at] ^= 1 << (at % 8)
		refused(fmt.Sprint("flipped at ", at), flipped)
	}
	newer := bytes.Clone(good)
	newer[6]++
	refused("a version to come", newer)
}

// TestNonsense reads snapshots that a program with a mistake in it might write: what
// they say cannot be, under a checksum that is right.
func TestNonsense(t *testing.T) {
	t.Parallel()
	good, refused := someSnapshot(t), 0
	random := rand.New(rand.NewPCG(9, 9))
	for range 400 {
		items := bytes.Clone(good[12 : len(good)-20])
		for range 1 + random.IntN(3) {
			at := random.IntN(len(items) - 10)
			items[at] = byte(random.Uint32())
			if random.IntN(3) == 0 {
				items = append(items[:at], items[at+1+random.IntN(8):]...)
			}
		}
		if _, err := track.Restore(replayOptions(), bytes.NewReader(framed(items))); err != nil {
			refused++
		}
	}
	if refused < 200 {
		t.Errorf("only %d of 400 were refused", refused)
	}
}

// TestSnapshotErrors gives back what the writer says.
func TestSnapshotErrors(t *testing.T) {
	t.Parallel()
	full := errors.New("no space left")
	if err := track.New(track.Options{}).Snapshot(failing{full}); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// framed puts bytes into one frame whose checksum is right.
func framed(items []byte) []byte {
	out := track.SnapshotHead()
	for number, part := range [][]byte{items, nil} {
		out = binary.LittleEndian.AppendUint32(out, uint32(len(part)))
		out = append(out, part...)
		out = binary.LittleEndian.AppendUint64(out, xxhash.Sum64(part)^uint64(number+1)*0x9e3779b97f4a7c15)
	}
	return out
}

// FuzzRestore reads anything, as it is and with a checksum that is right. It may
// refuse, and must come back.
func FuzzRestore(f *testing.F) {
	good := someSnapshot(f)
	f.Add(good)
	f.Add(good[12 : len(good)-20])
	f.Fuzz(func(_ *testing.T, data []byte) {
		for _, snapshot := range [][]byte{data, framed(data)} {
			if tracker, err := track.Restore(replayOptions(), bytes.NewReader(snapshot)); err == nil {
				tracker.Size()
			}
		}
	})
}

// BenchmarkSnapshot writes and reads the state of many deliveries in flight.
func BenchmarkSnapshot(b *testing.B) {
	for _, deliveries := range []int{200_000, 5_000_000} {
		b.Run(fmt.Sprint(deliveries), func(b *testing.B) {
			tracker, _, _ := inFlight(b, deliveries)
			var snapshot bytes.Buffer
			if err := tracker.Snapshot(&snapshot); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				snapshot.Reset()
				from := time.Now()
				if err := tracker.Snapshot(&snapshot); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(time.Since(from).Seconds(), "write-s")
				b.ReportMetric(float64(snapshot.Len())/float64(deliveries), "B/delivery")
				from = time.Now()
				if _, err := track.Restore(track.Options{}, bytes.NewReader(snapshot.Bytes())); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(time.Since(from).Seconds(), "read-s")
			}
		})
	}
}
