// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"fmt"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// TestTheTrailingPass tells the story of one log, one position a second, with
// copies ten seconds behind the fold.
func TestTheTrailingPass(t *testing.T) {
	t.Parallel()
	s := New(Options{Shares: all(), Delay: 10 * time.Second, Remember: 30 * time.Second, RememberOpen: 30 * time.Second})
	at := func(second int, settled ...journey.Delivery) string {
		position := journey.Position(second + 1)
		s.Step(position, morning+int64(second)*int64(time.Second), settled)
		work, ok := s.Next(position - 1)
		if !ok {
			return "nothing"
		}
		return fmt.Sprintf("behind %d: %s", work.Passed, wishes(work))
	}
	expect := func(got, want, when string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %s, want %s", when, got, want)
		}
	}
	first := ended("first", journey.Failed, journey.RateLimited)
	first.Positions = []journey.Position{1, 3}
	expect(at(0), "nothing", "the log begins")
	for second := 1; second < 5; second++ {
		expect(at(second), "nothing", "nothing is decided")
	}
	expect(at(5, first), "nothing", "the decision comes before the pass")
	for second := 6; second < 11; second++ {
		expect(at(second), "nothing", "the pass has not come so far")
	}
	expect(at(11), "behind 0: 1: first", "position 1 is ten seconds old")
	expect(at(12), "nothing", "nobody wants position 2")
	expect(at(13), "behind 2: 3: first", "position 3 is ten seconds old")

	if !s.Arrived(15, first.Trace) || s.Arrived(15, span.TraceID{99}) {
		t.Error("of two late spans, that of the kept trace alone should follow")
	}
	late := ended("late", journey.Lost, journey.LostAt(span.Consumed))
	late.Positions = []journey.Position{2, 4, 12}
	expect(at(14, late), "behind 3: 2: late, 4: late", "a decision that comes late has two positions read again")
	for second := 15; second < 22; second++ {
		expect(at(second), "nothing", "nobody wants what the pass comes by")
	}
	expect(at(22), "behind 11: 12: late", "the last position of the late decision")
	for second := 23; second < 25; second++ {
		expect(at(second), "nothing", "nobody wants what the pass comes by")
	}
	expect(at(25), "behind 14: 15: first", "the late span's position")
	if !s.Waiting() {
		t.Error("the period is not over, and nobody waits for its end")
	}
	for second := 26; second < 60; second++ {
		expect(at(second), "nothing", "all is copied")
	}
	expect(at(60), "behind 49: ", "the end of the period is told once")
	expect(at(61), "nothing", "nothing is wanted any more")
	if s.Waiting() {
		t.Error("it waits for nothing")
	}
	if s.Arrived(62, first.Trace) {
		t.Error("a span follows a decision of a minute ago, which is remembered for half of that")
	}
	if s.Copied() != 0 {
		t.Errorf("nothing is stored, and nobody reads the log up to %d any more", s.Copied())
	}
	s.Done(23)
	if work, ok := s.Next(0); !ok || work.At != 26 || s.Backlog() != 1 || s.Copied() != 14 {
		t.Errorf("after 23 is stored, the next work is %d with a backlog of %d, and nobody reads up to %d", work.At, s.Backlog(), s.Copied())
	}
	s.Done(61)
	if _, ok := s.Next(0); ok || s.Backlog() != 0 || s.Copied() != 51 {
		t.Errorf("all is stored; a backlog of %d is left, and nobody reads up to %d", s.Backlog(), s.Copied())
	}
}

func TestUpgradedDecisionIsCopiedAgain(t *testing.T) {
	t.Parallel()
	shares := all()
	shares[Retried] = 0.999999
	s := New(Options{Shares: shares, Delay: time.Second})
	d := good("m", 0)
	d.Retries = 1
	s.Step(2, morning, []journey.Delivery{d})
	s.Step(3, morning+int64(time.Second), nil)
	s.Step(4, morning+int64(3*time.Second), nil)
	failed := ended("m", journey.Failed, journey.InternalError)
	s.Step(5, morning+int64(4*time.Second), []journey.Delivery{failed})
	s.Step(6, morning+int64(5*time.Second), nil)
	first, _ := s.Next(0)
	again, ok := s.Next(first.At)
	if !ok || len(again.Copies) != 1 {
		t.Fatalf("after the correction %+v is to be copied", again)
	}
	before, after := new(Index).Of(&first.Copies[0]).Wanted(d.Trace), new(Index).Of(&again.Copies[0]).Wanted(d.Trace)
	if before.Threshold == 0 || after.Threshold != 0 || after.Reason != "failed: InternalError" {
		t.Errorf("first kept as %q th:%x, then as %q th:%x", before.Reason, before.Threshold, after.Reason, after.Threshold)
	}
	if s.Counts(Failed).Decided != 0 || s.Counts(Retried).Decided != 1 {
		t.Error("the message is counted twice, or under what it became")
	}
}

// Two messages of one trace: who is sure to be kept decides for its spans.
func TestSharedTraceFollowsTheSurestDecision(t *testing.T) {
	t.Parallel()
	shares := all()
	shares[Retried] = 0.999999
	for _, order := range [][]string{{"failed", "retried"}, {"retried", "failed"}} {
		s := New(Options{Shares: shares, Delay: time.Second})
		for _, key := range order {
			d := good(key, 0)
			if key == "failed" {
				d = ended(key, journey.Failed, journey.InternalError)
			}
			d.Retries, d.Trace = 1, span.TraceID{1}
			s.Step(2, morning, []journey.Delivery{d})
		}
		if kept := s.KeptOf(span.TraceID{1}); kept.Key != "failed" {
			t.Errorf("%v: late spans follow %q", order, kept.Key)
		}
		s.Step(3, morning+int64(time.Second), nil)
		s.Step(4, morning+int64(3*time.Second), nil)
		if work, _ := s.Next(0); new(Index).Of(&work.Copies[0]).Wanted(span.TraceID{1}).Key != "failed" {
			t.Errorf("%v: copied for %+v", order, work.Copies[0].Kept)
		}
	}
}
