// SPDX-License-Identifier: Apache-2.0

// Package sample decides of which messages the spans are kept, and says why. All
// messages are counted elsewhere; what is kept here only explains.
//
// The sampler is a pure fold, driven along the log beside the tracker: no clock,
// goroutine, lock or disk inside, the same log gives the same decisions, and
// [Sampler.Append] and [Restore] carry its state over a restart. It is not safe
// for concurrent use. It holds no spans: a decision yields places in the log to
// copy them from ([Work]), so that it may come hours after the spans did.
//
// # Deciding
//
// A message is decided when the tracker settles its deliveries. The policies are
// one table ([Policy]); the first that applies decides and gives the reason in
// words. Must-keep policies keep everything. The others keep a share, which a
// budget of spans per second lowers when it is exceeded; and none of them keeps
// less than the random share does.
//
// The draw is OpenTelemetry's consistent probability: a message is kept if its
// randomness, 56 bits of the hash of its key, is not below the [Threshold] of its
// share. All linked traces of a message have one key, so they share one decision,
// and each kept span says with which probability it is here. What the shares adapt
// to is what was expected to be kept, not what the draw kept, so sums over what is
// kept, each counted 1/probability times, are unbiased.
//
// # Copying
//
// Spans are copied by a second reader of the log, about Delay of log time behind
// the fold, when nearly all decisions about them were made. What to copy comes
// from the fold, too: once a second of log time it yields a [Work], named by the
// fold's position, with the log positions that the pass has reached, and those
// behind it that a late decision or a late span made interesting (to be read
// again). Therefore everything copied is a function of the fold's position, however
// far behind the reader really is, and files of it are deterministic.
//
// How an app drives it, with the lock of the fold held where it says so:
//
//	for each log message, in order:                              // locked
//	    for each record of it: sampler.Arrived(position, trace)  // late spans follow
//	    for each settled of tracker.Step(...) and tracker.More():
//	        effects := sampler.Step(position, tracker.Now(), settled)
//	        for i := range settled { settled[i].Kept = effects.Reason(i) }
//	        parts.Add(position, settled)
//	    parts.Fold(position, tracker.Now())
//
//	second goroutine, after := spans.Mark():
//	    work, ok := sampler.Next(after)                          // locked
//	    if !ok: wait for the next step of the fold
//	    for each copy of work.Copies:                            // positions ascend
//	        message := read the log at copy.Position             // those <= work.Passed are behind the pass
//	        cut the spans out of it whose index.Of(copy).Wanted(trace) is not nil,
//	        mark each with ot=th of what sampled it before us and the decision together
//	    forward them; spans.Fold(work.At, work.Now, all of them) // once for each work
//	    after = work.At
//	    sampler.Done(spans.Mark())                               // locked
//
// Senders have to wait while [Sampler.Backlog] is past what memory is for, and the
// time has to be written to the log while the sampler is [Sampler.Waiting].
package sample

import (
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// Options of a sampler. All times are of the log.
type Options struct {
	// Shares that policies keep of what they apply to, 0 to 1; 0 turns one off, and
	// of a must-keep policy anything above 0 is all. Nil: [DefaultShares].
	Shares *[NumPolicies]float64

	Tenants []string // always kept
	// Rare tells whether a shape (a kind of message, and a bit for each stage that it
	// passed) is seldom seen. It has to be part of the fold, too. Nil: nothing is rare.
	Rare func(path, kind string, stages uint32) bool

	SlowQuantile float64       // of the path's own latencies, beyond which a message is slow; default 0.99
	SlowFloor    time.Duration // below which no message is slow; default 100 ms
	SlowCap      float64       // kept as slow at most, of a path's messages; default 0.05

	SpansPerSecond float64       // budget; 0: none
	Delay          time.Duration // from a span to its copy; default 90 s
	Remember       time.Duration // how long late spans follow a decision; default 1 h
	// RememberOpen is the same where the message may still be decided otherwise: it is
	// on its way, or did not end well. Default 24 h; at least Remember.
	RememberOpen time.Duration
	MaxKept      int           // traces that are remembered; default 1,000,000
	Period       time.Duration // of the store; see Work; default 1 min
}

// DefaultShares keep all that went wrong or stands out, a tenth of what repeats
// itself or cannot be known, and a hundredth of everything else.
func DefaultShares() [NumPolicies]float64 {
	return [NumPolicies]float64{Failed: 1, Lost: 1, Stuck: 1, Tenant: 1, Rare: 1, Slow: 1, Late: 1,
		Retried: 0.1, Unverifiable: 0.1, Random: 0.01}
}

func (o Options) withDefaults() Options {
	if o.Shares == nil {
		shares := DefaultShares()
		o.Shares = &shares
	}
	orDefault(&o.SlowQuantile, 0.99)
	orDefault(&o.SlowFloor, 100*time.Millisecond)
	orDefault(&o.SlowCap, 0.05)
	orDefault(&o.Delay, 90*time.Second)
	orDefault(&o.Remember, time.Hour)
	orDefault(&o.RememberOpen, 24*time.Hour)
	orDefault(&o.MaxKept, 1_000_000)
	orDefault(&o.Period, time.Minute)
	return o
}

func orDefault[T int | float64 | time.Duration](value *T, fallback T) {
	if *value <= 0 {
		*value = fallback
	}
}

// Sampler is the state of the fold.
type Sampler struct {
	options Options
	tenants map[string]bool

	now    int64 // the log's time
	tails  tails
	budget budget
	kept   table
	copies copies
	counts [NumPolicies]Counts

	effects  Effects
	messages gathering
}

// Counts is what became of the messages that a policy decided; they only grow.
type Counts struct {
	Decided, Kept uint64 // messages
	Spans         uint64 // of the kept ones, as far as their hops tell
}

// New makes a sampler that has seen nothing.
func New(options Options) *Sampler {
	options = options.withDefaults()
	s := &Sampler{options: options, tenants: map[string]bool{},
		tails:  newTails(options.SlowQuantile),
		budget: newBudget(options.SpansPerSecond),
		kept:   newTable(int64(options.Remember), int64(options.RememberOpen), options.MaxKept),
		copies: newCopies(int64(options.Delay), int64(options.Period))}
	for _, tenant := range options.Tenants {
		s.tenants[tenant] = true
	}
	return s
}

// Effects is what a step decided. It is valid until the next call.
type Effects struct {
	Decisions []Decision
	Of        []int32 // for each delivery of the step, the index of its message's decision; -1: none yet
}

// Reason why the spans of the i-th delivery are kept; "" when they are not.
func (e *Effects) Reason(i int) string {
	if at := e.Of[i]; at >= 0 && e.Decisions[at].Kept != nil {
		return e.Decisions[at].Reason
	}
	return ""
}

// Decision is what becomes of the spans of a message.
type Decision struct {
	Key       string
	Policy    Policy // that decided
	Threshold Threshold
	Kept      *Kept  // nil: dropped
	Reason    string // why it is kept, as it is known now; its spans have that of Kept
	Again     bool   // it was kept before, and stays kept
	Spans     int    // of the message, as far as its hops tell
	Positions []journey.Position
}

// Step moves the log's time and decides the messages whose deliveries a step of
// the log settled. It is called for each position, in order, as often as something
// settles there, but at least once; all deliveries of a message come together.
func (s *Sampler) Step(at journey.Position, now int64, settled []journey.Delivery) *Effects {
	s.advance(now)
	s.decideAll(settled, NumPolicies)
	s.copies.advance(at, s.now)
	return &s.effects
}

// Consider decides messages that are still on the way, as far as that can be done
// for good: those that a must-keep policy applies to already are kept. It is called
// before Step of the same position.
func (s *Sampler) Consider(now int64, onTheWay []journey.Delivery) *Effects {
	s.advance(now)
	s.decideAll(onTheWay, firstAdaptive)
	return &s.effects
}

// Arrived tells of a span. One whose trace was kept before follows that decision.
func (s *Sampler) Arrived(at journey.Position, trace span.TraceID) (kept bool) {
	k := s.kept.traces.of(trace)
	if k != nil {
		s.copies.want(at, k)
	}
	return k != nil
}

// KeptOf is the decision by which the spans of a trace are kept; nil when they are
// not, or it was forgotten.
func (s *Sampler) KeptOf(trace span.TraceID) *Kept { return s.kept.traces.of(trace) }

// Counts of a policy.
func (s *Sampler) Counts(p Policy) Counts { return s.counts[p] }

// Overdrawn is how often, in periods of five seconds, the must-keep policies alone
// exceeded the budget.
func (s *Sampler) Overdrawn() uint64 { return s.budget.overdrawn }

// Share that a policy keeps at present of what it applies to.
func (s *Sampler) Share(p Policy) float64 {
	if p.MustKeep() && s.options.Shares[p] > 0 {
		return 1
	}
	return s.options.Shares[p] * s.budget.scales[p]
}

func (s *Sampler) advance(now int64) {
	s.now = max(s.now, now)
	s.budget.advance(s.now)
	s.tails.advance(s.now)
	s.kept.forget(s.now)
}
