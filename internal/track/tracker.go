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
// function of that set and of the log's time (see assess.go). Therefore neither
// the order in which spans arrive, nor how they are batched, nor how often one is
// sent, can change what the ledger adds up to. The effects of a step are the
// difference between what was told before and what is known now.
//
//	Step:  insert the stamps -> assess each touched journey -> tell the difference
//	Tick:  assess each journey whose deadline, give-up or linger time has come
//
// A group is the spans of one trace. A group whose consumer links to a span of
// another trace belongs to the journey of that trace; spans may come in any order,
// so a group may exist as the target of a link before any of its spans. Where no
// context was carried, a consumer finds its message by a name that both show (see
// names.go): by an edge like that of a link, until what the sender said arrives.
//
// A group that is left alone is frozen into a few bytes until somebody asks for it
// (freeze.go), and in the same bytes all of them go into a snapshot
// ([Tracker.Snapshot], [Restore]).
package track

import (
	"time"

	"github.com/hopstamp/hopstamp/internal/flat"
	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/clocks"
)

// Options are the tracker's bounds. Times are of the log's own clock.
type Options struct {
	Paths   []Path
	Default Path // deadline and give-up of the path "default"

	Linger time.Duration // how long a finished journey stays open for late spans (default 1m)
	// LingerFailed is how long one stays that did not end well, after its rows were
	// written: for what corrects it (default 24h, or Linger when that is longer).
	LingerFailed time.Duration
	Orphans      time.Duration // how long spans wait for the message they belong to (default 10m)
	Settle       time.Duration // how long a message waits for a parent span before it counts as the beginning (default 10s)
	Remember     time.Duration // how long a settled trace is remembered, so that it is not counted twice (default 30m)

	// Partitions of the log, at most span.MaxPartitions (default 1), and which of them this tracker folds.
	Partitions, Partition int

	MaxClasses int // combinations of bounded dimensions (default 100,000)
	MaxSymbols int // distinct bounded texts (default 1,000,000)
	// MaxBytes of what is held, past which what stays for corrections only is let go of,
	// the oldest first (default: no bound).
	MaxBytes int64
	MaxOpen  int // open traces up to which those that are finished stay so, at about 1 KB each (default 50,000)

	// Memory gives zeroed memory to the part of the state that grows with what is in
	// flight and holds no pointers; nil leaves it to the garbage collector. It must
	// last for as long as the function is held.
	Memory func(bytes int) []byte

	// KeepAll keeps settled journeys in the tracker: for folding a few messages of
	// the log again to look at them.
	KeepAll bool
}

func (o *Options) setDefaults() {
	set := func(d *time.Duration, to time.Duration) {
		if *d == 0 {
			*d = to
		}
	}
	set(&o.Linger, time.Minute)
	set(&o.LingerFailed, max(24*time.Hour, o.Linger))
	set(&o.Orphans, 10*time.Minute)
	set(&o.Settle, 10*time.Second)
	set(&o.Remember, 30*time.Minute)
	set(&o.Default.Deadline, 5*time.Second)
	set(&o.Default.GiveUp, 10*time.Minute)
	if o.MaxClasses == 0 {
		o.MaxClasses = 100_000
	}
	if o.MaxSymbols == 0 {
		o.MaxSymbols = 1_000_000
	}
	if o.MaxOpen == 0 {
		o.MaxOpen = 50_000
	}
}

// State is what is held of the messages in flight, open or frozen.
type State struct {
	now int64 // the log's time: the latest Received seen

	Symbols  *Symbols
	Classes  *Classes
	profiles profiles
	clocks   *clocks.Clocks

	groups groups
	stamps stamps
	edges  flat.Slab[edge]
	told   flat.Slab[told]
	texts  texts
	traces flat.Table       // trace ids to groups
	places map[place]uint32 // to the stamps of large groups
	byID   flat.Table       // ids that are not found among offers to the newest group, see ids.go
	offers flat.Table       // names to the groups that offer them
	sought flat.Table       // names to the first that seeks them
	seeks  flat.Slab[seek]
	lost   lostLinks
	graves tombstones // of traces that were let go of

	held       int   // stamps, of open and frozen groups
	deliveries int   // that are told of, of both
	textBytes  int64 // likewise of the texts of stamps
	linkBytes  int64 // and of those of links

	thawed   []uint32 // groups, since the last were frozen again
	scratch  []byte
	unpacked []byte
	ordinals []uint32 // stamps of the group that is thawed
	peeked   told     // see eachTold
	warmed   warmed
}

// begin makes a state that holds nothing. What grows with the messages in flight takes its
// memory from where it is told, from the garbage collector when that is nil.
func (t *State) begin(from flat.Memory, maxSymbols, maxClasses int, remember time.Duration) {
	t.Symbols, t.Classes, t.clocks = newSymbols(maxSymbols), newClasses(maxClasses), clocks.New(clocks.Defaults())
	t.groups.state, t.places, t.lost, t.graves = t, map[place]uint32{}, newLostLinks(), newTombstones(int64(remember), maxGraves)
	t.groups.homes.Memory, t.groups.open.Memory, t.groups.frozen.Memory = from, from, from
	t.stamps.runs.Memory, t.edges.Memory, t.seeks.Memory, t.told.Memory, t.texts.slots.Memory = from, from, from, from, from
}

// bytes is what the state takes in memory.
func (t *State) bytes() int64 {
	return t.groups.bytes() + t.stamps.runs.Bytes() + t.edges.Bytes() + t.told.Bytes() + t.texts.slots.Bytes() + t.profiles.bytes() +
		t.traces.Bytes() + t.byID.Bytes() + t.offers.Bytes() + t.sought.Bytes() + t.seeks.Bytes() + t.graves.bytes() + t.Symbols.bytes() + t.Classes.bytes() + int64(len(t.places))*placeBytes
}

// Tracker is the state of the fold.
type Tracker struct {
	State
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

	dirty    []uint32   // groups to review in the step under way
	marked   []uint32   // stamps from which the journeys above were marked in it
	marks    []uint32   // stamps to do so from
	roused   []uint32   // groups of which all that seek are looked at again
	unsure   []uint32   // edges to match
	leaving  []uint32   // groups to let go of
	reached  []uint32   // groups that continue one which rests
	writing  []written  // whose rows are written before that
	way      []byte     // packed of one
	awaiting []awaiting // links to the group that is let go of, which is awaited again

	candidates candidates

	relays    []*relayBatch // the first numRelays are of the step under way
	numRelays int
	relaying  []uint32 // groups to relay

	atOnce     int           // see More
	idleBefore time.Duration // see freeze.go
	hand       uint32        // the open group that was looked at last
	begun      int           // groups, in the step under way

	toldIndex map[uint64]uint32 // of the group under review, when it has many
	manyTold  bool
	recalled  uint32 // list of what was told of it before

	translated []span.Symbol
	coming     coming
	assessor   assessor
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
	t.Symbols.add("") // the symbol 0
	t.configure()
	return t
}

// blank makes a tracker without a symbol.
func blank(options Options) *Tracker {
	options.setDefaults()
	t := &Tracker{options: options, toldIndex: map[uint64]uint32{}}
	t.State.begin(options.Memory, options.MaxSymbols, options.MaxClasses, options.Remember)
	t.assessor = newAssessor(t.clocks)
	t.candidates = newCandidates()
	t.idleBefore, t.atOnce = idleBefore, atOnce
	t.timers, t.rests = flat.NewTimers(options.Memory), flat.NewTimers(options.Memory)
	return t
}

// configure gives the options' texts their symbols.
func (t *Tracker) configure() {
	t.overflow = t.Symbols.intern(Overflow)
	t.assessor.reconfigure(&t.State, compilePaths(t.options.Paths, t.options.Default, t.Symbols))
}

// Step takes in a batch that stands at a position of the log. The effects are
// valid until the next call, with all that they point to. [Tracker.More] has the rest
// of them.
func (t *Tracker) Step(at journey.Position, batch *span.Batch) *journey.Effects {
	t.begin()
	t.at = at
	t.now = max(t.now, batch.Received)
	t.translated = t.Symbols.translate(batch, t.translated)
	t.profiles.begin()
	t.passages = 0
	t.hear(batch)
	t.warmRecords(batch.Records)
	t.insertAll(batch.Records)
	t.matchNames()
	t.unmark()
	for _, g := range t.dirty {
		t.groups.at(g).dirty = false
		t.review(g)
	}
	t.dirty = t.dirty[:0]
	t.fire() // after the stamps: what arrives with the passing of a deadline was not missing
	t.refreeze()
	t.sweep(sweepLeast + sweepEach*t.begun)
	t.begun = 0
	t.tellRelays()
	return &t.effects
}

// Tick moves the log's time without records. A time in the past does nothing. The
// effects are like those of a step.
func (t *Tracker) Tick(at journey.Position, now int64) *journey.Effects {
	t.begin()
	t.at = at
	t.now = max(t.now, now)
	t.fire()
	t.sweep(sweepTick)
	t.tellRelays()
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
	t.tellRelays()
	return &t.effects
}

// atOnce is how many deliveries settle in a step before the rest is left to More.
// Those of one message, and of those that it is linked with, come together.
const atOnce = 256

func (t *Tracker) begin() {
	t.effects.Reset()
	t.assessor.reuse()
}

// Now is the log's time.
func (t *Tracker) Now() int64 { return t.now }

// Counts of what the fold has met.
func (t *Tracker) Counts() Counts { return t.counts }

// Size is what the tracker holds: traces and stamps.
func (t *Tracker) Size() (traces, stamps int) {
	return t.groups.live(), t.held
}

// Bytes is what the tracker's state takes in memory: its tables, and the records and
// slots that are in use. It falls when journeys settle; the memory is kept for the
// next, so a table stays as large as it had to be. What one step needs on its way is
// not in it.
func (t *Tracker) Bytes() int64 {
	return t.State.bytes() + t.timers.Bytes() + t.rests.Bytes()
}

// Resting is how many traces are held for corrections only.
func (t *Tracker) Resting() int { return t.resting }

// Waiting tells whether the passing of time alone could change anything. What rests may
// be let go of later, unless there is too much of it.
func (t *Tracker) Waiting() bool { return t.planned > 0 || t.crowded() }
