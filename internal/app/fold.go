// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hopstamp/hopstamp/internal/config"
	"github.com/hopstamp/hopstamp/internal/count"
	"github.com/hopstamp/hopstamp/internal/crashpoint"
	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/memory"
	"github.com/hopstamp/hopstamp/internal/sample"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/store"
	"github.com/hopstamp/hopstamp/internal/track"
	"github.com/hopstamp/hopstamp/internal/wal"
)

// fold drives the pure steps along one partition of the log: it is their clock,
// their lock and their only caller.
//
//	log message -> stamps -> tracker -> ledger, latencies -> store
//
// mu guards config, tracker, ledger, latency, shapes, position and batch: the loop holds it for one
// log message at a time, readers for one question.
type fold struct {
	partition int
	log       *wal.Log
	parts     *store.Parts
	relayer   *relayer
	keeper    *keeper
	logger    *slog.Logger

	maxBytes int64 // of the tracker, past which senders have to wait
	logBytes int64 // that the log of the partition may hold

	mu       sync.Mutex
	config   config.Config
	tracker  *track.Tracker
	ledger   *count.Ledger
	latency  *count.Latency
	shapes   *count.Shapes
	position journey.Position
	resumed  bool // from a snapshot
	saved    saved
	sampler  *sample.Sampler
	batch    span.Batch

	stepped chan struct{} // holds one after a step, for who waits for the next

	found     wal.SnapshotState // at the start
	restoring atomic.Bool       // tracker, ledger and all beside them are not there yet
	target    atomic.Uint64     // position at which the replay is over
	folded    atomic.Uint64     // position
	appended  atomic.Int64      // bytes given to the log
	mayAppend atomic.Int64      // so many in all, then senders have to wait; see room.go
	needed    needed            // of watchRoom
	consumed  atomic.Int64      // bytes folded, of those appended since the start
	held      atomic.Int64      // bytes of the tracker
	backlog   atomic.Int64      // copies of kept spans that are to be made
	throttled atomic.Bool       // a sender was told to come back later since the last tick
	unheard   atomic.Bool       // nobody was here to be sent to since the last of the log
	malformed atomic.Uint64
	storeErrs atomic.Uint64
	pulse     atomic.Pointer[pulse]
}

// pulse is what views learn at every step without asking.
type pulse struct {
	position                    journey.Position
	logTime                     int64
	deliveries, inFlight, stuck int64
	lag                         time.Duration // from the log's time of a message to its fold
}

func trackOptions(c config.Config) (track.Options, error) {
	o := track.Options{
		Default: track.Path{Deadline: c.Defaults.Deadline, GiveUp: c.Defaults.GiveUp},
		Linger:  c.Track.Linger, LingerFailed: c.Track.LingerFailed,
		Orphans:    c.Track.Orphans,
		MaxClasses: c.Track.MaxClasses,
	}
	for _, p := range c.Paths {
		until, err := p.UntilStage()
		if err != nil {
			return o, err
		}
		stages, err := p.StageOrder()
		if err != nil {
			return o, err
		}
		o.Paths = append(o.Paths, track.Path{
			Name: p.Name, Until: until, Stages: stages, Deadline: p.Deadline, GiveUp: p.GiveUp,
			Match: track.Match{Service: p.Match.Service, Route: p.Match.Route, Name: p.Match.Name, Topic: p.Match.Destination},
		})
	}
	return o, nil
}

// How many kinds of journeys are learned apart, and how many sets of stages of each:
// some MiB when all are used.
const (
	maxKinds  = 1000
	maxShapes = 256
)

// newFold makes a fold that has to be restored before anything else.
func newFold(partition int, c config.Config, log *wal.Log, logger *slog.Logger) *fold {
	f := &fold{
		partition: partition, log: log, logger: logger, config: c, stepped: make(chan struct{}, 1),
		maxBytes: c.Track.MaxBytes / int64(c.Log.Partitions), logBytes: c.Log.MaxBytes / int64(c.Log.Partitions),
	}
	f.pulse.Store(&pulse{})
	f.mayAppend.Store(f.logBytes / spareRoom) // until it is known what is needed
	return f
}

// clear makes the fold one that has seen nothing.
func (f *fold) clear() error {
	options, err := f.trackOptions()
	if err != nil {
		return err
	}
	minutes := int64(f.config.Track.History / time.Minute)
	f.tracker, f.ledger, f.latency = track.New(options), count.NewLedger(minutes), count.NewLatency(minutes)
	f.shapes, f.sampler = count.NewShapes(maxKinds, maxShapes), sample.New(f.sampleOptions())
	f.ledger.Advance(time.Now().UnixNano())
	f.latency.Advance(time.Now().UnixNano())
	return nil
}

func (f *fold) trackOptions() (track.Options, error) {
	options, err := trackOptions(f.config)
	options.Partitions, options.Partition = f.config.Log.Partitions, f.partition
	options.MaxBytes = f.maxBytes / 2 // the rest is for what is on the way
	options.Memory = new(memory.Pool).Take
	return options, err
}

// changes is what the store asks for at a flush. The loop holds mu then.
func (f *fold) changes() []store.LedgerRow {
	changed := f.ledger.TakeChanges()
	rows := make([]store.LedgerRow, 0, len(changed))
	for i := range changed {
		r := &changed[i]
		rows = append(rows, store.LedgerRow{
			Minute: r.Minute, Path: r.Class.Path, Dims: r.Class.Dims, Verdict: r.Verdict, Reason: r.Reason,
			Timeliness: r.Timeliness, Hop: r.Hop, Estimated: r.Estimated, Entered: r.Entered, Left: r.Left,
		})
	}
	return rows
}

// follow folds the log from where the fold is until ctx ends.
func (f *fold) follow(ctx context.Context) error {
	err := f.log.Follow(ctx, f.partition, wal.Position(f.position)+1, func(m wal.Message) error { return f.take(ctx, m) })
	if errors.Is(err, context.Canceled) || errors.Is(err, wal.ErrClosed) {
		return nil
	}
	return err
}

// take folds one message of the log.
func (f *fold) take(ctx context.Context, m wal.Message) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.position = journey.Position(m.Position)
	at := journey.At(f.partition, uint64(m.Position))
	err := span.ReadStamps(m.Data, &f.batch, func(b *span.Batch) error {
		f.step(ctx, at, b)
		return nil
	})
	if err != nil {
		f.malformed.Add(1)
		f.logger.Error("a log message is not readable and was passed over", "position", m.Position, "error", err)
	}
	f.ledger.Advance(f.tracker.Now())
	f.latency.Advance(f.tracker.Now())
	f.sampler.Step(at, f.tracker.Now(), nil)
	crashpoint.At("fold.folded")
	if err := f.parts.Fold(f.position, f.tracker.Now()); err != nil {
		f.storeFailed(err)
	}
	f.saved.behind += int64(len(m.Data))
	f.saveWhenDue(ctx)
	f.publish(m)
	return nil
}

// step tracks a batch and takes what comes of it.
func (f *fold) step(ctx context.Context, at journey.Position, b *span.Batch) {
	for i := range b.Records {
		f.arrived(at, &b.Records[i])
	}
	for effects := f.tracker.Step(at, b); effects != nil; effects = f.tracker.More() {
		f.apply(effects)
		f.decide(at, effects)
		if err := f.parts.Add(f.position, effects.Settled); err != nil {
			f.storeFailed(err)
		}
		f.saved.settled += int64(len(effects.Settled))
		f.relayer.add(ctx, effects.Relays)
	}
}

// apply counts what a step told, unless the ledger's parts have that.
func (f *fold) apply(effects *journey.Effects) {
	switch {
	case f.position > f.parts.Mark():
		f.ledger.Apply(effects.Entries, f.class)
	case f.resumed:
		f.ledger.ApplyStored(effects.Entries, f.class)
	}
	f.latency.Apply(effects.Samples, f.path)
	f.shapes.Apply(effects.Settled)
	f.shapes.TakeBack(effects.TakenBack)
}

func (f *fold) storeFailed(err error) {
	f.storeErrs.Add(1)
	f.logger.Error("verdicts could not be stored and stay in memory", "error", err)
}

// class puts a tracker's class in words.
func (f *fold) class(id journey.ClassID) count.Class {
	class := f.tracker.Class(id)
	words := count.Class{Path: f.tracker.Text(class.Path)}
	for d, symbol := range class.Dims {
		words.Dims[d] = f.tracker.Text(symbol)
	}
	return words
}

func (f *fold) path(id journey.ClassID) string {
	return f.tracker.Text(f.tracker.Class(id).Path)
}

// publish lets readers know, without the lock, how far the fold is.
func (f *fold) publish(m wal.Message) {
	f.held.Store(f.tracker.Bytes())
	f.backlog.Store(int64(f.sampler.Backlog()))
	f.folded.Store(uint64(m.Position))
	if uint64(m.Position) == f.target.Load() {
		crashpoint.At("start.replayed")
	}
	if uint64(m.Position) > f.target.Load() {
		f.consumed.Add(int64(len(m.Data)))
	}
	select {
	case f.stepped <- struct{}{}:
	default: // one is there already
	}
	inFlight, stuck := f.ledger.OnTheWay()
	f.pulse.Store(&pulse{
		position: f.position, logTime: f.tracker.Now(), deliveries: f.ledger.Deliveries(),
		inFlight: inFlight, stuck: stuck, lag: time.Since(m.Stored),
	})
}
