// SPDX-License-Identifier: Apache-2.0

package forward

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/wal"
)

// durable is a queue of the log.
type durable struct{ *wal.Queue }

func (d durable) Next(ctx context.Context, until <-chan time.Time) (Item, error) {
	item, err := d.Queue.Next(ctx, until)
	if err != nil {
		return Item{}, none(err)
	}
	data := item.Data
	item.Data = nil
	return Item{
		Data:    data,
		Done:    func(ctx context.Context) error { return d.Done(ctx, item) },
		Release: func() { d.Release(item) },
		Again: func(ctx context.Context) ([]byte, error) {
			again, err := d.Again(ctx, item)
			return again.Data, none(err)
		},
	}, nil
}

func none(err error) error {
	if errors.Is(err, wal.ErrNotFound) {
		return ErrNone
	}
	return err
}

func (d durable) Backlog(ctx context.Context) (Backlog, error) {
	state, err := d.State(ctx)
	return Backlog{Items: state.Items, Bytes: state.Bytes, Oldest: state.Oldest, Dropped: state.Dropped}, err
}

func TestStoppingAndStartingAgainLosesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open := func() (*wal.Log, durable) {
		l, err := wal.Open(t.Context(), wal.Options{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		q, err := l.Queue(t.Context(), "tempo", 64<<20)
		if err != nil {
			t.Fatal(err)
		}
		return l, durable{q}
	}
	first, queue := open()
	for id := range uint64(4) {
		if err := queue.Add(t.Context(), id+1, traces(t, fmt.Sprint("m", id), 1)); err != nil {
			t.Fatal(err)
		}
	}
	asked := make(chan bool)
	release := make(chan bool)
	b := newBackend(t, status(200), func(http.ResponseWriter) { asked <- true; <-release })
	f := start(t, queue, Options{Endpoint: b.URL})
	<-asked // the second is on its way when it all stops
	f.stop()
	close(release)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}

	_, queue = open()
	f = start(t, queue, Options{Endpoint: b.URL})
	eventually(t, "the queue is empty", func() bool {
		left, err := queue.Backlog(t.Context())
		return err == nil && left.Items == 0
	})
	f.stop()
	if tried, got := b.seen(); !reflect.DeepEqual(tried, []string{"m0.0", "m1.0", "m1.0", "m2.0", "m3.0"}) || len(got) != 3 {
		t.Errorf("tried %q, arrived %q", tried, got)
	}
}

// big is a request that takes a fifth of a small queue.
func big(t *testing.T, name string) []byte { return traces(t, name, 4000) }

// smallQueue is of a log that allows for queues of 1 MiB.
func smallQueue(t *testing.T, dir string) (*wal.Log, durable) {
	t.Helper()
	l, err := wal.Open(t.Context(), wal.Options{Dir: dir, MaxMessage: 256 << 10, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	q, err := l.Queue(t.Context(), "tempo", 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return l, durable{q}
}

func (d durable) add(t *testing.T, id uint64, data []byte) {
	t.Helper()
	if err := d.Add(t.Context(), id, data); err != nil {
		t.Fatal(err)
	}
}

// What is set aside is on disk: the next process begins with it.
func TestWhatIsSetAsideSurvivesTheProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, queue := smallQueue(t, dir)
	for id, name := range []string{"a", "big", "b", "huge", "c"} {
		queue.add(t, uint64(id+1), traces(t, name, 1))
	}
	b := newBackend(t)
	var repaired atomic.Bool
	b.judge = func(name string) func(http.ResponseWriter) {
		if repaired.Load() || name != "big.0" && name != "huge.0" {
			return nil
		}
		return status(503)
	}
	f := start(t, queue, Options{Endpoint: b.URL})
	eventually(t, "the others are done", func() bool {
		left, err := queue.Backlog(t.Context())
		return err == nil && left.Items == 2 && f.aside.count.Load() == 2
	})
	f.stop()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}

	_, queue = smallQueue(t, dir)
	repaired.Store(true)
	f = start(t, queue, Options{Endpoint: b.URL})
	eventually(t, "the queue is empty", func() bool {
		left, err := queue.Backlog(t.Context())
		return err == nil && left.Items == 0
	})
	f.stop()
	arrived(t, b, 5)
}

// While a trace is set aside the queue runs full. The queue drops it, being the oldest, and
// counts it; the sender forgets it and does not count it once more.
func TestFullQueueDropsWhatIsSetAside(t *testing.T) {
	t.Parallel()
	_, queue := smallQueue(t, t.TempDir())
	queue.add(t, 1, big(t, "big"))
	queue.add(t, 2, big(t, "slow"))
	b := newBackend(t)
	asked, answer := make(chan bool), make(chan bool)
	b.judge = func(name string) func(http.ResponseWriter) {
		switch name {
		case "big.0":
			return status(503)
		case "slow.0":
			asked <- true
			<-answer
		}
		return nil
	}
	f := start(t, queue, Options{Endpoint: b.URL, GiveUp: time.Minute})
	<-asked
	for id := uint64(3); id <= 6; id++ {
		queue.add(t, id, big(t, fmt.Sprint("more", id)))
	}
	if state, err := queue.Backlog(t.Context()); err != nil || state.Dropped == 0 {
		t.Errorf("the queue is not full: %+v, %v", state, err)
	}
	close(answer)
	eventually(t, "the queue is empty and nothing is set aside", func() bool {
		left, err := queue.Backlog(t.Context())
		return err == nil && left.Items == 0 && f.aside.count.Load() == 0
	})
	f.stop()
	tried, got := b.seen()
	left, err := queue.Backlog(t.Context())
	if err != nil || len(got)+int(left.Dropped) != 6 || len(tried) != len(got)+1 {
		t.Errorf("of 6 %d arrived and %d were dropped, %v; tried are %q", len(got), left.Dropped, err, tried)
	}
	if said := f.said.String(); strings.Contains(said, "it is dropped") {
		t.Errorf("said is %s", said)
	}
}
