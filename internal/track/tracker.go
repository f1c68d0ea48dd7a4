// SPDX-License-Identifier: Apache-2.0

// Package track is the pure fold of the log: stamps become journeys, journeys
// become deliveries with verdicts.
//
// The tracker is a machine that is pushed: [Tracker.Step] takes a batch of
// records, [Tracker.Tick] a moment of the log's own time, and both answer what
// follows from it. There is no clock, goroutine, lock or disk inside; the same
// log gives the same effects, byte for byte. It is not safe for concurrent use.
//
// What is remembered is the set of stamps, and what is known of a delivery is a
// function of that set and of the log's time (package assess). Therefore neither
// the order in which spans arrive, nor how they are batched, nor how often one is
// sent, can change what the ledger adds up to. The effects of a step are the
// difference between what was told before and what is known now.
//
//	Step:  insert the stamps -> assess each touched journey -> tell the difference
//	Tick:  assess each journey whose deadline, give-up or linger time has come
//
// It is in six parts. Package state is what is held; package join decides who continues
// whom there; package gather finds the stamps of a journey; package assess finds out what is
// known of a message from those; package relay is what the partitions of a log tell each
// other; this one decides what is taken in, what is looked at and when, what is told and let
// go of.
//
// A group is the spans of one trace. A group whose consumer links to a span of
// another trace belongs to the journey of that trace; spans may come in any order,
// so a group may exist as the target of a link before any of its spans. Where no
// context was carried, a consumer finds its message by a name that both show (see
// package join): by an edge like that of a link, until what the sender said arrives.
//
// A group that is left alone is frozen into a few bytes until somebody asks for it
// (sweep.go), and in the same bytes all of them go into a snapshot
// ([Tracker.Snapshot], [Restore]).
package track

import (
	"time"

	"github.com/hopstamp/hopstamp/internal/flat"
	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/assess"
	"github.com/hopstamp/hopstamp/internal/track/join"
	"github.com/hopstamp/hopstamp/internal/track/relay"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// Tracker is the fold: what is held, who assesses it, and what is done next.
type Tracker struct {
	state    state.State
	options  Options
	at       journey.Position // of the step under way
	overflow span.Symbol
	passages int    // that they were shown in the step under way
	last     uint32 // the group that was found last
	timers   flat.Timers
	rests    flat.Timers // of the groups that rest
	planned  int         // groups in timers
	resting  int         // groups in rests
	behind   bool        // more has become due than the step looked at
	effects  journey.Effects
	counts   Counts

	leaving  []uint32   // groups to let go of
	writing  []written  // whose rows are written before that
	way      []byte     // packed of one
	awaiting []awaiting // links to the group that is let go of, which is awaited again

	atOnce     int           // see More
	idleBefore time.Duration // see sweep.go
	hand       uint32        // the open group that was looked at last
	begun      int           // groups, in the step under way

	toldIndex map[uint64]uint32 // of the group under review, when it has many
	manyTold  bool
	recalled  uint32 // list of what was told of it before

	translated []span.Symbol
	coming     coming
	joins      join.Joins
	others     relay.Others
	assessor   assess.Assessor
}

// Counts is what the fold has met so far; they only grow.
type Counts struct {
	Stamps     uint64 // records taken in
	Duplicates uint64 // records that were known already
	Differing  uint64 // records of a known span that say something else of it
	Late       uint64 // records of traces already settled and let go of
	Unjoined   uint64 // records that never came to belong to a message
	Evicted    uint64 // traces that stayed for corrections only and were let go of early, for want of memory
}

// New makes an empty tracker.
func New(options Options) *Tracker {
	t := blank(options)
	t.state.Symbols.Add("") // the symbol 0
	t.configure()
	return t
}

// blank makes a tracker without a symbol.
func blank(options Options) *Tracker {
	options.setDefaults()
	t := &Tracker{options: options, toldIndex: map[uint64]uint32{}}
	t.state.Begin(options.Memory, options.MaxSymbols, options.MaxClasses, options.Remember)
	t.assessor = assess.New(t.state.Clocks)
	t.joins = join.New(&t.state, host{t})
	t.others = relay.New(&t.state, &t.joins, relay.Options{
		Partition: options.Partition, Partitions: options.Partitions,
		Settle: options.Settle, Orphans: options.Orphans, LingerFailed: options.LingerFailed,
	})
	t.idleBefore, t.atOnce = idleBefore, atOnce
	t.timers, t.rests = flat.NewTimers(options.Memory), flat.NewTimers(options.Memory)
	return t
}

// configure gives the options' texts their symbols.
func (t *Tracker) configure() {
	t.overflow = t.state.Symbols.Intern(state.Overflow)
	t.assessor.Use(&t.state, assess.Compile(t.options.Paths, t.options.Default, t.state.Symbols))
}

// Step takes in a batch that stands at a position of the log. The effects are
// valid until the next call, with all that they point to. [Tracker.More] has the rest
// of them.
func (t *Tracker) Step(at journey.Position, batch *span.Batch) *journey.Effects {
	t.begin()
	t.at = at
	t.pass(batch)
	t.translated = t.state.Symbols.Translate(batch, t.translated)
	t.state.Profiles.Begin()
	t.passages = 0
	t.hear(batch)
	t.warmRecords(batch.Records)
	t.insertAll(batch.Records)
	t.joins.Match()
	t.joins.Unmark()
	for _, g := range t.joins.Dirty {
		if t.state.Groups.At(g).Dirty = false; !t.reviewLater(g) {
			t.review(g)
		}
	}
	t.joins.Dirty = t.joins.Dirty[:0]
	t.fire() // after the stamps: what arrives with the passing of a deadline was not missing
	t.refreeze()
	t.sweep(sweepLeast + sweepEach*t.begun)
	t.begun = 0
	t.others.Tell(&t.effects)
	return &t.effects
}

// pass moves the log's time to that of a batch.
func (t *Tracker) pass(batch *span.Batch) {
	before := t.state.LogTime
	t.state.LogTime = max(before, batch.Received)
	if batch.Throttled {
		t.state.Throttle.Throttled(before, t.state.LogTime)
	}
}

// Tick moves the log's time without records. A time in the past does nothing. The
// effects are like those of a step.
func (t *Tracker) Tick(at journey.Position, now int64) *journey.Effects {
	t.begin()
	t.at = at
	t.state.LogTime = max(t.state.LogTime, now)
	t.fire()
	t.sweep(sweepTick)
	t.others.Tell(&t.effects)
	return &t.effects
}

// More goes on with what has become due by the time of the last step, which lets go of
// some hundred deliveries at a time: while many settle, their rows stay in the
// processor's cache. Who wants all that a step leads to asks until it answers nil; what
// is not asked for follows in the next step.
func (t *Tracker) More() *journey.Effects {
	if !t.behind {
		return nil
	}
	t.begin()
	t.fire()
	t.others.Tell(&t.effects)
	return &t.effects
}

// atOnce is how many deliveries settle in a step before the rest is left to More.
// Those of one message, and of those that it is linked with, come together.
const atOnce = 256

func (t *Tracker) begin() {
	t.effects.Reset()
	t.assessor.Reuse()
}

// Now is the log's time.
func (t *Tracker) Now() int64 { return t.state.LogTime }

// Throttled tells whether senders that had to come back later may not have: no deadline
// passes before what they have must have come.
func (t *Tracker) Throttled() bool { return t.state.Throttle.Lasts(t.state.LogTime) }

// Counts of what the fold has met.
func (t *Tracker) Counts() Counts { return t.counts }

// Text of a symbol that an effect names; valid for good.
func (t *Tracker) Text(symbol span.Symbol) string { return t.state.Symbols.Text(symbol) }

// Class of an id that an effect names; valid for good.
func (t *Tracker) Class(id journey.ClassID) journey.Class { return t.state.Classes.Class(id) }

// Overflowed is how many deliveries were put under an overflow class, and how many texts
// came too late to get a symbol.
func (t *Tracker) Overflowed() (classes, texts uint64) {
	return t.state.Classes.Overflowed(), t.state.Symbols.Overflowed()
}

// Size is what the tracker holds: traces and stamps.
func (t *Tracker) Size() (traces, stamps int) {
	return t.state.Groups.Live(), t.state.NumStamps
}

// Bytes is what the tracker's state takes in memory: its tables, and the records and
// slots that are in use. It falls when journeys settle; the memory is kept for the
// next, so a table stays as large as it had to be. What one step needs on its way is
// not in it.
func (t *Tracker) Bytes() int64 {
	return t.state.Bytes() + t.timers.Bytes() + t.rests.Bytes()
}

// Resting is how many traces are held for corrections only.
func (t *Tracker) Resting() int { return t.resting }

// Waiting tells whether the passing of time alone could change anything. What rests may
// be let go of later, unless there is too much of it.
func (t *Tracker) Waiting() bool { return t.planned > 0 || t.crowded() }

// Paths are those declared, in order, and the default one last.
func (t *Tracker) Paths() []Path { return t.assessor.Declared() }

// Reconfigure changes the paths. Journeys are judged by the new ones the next time
// that something happens to them.
func (t *Tracker) Reconfigure(paths []Path, fallback Path) {
	t.options.Paths, t.options.Default = paths, fallback
	t.assessor.Use(&t.state, assess.Compile(paths, fallback, t.state.Symbols))
}
