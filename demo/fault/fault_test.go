// SPDX-License-Identifier: Apache-2.0

package fault_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hopstamp/hopstamp/demo/fault"
)

var times = fault.Times{Lead: 5 * time.Second, Calm: 20 * time.Second, Last: time.Minute}

func TestStoryPlaysEachFaultInTurnAndBeginsAgain(t *testing.T) {
	t.Parallel()
	events, known := fault.Schedule("story", times)
	if !known {
		t.Fatal("the story is unknown")
	}
	var got []string
	for event := range events {
		got = append(got, fmt.Sprint(event.At, " ", event.Fault.Name, " ", event.On))
		if len(got) == 12 {
			break
		}
	}
	want := []string{
		"20s schema-drift true", "1m20s schema-drift false",
		"1m40s silent-publisher true", "2m40s silent-publisher false",
		"3m0s rate-limit true", "4m0s rate-limit false",
		"4m20s slow-consumer true", "5m20s slow-consumer false",
		"5m40s bad-network true", "6m40s bad-network false",
		"7m0s schema-drift true", "8m0s schema-drift false",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestNamedFaultStays(t *testing.T) {
	t.Parallel()
	for _, one := range fault.All() {
		events, _ := fault.Schedule(one.Name, times)
		got := slices.Collect(events)
		if len(got) != 1 || got[0].Fault != one || !got[0].On || got[0].At != times.Lead {
			t.Errorf("%s: got %v, want it on at %v and never off", one.Name, got, times.Lead)
		}
	}
}

func TestScheduleOfNothingAndOfNobodyKnowsWhat(t *testing.T) {
	t.Parallel()
	events, known := fault.Schedule("none", times)
	if got := slices.Collect(events); !known || len(got) != 0 {
		t.Errorf("none: known %v, events %v; want no event", known, got)
	}
	if _, known := fault.Schedule("gremlins", times); known {
		t.Error("gremlins are known")
	}
}

func TestPlayKeepsTheTimeAndEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		events, _ := fault.Schedule("story", times)
		start := time.Now()
		var at []time.Duration
		fault.Play(ctx, events, func(fault.Event) { at = append(at, time.Since(start)) })
		if want := []time.Duration{20 * time.Second, 80 * time.Second, 100 * time.Second}; !slices.Equal(at, want) {
			t.Errorf("events at %v, want %v", at, want)
		}
		if ended := time.Since(start); ended != 2*time.Minute {
			t.Errorf("ended after %v, want when its context did", ended)
		}
	})
}
