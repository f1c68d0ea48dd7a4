// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"
)

func TestWhatIsAppendedIsReadAndFollowedInOrder(t *testing.T) {
	t.Parallel()
	l := openLog(t, Options{Partitions: 2})
	before := time.Now()
	for i, name := range []string{"a", "b", "c"} {
		if got := mustAppend(t, l, 1, chunk(name, 10)); got != Position(i+1) {
			t.Fatalf("%s is at position %d, want %d", name, got, i+1)
		}
	}
	if got := mustAppend(t, l, 0, chunk("other", 10)); got != 1 {
		t.Errorf("partitions share positions: the other one starts at %d", got)
	}
	want := []string{"1+0: a", "2+0: b", "3+0: c"}
	if got := followed(t, l, 1, 1, 3); !reflect.DeepEqual(got, want) {
		t.Errorf("followed %q, want %q", got, want)
	}
	if got := followed(t, l, 1, 3, 3); !reflect.DeepEqual(got, want[2:]) {
		t.Errorf("followed from 3 %q, want %q", got, want[2:])
	}
	read, err := l.Read(t.Context(), 1, 2)
	if err != nil || fmt.Sprint(names(t, read.Data)) != "[b]" || read.Position != 2 {
		t.Errorf("read at 2 gives %+v, %v", read, err)
	}
	if read.Stored.Before(before.Add(-time.Second)) || read.Stored.After(time.Now().Add(time.Second)) {
		t.Errorf("stored at %v, want about %v", read.Stored, before)
	}
}

func TestFollowGoesOnWithWhatIsAppendedLater(t *testing.T) {
	t.Parallel()
	l := openLog(t, Options{})
	mustAppend(t, l, 0, chunk("old", 10))
	seen := make(chan string)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		ended <- l.Follow(ctx, 0, 1, func(m Message) error {
			seen <- names(t, m.Data)[0]
			return nil
		})
	}()
	if got := <-seen; got != "old" {
		t.Errorf("first seen is %q", got)
	}
	mustAppend(t, l, 0, chunk("new", 10))
	if got := <-seen; got != "new" {
		t.Errorf("then seen is %q", got)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("follow ended with %v, want that its context was cancelled", err)
	}
}

func TestFollowEndsWithWhatDeliverSays(t *testing.T) {
	t.Parallel()
	l := openLog(t, Options{})
	mustAppend(t, l, 0, chunk("a", 10))
	// Even an error that the log itself would try again after must end it.
	refusal := fmt.Errorf("fold: %w", ErrUnavailable)
	if err := l.Follow(t.Context(), 0, 1, func(Message) error { return refusal }); err != refusal { //nolint:errorlint // the very error, not one that wraps it
		t.Errorf("follow ended with %v, want %v", err, refusal)
	}
}

func TestPositionsThatAreNotThere(t *testing.T) {
	t.Parallel()
	l := openLog(t, Options{})
	mustAppend(t, l, 0, chunk("a", 10))
	for _, at := range []Position{0, 2, 99} {
		if _, err := l.Read(t.Context(), 0, at); !errors.Is(err, ErrNotFound) {
			t.Errorf("read at %d gives %v, want ErrNotFound", at, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	err := l.Follow(ctx, 0, 3, func(Message) error { return nil })
	if !errors.Is(err, ErrAhead) {
		t.Errorf("follow from 3 of a log that ends at 1 gives %v, want ErrAhead", err)
	}
	if _, err := l.Append(t.Context(), 1, nil); err == nil {
		t.Error("append to a partition that does not exist succeeds")
	}
	if _, err := l.State(-1); err == nil {
		t.Error("state of partition -1 exists")
	}
}

func TestStateOfAnEmptyAndAFilledPartition(t *testing.T) {
	t.Parallel()
	l := openLog(t, Options{})
	if state, err := l.State(0); err != nil || state != (State{First: 1}) {
		t.Errorf("empty partition is %+v, %v", state, err)
	}
	mustAppend(t, l, 0, chunk("a", 100))
	mustAppend(t, l, 0, chunk("b", 100))
	state, err := l.State(0)
	if err != nil || state.First != 1 || state.Last != 2 || state.Messages != 2 || state.Bytes < 200 {
		t.Errorf("partition with two messages is %+v, %v", state, err)
	}
	if time.Since(state.FirstTime) > time.Minute {
		t.Errorf("first message was stored at %v", state.FirstTime)
	}
}

func TestLogContinuesAfterReopening(t *testing.T) {
	t.Parallel()
	for _, mode := range []SyncMode{SyncAlways, SyncInterval} {
		options := Options{Dir: t.TempDir(), Sync: mode}
		first := openLog(t, options)
		mustAppend(t, first, 0, chunk("a", 10))
		closeLog(t, first)

		second := openLog(t, options)
		if got := mustAppend(t, second, 0, chunk("b", 10)); got != 2 {
			t.Errorf("mode %d: second message is at %d", mode, got)
		}
		want := []string{"1+0: a", "2+0: b"}
		if got := followed(t, second, 0, 1, 2); !reflect.DeepEqual(got, want) {
			t.Errorf("mode %d: followed %q, want %q", mode, got, want)
		}
	}
}

func TestRetentionBySizeDropsTheOldestAndSaysSo(t *testing.T) {
	t.Parallel()
	const share, size = 1 << 20, 64 << 10
	l := openLog(t, Options{Dir: t.TempDir(), MaxBytes: share, MaxMessage: size})
	var last Position
	for i := range 50 {
		last = mustAppend(t, l, 0, chunk(fmt.Sprint(i), size-100))
		if state, err := l.State(0); err != nil || state.Bytes > share {
			t.Fatalf("after %d messages: %+v, %v", i+1, state, err)
		}
	}
	state, err := l.State(0)
	if err != nil || state.First < 30 || state.Last != 50 {
		t.Fatalf("log that holds about 16 of 50 messages is %+v, %v", state, err)
	}
	if _, err := l.Read(t.Context(), 0, 1); !errors.Is(err, ErrNotFound) {
		t.Errorf("read of a dropped message gives %v", err)
	}
	seen := followed(t, l, 0, 5, last)
	want := fmt.Sprintf("%d+%d: %d", state.First, state.First-5, state.First-1)
	if seen[0] != want {
		t.Errorf("follower from 5 first sees %q, want %q", seen[0], want)
	}
	if len(seen) != int(state.Messages) {
		t.Errorf("follower sees %d of %d messages", len(seen), state.Messages)
	}
}

func TestSlowFollowerIsToldWhatRetentionTook(t *testing.T) {
	t.Parallel()
	const size = 64 << 10
	l := openLog(t, Options{Sync: SyncInterval, MaxBytes: 1 << 20, MaxMessage: size})
	mustAppend(t, l, 0, chunk("first", size-100))
	const last = 2 * handedAhead / size // more than is fetched ahead and kept together
	var seen, skipped uint64
	var expected Position = 1
	err := l.Follow(t.Context(), 0, 1, func(m Message) error {
		for m.Position == 1 {
			if mustAppend(t, l, 0, chunk("more", size-100)) == last {
				break
			}
		}
		if m.Position != expected+Position(m.Skipped) {
			t.Fatalf("after %d comes %d, said to skip %d", expected-1, m.Position, m.Skipped)
		}
		seen, skipped, expected = seen+1, skipped+m.Skipped, m.Position+1
		if m.Position == last {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) || skipped == 0 || seen+skipped != last {
		t.Errorf("follower saw %d and skipped %d of %d: %v", seen, skipped, last, err)
	}
}

func TestLargestMessageGoesThrough(t *testing.T) {
	t.Parallel()
	const most = 8 << 20
	l := openLog(t, Options{})
	name := field(nil, 1, "large")
	large := field(name, 2, string(make([]byte, most-len(name)-5))) // 5: tag and length
	if len(large) != most {
		t.Fatalf("chunk has %d bytes, want %d", len(large), most)
	}
	if got := mustAppend(t, l, 0, large); got != 1 {
		t.Errorf("largest message is at %d", got)
	}
	if got := followed(t, l, 0, 1, 1); got[0] != "1+0: large" {
		t.Errorf("followed %q", got)
	}
	if _, err := l.Append(t.Context(), 0, append(large, 0)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one byte more gives %v", err)
	}
}

func TestCloseTwiceThenNothingWorks(t *testing.T) {
	t.Parallel()
	l := openLog(t, Options{})
	mustAppend(t, l, 0, chunk("a", 10))
	ended, started := make(chan error), make(chan struct{})
	go func() {
		ended <- l.Follow(context.Background(), 0, 1, func(Message) error { close(started); return nil })
	}()
	<-started
	for range 2 {
		closeLog(t, l)
	}
	if err := <-ended; !errors.Is(err, ErrClosed) {
		t.Errorf("follower of a closed log ended with %v", err)
	}
	if _, err := l.Append(t.Context(), 0, chunk("b", 10)); !errors.Is(err, ErrClosed) {
		t.Errorf("append to a closed log gives %v", err)
	}
	if _, err := l.Read(t.Context(), 0, 1); !errors.Is(err, ErrClosed) {
		t.Errorf("read of a closed log gives %v", err)
	}
	if _, err := l.State(0); !errors.Is(err, ErrClosed) {
		t.Errorf("state of a closed log gives %v", err)
	}
}
