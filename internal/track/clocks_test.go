// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"encoding/hex"
	"slices"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track"
)

// twoHosts is a gateway whose clock is right and a worker whose clock is off by what
// the story says. A message is accepted, published 2 ms later, consumed after 20 to
// 27 ms by a worker that needs 10 ms, and answers the gateway's call.
type twoHosts struct {
	t       *testing.T
	tracker *track.Tracker
	off     func(at int64) int64 // of the worker's clock, at a moment
	now     int64
	count   int
	entered map[journey.Verdict]int
	late    int
	oneWay  bool          // the worker does not call back
	hops    []journey.Hop // from published to consumed
}

func newTwoHosts(t *testing.T, off func(at int64) int64) *twoHosts {
	options := track.Options{Default: track.Path{Deadline: time.Second, GiveUp: time.Minute}}
	return &twoHosts{t: t, tracker: track.New(options), off: off, now: dawn, entered: map[journey.Verdict]int{}}
}

// message begins one; worked tells whether the worker takes it.
func (h *twoHosts) message(worked bool) span.TraceID {
	h.count++
	h.now += int64(100 * time.Millisecond)
	trace := span.TraceID{byte(h.count), byte(h.count >> 8), byte(h.count >> 16), 1}
	b := &span.Batch{Symbols: []string{"", "gateway", "worker", "orders", "node-1", "node-2", "POST /orders"}}
	at := h.now
	published := at + int64(2*time.Millisecond)
	consumed := published + int64(time.Duration(20+h.count%8)*time.Millisecond)
	b.Records = append(b.Records,
		span.Record{Trace: trace, Span: span.ID{1}, Kind: span.Server, Stage: span.Accepted, Service: 1, Name: 6, Host: 4, Start: at, End: published},
		span.Record{Trace: trace, Span: span.ID{2}, Parent: span.ID{1}, Kind: span.Producer, Stage: span.Published, Service: 1, Topic: 3, Host: 4,
			Start: at + int64(time.Millisecond), End: published})
	if worked {
		off := h.off(consumed)
		b.Records = append(b.Records, span.Record{Trace: trace, Span: span.ID{3}, Parent: span.ID{2}, Kind: span.Consumer, Stage: span.Processed,
			Service: 2, Topic: 3, Host: 5, Start: consumed + off, End: consumed + off + int64(10*time.Millisecond)})
	}
	if worked && !h.oneWay {
		off := h.off(consumed)
		b.Records = append(b.Records,
			// The worker calls back, which bounds its clock from the other side.
			span.Record{Trace: trace, Span: span.ID{4}, Parent: span.ID{3}, Kind: span.Client, Service: 2, Host: 5,
				Start: consumed + off + int64(time.Millisecond), End: consumed + off + int64(6*time.Millisecond)},
			span.Record{Trace: trace, Span: span.ID{5}, Parent: span.ID{4}, Kind: span.Server, Service: 1, Host: 4,
				Start: consumed + int64(3*time.Millisecond), End: consumed + int64(4*time.Millisecond)})
	}
	b.Received = consumed + int64(50*time.Millisecond)
	h.take(h.tracker.Step(journey.Position(h.count), b))
	return trace
}

func (h *twoHosts) take(effects *journey.Effects) {
	for _, e := range effects.Entries {
		h.entered[e.Verdict] += int(e.Delta)
		if e.Timeliness == journey.Late {
			h.late += int(e.Delta)
		}
	}
	for i := range effects.Settled {
		for _, hop := range effects.Settled[i].Hops {
			if hop.Wait < 0 || hop.WaitLow < 0 || hop.WaitLow > hop.Wait || hop.WaitHigh != 0 && hop.WaitHigh < hop.Wait {
				h.t.Fatalf("hop %v waited %v, between %v and %v", hop.HopID, hop.Wait, hop.WaitLow, hop.WaitHigh)
			}
			if hop.HopID == (journey.HopID{From: span.Published, To: span.Consumed}) {
				h.hops = append(h.hops, hop)
			}
		}
	}
}

func (h *twoHosts) run(messages int) {
	for range messages {
		h.message(true)
	}
}

func (h *twoHosts) view(trace span.TraceID) journey.View {
	h.t.Helper()
	v, ok := h.tracker.View(hex.EncodeToString(trace[:]))
	if !ok {
		h.t.Fatal("the message is not known")
	}
	return v
}

// waited checks that the waits of the last deliveries are what they were.
func (h *twoHosts) waited(last int) {
	h.t.Helper()
	for _, hop := range h.hops[len(h.hops)-last:] {
		if hop.Wait < 15*time.Millisecond || hop.Wait > 32*time.Millisecond {
			h.t.Fatalf("waited %v, between %v and %v, want 20 to 27 ms", hop.Wait, hop.WaitLow, hop.WaitHigh)
		}
	}
}

func TestClocksThatAgreeAreBelieved(t *testing.T) {
	h := newTwoHosts(t, func(int64) int64 { return 0 })
	h.run(1500)
	if v := h.view(h.message(true)); len(v.Clocks) != 0 {
		t.Errorf("clocks that differ: %+v", v.Clocks)
	}
	for _, hop := range h.hops {
		if hop.WaitHigh != 0 {
			t.Fatalf("a wait between clocks that agree is an interval: %+v", hop)
		}
	}
	h.waited(len(h.hops))
}

// A sender may tell of a span before it ended, or reckon its end wrongly. That says
// nothing of its clock, and changes no verdict.
func TestAnEndInTheFutureIsNoProof(t *testing.T) {
	h := newTwoHosts(t, func(int64) int64 { return 0 })
	h.oneWay = true
	for n := range 1500 {
		if n%50 == 0 {
			h.foretold()
			continue
		}
		h.message(true)
	}
	if v := h.view(h.message(true)); len(v.Clocks) != 0 {
		t.Errorf("clocks that differ: %+v", v.Clocks)
	}
	h.waited(len(h.hops) / 2)
	if h.entered[journey.Processed] != 1501 || h.late != 30 {
		t.Errorf("verdicts %v, %d late; want 1501 processed, the 30 that took seconds late", h.entered, h.late)
	}
}

// foretold is a message whose processing is told of long before it ends.
func (h *twoHosts) foretold() {
	before := h.now
	h.message(true)
	b := &span.Batch{Symbols: []string{"", "worker", "orders", "node-2"}, Received: before + int64(200*time.Millisecond)}
	trace := span.TraceID{byte(h.count), byte(h.count >> 8), byte(h.count >> 16), 1}
	b.Records = []span.Record{{Trace: trace, Span: span.ID{3}, Parent: span.ID{2}, Kind: span.Consumer, Stage: span.Processed, Service: 1, Topic: 2, Host: 3,
		Start: before + int64(125*time.Millisecond), End: before + int64(5*time.Second)}}
	h.take(h.tracker.Step(journey.Position(h.count), b))
}

func TestOneHostFiveSecondsAhead(t *testing.T) {
	h := newTwoHosts(t, func(int64) int64 { return int64(5 * time.Second) })
	h.run(1500)
	h.waited(300)
	v := h.view(h.message(true))
	if len(v.Clocks) != 1 || v.Clocks[0].Host != "node-2" || v.Clocks[0].Suspect {
		t.Fatalf("clocks %+v, want node-2 alone", v.Clocks)
	}
	if off := v.Clocks[0].Offset + 5*time.Second; off.Abs() > v.Clocks[0].Bound || v.Clocks[0].Bound > 30*time.Millisecond {
		t.Errorf("the clock of node-2 is %v ± %v off", v.Clocks[0].Offset, v.Clocks[0].Bound)
	}
	if d := v.Deliveries[0]; d.Verdict != journey.Processed || d.Timeliness != journey.InTime || d.Latency() > 100*time.Millisecond {
		t.Errorf("%v %v after %v", d.Verdict, d.Timeliness, d.Latency())
	}
	if !slices.ContainsFunc(v.Stamps, func(s journey.Stamp) bool { return s.Host == "node-2" && s.Start-v.Started > int64(5*time.Second) }) {
		t.Error("the raw times of node-2 were changed")
	}
	// Before the clock was known to be wrong its deliveries were late; from then on none is.
	before := h.late
	h.run(300)
	if h.late != before {
		t.Errorf("%d more are late", h.late-before)
	}
	if h.entered[journey.Lost]+h.entered[journey.Stuck]+h.entered[journey.Unverifiable] != 0 {
		t.Errorf("verdicts %v", h.entered)
	}
}

func TestOneHostDriftsTwoHundredPartsPerMillion(t *testing.T) {
	h := newTwoHosts(t, func(at int64) int64 { return (at - dawn) / 1_000_000 * 200 }) // 0.72 s an hour
	h.run(36_000)
	h.waited(300)
	if h.entered[journey.Lost]+h.entered[journey.Stuck]+h.entered[journey.Unverifiable]+h.late != 0 {
		t.Errorf("verdicts %v, %d late", h.entered, h.late)
	}
}

func TestOneHostJumps(t *testing.T) {
	jump := int64(0)
	h := newTwoHosts(t, func(int64) int64 { return jump })
	h.run(1200)
	jump = int64(-10 * time.Second)
	h.run(250)
	suspect := false
	for _, s := range h.tracker.Sources() {
		if s.Suspect && s.Host != "node-2" {
			t.Errorf("%s is suspect", s.Host)
		}
		suspect = suspect || s.Suspect || s.Host == "node-2" && s.Offset != 0
	}
	if !suspect {
		t.Errorf("the jump was not noticed: %+v", h.tracker.Sources())
	}
	h.run(1200)
	h.waited(300)
	if h.entered[journey.Lost]+h.entered[journey.Stuck] != 0 {
		t.Errorf("verdicts %v", h.entered)
	}
}
