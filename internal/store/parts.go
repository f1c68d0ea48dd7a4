// SPDX-License-Identifier: Apache-2.0

// Package store keeps what tracking and counting yield: the rows of settled
// deliveries and the changes of the ledger in Parquet parts on local disk
// ([Parts]), the spans that are kept of them in others ([Spans]), and the metrics
// of this process in an embedded TSDB ([Metrics]).
//
// # Parts
//
// [Parts.Add] takes what a step of the log settled and [Parts.Fold] ends it: for
// every step, in order, by one goroutine; everything else may be called by any
// goroutine at any time. Rows wait in memory (the tail) until the log time enters a
// new flush period or the tail is full; then the tail becomes one verdict part and
// the ledger's changes become one ledger part. Both boundaries are functions of the
// log alone, so a replay writes the same bytes. Memory is lost with the process and
// that is fine: the log is replayed from its beginning, and both ignore every step
// up to [Parts.Mark].
//
//	<dir>/verdicts/day=2026-11-02/verdicts-000-0000000000000001-0000000000000417.parquet
//	<dir>/ledger/day=2026-11-02/ledger-000-0000000000000001-0000000000000417.parquet
//
// A name holds the partition and the range of log positions, first and last
// included; the day is that of the log time of the flush, in UTC. Times are
// nanoseconds since 1970.
//
// # Crashes
//
// A part is written under a temporary name, synced, renamed, and its folder
// synced, so a name that ends in .parquet is a whole file. The two parts of one
// flush share their range, and each says in its footer how many rows the flush
// has in both. A flush begins only after the one before it is whole, therefore
// only the newest range on disk can lack its other half: Open removes that half,
// the mark stays where the flush before left it, and the replay makes both again,
// byte for byte. Nothing is counted twice because the mark never passes a half.
// A flush with nothing to store writes nothing and leaves the mark: replaying
// those steps yields nothing again.
//
// Small parts are merged into one that covers their ranges. The merged part is
// renamed into place first and the small ones are removed after; if a crash comes
// between, Open removes every part whose range lies inside another's.
//
// # Errors
//
// An error of Fold leaves the tail as it is, and the next boundary tries again.
// A part that cannot be read is renamed to *.damaged, logged and counted.
package store

import (
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hopstamp/hopstamp/internal/crashpoint"
	"github.com/hopstamp/hopstamp/internal/journey"
)

// Options of the parts. Only Dir is required.
type Options struct {
	Dir         string
	Partition   int
	FlushEvery  time.Duration      // of log time; default 10 s
	MergeEvery  time.Duration      // of log time: parts of one such window are merged; default 10 min
	MaxTailRows int                // that wait in memory, and that merging puts into one part; default 100,000
	MaxAge      time.Duration      // of verdict parts, by log time; default 7 days
	MaxBytes    int64              // of verdict parts; default 1 GiB
	LedgerAge   time.Duration      // of ledger parts, by log time; default 90 days
	Ledger      func() []LedgerRow // what changed since it was called last; called at each flush, inside Fold
	Log         *slog.Logger
}

func (o Options) withDefaults() Options {
	orDefault(&o.FlushEvery, crashpoint.Every("flush", 10*time.Second))
	orDefault(&o.MergeEvery, crashpoint.Every("merge", 10*time.Minute))
	orDefault(&o.MaxTailRows, 100_000)
	orDefault(&o.MaxAge, 7*24*time.Hour)
	orDefault(&o.MaxBytes, 1<<30)
	orDefault(&o.LedgerAge, 90*24*time.Hour)
	if o.Ledger == nil {
		o.Ledger = func() []LedgerRow { return nil }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

func orDefault[T int | int64 | time.Duration](value *T, fallback T) {
	if *value <= 0 {
		*value = fallback
	}
}

// Parts are the rows of one partition.
type Parts struct {
	opts                        Options
	codec                       pages
	verdictLayout, ledgerLayout *layout

	// Of the goroutine that folds.
	at      journey.Position // last step folded
	logTime int64            // highest log time folded
	pending []LedgerRow      // changes that a failed flush could not store
	broken  error            // a half flush that could not be taken back

	searched atomic.Int64

	mu       sync.Mutex // guards what follows
	mark     journey.Position
	tail     *rows   // append-only between flushes, so readers may keep a copy of it
	looks    int     // views that do
	verdicts []*Part // by range
	ledger   []*Part
	stats    Stats
}

// Stats counts what the parts hold and what happened to them since Open.
type Stats struct {
	Parts, LedgerParts int
	Bytes              int64 // of both kinds
	Rows               int64 // in verdict parts
	TailRows           int
	Flushes, Merges    int
	Retired            int // parts removed for their age or the space they took
	Damaged            int // parts set aside
	Searched           int // parts whose pages a search by id had to read
}

// Add adds up those of several partitions.
func (s *Stats) Add(other Stats) {
	s.Parts += other.Parts
	s.LedgerParts += other.LedgerParts
	s.Bytes += other.Bytes
	s.Rows += other.Rows
	s.TailRows += other.TailRows
	s.Flushes += other.Flushes
	s.Merges += other.Merges
	s.Retired += other.Retired
	s.Damaged += other.Damaged
	s.Searched += other.Searched
}

// Open reads the state of the folder, creates it when it is not there, and
// clears away what a crash left behind.
func Open(opts Options) (*Parts, error) {
	codec, err := newPages()
	if err != nil {
		return nil, err
	}
	verdicts, err := newLayout[verdictRow]()
	if err != nil {
		return nil, err
	}
	ledger, err := newLayout[ledgerRow]()
	if err != nil {
		return nil, err
	}
	p := &Parts{opts: opts.withDefaults(), codec: codec, verdictLayout: verdicts, ledgerLayout: ledger, tail: newRows()}
	for _, kind := range []partKind{verdictParts, ledgerParts} {
		if err := p.recoverKind(kind); err != nil {
			return nil, fmt.Errorf("open %s parts in %s: %w", kind, opts.Dir, err)
		}
	}
	if err := p.dropHalfFlush(); err != nil {
		return nil, fmt.Errorf("open parts in %s: %w", opts.Dir, err)
	}
	for _, part := range append(p.verdicts[:len(p.verdicts):len(p.verdicts)], p.ledger...) {
		if part.to > p.mark {
			p.mark, p.logTime = part.to, part.footer.LogTime
		}
	}
	return p, nil
}

// Mark is the highest position whose rows and ledger changes are in parts, as
// are those of every position below.
func (p *Parts) Mark() journey.Position {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mark
}

// Add takes what a step of the log settled, or a part of that, in order. Steps at or
// below the mark, or ended before, are ignored. The rows stay the caller's, with all
// that they point to.
func (p *Parts) Add(at journey.Position, settled []journey.Delivery) error {
	if p.broken != nil {
		return p.broken
	}
	if len(settled) == 0 || at <= max(p.at, p.Mark()) {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.tail.add(settled); err != nil {
		return fmt.Errorf("fold step %d: %w", at, err)
	}
	return nil
}

// Fold ends a step of the log, of which [Parts.Add] took all, and flushes when it ends
// a period of log time.
func (p *Parts) Fold(at journey.Position, logTime int64) error {
	if p.broken != nil {
		return p.broken
	}
	before := p.logTime
	p.logTime = max(p.logTime, logTime)
	if at <= max(p.at, p.Mark()) {
		return nil
	}
	p.at = at
	period := int64(p.opts.FlushEvery)
	if p.logTime/period == before/period && p.tail.count() < p.opts.MaxTailRows {
		return nil
	}
	if before == 0 && p.tail.count() < p.opts.MaxTailRows {
		return nil // the first step of all opens a period, it ends none
	}
	if err := p.flush(); err != nil {
		return fmt.Errorf("flush parts at %d: %w", at, err)
	}
	return nil
}

// Waiting tells whether a flush has something to store. It is for the goroutine that folds.
func (p *Parts) Waiting() bool { return p.tail.count() > 0 || len(p.pending) > 0 || p.broken != nil }

// Stats returns the counters.
func (p *Parts) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	stats := p.stats
	stats.Parts, stats.LedgerParts, stats.TailRows = len(p.verdicts), len(p.ledger), p.tail.count()
	stats.Searched = int(p.searched.Load())
	for _, part := range p.verdicts {
		stats.Bytes += part.size
		stats.Rows += part.rows
	}
	for _, part := range p.ledger {
		stats.Bytes += part.size
	}
	return stats
}
