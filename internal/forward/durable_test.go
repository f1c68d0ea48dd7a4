// SPDX-License-Identifier: Apache-2.0

package forward

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
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
