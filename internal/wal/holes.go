// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Damage that is not at the end of the blocks leaves holes: the server drops what is
// behind a record that it cannot read, up to the end of its block. It finds some when
// it starts, and others, where its index vouches for the block, when they are read. It
// says neither; so a start asks it for what it dropped, and followers tell what they
// passed over (and count as Skipped).

// hole is a run of positions that cannot be read.
type hole struct{ first, last Position }

func (h hole) size() uint64 { return uint64(h.last-h.first) + 1 }

// holes are those of one partition that were said already: in order, none touching another.
type holes struct {
	mu    sync.Mutex
	known []hole
}

// add says whether anything of a hole was not known.
func (h *holes) add(found hole) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	var apart []hole
	for _, k := range h.known {
		switch {
		case k.first <= found.first && found.last <= k.last:
			return false
		case k.last+1 < found.first || found.last+1 < k.first:
			apart = append(apart, k)
		default:
			found = hole{min(k.first, found.first), max(k.last, found.last)}
		}
	}
	h.known = append(apart, found)
	slices.SortFunc(h.known, func(a, b hole) int { return cmp.Compare(a.first, b.first) })
	return true
}

// since counts the positions of holes from one on.
func (h *holes) since(first Position) (count uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, k := range h.known {
		if k.last >= first {
			count += hole{max(k.first, first), k.last}.size()
		}
	}
	return count
}

// findHoles tells of what the server dropped when it started, and makes an end that
// cannot be read one that can.
func (b *backend) findHoles(ctx context.Context) error {
	for partition, stream := range b.streams {
		info, err := stream.Info(ctx, jetstream.WithDeletedDetails(true))
		if err != nil {
			return fmt.Errorf("read holes of partition %d: %w", partition, err)
		}
		if info.State.Msgs == 0 {
			continue // the server counts position 0 of an empty stream as dropped
		}
		for _, found := range runs(info.State.Deleted) {
			b.report(partition, found)
		}
		if err := b.closeEnd(ctx, partition, info.State); err != nil {
			return fmt.Errorf("read the end of partition %d: %w", partition, err)
		}
	}
	return nil
}

// runs joins positions that follow each other.
func runs(positions []uint64) (joined []hole) {
	for _, p := range positions {
		at := Position(p)
		if last := len(joined) - 1; last >= 0 && joined[last].last+1 == at {
			joined[last].last = at
		} else {
			joined = append(joined, hole{at, at})
		}
	}
	return joined
}

// closeEnd puts an empty message behind a last one that cannot be read: whoever
// follows up to it would wait for it until the next one comes.
func (b *backend) closeEnd(ctx context.Context, partition int, held jetstream.StreamState) error {
	_, err := b.streams[partition].GetMsg(ctx, held.LastSeq)
	if !errors.Is(err, jetstream.ErrMsgNotFound) {
		return err
	}
	if _, err := b.publish(&nats.Msg{Subject: subject(partition)}, b.blocks[partition]); err != nil {
		b.options.Logger.Warn("the end of the log cannot be read, and nothing can be put behind it", "partition", partition, "error", err)
	}
	return nil
}

// passedOver tells of what a follower that wanted the next position and got a later
// one could not read. What retention let go of is none of it.
func (b *backend) passedOver(ctx context.Context, partition int, next, got Position) error {
	state, err := b.state(ctx, partition)
	if err != nil {
		return err
	}
	if missed := (hole{max(next, state.First), got - 1}); missed.first <= missed.last {
		b.report(partition, missed)
	}
	return nil
}

// report says once what cannot be read.
func (b *backend) report(partition int, found hole) {
	if b.holes[partition].add(found) {
		b.options.Logger.Error("messages in the middle of the log cannot be read, the disk damaged them",
			"partition", partition, "missing", found.size(), "first", found.first, "last", found.last)
	}
}
