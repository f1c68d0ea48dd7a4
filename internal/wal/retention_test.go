// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// shiftedClock is the real one, put forward or back.
type shiftedClock struct{ by atomic.Int64 }

func (c *shiftedClock) now() time.Time { return time.Now().Add(time.Duration(c.by.Load())) }

func TestAgesFollowPositionsWhenClocksDoNot(t *testing.T) {
	t.Parallel()
	at := func(hour int) time.Time { return time.Unix(0, 0).Add(time.Duration(hour) * time.Hour) }
	for _, told := range []struct {
		what  string
		hours []int // of the messages up to positions 10, 20, 30 ...
		until int
		want  Position
	}{
		{"nothing known", nil, 100, 0},
		{"in order", []int{1, 2, 3, 4}, 2, 20},
		{"none old enough", []int{1, 2, 3, 4}, 0, 0},
		{"all old enough", []int{1, 2, 3, 4}, 9, 40},
		{"set back: the new ones are as new as those before", []int{50, 51, 3, 4}, 50, 10},
		{"set back and caught up", []int{50, 51, 3, 4, 52}, 51, 40},
	} {
		a := &ages{}
		for i, hour := range told.hours {
			a.note(Position(10*i+10), at(hour))
			a.note(Position(10*i+10), at(hour+1000)) // known already
		}
		if got := a.olderThan(at(told.until)); got != told.want {
			t.Errorf("%s: %d are older, want %d", told.what, got, told.want)
		}
		a.forget(10)
		if len(a.marks) != max(0, len(told.hours)-1) {
			t.Errorf("%s: after forgetting up to 10: %v", told.what, a.marks)
		}
	}
}

// A position is given out once, even when the log is empty and its index lost.
func TestRetentionByAge(t *testing.T) {
	t.Parallel()
	options := Options{Dir: t.TempDir(), MaxAge: time.Second}
	l := openLog(t, options)
	mustAppend(t, l, 0, chunk("a", 10))
	eventually(t, "the message expires", func() bool {
		_, err := l.Read(t.Context(), 0, 1)
		return errors.Is(err, ErrNotFound)
	})
	closeLog(t, l)
	remove(t, filepath.Join(streamFolder(options.Dir, 0), "msgs", "index.db"))
	l = openLog(t, options)
	if got := mustAppend(t, l, 0, chunk("b", 10)); got != 2 {
		t.Errorf("position %d was given out again", got)
	}
}

func TestClockThatJumpsTakesNothingThatNoSnapshotCovers(t *testing.T) {
	t.Parallel()
	clock := &shiftedClock{}
	options := Options{Dir: t.TempDir(), MaxAge: time.Minute, KeepUncovered: true, now: clock.now}
	l := openLog(t, options)
	appendMany(t, l, 0, 6)
	mustSave(t, l.Snapshots(0), 2, nil)
	closeLog(t, l)

	clock.by.Store(int64(365 * 24 * time.Hour)) // or so long was it off
	l = openLog(t, options)
	settle(t, l)
	if state := mustState(t, l.Snapshots(0)); state.First != 1 {
		t.Fatalf("with one snapshot the log begins at %d, so what a recovery without it needs is gone", state.First)
	}
	mustSave(t, l.Snapshots(0), 4, nil)
	eventuallyFirst(t, l, 3)
	want := []string{"3+0: m2", "4+0: m3", "5+0: m4", "6+0: m5"}
	if got := followed(t, l, 0, 3, 6); !reflect.DeepEqual(got, want) {
		t.Errorf("behind the older snapshot are %q, want %q", got, want)
	}
}

func TestClockSetBackKeepsWhatIsNewAndIsSaid(t *testing.T) {
	t.Parallel()
	clock := &shiftedClock{}
	clock.by.Store(-int64(48 * time.Hour))
	options := Options{Dir: t.TempDir(), MaxAge: time.Hour, now: clock.now, Logger: quietLog()}
	first := openLog(t, options)
	appendMany(t, first, 0, 5) // stamped by the server, whose clock is 48 h ahead of ours
	closeLog(t, first)

	said := &lockedBuffer{}
	options.Logger = slog.New(slog.NewTextHandler(said, nil))
	l := openLog(t, options)
	eventually(t, "the clock is doubted", func() bool { return strings.Contains(said.String(), "clock is behind the log") })
	if got := strings.Count(said.String(), "clock is behind"); got != 1 {
		t.Errorf("it is said %d times: %s", got, said)
	}
	if got := mustAppend(t, l, 0, chunk("new", 10)); got != 6 {
		t.Errorf("next position is %d", got)
	}
	settle(t, l)
	clock.by.Store(int64(30 * time.Minute)) // put right again; all is younger than an hour
	settle(t, l)
	if got := followed(t, l, 0, 1, 6); len(got) != 6 {
		t.Errorf("log holds %q", got)
	}
	clock.by.Store(int64(2 * time.Hour))
	eventuallyFirst(t, l, 7) // and it does expire
}

// settle takes retention over from its goroutine and makes one step of it.
func settle(t *testing.T, l *Log) {
	t.Helper()
	l.retention.close()
	if err := l.retention.step(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
}

// lockedBuffer is a buffer that a log is written to and read from at once.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func eventuallyFirst(t *testing.T, l *Log, first Position) {
	t.Helper()
	eventually(t, fmt.Sprintf("the log begins at %d", first), func() bool {
		settle(t, l)
		state, err := l.State(0)
		return err == nil && state.First == first
	})
}
