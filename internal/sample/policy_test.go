// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

const morning = int64(1_793_588_400_000_000_000) // 2026-11-02T01:00:00Z

// good is a delivery that took some time.
func good(key string, latency time.Duration) journey.Delivery {
	trace := span.TraceID{}
	copy(trace[:], key)
	return journey.Delivery{ID: key + "/0", Key: key, Trace: trace, Path: "chat", Kind: "gateway POST /v1/messages",
		Verdict: journey.Rendered, Reason: journey.ReachedRendered, Timeliness: journey.InTime,
		Started: morning, Fulfilled: morning + int64(latency), Positions: []journey.Position{1},
		Hops: []journey.Hop{{HopID: journey.HopID{To: span.Accepted}}, {HopID: journey.HopID{From: span.Accepted, To: span.Rendered}}}}
}

func ended(key string, verdict journey.Verdict, reason journey.Reason) journey.Delivery {
	d := good(key, 0)
	d.Verdict, d.Reason, d.Timeliness, d.Fulfilled = verdict, reason, journey.Untimed, 0
	return d
}

// warmed has seen enough messages of path chat to know its tail: 1 to 300 ms, each as often.
func warmed(options Options) *Sampler {
	s := New(options)
	for i := range 300 {
		d := good(fmt.Sprintf("warm-%d", i), time.Duration(300-i)*time.Millisecond) // so none is slow in its time
		s.Step(journey.Position(i+1), morning, []journey.Delivery{d})
	}
	return s
}

// all keeps everything that any policy applies to, and of the rest nothing.
func all() *[NumPolicies]float64 {
	shares := [NumPolicies]float64{}
	for p := range shares {
		shares[p] = 1
	}
	shares[Random] = 0
	return &shares
}

func TestEachPolicyGivesItsReason(t *testing.T) {
	t.Parallel()
	late, retried, tenant := good("m", 40*time.Millisecond), good("m", 0), good("m", 0)
	late.Timeliness = journey.Late
	retried.Retries = 2
	tenant.Dims[span.Tenant] = "acme"
	badOfTenant := ended("m", journey.Failed, journey.InternalError)
	badOfTenant.Dims[span.Tenant] = "acme"
	odd := good("m", 0)
	odd.Kind = "odd"
	second := late
	second.ID, second.Recipient = "m/u", "u"
	many := all()
	many[Random] = 1
	half := all()
	half[Unverifiable] = 1 - 1.0/(1<<20)
	for _, test := range []struct {
		name    string
		settled []journey.Delivery
		shares  *[NumPolicies]float64
		policy  Policy
		reason  string
	}{
		{"failed", []journey.Delivery{ended("m", journey.Failed, journey.DestinationTimedOut)}, nil, Failed, "failed: DestinationTimedOut"},
		{"dead-lettered", []journey.Delivery{ended("m", journey.DeadLettered, journey.ValidationFailed)}, nil, Failed, "dead_lettered: ValidationFailed"},
		{"expired", []journey.Delivery{ended("m", journey.Expired, journey.WasExpired)}, nil, Failed, "expired: Expired"},
		{"lost", []journey.Delivery{ended("m", journey.Lost, journey.LostAt(span.Consumed))}, nil, Lost, "lost: LostAtConsume"},
		{"stuck", []journey.Delivery{ended("m", journey.Stuck, journey.StuckAt(span.Published))}, nil, Stuck, "stuck: StuckAtPublish"},
		{"one of two is lost", []journey.Delivery{late, ended("m", journey.Lost, journey.LostAt(span.Consumed))}, nil, Lost, "lost: LostAtConsume"},
		{"not adjacent", []journey.Delivery{retried, good("n", 0), ended("m", journey.Failed, journey.RateLimited)}, all(), Failed, "failed: RateLimited"},
		{"tenant", []journey.Delivery{tenant}, nil, Tenant, "tenant acme is always kept"},
		{"failure before tenant", []journey.Delivery{badOfTenant}, nil, Failed, "failed: InternalError"},
		{"rare", []journey.Delivery{odd}, all(), Rare, "rare shape: odd accepted, rendered"},
		{"slow", []journey.Delivery{good("m", 2400*time.Millisecond)}, all(), Slow, "slow: 2.4 s, p99 of chat is 311 ms"},
		{"late", []journey.Delivery{late}, all(), Late, "late: 40 ms"},
		{"slow before late", []journey.Delivery{good("m", time.Second), second}, all(), Slow, "slow: 1 s, p99 of chat is 311 ms"},
		{"retried", []journey.Delivery{retried}, all(), Retried, "retries: 2"},
		{"unverifiable", []journey.Delivery{ended("m", journey.Unverifiable, journey.LinksDropped)}, half, Unverifiable,
			"unverifiable: LinksDropped (100 % of such are kept)"},
		{"random", []journey.Delivery{good("m", 0)}, many, Random, "random 100 %"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := warmed(Options{Shares: test.shares, Tenants: []string{"acme"},
				Rare: func(_, kind string, _ uint32) bool { return kind == "odd" }})
			effects := s.Step(1000, morning, test.settled)
			d := effects.Decisions[0]
			if d.Policy != test.policy || effects.Reason(0) != test.reason {
				t.Fatalf("%s: %q, want %s: %q", d.Policy, effects.Reason(0), test.policy, test.reason)
			}
			if last := len(test.settled) - 1; effects.Reason(last) != test.reason {
				t.Errorf("its last delivery is kept because %q", effects.Reason(last))
			}
			if test.policy.MustKeep() && d.Threshold != 0 {
				t.Errorf("threshold %x of what must be kept", d.Threshold)
			}
		})
	}
}

func TestWhatNoPolicyWantsIsDropped(t *testing.T) {
	t.Parallel()
	s := warmed(Options{Shares: all()})
	effects := s.Step(1000, morning, []journey.Delivery{good("m", 90*time.Millisecond), ended("n", journey.Suppressed, journey.WasSuppressed)})
	if len(effects.Decisions) != 0 || effects.Reason(0) != "" || effects.Reason(1) != "" {
		t.Errorf("a healthy message and one that was suppressed: %+v", effects.Decisions)
	}
	if s.Backlog() != 0 || s.Waiting() {
		t.Error("something is to be copied")
	}
}

// Whatever else is true of it, a message has at least the chance that any message has.
func TestNoPolicyKeepsLessThanTheRandomShare(t *testing.T) {
	t.Parallel()
	shares := DefaultShares()
	shares[Retried], shares[Random] = 0.001, 0.5
	d := good("m", 0)
	d.Retries = 1
	decision := New(Options{Shares: &shares}).Step(1, morning, []journey.Delivery{d}).Decisions[0]
	if decision.Policy != Retried || decision.Threshold != ThresholdOf(0.5) {
		t.Errorf("%s keeps with the threshold %x, want retried with %x", decision.Policy, decision.Threshold, ThresholdOf(0.5))
	}
}

func TestSlowIsOfAPathItself(t *testing.T) {
	t.Parallel()
	s := warmed(Options{Shares: all()})
	slow := func(path string, latency time.Duration) string {
		d := good("m-"+path+latency.String(), latency)
		d.Path = path
		return s.Step(1000, morning, []journey.Delivery{d}).Reason(0)
	}
	if got := slow("chat", 290*time.Millisecond); got != "" {
		t.Errorf("290 ms of at most 300: %q", got)
	}
	if got := slow("mail", time.Hour); got != "" {
		t.Errorf("the first message of a path: %q", got)
	}
	for i := range 200 {
		d := good(fmt.Sprintf("quick-%d", i), time.Millisecond)
		d.Path = "cache"
		s.Step(1000, morning, []journey.Delivery{d})
	}
	if got := slow("cache", 90*time.Millisecond); got != "" {
		t.Errorf("90 times slower than usual and still fast: %q", got)
	}
	if got := slow("cache", 150*time.Millisecond); !strings.HasPrefix(got, "slow: 150 ms, p99 of cache is 1") {
		t.Errorf("150 times slower than usual: %q", got)
	}
}

// slowOf lets messages of some latencies settle in a time and counts those kept as slow.
func slowOf(s *Sampler, began, length time.Duration, count int, latency func(i int) time.Duration) (kept int) {
	for i := range count {
		now := morning + int64(began) + int64(i)*int64(length)/int64(count)
		d := good(fmt.Sprint("m-", now), latency(i))
		if s.Step(journey.Position(now), now, []journey.Delivery{d}).Reason(0) != "" {
			kept++
		}
	}
	return kept
}

func TestTheTailOfAPathAdapts(t *testing.T) {
	t.Parallel()
	s := warmed(Options{Shares: all()})
	thrice := func(i int) time.Duration { return 900*time.Millisecond + time.Duration(i%100)*time.Millisecond }
	if kept := slowOf(s, 0, time.Minute, 600, thrice); kept == 0 || kept > 60 {
		t.Errorf("of the first 600 messages that take thrice as long %d are slow, want some and at most a tenth", kept)
	}
	if kept := slowOf(s, time.Minute, time.Hour, 5000, thrice); kept > 50 {
		t.Errorf("an hour later %d of 5000 are slow: it did not learn what is usual now", kept)
	}
	quick := func(int) time.Duration { return 100 * time.Millisecond }
	slowOf(s, 20*time.Hour, time.Hour, 300, quick)
	if kept := slowOf(s, 21*time.Hour, time.Minute, 2, func(int) time.Duration { return 500 * time.Millisecond }); kept != 2 {
		t.Error("500 ms is not slow after an hour of 100 ms the next day: it still remembers how slow it once was")
	}
}

// Where every message takes longer than the one before, all of them are in the tail.
func TestSlowMessagesAreCapped(t *testing.T) {
	t.Parallel()
	worse := func(i int) time.Duration { return time.Second + time.Duration(i)*20*time.Millisecond }
	for _, most := range []float64{0.05, 1} {
		s := warmed(Options{Shares: all(), SlowCap: most})
		kept := slowOf(s, 0, time.Hour, 3000, worse)
		if most == 1 && kept < 1000 || most < 1 && (kept < 75 || kept > 3300/10) {
			t.Errorf("with a cap of %v, of 3000 ever slower messages %d are kept", most, kept)
		}
	}
}

func TestConsiderKeepsWhatIsBadAlready(t *testing.T) {
	t.Parallel()
	s := New(Options{Delay: 10 * time.Second})
	stuck, waiting := ended("stuck", journey.Stuck, journey.StuckAt(span.Consumed)), ended("waits", journey.Pending, journey.Waiting)
	effects := s.Consider(morning, []journey.Delivery{waiting, stuck})
	if len(effects.Decisions) != 1 || effects.Reason(0) != "" || effects.Reason(1) != "stuck: StuckAtConsume" {
		t.Fatalf("%+v, want the stuck one alone to be kept", effects.Decisions)
	}
	s.Step(5, morning, nil)
	settled := good("stuck", time.Minute)
	settled.Positions = []journey.Position{1, 9}
	settled.OtherTraces = []span.TraceID{{7}}
	effects = s.Step(10, morning+1, []journey.Delivery{settled})
	if d := effects.Decisions[0]; !d.Again || effects.Reason(0) != "stuck: StuckAtConsume" || d.Threshold != 0 {
		t.Errorf("when it settles well: %+v, want it to stay kept as stuck", d)
	}
	if want := [NumPolicies]float64{Stuck: 2}; s.budget.expected != want {
		t.Errorf("the budget expects %v, want its two spans once", s.budget.expected)
	}
	if got := s.Counts(Stuck); got != (Counts{Decided: 1, Kept: 1, Spans: 2}) {
		t.Errorf("counted %+v, want it once", got)
	}
	s.Step(20, morning+int64(time.Second), nil)
	s.Step(30, morning+int64(20*time.Second), nil)
	work, _ := s.Next(0)
	if got := wishes(work); got != "1: stuck 0700.., 9: 0700.." {
		t.Errorf("to be copied are %s, want the new trace everywhere, and the first where it was known to be", got)
	}
}

// wishes writes what a work wants: positions with traces by their first bytes.
func wishes(work Work) string {
	var parts []string
	for _, c := range work.Copies {
		var traces []string
		for _, kept := range c.Kept {
			for _, trace := range kept.Traces {
				text := strings.TrimRight(string(trace[:]), "\x00")
				if text < " " {
					text = fmt.Sprintf("%x..", trace[:2])
				}
				traces = append(traces, text)
			}
		}
		parts = append(parts, fmt.Sprintf("%d: %s", c.Position, strings.Join(traces, " ")))
	}
	return strings.Join(parts, ", ")
}
