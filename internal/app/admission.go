// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hopstamp/hopstamp/internal/receive"
	"github.com/hopstamp/hopstamp/internal/wal"
)

// maxLag is how many bytes the fold may be behind before senders have to wait; some 80
// are a span.
const maxLag = 64 << 20

// maxBacklog is how many copies of kept spans may wait: what must be kept is not
// missed because there is too much of it, senders wait.
const maxBacklog = 4 << 20

// replaying says that what was in the log at the start is not folded yet; nil when it is.
func (f *fold) replaying() error {
	switch {
	case f.replayed():
		return nil
	case f.restoring.Load():
		return errRestoring
	}
	return fmt.Errorf("the log is being replayed: message %d of %d", f.folded.Load(), f.target.Load())
}

// busy tells why data has to wait; nil when it does not.
func (f *fold) busy() error {
	if lag := f.appended.Load() - f.consumed.Load(); lag > maxLag {
		return fmt.Errorf("%w: tracking is %d MiB behind the log", receive.ErrBusy, lag>>20)
	}
	if held := f.held.Load(); held > f.maxBytes {
		return fmt.Errorf("%w: tracking holds %d MiB in memory, track.max_bytes allows %d", receive.ErrBusy, held>>20, f.maxBytes>>20)
	}
	if backlog := f.backlog.Load(); backlog > maxBacklog {
		return fmt.Errorf("%w: the spans of %d kept messages wait to be copied", receive.ErrBusy, backlog)
	}
	if f.full() {
		return fmt.Errorf("%w: all that the log holds is still needed, by a start or for the spans of kept messages; log.max_bytes allows %d MiB", receive.ErrBusy, f.logBytes>>20)
	}
	return nil
}

// errRestoring says that there is nothing to tell of yet.
var errRestoring = errors.New("what was known before is being read")

// replayed tells whether what was in the log at the start is folded.
func (f *fold) replayed() bool { return !f.restoring.Load() && f.folded.Load() >= f.target.Load() }

// throttled is called when a sender was told to come back later: what it has is missing
// in every partition.
func (all folds) throttled() {
	for _, f := range all {
		f.throttled.Store(true)
	}
}

// append stores a chunk. The first says that senders may have found nobody before it.
func (f *fold) append(ctx context.Context, chunk []byte) error {
	first := f.unheard.Swap(false)
	if first {
		chunk = append(timeOf(time.Now(), true), chunk...)
	}
	_, err := f.log.Append(ctx, f.partition, chunk)
	if err != nil {
		f.unheard.CompareAndSwap(false, first)
	}
	switch {
	case err == nil:
		f.appended.Add(int64(len(chunk)))
	case errors.Is(err, wal.ErrBusy):
		return fmt.Errorf("%w: %w", receive.ErrBusy, err)
	case errors.Is(err, wal.ErrTooLarge):
		return fmt.Errorf("%w: %w", receive.ErrTooLarge, err)
	}
	return err
}

// folds are those of all partitions, in their order.
type folds []*fold

// ready tells why not all is as it should be; nil when it is.
func (all folds) ready() error {
	if err := all.each((*fold).replaying); err != nil {
		return err
	}
	return all.each((*fold).busy)
}

// admit tells why data cannot be taken now: a request may have spans for any partition.
// What is replayed stands before it in the log, so it need wait neither for that nor for
// what was known before. Only what one partition has to tell another must not come after
// data of a later time.
func (all folds) admit() error {
	if len(all) > 1 {
		return all.ready()
	}
	return all.each((*fold).busy)
}

// each is the first of what the folds answer that is not nil.
func (all folds) each(ask func(*fold) error) error {
	for _, f := range all {
		if err := ask(f); err != nil {
			return err
		}
	}
	return nil
}

// restoring tells whether any is.
func (all folds) restoring() bool {
	for _, f := range all {
		if f.restoring.Load() {
			return true
		}
	}
	return false
}

// replayed tells whether all are.
func (all folds) replayed() bool {
	for _, f := range all {
		if !f.replayed() {
			return false
		}
	}
	return true
}

// met tells whether, after that, all partitions have what they relay to each other.
func (all folds) met() bool {
	for _, f := range all {
		if f.relayer.behind.Load() > 0 {
			return false
		}
	}
	return all.replayed()
}

// Append stores a chunk for the receivers.
func (all folds) Append(ctx context.Context, partition int, chunk []byte) error {
	return all[partition].append(ctx, chunk)
}
