// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/hopstamp/hopstamp/internal/count"
	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/store"
	"github.com/hopstamp/hopstamp/internal/wal"
)

// A start finds out first how far the log reaches (meetLog). From then on senders can be
// answered: what they give stands behind that. Then the state is read (restore), which may
// take seconds, and what the log has behind it is folded.

// meetLog says where the replay ends, and makes sure that no new log message gets a position
// whose effects are stored.
func (f *fold) meetLog(ctx context.Context) error {
	state, err := f.log.Snapshots(f.partition).State(ctx)
	if err != nil {
		return fmt.Errorf("read the state of the log: %w", err)
	}
	f.found = state
	f.restoring.Store(true)
	f.target.Store(uint64(state.Last))
	f.unheard.Store(state.Last > 0)
	known := wal.Position(f.parts.Mark())
	for _, kept := range state.Kept {
		known = max(known, kept.At)
	}
	if known > state.Last {
		f.logger.Warn("the log ends before what is known: its end was lost with the power or the disk", "log", state.Last, "known", known)
		return f.log.Advance(ctx, f.partition, known)
	}
	return nil
}

// restore brings the fold to where the newest usable snapshot left it, or to the
// beginning of the log, with the counts that are stored.
func (f *fold) restore(ctx context.Context) error {
	at, err := f.log.Snapshots(f.partition).Load(ctx, func(_ wal.Position, content io.Reader) error { return f.load(content) })
	switch {
	case err == nil:
		f.resumed, f.position = true, journey.Position(at)
		f.saved.position, f.saved.logTime = f.position, f.tracker.Now()
	case errors.Is(err, wal.ErrNoSnapshot):
		if err := f.clear(); err != nil { // a damaged one may have left half of itself
			return err
		}
	default:
		return fmt.Errorf("load a snapshot: %w", err)
	}
	if err := f.loadLedger(); err != nil {
		return fmt.Errorf("load the ledger: %w", err)
	}
	f.beginAt(wal.Position(f.position))
	return nil
}

// beginAt tells what is missing behind a position, and that the log is folded from there on.
func (f *fold) beginAt(from wal.Position) {
	if gap := f.found.Gap(from); gap > 0 && f.resumed {
		f.logger.Error("the log lost messages behind the last snapshot; what they held is not counted", "snapshot", from, "messages", gap)
	}
	f.folded.Store(uint64(from))
	if f.found.First > f.found.Last {
		f.target.Store(uint64(from)) // nothing is left to fold
	}
	f.pulse.Store(&pulse{position: f.position, logTime: f.tracker.Now(), deliveries: f.ledger.Deliveries()})
	f.restoring.Store(false)
}

// loadLedger loads the minutes that were stored. The sums over all time are those of
// the snapshot, if there was one, and of what is folded from there on.
func (f *fold) loadLedger() error {
	return f.parts.LoadLedger(func(r store.LedgerRow) {
		f.ledger.Load(count.Row{
			Minute: r.Minute, Class: count.Class{Path: r.Path, Dims: r.Dims}, Verdict: r.Verdict, Reason: r.Reason,
			Timeliness: r.Timeliness, Hop: r.Hop, Estimated: r.Estimated, Moves: count.Moves{Entered: r.Entered, Left: r.Left},
		}, f.resumed)
	})
}
