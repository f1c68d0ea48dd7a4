// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/hopstamp/hopstamp/internal/crashpoint"
)

// Snapshots are what the fold of one partition remembers, each as of a
// position of the log, in the JetStream object store beside it. The two newest
// are kept: when the newest turns out damaged, the one before and the log
// behind it lead to the same state.
//
// Each snapshot lives in a slot, which is an object store of its own:
//
//	slot 0   generation 7, at 5210, whole        the newest
//	slot 1   generation 6, at 4875, whole        the one before
//	slot 2   empty                               where generation 8 is written
//
// Save writes into the slot that nobody needs: parts first, and last the
// manifest that names them and their digests. Without a manifest a slot is
// empty, so a crash in the middle leaves the two that were there. Only when
// the manifest is on the disk is the oldest slot cleared. The newest is the
// highest generation, not the highest position: a log that lost its end may
// make a snapshot that lies before a damaged one.
type Snapshots struct {
	log       *Log
	partition int

	// saving is held by the one Save at a time, and guards distrusted.
	saving sync.Mutex
	// distrusted are generations that Load could not use; their slots are
	// written over before those of good ones.
	distrusted map[uint64]bool
}

const (
	// snapshotSlots is two to keep and one to write.
	snapshotSlots = 3
	snapshotsKept = 2
)

// Kept describes a snapshot that is whole, as far as its manifest says.
type Kept struct {
	// At is the last position whose message the snapshot covers: following on
	// starts at At+1.
	At Position
	// Bytes is the size of its content.
	Bytes int64

	slot       int
	generation uint64
	parts      []string
}

// Snapshots of a partition. All callers share one; nil when there is no such
// partition.
func (l *Log) Snapshots(partition int) *Snapshots {
	if l.check(partition) != nil {
		return nil
	}
	return l.snapshots[partition]
}

// Save stores what write writes as the state after the message at a position.
// It returns when the snapshot is on the disk, whatever the log's sync mode;
// until then the two before it are kept and nothing of it can be seen. Memory
// is bounded by one part of it.
//
// Its error wraps that of write, is ErrTooLarge when write writes more than
// MaxSnapshot, ErrUnavailable when the disk does not take it, and ErrAhead when
// the log does not reach that far. Each leaves what was there. One Save at a
// time; another one waits.
func (s *Snapshots) Save(ctx context.Context, at Position, write func(io.Writer) error) error {
	s.saving.Lock()
	defer s.saving.Unlock()
	if err := s.save(ctx, at, write); err != nil {
		return fmt.Errorf("save snapshot of partition %d at %d: %w", s.partition, at, err)
	}
	return nil
}

func (s *Snapshots) save(ctx context.Context, at Position, write func(io.Writer) error) error {
	store, err := s.openStore(s.log.writer(snapshotPart))
	if err != nil {
		return err
	}
	defer store.close()
	held, err := store.backend.state(ctx, s.partition)
	if err != nil {
		return err
	}
	if at == 0 {
		return fmt.Errorf("position 0 is before the first message: there is nothing to remember")
	}
	if at > held.Last {
		return fmt.Errorf("%w, which ends at %d", ErrAhead, held.Last)
	}
	kept, err := store.list(ctx)
	if err != nil {
		return err
	}
	fresh := Kept{At: at, slot: s.victim(kept), generation: 1}
	if len(kept) > 0 {
		fresh.generation = kept[0].generation + 1
	}
	if err := store.save(ctx, &fresh, write); err != nil {
		store.clearAfter(fresh.slot)
		return err
	}
	crashpoint.At("snapshot.saved")
	s.dropOld(ctx, store, kept, fresh)
	return nil
}

// victim is the slot to write into: one that is empty, else the distrusted or
// the oldest.
func (s *Snapshots) victim(kept []Kept) int {
	taken := map[int]bool{}
	for _, k := range kept {
		taken[k.slot] = true
	}
	for slot := range snapshotSlots {
		if !taken[slot] {
			return slot
		}
	}
	order := s.byTrust(kept)
	return order[len(order)-1].slot
}

// byTrust is the order in which snapshots deserve to be kept.
func (s *Snapshots) byTrust(kept []Kept) []Kept {
	order := slices.Clone(kept)
	slices.SortStableFunc(order, func(a, b Kept) int {
		if s.distrusted[a.generation] == s.distrusted[b.generation] {
			return 0
		}
		if s.distrusted[a.generation] {
			return 1
		}
		return -1
	})
	return order
}

// sweep gives back the space of a snapshot that a crash interrupted. Its slot
// would be cleared by the next Save, but the log may need the space before. A
// Save that is under way does the same.
func (s *Snapshots) sweep(ctx context.Context) error {
	if !s.saving.TryLock() {
		return nil
	}
	defer s.saving.Unlock()
	store, err := s.openStore(s.log.reader(s.partition))
	if err != nil {
		return err
	}
	defer store.close()
	for slot := range snapshotSlots {
		_, err := store.describe(ctx, slot)
		if !errors.Is(err, jetstream.ErrObjectNotFound) {
			continue
		}
		if err := store.clear(ctx, slot); err != nil {
			return err
		}
	}
	return nil
}

// dropOld clears what nobody needs now that fresh is durable. What stays
// behind when it cannot is written over another time.
func (s *Snapshots) dropOld(ctx context.Context, store *snapshotStore, before []Kept, fresh Kept) {
	order := s.byTrust(before)
	for i, old := range order {
		if i < snapshotsKept-1 || old.slot == fresh.slot {
			continue
		}
		delete(s.distrusted, old.generation)
		if err := store.clear(ctx, old.slot); err != nil {
			s.logger().Warn("old snapshot stays for now", "at", old.At, "error", err)
		}
	}
}

// Latest is the newest snapshot that is whole as far as its manifest says, or
// ErrNoSnapshot.
func (s *Snapshots) Latest(ctx context.Context) (Kept, error) {
	state, err := s.State(ctx)
	if err != nil {
		return Kept{}, err
	}
	if len(state.Kept) == 0 {
		return Kept{}, ErrNoSnapshot
	}
	return state.Kept[0], nil
}

// Open reads the newest snapshot at a position below before; 0 means the
// newest of all. ErrNoSnapshot says that there is none. What the reader gives
// out has been checked against its digest; anything damaged or missing is an
// error at its place, and io.EOF means that the snapshot was whole. It must be
// closed, and no byte is to be trusted before io.EOF was seen.
func (s *Snapshots) Open(ctx context.Context, before Position) (Position, io.ReadCloser, error) {
	store, err := s.openStore(s.log.reader(s.partition))
	if err != nil {
		return 0, nil, err
	}
	all, err := store.list(ctx)
	if err != nil {
		store.close()
		return 0, nil, err
	}
	for _, kept := range all {
		if before == 0 || kept.At < before {
			return kept.At, store.read(ctx, kept), nil
		}
	}
	store.close()
	return 0, nil, ErrNoSnapshot
}

// Load gives the newest usable snapshot to read, which must start from nothing
// each time: when a snapshot is damaged, or read refuses it, that is logged
// and read is called again with the one before. Load returns the position of
// the one that read took, to its end, without an error. With none left it
// returns ErrNoSnapshot, joined with the reasons when there were some.
func (s *Snapshots) Load(ctx context.Context, read func(at Position, content io.Reader) error) (Position, error) {
	store, err := s.openStore(s.log.reader(s.partition))
	if err != nil {
		return 0, err
	}
	defer store.close()
	all, err := store.list(ctx)
	if err != nil {
		return 0, err
	}
	failures := []error{ErrNoSnapshot}
	for _, kept := range all {
		err := store.readWhole(ctx, kept, read)
		if err == nil {
			return kept.At, nil
		}
		if interrupted := store.interrupted(ctx); interrupted != nil {
			return 0, interrupted
		}
		s.distrust(kept)
		s.logger().Warn("snapshot cannot be used and is passed over", "at", kept.At, "bytes", kept.Bytes, "error", err)
		failures = append(failures, fmt.Errorf("snapshot at %d: %w", kept.At, err))
	}
	return 0, errors.Join(failures...)
}

func (s *Snapshots) distrust(kept Kept) {
	s.saving.Lock()
	defer s.saving.Unlock()
	s.distrusted[kept.generation] = true
}

func (s *Snapshots) logger() *slog.Logger {
	return s.log.options.Logger.With("partition", s.partition)
}
