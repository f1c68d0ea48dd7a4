// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

func busy() Options {
	return Options{SpansPerSecond: 8, Delay: 20 * time.Second, Remember: 40 * time.Second, Tenants: []string{"initech-gold"},
		Rare: func(_, _ string, stages uint32) bool { return stages == 0 }}
}

// Equal logs give equal decisions, works and bytes, wherever the fold was
// interrupted, and whatever was said to be done in the meantime.
func TestRestartAnywhereDecidesTheSame(t *testing.T) {
	t.Parallel()
	log := newPlatform(1).arrivals(1500)
	whole := New(busy())
	var decided []string
	for i := range log {
		decided = append(decided, log[i].step(whole))
	}
	restarted := New(busy())
	var snapshots [][]byte
	for i := range log {
		if i%7 == 0 {
			snapshot := restarted.Append(nil)
			snapshots = append(snapshots, snapshot)
			var err error
			if restarted, err = Restore(busy(), snapshot); err != nil {
				t.Fatalf("restart before step %d: %v", i, err)
			}
			if again := restarted.Append(nil); !bytes.Equal(again, snapshot) {
				t.Fatalf("the snapshot before step %d is %d bytes, restored it gives %d others", i, len(snapshot), len(again))
			}
		}
		if i > 100 && i%50 == 0 && restarted.Backlog() == 0 {
			t.Fatalf("at step %d nothing is to be copied", i)
		}
		if got := log[i].step(restarted); got != decided[i] {
			t.Fatalf("step %d after a restart decides\n%s\nwithout one\n%s", i, got, decided[i])
		}
	}
	if whole.Backlog() != restarted.Backlog() || whole.Waiting() != restarted.Waiting() {
		t.Errorf("%d copies are to be made, without restarts %d", restarted.Backlog(), whole.Backlog())
	}
	if !bytes.Equal(whole.Append(nil), restarted.Append(nil)) {
		t.Error("the state at the end differs")
	}
	if got, want := works(restarted), works(whole); got != want || want == "" {
		t.Errorf("the works differ:\n%s\nwant\n%s", got, want)
	}
	if whole.Counts(Random).Kept == 0 || whole.Counts(Failed).Kept == 0 || whole.Counts(Stuck).Kept == 0 {
		t.Error("too little happened for this to prove anything")
	}
	middle, err := Restore(busy(), snapshots[100])
	if err != nil {
		t.Fatal(err)
	}
	for i := 700; i < len(log); i++ {
		middle.Done(log[i].at - 50) // what is stored does not matter to what is decided
		if got := log[i].step(middle); got != decided[i] {
			t.Fatalf("step %d differs when works are done", i)
		}
	}
	if all, left := works(whole), works(middle); len(left) == 0 || all[len(all)-len(left):] != left {
		t.Error("the works that are not done are not the last of all")
	}
}

func works(s *Sampler) (text string) {
	for work, ok := s.Next(0); ok; work, ok = s.Next(work.At) {
		text += fmt.Sprintln(work.At, work.Now, work.Passed)
		for _, c := range work.Copies {
			text += fmt.Sprint(c.Position)
			for _, kept := range c.Kept {
				text += fmt.Sprint(" ", kept.Key, kept.Reason, kept.Threshold, kept.Traces)
			}
		}
	}
	return text
}

func TestStateIsBounded(t *testing.T) {
	t.Parallel()
	options := busy()
	options.MaxKept, options.Remember = 300, time.Hour
	s := New(options)
	platform := newPlatform(2)
	platform.trouble = 20 // far more than the budget
	var sizes []int
	for range 10 {
		for _, a := range platform.arrivals(400) {
			for i := range a.settled {
				a.settled[i].Path = fmt.Sprint("path-", platform.random.IntN(5000))
			}
			a.step(s)
			if work, ok := s.Next(0); ok {
				s.Done(work.At)
			}
		}
		sizes = append(sizes, len(s.Append(nil)))
	}
	if traces, forgotten := s.Remembered(); traces > 300+10 || forgotten == 0 {
		t.Errorf("%d traces are remembered and %d were forgotten, with room for 300", traces, forgotten)
	}
	if len(s.tails.byPath) > maxPaths+1 {
		t.Errorf("%d paths have a tail of their own", len(s.tails.byPath))
	}
	if last := len(sizes) - 1; sizes[last] > sizes[last-3]*3/2 {
		t.Errorf("the snapshot grows and grows: %v", sizes)
	}
	if s.Backlog() > 3*25*40*5 {
		t.Errorf("%d copies are to be made after all were asked for", s.Backlog())
	}
}

func TestDamagedSnapshotsAreRefused(t *testing.T) {
	t.Parallel()
	s := New(busy())
	log := newPlatform(3).arrivals(300)
	for i := range log {
		log[i].step(s)
	}
	snapshot := s.Append(nil)
	for cut := range len(snapshot) {
		if _, err := Restore(busy(), snapshot[:cut]); !errors.Is(err, ErrMalformed) {
			t.Fatalf("%d of %d bytes were restored: %v", cut, len(snapshot), err)
		}
	}
	if _, err := Restore(busy(), append(bytes.Clone(snapshot), 0)); !errors.Is(err, ErrMalformed) {
		t.Errorf("a byte too many was restored: %v", err)
	}
	snapshot[0]++
	if _, err := Restore(busy(), snapshot); !errors.Is(err, ErrMalformed) {
		t.Errorf("a version of the future was restored: %v", err)
	}
}

func FuzzRestore(f *testing.F) {
	s := New(busy())
	log := newPlatform(4).arrivals(230)
	f.Add(s.Append(nil))
	for i := range log {
		log[i].step(s)
	}
	f.Add(s.Append(nil))
	more := newPlatform(5).arrivals(5)
	f.Fuzz(func(t *testing.T, data []byte) {
		restored, err := Restore(busy(), data)
		if err != nil {
			return
		}
		for i := range more {
			more[i].step(restored)
		}
		again, err := Restore(busy(), restored.Append(nil))
		if err != nil || !reflect.DeepEqual(again.counts, restored.counts) {
			t.Fatalf("what was restored cannot be restored again: %v", err)
		}
	})
}

// A message with very many recipients, each with a trace and a log message of its own.
func TestLargeMessageIsKeptWhole(t *testing.T) {
	t.Parallel()
	const recipients = 20_000
	settled := make([]journey.Delivery, recipients)
	var positions []journey.Position
	var traces []span.TraceID
	for i := range recipients {
		positions = append(positions, journey.Position(i+1))
		traces = append(traces, span.TraceID{1, byte(i >> 16), byte(i >> 8), byte(i)})
	}
	for i := range settled {
		settled[i] = good("news", time.Second)
		settled[i].Positions, settled[i].OtherTraces = positions, traces
	}
	settled[recipients-1].Verdict, settled[recipients-1].Reason = journey.Failed, journey.RateLimited
	s := New(Options{})
	effects := s.Step(recipients+1, morning, settled)
	if len(effects.Decisions) != 1 || effects.Reason(0) != "failed: RateLimited" {
		t.Fatalf("%d decisions, the first recipient's reason is %q", len(effects.Decisions), effects.Reason(0))
	}
	s.Step(recipients+2, morning+int64(time.Second), nil)
	s.Step(recipients+3, morning+int64(100*time.Second), nil)
	work, _ := s.Next(0)
	if len(work.Copies) != recipients {
		t.Fatalf("%d log messages are to be read", len(work.Copies))
	}
	if index := new(Index).Of(&work.Copies[7]); index.Wanted(traces[500]) == nil || index.Wanted(span.TraceID{2}) != nil {
		t.Error("of a log message, the message's traces alone should be wanted")
	}
}
