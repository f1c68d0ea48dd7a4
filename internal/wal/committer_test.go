// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// gate stands in for the disk: every commit waits until it is let through.
type gate struct {
	arrived chan string
	pass    chan error
}

func newGate() *gate { return &gate{arrived: make(chan string), pass: make(chan error)} }

// before makes a commit that waits at the gate and then does what is behind it.
func (g *gate) before(t *testing.T, commit func([]byte) (Position, error)) func([]byte) (Position, error) {
	return func(data []byte) (Position, error) {
		g.arrived <- strings.Join(names(t, data), " ")
		if err := <-g.pass; err != nil {
			return 0, err
		}
		return commit(data)
	}
}

// counting is a disk that only counts positions.
func counting() func([]byte) (Position, error) {
	var last Position
	return func([]byte) (Position, error) { last++; return last, nil }
}

type answer struct {
	name     string
	position Position
	err      error
}

// appendAll starts an append per name, each only when the one before waits.
func appendAll(t *testing.T, c *committer, answers chan<- answer, all ...string) {
	t.Helper()
	for _, name := range all {
		pending := c.counters.pending.Load()
		data := chunk(name, 10)
		go func() {
			position, err := c.append(t.Context(), data)
			answers <- answer{name, position, err}
		}()
		eventually(t, name+" waits", func() bool { return c.counters.pending.Load() == pending+int64(len(data)) && c.waits(name, t) })
	}
}

// waits says whether the last chunk that arrived is this one.
func (c *committer) waits(name string, t *testing.T) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waiting) == 0 {
		return true
	}
	last := names(t, *c.waiting[len(c.waiting)-1].buffer)
	return last[len(last)-1] == name
}

func collect(answers <-chan answer, count int) map[string]Position {
	got := map[string]Position{}
	for range count {
		a := <-answers
		if a.err == nil {
			got[a.name] = a.position
		}
	}
	return got
}

func TestAppendsThatWaitTogetherShareOneCommit(t *testing.T) {
	t.Parallel()
	l := openLog(t, Options{})
	c, g, answers := l.committers[0], newGate(), make(chan answer)
	c.commit = g.before(t, c.commit)

	appendAll(t, c, answers, "first")
	if got := <-g.arrived; got != "first" {
		t.Fatalf("first commit holds %q", got)
	}
	var crowd []string
	for i := range 20 {
		crowd = append(crowd, fmt.Sprint("c", i))
	}
	appendAll(t, c, answers, crowd...)
	g.pass <- nil
	if got := <-g.arrived; got != strings.Join(crowd, " ") {
		t.Errorf("second commit holds %q, want all that waited", got)
	}
	g.pass <- nil
	for name, position := range collect(answers, 21) {
		if want := Position(2); (name == "first") == (position == want) {
			t.Errorf("%s is told position %d", name, position)
		}
	}
	if got := l.Stats(); got.Appends != 21 || got.Commits != 2 || got.PendingBytes != 0 {
		t.Errorf("21 appends count as %+v", got)
	}
	want := []string{"1+0: first", "2+0: " + strings.Join(crowd, " ")}
	if got := followed(t, l, 0, 1, 2); !reflect.DeepEqual(got, want) {
		t.Errorf("log holds %q, want %q", got, want)
	}
}

func newTestCommitter(t *testing.T, g *gate, maxMessage, maxPending int) *committer {
	options := Options{MaxMessage: maxMessage, MaxPending: int64(maxPending)}
	return newCommitter(options, &counters{}, g.before(t, counting()))
}

func TestBatchNeverGrowsBeyondMaxMessage(t *testing.T) {
	t.Parallel()
	size := len(chunk("a", 10))
	g, answers := newGate(), make(chan answer)
	c := newTestCommitter(t, g, 2*size, 100*size)
	appendAll(t, c, answers, "a")
	<-g.arrived
	appendAll(t, c, answers, "b", "c", "d", "e", "f")
	for _, want := range []string{"b c", "d e", "f"} {
		g.pass <- nil
		if got := <-g.arrived; got != want {
			t.Errorf("commit holds %q, want %q", got, want)
		}
	}
	g.pass <- nil
	want := map[string]Position{"a": 1, "b": 2, "c": 2, "d": 3, "e": 3, "f": 4}
	if got := collect(answers, 6); !reflect.DeepEqual(got, want) {
		t.Errorf("positions %v, want %v", got, want)
	}
	if _, err := c.append(t.Context(), make([]byte, 2*size+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("chunk larger than a message gives %v", err)
	}
	c.close()
}

func TestBusyWhenTooMuchWaitsAndNoLonger(t *testing.T) {
	t.Parallel()
	size := len(chunk("a", 10))
	g, answers := newGate(), make(chan answer)
	c := newTestCommitter(t, g, 2*size, 2*size)
	appendAll(t, c, answers, "a")
	<-g.arrived
	appendAll(t, c, answers, "b")
	if _, err := c.append(t.Context(), chunk("c", 10)); !errors.Is(err, ErrBusy) {
		t.Errorf("append beyond what may wait gives %v", err)
	}
	if got := c.counters.stats(); got.Busy != 1 || got.PendingBytes != int64(2*size) {
		t.Errorf("refusal counts as %+v", got)
	}
	g.pass <- nil
	if got := <-g.arrived; got != "b" {
		t.Errorf("second commit holds %q: the refused chunk was stored", got)
	}
	eventually(t, "a leaves", func() bool { return c.counters.pending.Load() == int64(size) })
	appendAll(t, c, answers, "d")
	g.pass <- nil
	<-g.arrived
	g.pass <- nil
	if got := collect(answers, 3); got["d"] != 3 {
		t.Errorf("after the wait: %v", got)
	}
	c.close()
}

func TestFailedCommitFailsAllThatSharedItAndNoOther(t *testing.T) {
	t.Parallel()
	g, answers := newGate(), make(chan answer)
	c := newTestCommitter(t, g, 1000, 10000)
	appendAll(t, c, answers, "a")
	<-g.arrived
	appendAll(t, c, answers, "b", "c")
	g.pass <- nil
	<-g.arrived
	appendAll(t, c, answers, "d")
	broken := errors.New("disk is gone")
	g.pass <- broken
	<-g.arrived
	g.pass <- nil
	if got, want := collect(answers, 4), (map[string]Position{"a": 1, "d": 2}); !reflect.DeepEqual(got, want) {
		t.Errorf("acknowledged %v, want %v", got, want)
	}
	if got := c.counters.stats(); got.FailedCommits != 1 || got.Appends != 2 || got.PendingBytes != 0 {
		t.Errorf("failure counts as %+v", got)
	}
	c.close()
}

func TestCancelledAppendReturnsAndHarmsNobody(t *testing.T) {
	t.Parallel()
	g, answers := newGate(), make(chan answer)
	c := newTestCommitter(t, g, 1000, 10000)
	appendAll(t, c, answers, "a")
	<-g.arrived
	ctx, cancel := context.WithCancel(t.Context())
	data := chunk("b", 10)
	go func() {
		_, err := c.append(ctx, data)
		answers <- answer{"b", 0, err}
	}()
	eventually(t, "b waits", func() bool { c.mu.Lock(); defer c.mu.Unlock(); return len(c.waiting) == 1 })
	cancel()
	if got := <-answers; got.name != "b" || !errors.Is(got.err, context.Canceled) {
		t.Errorf("cancelled append gives %+v", got)
	}
	clear(data)
	if _, err := c.append(ctx, chunk("c", 10)); !errors.Is(err, context.Canceled) {
		t.Errorf("append that is cancelled from the start gives %v", err)
	}
	appendAll(t, c, answers, "d")
	g.pass <- nil
	if got := <-g.arrived; got != "b d" {
		t.Errorf("next commit holds %q, want what waited, as it was when appended", got)
	}
	g.pass <- nil
	if got, want := collect(answers, 2), (map[string]Position{"a": 1, "d": 2}); !reflect.DeepEqual(got, want) {
		t.Errorf("acknowledged %v, want %v", got, want)
	}
	c.close()
}

func TestCloseWaitsForWhatWaits(t *testing.T) {
	t.Parallel()
	g, answers, closed := newGate(), make(chan answer), make(chan struct{})
	c := newTestCommitter(t, g, 1000, 10000)
	appendAll(t, c, answers, "a")
	<-g.arrived
	appendAll(t, c, answers, "b")
	go func() { c.close(); close(closed) }()
	eventually(t, "new chunks are refused", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.closing
	})
	if _, err := c.append(t.Context(), chunk("c", 10)); !errors.Is(err, ErrClosed) {
		t.Errorf("append while closing gives %v", err)
	}
	g.pass <- nil
	<-g.arrived
	select {
	case <-closed:
		t.Error("closed before the last commit was done")
	default:
	}
	g.pass <- nil
	if got := collect(answers, 2); len(got) != 2 {
		t.Errorf("acknowledged only %v", got)
	}
	<-closed
	if pending := c.counters.pending.Load(); pending != 0 {
		t.Errorf("%d bytes still count as pending", pending)
	}
}
