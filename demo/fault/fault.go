// SPDX-License-Identifier: Apache-2.0

// Package fault knows what can go wrong at quickconnect, and when: the catalogue of faults and the
// schedules by which they come and go. It is pure but for Play, which keeps the time. What a fault
// breaks is up to the platform.
package fault

import (
	"context"
	"iter"
	"time"
)

// The faults, and the two schedules that are not one fault for good.
const (
	SchemaDrift     = "schema-drift"
	SilentPublisher = "silent-publisher"
	RateLimit       = "rate-limit"
	SlowConsumer    = "slow-consumer"
	BadNetwork      = "bad-network"

	None       = "none"
	EachInTurn = "story"
)

// Fault is one thing that goes wrong, in the words for a reader who watches it happen.
type Fault struct {
	Name  string
	Story string // what happens, in one line
	Look  string // what to look for
}

// All returns the faults in the order of the story.
func All() []Fault {
	return []Fault{
		{
			SchemaDrift, "the ticketing vendor now requires field 'severity' and answers 422 without it",
			"ValidationFailed, then dead_lettered, on path tickets",
		},
		{
			SilentPublisher, "the publisher of region ap forgets what was answered 202; no error anywhere",
			"StuckAtPublish, then lost, in region ap on every path",
		},
		{
			RateLimit, "the push provider takes fewer calls than we make and answers 429",
			"RateLimited, retries and late on path push; some end dead_lettered",
		},
		{
			SlowConsumer, "the CRM connector lost an index: one message at a time, and its queue backs up",
			"a growing wait published-consumed on path crm; late, then StuckAtConsume",
		},
		{
			BadNetwork, "phones in region us are on a lossy, slow network",
			"late, then StuckAtReceive, on path chat for region us, devices ios and android",
		},
	}
}

// Event is one change.
type Event struct {
	At    time.Duration // since the platform is up
	Fault Fault
	On    bool
}

// Times of the story: calm, fault, calm, fault ...
type Times struct {
	Lead time.Duration // before a fault that stays
	Calm time.Duration // before each fault of the story
	Last time.Duration // of each fault of the story
}

// Schedule returns the events of a choice: none, a fault's name or the story, which never ends.
// The second result is false for any other choice.
func Schedule(choice string, times Times) (iter.Seq[Event], bool) {
	switch choice {
	case None:
		return func(func(Event) bool) {}, true
	case EachInTurn:
		return story(times), true
	}
	for _, fault := range All() {
		if fault.Name == choice {
			return func(yield func(Event) bool) { yield(Event{At: times.Lead, Fault: fault, On: true}) }, true
		}
	}
	return nil, false
}

func story(times Times) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		at := time.Duration(0)
		for {
			for _, fault := range All() {
				at += times.Calm
				if !yield(Event{At: at, Fault: fault, On: true}) {
					return
				}
				at += times.Last
				if !yield(Event{At: at, Fault: fault, On: false}) {
					return
				}
			}
		}
	}
}

// Play calls do with each event when its time since now has come, until ctx ends or no event is left.
func Play(ctx context.Context, events iter.Seq[Event], do func(Event)) {
	start := time.Now()
	for event := range events {
		timer := time.NewTimer(time.Until(start.Add(event.At)))
		select {
		case <-timer.C:
			do(event)
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}
