// SPDX-License-Identifier: Apache-2.0

package wal

import "context"

// SnapshotState says what there is to recover a partition from.
type SnapshotState struct {
	// Kept are the snapshots, newest first; at most two.
	Kept []Kept
	// First and Last are the oldest and newest position of the log.
	First, Last Position
}

// State says which snapshots are kept and how far the log reaches. The digests
// of the parts are not checked.
func (s *Snapshots) State(ctx context.Context) (SnapshotState, error) {
	held, err := s.log.State(s.partition)
	if err != nil {
		return SnapshotState{}, err
	}
	store, err := s.openStore(s.log.reader(s.partition))
	if err != nil {
		return SnapshotState{}, err
	}
	defer store.close()
	kept, err := store.list(ctx)
	if err != nil {
		return SnapshotState{}, err
	}
	return SnapshotState{Kept: kept[:min(len(kept), snapshotsKept)], First: held.First, Last: held.Last}, nil
}

// covered is the last position that the older of two kept snapshots covers; 0
// while there are fewer.
func (s *Snapshots) covered(ctx context.Context) (Position, error) {
	state, err := s.State(ctx)
	if err != nil || len(state.Kept) < snapshotsKept {
		return 0, err
	}
	return min(state.Kept[0].At, state.Kept[1].At), nil
}

// Gap is how many messages right behind a position the log let go of: what a
// recovery from a snapshot there would miss. 0 is before the first message, so
// Gap(0) is what a recovery without a snapshot would miss. When the snapshot
// is ahead of the log, which lost its end, Gap is 0; see [SnapshotState.Ahead].
func (s SnapshotState) Gap(at Position) uint64 {
	if s.First <= at+1 {
		return 0
	}
	return uint64(s.First - at - 1)
}

// Ahead is how many positions a snapshot covers that the log no longer has at
// its end: power was lost in Interval mode, or the disk damaged the end.
// Log.Advance keeps them from being given out again.
func (s SnapshotState) Ahead(at Position) uint64 {
	if at <= s.Last {
		return 0
	}
	return uint64(at - s.Last)
}
