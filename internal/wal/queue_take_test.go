// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"errors"
	"reflect"
	"testing"
	"time"
)

// passed is a time that has come.
func passed() <-chan time.Time {
	c := make(chan time.Time)
	close(c)
	return c
}

func TestQueueIsLookedIntoWithoutWaiting(t *testing.T) {
	t.Parallel()
	q := openQueue(t, openLog(t, queueOptions(t.TempDir())))
	if _, err := q.Next(t.Context(), passed()); !errors.Is(err, ErrNotFound) {
		t.Errorf("an empty queue gives %v", err)
	}
	mustAdd(t, q, 1, 2, 3)
	for want := uint64(1); want <= 3; want++ { // what is there comes before the time that has come
		if item, err := q.Next(t.Context(), passed()); err != nil || item.ID != want {
			t.Fatalf("a queue with item %d gives %d, %v", want, item.ID, err)
		}
	}
	if _, err := q.Next(t.Context(), passed()); !errors.Is(err, ErrNotFound) {
		t.Errorf("a queue of which all is taken gives %v", err)
	}
}

// One item cannot be done now. It is given back, others are done, and it is had
// again by its name; who starts anew gets it like any other.
func TestItemThatIsGivenBackDoesNotBlockOthers(t *testing.T) {
	t.Parallel()
	options := queueOptions(t.TempDir())
	l := openLog(t, options)
	q := openQueue(t, l)
	mustAdd(t, q, 1, 2, 3)
	hard := mustTake(t, q)
	q.Release(hard)
	for _, want := range []uint64{2, 3} {
		item := mustTake(t, q)
		if item.ID != want {
			t.Errorf("behind what was given back comes %d, must be %d", item.ID, want)
		}
		mustFinish(t, q, item)
	}
	if _, err := q.Next(t.Context(), passed()); !errors.Is(err, ErrNotFound) {
		t.Errorf("what was given back comes by itself: %v", err)
	}
	hard.Data = nil // nobody has to hold it
	again, err := q.Again(t.Context(), hard)
	if err != nil || again.ID != 1 || string(again.Data) != "item 1" {
		t.Fatalf("asked for again it is %d %q, %v", again.ID, again.Data, err)
	}
	q.Release(again)
	closeLog(t, l)

	q = openQueue(t, openLog(t, options))
	again = mustTake(t, q)
	if again.ID != 1 {
		t.Errorf("after a restart comes %d", again.ID)
	}
	mustFinish(t, q, again)
	if _, err := q.Again(t.Context(), again); !errors.Is(err, ErrNotFound) {
		t.Errorf("what is done is had again: %v", err)
	}
	if got := queueState(t, q).Items; got != 0 {
		t.Errorf("%d items are left", got)
	}
}

// A full queue is not held up by what was given back: it goes first, and is counted;
// what is being worked on stays, taken the first time or again.
func TestFullQueueDropsWhatWasGivenBackFirst(t *testing.T) {
	t.Parallel()
	q := openQueue(t, openLog(t, queueOptions(t.TempDir())))
	big := make([]byte, testQueueBytes/5)
	var given []Item
	add := func(id uint64) {
		t.Helper()
		if err := q.Add(t.Context(), id, big); err != nil {
			t.Fatal(err)
		}
	}
	for id := uint64(1); id <= 4; id++ {
		add(id)
		given = append(given, mustTake(t, q))
		q.Release(given[id-1])
	}
	if _, err := q.Again(t.Context(), given[1]); err != nil {
		t.Fatal(err)
	}
	add(5)
	add(6)
	var there []uint64
	for _, item := range given {
		if _, err := q.Again(t.Context(), item); err == nil {
			there = append(there, item.ID)
		} else if !errors.Is(err, ErrNotFound) {
			t.Fatal(err)
		}
	}
	if state := queueState(t, q); !reflect.DeepEqual(there, []uint64{2, 4}) || state.Dropped != 2 || state.Items != 4 {
		t.Errorf("of 1 to 4 there are %d, and the queue is %+v", there, state)
	}
}
