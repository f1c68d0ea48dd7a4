// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"slices"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track"
)

// relayRace is a message that passes four hosts quickly, waits for the last but one and
// is receipted by the last. Each host's spans come to us by a time that is too early.
type relayRace struct {
	tracker *track.Tracker
	now     int64
	count   int
	early   [4]time.Duration // by which a host's spans come before they began
	ahead   [4]time.Duration // by which its clock is

	late, inTime int
	latencies    []time.Duration
}

var racers = []string{"ingress", "router", "delivery", "receipts"}

func newRelayRace() *relayRace {
	options := track.Options{Default: track.Path{Deadline: time.Second, GiveUp: 20 * time.Second}}
	return &relayRace{tracker: track.New(options), now: dawn}
}

// message takes so long until it is delivered.
func (r *relayRace) message(took time.Duration) {
	r.count++
	r.now += int64(100 * time.Millisecond)
	trace := span.TraceID{byte(r.count), byte(r.count >> 8), byte(r.count >> 16), 1}
	at := func(after time.Duration) int64 { return r.now + int64(after) }
	const ms = time.Millisecond
	r.step(0, span.Record{Trace: trace, Span: span.ID{1}, Kind: span.Server, Stage: span.Accepted, Start: at(0), End: at(2 * ms)},
		span.Record{Trace: trace, Span: span.ID{2}, Parent: span.ID{1}, Kind: span.Producer, Stage: span.Published, Topic: 1, Start: at(ms), End: at(2 * ms)})
	r.step(1, span.Record{Trace: trace, Span: span.ID{3}, Parent: span.ID{2}, Kind: span.Consumer, Stage: span.Consumed, Topic: 1,
		Start: at(time.Duration(5+r.count%4) * ms), End: at(20 * ms)})
	delivery := span.Record{Trace: trace, Span: span.ID{4}, Parent: span.ID{3}, Kind: span.Client, Stage: span.Delivered,
		Start: at(time.Duration(12+r.count%4) * ms), End: at(took)}
	receipt := span.Record{Trace: trace, Span: span.ID{5}, Parent: span.ID{4}, Kind: span.Client,
		Start: at(time.Duration(90+r.count%4) * ms), End: at(took + 60*ms)}
	if r.count%2 == 0 { // what follows may come first
		r.step(3, receipt)
		r.step(2, delivery)
		return
	}
	r.step(2, delivery)
	r.step(3, receipt)
}

func (r *relayRace) step(host int, records ...span.Record) {
	b := &span.Batch{Symbols: append([]string{"", "orders"}, racers...), Received: records[0].Start - int64(r.early[host])}
	for _, record := range records {
		record.Host = span.Symbol(2 + host)
		record.Start += int64(r.ahead[host])
		record.End += int64(r.ahead[host])
		b.Records = append(b.Records, record)
	}
	effects := r.tracker.Step(journey.Position(r.count), b)
	for _, e := range effects.Entries {
		switch e.Timeliness {
		case journey.Late:
			r.late += int(e.Delta)
		case journey.InTime:
			r.inTime += int(e.Delta)
		}
	}
	for _, s := range effects.Samples {
		if s.Good {
			r.latencies = append(r.latencies, s.Latency)
		}
	}
}

// around are times around the deadline, by less than the clocks are misjudged.
var around = []time.Duration{880 * time.Millisecond, 940 * time.Millisecond, 1005 * time.Millisecond, 1050 * time.Millisecond, 1120 * time.Millisecond}

// Everything comes to us half a second before it happened, of each host by another time.
// What passed between them does not say that they differ: it is told by the times as sent.
func TestWhatComesBeforeItHappenedShiftsNoDelivery(t *testing.T) {
	const ms = time.Millisecond
	for name, early := range map[string][4]time.Duration{
		"all hosts":     {530 * ms, 573 * ms, 616 * ms, 660 * ms},
		"the last":      {-40 * ms, -1 * time.Second, -2 * time.Second, 2500 * ms},
		"a little":      {-40 * ms, -1 * time.Second, -2 * time.Second, 660 * ms},
		"the last two":  {-40 * ms, -1 * time.Second, 2 * time.Second, 2500 * ms},
		"only we agree": {-40 * ms, -1 * time.Second, -2 * time.Second, -3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRelayRace()
			r.early = early
			for n := range 1500 {
				r.message(around[n%len(around)])
				if good := len(r.latencies); good != n+1 || r.latencies[n] != around[n%len(around)] {
					t.Fatalf("message %d took %v, %d latencies, the last %v", n, around[n%len(around)], good, r.latencies[good-1])
				}
			}
			if r.late != 900 || r.inTime != 600 {
				t.Errorf("%d are late, %d in time; want 900 and 600", r.late, r.inTime)
			}
			for _, s := range r.tracker.Sources() {
				if s.Offset != 0 {
					t.Errorf("%s is said to be %v ahead", s.Host, time.Duration(s.Offset))
				}
			}
		})
	}
}

// One of them is ahead besides, by seconds. It alone is corrected against the others.
func TestOneIsAheadOfThoseThatComeBeforeTheyHappened(t *testing.T) {
	const ms = time.Millisecond
	for wrong := range 4 {
		r := newRelayRace()
		r.early = [4]time.Duration{530 * ms, 573 * ms, 616 * ms, 660 * ms}
		for host := range r.early {
			r.early[host] += 40 * ms
		}
		r.ahead[wrong] = 5 * time.Second
		for range 600 {
			r.message(500 * ms)
		}
		before := r.late
		for n := range 600 {
			r.message(500 * ms)
			if off := r.latencies[len(r.latencies)-1] - 500*ms; off.Abs() > 150*ms {
				t.Fatalf("host %d is ahead: message %d took 500 ms, told is %v", wrong, n, off+500*ms)
			}
		}
		if r.late > before { // what was late before may be corrected
			t.Errorf("host %d is ahead: %d of 600 are late", wrong, r.late-before)
		}
		for _, s := range r.tracker.Sources() {
			host := slices.Index(racers, s.Host)
			if off := time.Duration(s.Offset) - r.ahead[host]; off.Abs() > 150*ms || host != wrong && s.Offset != 0 {
				t.Errorf("host %d is ahead: %s is said to be %v", wrong, s.Host, time.Duration(s.Offset))
			}
		}
	}
}
