// SPDX-License-Identifier: Apache-2.0

package journey

import (
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/span"
)

const second = int64(time.Second)

func good(latency time.Duration, t Timeliness) Delivery {
	return Delivery{Verdict: Rendered, Reason: ReachedRendered, Timeliness: t, Started: second, Fulfilled: second + int64(latency)}
}

func onTheWay(v Verdict) Delivery {
	return Delivery{Verdict: v, Started: second, Hop: HopID{span.Published, span.Consumed}}
}

func TestSentences(t *testing.T) {
	waited := good(184*time.Millisecond, InTime)
	waited.Recipient = "u-17"
	waited.Hops = []Hop{{HopID: HopID{To: span.Accepted}, Own: 40 * time.Millisecond},
		{HopID: HopID{span.Delivered, span.Received}, Wait: 112 * time.Millisecond, Own: time.Millisecond}}
	late := good(7*time.Second, Late)
	late.Retries = 2
	early := good(0, InTime)
	early.Hops = []Hop{{HopID: HopID{To: span.Published}}, {HopID: HopID{span.Published, span.Consumed}}}
	refused := Delivery{Verdict: DeadLettered, Reason: ValidationFailed, Hop: HopID{span.Processed, span.Invoked}, Retries: 2}
	buried := Delivery{Verdict: DeadLettered, Reason: ValidationFailed, Hop: HopID{span.Consumed, span.Processed}}
	throttled := onTheWay(Pending)
	throttled.Reason = Throttled
	for _, test := range []struct {
		name       string
		deliveries []Delivery
		stamps     []Stamp
		want       string
	}{
		{name: "nothing", want: "Nothing is known of its deliveries yet."},
		{name: "waited most", deliveries: []Delivery{waited},
			want: "Rendered for u-17 184 ms after it was accepted, in time (deadline 5 s); 61 % of that was waiting between delivered and received."},
		{name: "late", deliveries: []Delivery{late}, want: "Rendered 7 s after it was accepted, late (deadline 5 s), after 2 retries."},
		{name: "before it began, by its clocks", deliveries: []Delivery{early}, stamps: []Stamp{{Stage: span.Rendered}, {Stage: span.Published}},
			want: "Rendered by its clocks no later than it was published (they may differ), in time (deadline 5 s)."},
		{name: "pending", deliveries: []Delivery{onTheWay(Pending)},
			want: "On the way for 9 s: waits between published and consumed; the deadline is 5 s."},
		{name: "senders are throttled", deliveries: []Delivery{throttled},
			want: "On the way for 9 s: waits between published and consumed; the deadline of 5 s has passed, but senders were told to come back later, so the rest may wait there."},
		{name: "stuck", deliveries: []Delivery{onTheWay(Stuck)},
			want: "Stuck for 9 s: it was published and never consumed (deadline 5 s, given up after 10 min)."},
		{name: "lost", deliveries: []Delivery{onTheWay(Lost)}, want: "Lost: it was published and never consumed and was given up after 10 min."},
		{name: "refused", deliveries: []Delivery{refused},
			stamps: []Stamp{{Stage: span.Published}, {Stage: span.Invoked, Error: true, Destination: "desk.example", Detail: "HTTP 422"}},
			want:   "Dead lettered: the content was refused as invalid, desk.example answered HTTP 422 after 2 retries."},
		{name: "said so by its consumer", deliveries: []Delivery{buried}, stamps: []Stamp{{Stage: span.Processed, Error: true, Service: "worker", Detail: "dead_lettered"}},
			want: "Dead lettered: the content was refused as invalid."},
		{name: "said so by its consumer, and why", deliveries: []Delivery{buried},
			stamps: []Stamp{{Stage: span.Processed, Error: true, Service: "worker", Detail: "BadOrder, dead_lettered"}},
			want:   "Dead lettered: the content was refused as invalid, worker reported BadOrder."},
		{name: "many", deliveries: []Delivery{good(1, InTime), good(90*time.Millisecond, InTime), onTheWay(Stuck), {Verdict: Suppressed, Reason: WasSuppressed}},
			want: "4 deliveries: 2 rendered in time, 1 stuck between published and consumed, 1 suppressed (Suppressed); the slowest took 90 ms."},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := View{Deadline: 5 * time.Second, GiveUp: 10 * time.Minute, Now: 10 * second, Deliveries: test.deliveries, Stamps: test.stamps}
			if got := v.Sentence(); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestHumanDurations(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 µs", 1500: "1.5 µs", 184 * time.Millisecond: "184 ms", 2100 * time.Millisecond: "2.1 s", 59 * time.Second: "59 s",
		4*time.Minute + 5*time.Second: "4 min 5 s", 10 * time.Minute: "10 min", 90 * time.Minute: "1 h 30 min",
	} {
		if got := Human(d); got != want {
			t.Errorf("%d ns is %q, want %q", d, got, want)
		}
	}
}

func TestEveryVerdictAndReasonHasAName(t *testing.T) {
	seen := map[string]bool{}
	for v := Pending; v < NumVerdicts; v++ {
		if seen[v.String()] || v.String() == "" {
			t.Errorf("verdict %d is named %q, as another one or nothing is", v, v)
		}
		seen[v.String()] = true
		if states := btoi(v.OnTheWay()) + btoi(v.Good()) + btoi(v.Bad()); states > 1 {
			t.Errorf("%s is in %d states", v, states)
		}
	}
	for r := Waiting; r < NumReasons; r++ {
		if seen[r.String()] || r.String() == "" {
			t.Errorf("reason %d is named %q, which is taken or empty", r, r)
		}
		seen[r.String()] = true
	}
	if StuckAt(span.Published).String() != "StuckAtPublish" || LostAt(span.Rendered).String() != "LostAtRender" {
		t.Error("reasons do not name the step")
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
