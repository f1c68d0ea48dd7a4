// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"
)

const testQueueBytes = 1 << 20

// queueOptions make a log whose queues may be small.
func queueOptions(dir string) Options {
	return Options{Dir: dir, MaxMessage: testQueueBytes / 4, Logger: quietLog()}
}

func openQueue(t testing.TB, l *Log) *Queue {
	t.Helper()
	q, err := l.Queue(t.Context(), "traces", testQueueBytes)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func mustAdd(t testing.TB, q *Queue, ids ...uint64) {
	t.Helper()
	for _, id := range ids {
		if err := q.Add(t.Context(), id, []byte(fmt.Sprint("item ", id))); err != nil {
			t.Fatal(err)
		}
	}
}

func mustTake(t testing.TB, q *Queue) Item {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	item, err := q.Next(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	return item
}

func mustFinish(t testing.TB, q *Queue, item Item) {
	t.Helper()
	if err := q.Done(t.Context(), item); err != nil {
		t.Fatal(err)
	}
}

func queueState(t testing.TB, q *Queue) QueueState {
	t.Helper()
	state, err := q.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// drained takes and finishes all that is there.
func drained(t testing.TB, q *Queue) (ids []uint64) {
	t.Helper()
	for queueState(t, q).Items > 0 {
		item := mustTake(t, q)
		ids = append(ids, item.ID)
		mustFinish(t, q, item)
	}
	return ids
}

func TestQueueGivesWhatWasAddedOnceAndInOrder(t *testing.T) {
	t.Parallel()
	q := openQueue(t, openLog(t, queueOptions(t.TempDir())))
	if state := queueState(t, q); state != (QueueState{}) {
		t.Errorf("new queue is %+v", state)
	}
	mustAdd(t, q, 3, 5, 5, 4, 9)
	state := queueState(t, q)
	if state.Items != 3 || state.LastID != 9 || state.Bytes == 0 || time.Since(state.Oldest) > time.Minute {
		t.Errorf("queue with 3 items is %+v", state)
	}
	first := mustTake(t, q)
	if first.ID != 3 || string(first.Data) != "item 3" {
		t.Errorf("first is %d %q", first.ID, first.Data)
	}
	if got := queueState(t, q).Items; got != 3 {
		t.Errorf("with one taken and not done the queue holds %d", got)
	}
	mustFinish(t, q, first)
	mustFinish(t, q, first) // again does nothing
	if got := drained(t, q); !reflect.DeepEqual(got, []uint64{5, 9}) {
		t.Errorf("then come %d", got)
	}
	mustAdd(t, q, 9, 1)
	if got := queueState(t, q).Items; got != 0 {
		t.Errorf("%d items that were added before were added again", got)
	}
}

func TestQueueWakesWhoWaits(t *testing.T) {
	t.Parallel()
	l := openLog(t, queueOptions(t.TempDir()))
	q := openQueue(t, l)
	given := make(chan Item)
	ended := make(chan error)
	go func() {
		for {
			item, err := q.Next(t.Context(), nil)
			if err != nil {
				ended <- err
				return
			}
			given <- item
		}
	}()
	for id := range uint64(5) {
		mustAdd(t, q, id+1)
		if item := <-given; item.ID != id+1 {
			t.Errorf("given is %d, added was %d", item.ID, id+1)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := q.Next(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled wait gives %v", err)
	}
	closeLog(t, l)
	if err := <-ended; !errors.Is(err, ErrClosed) {
		t.Errorf("wait on a closed log gives %v", err)
	}
	if err := q.Add(t.Context(), 99, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("add to a closed log gives %v", err)
	}
}

func TestQueueIsTheSameAfterReopening(t *testing.T) {
	t.Parallel()
	options := queueOptions(t.TempDir())
	l := openLog(t, options)
	q := openQueue(t, l)
	mustAdd(t, q, 1, 2, 3)
	mustFinish(t, q, mustTake(t, q))
	mustTake(t, q) // and not done
	closeLog(t, l)

	l = openLog(t, options)
	q = openQueue(t, l)
	mustAdd(t, q, 1, 2, 3) // what a replay does
	if got := drained(t, q); !reflect.DeepEqual(got, []uint64{2, 3}) {
		t.Errorf("after reopening come %d", got)
	}
	closeLog(t, l)

	for _, crashed := range []bool{false, true} { // now that it is empty
		if crashed {
			remove(t, filepath.Join(options.Dir, "jetstream", "$G", "streams", "QUEUE-traces", "msgs", "index.db"))
		}
		l = openLog(t, options)
		q = openQueue(t, l)
		mustAdd(t, q, 1, 2, 3)
		if state := queueState(t, q); state.Items != 0 || state.LastID != 3 {
			t.Errorf("crashed %v: what was done before reopening was added again: %+v", crashed, state)
		}
		closeLog(t, l)
	}
}

func TestFullQueueDropsTheOldestAndCounts(t *testing.T) {
	t.Parallel()
	options := queueOptions(t.TempDir())
	l := openLog(t, options)
	q := openQueue(t, l)
	big := make([]byte, testQueueBytes/5)
	add := func(id uint64) {
		t.Helper()
		if err := q.Add(t.Context(), id, big); err != nil {
			t.Fatal(err)
		}
		if state := queueState(t, q); state.Bytes > testQueueBytes {
			t.Fatalf("with %d the queue has %d bytes", id, state.Bytes)
		}
	}
	add(1)
	first := mustTake(t, q)
	for id := uint64(2); id <= 10; id++ {
		add(id)
	}
	state := queueState(t, q)
	if state.Items != 4 || state.Dropped != 6 || state.LastID != 10 {
		t.Errorf("after 10 items in a queue for 4: %+v", state)
	}
	mustFinish(t, q, first) // what is being worked on is not dropped
	closeLog(t, l)
	l = openLog(t, options)
	q = openQueue(t, l)
	if got := drained(t, q); !reflect.DeepEqual(got, []uint64{8, 9, 10}) {
		t.Errorf("what is left is %d", got)
	}
	if state := queueState(t, q); state.Dropped != 6 || state.LastID != 10 {
		t.Errorf("after reopening: %+v", state)
	}
	for id := uint64(11); id <= 14; id++ {
		add(id)
		mustTake(t, q)
	}
	if err := q.Add(t.Context(), 15, big); !errors.Is(err, ErrBusy) {
		t.Errorf("add to a queue full of taken items gives %v", err)
	}
	if err := q.Add(t.Context(), 16, make([]byte, testQueueBytes/4+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("item that is too large gives %v", err)
	}
}

func TestQueueThatCannotBe(t *testing.T) {
	t.Parallel()
	l := openLog(t, queueOptions(t.TempDir()))
	for _, name := range []string{"", "a b", "a.b", "../a"} {
		if _, err := l.Queue(t.Context(), name, testQueueBytes); err == nil {
			t.Errorf("queue %q opens", name)
		}
	}
	if _, err := l.Queue(t.Context(), "small", testQueueBytes-1); err == nil {
		t.Error("queue that cannot hold 4 messages opens")
	}
}

func TestQueueRecoversFromALostConnection(t *testing.T) {
	t.Parallel()
	l := openLog(t, queueOptions(t.TempDir()))
	q := openQueue(t, l)
	mustAdd(t, q, 1)
	l.keeper.current.writer.Close()
	if err := q.Add(t.Context(), 2, nil); !errors.Is(err, ErrUnavailable) {
		t.Errorf("add without a connection gives %v", err)
	}
	eventually(t, "the queue takes items again", func() bool { return q.Add(t.Context(), 2, nil) == nil })
	if got := drained(t, q); !reflect.DeepEqual(got, []uint64{1, 2}) {
		t.Errorf("after recovery come %d", got)
	}
}

// workForever adds what it added before and more, as a replay does, and does
// some of it. It prints "added id" and "done id".
func workForever(folder string) {
	l, err := Open(context.Background(), queueOptions(folder))
	if err != nil {
		fmt.Println("open:", err)
		os.Exit(1)
	}
	q, err := l.Queue(context.Background(), "traces", math.MaxInt64)
	if err != nil {
		fmt.Println("queue:", err)
		os.Exit(1)
	}
	before, err := q.State(context.Background())
	if err != nil {
		fmt.Println("state:", err)
		os.Exit(1)
	}
	for id := uint64(1); ; id++ {
		if err := q.Add(context.Background(), id, []byte(fmt.Sprint("item ", id))); err != nil {
			fmt.Println("add:", err)
			os.Exit(1)
		}
		fmt.Println("added", id)
		if id > before.LastID && id%3 != 0 { // so that the queue grows
			item, err := q.Next(context.Background(), nil)
			if err == nil {
				fmt.Println("taken", item.ID)
				err = q.Done(context.Background(), item)
			}
			fmt.Println("done", item.ID, err)
		}
	}
}

// Guarantee: what was added comes at least once and what is done never comes
// again, in the order of ids, however often the process is killed and the ids
// are added again.
func TestKilledProcessLosesNoWork(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var added, done, taken uint64
	for life := 1; life <= 3; life++ {
		child, output := story(t, "work forever", dir)
		for lines := 1; output.Scan(); lines++ {
			var what, failure string
			var id uint64
			_, _ = fmt.Sscan(output.Text(), &what, &id, &failure)
			switch what {
			case "added":
				added = max(added, id)
			case "taken":
				if id <= done {
					t.Fatalf("life %d: %d was done and comes again", life, id)
				}
				taken = id
			case "done":
				done = id
			default:
				t.Fatalf("child says %q", output.Text())
			}
			if lines == 1000*life {
				if err := child.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = child.Wait()
	}
	l := openLog(t, queueOptions(dir))
	q, err := l.Queue(t.Context(), "traces", math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	left := drained(t, q)
	if left[0] != done+1 && left[0] != taken+1 { // its removal may have come before the word of it
		t.Errorf("first left is %d, done are %d, taken %d", left[0], done, taken)
	}
	for i, id := range left {
		if id != left[0]+uint64(i) {
			t.Fatalf("behind %d comes %d", left[i-1], id)
		}
	}
	if end := left[len(left)-1]; end != added && end != added+1 {
		t.Errorf("last left is %d, added were %d", end, added)
	}
}
