// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/hopstamp/hopstamp/internal/crashpoint"
	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/receive/otlp"
	"github.com/hopstamp/hopstamp/internal/sample"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/store"
	"github.com/hopstamp/hopstamp/internal/wal"
)

// keeper is the second pass over the log: it copies the spans of kept messages out of
// it, some time after the fold decided about them. What it copies at which position
// of the fold was decided there, so the parts that it writes, and what it forwards,
// do not depend on how far behind it is.
type keeper struct {
	fold     *fold
	log      *wal.Log
	spans    *store.Spans
	forwards []*wal.Queue
	logger   *slog.Logger

	cutter  *otlp.Cutter
	index   sample.Index     // of the log message that is cut
	kept    []store.KeptSpan // of the work under way
	request []byte           // the same for the backends, an OTLP request, if there are any
	missing uint64           // of the work under way, log messages that the log let go of before they were copied
	undone  []missing        // of works that a start would do again
	missed  uint64           // of all others; guarded by fold.mu
}

// missing are log messages that a work missed.
type missing struct {
	at       journey.Position
	messages uint64
}

// run copies until ctx ends. What cannot be done now is tried again.
func (k *keeper) run(ctx context.Context) error {
	after := journey.At(k.fold.partition, uint64(k.spans.Mark()))
	for ctx.Err() == nil {
		work, ok := k.next(after)
		if !ok {
			select {
			case <-ctx.Done():
			case <-k.fold.stepped:
			}
			continue
		}
		if err := k.do(ctx, work); err != nil {
			if ctx.Err() != nil || errors.Is(err, wal.ErrClosed) {
				return nil
			}
			k.logger.Error("kept spans could not be stored and are tried again", "error", err)
			pause(ctx, time.Second)
			continue
		}
		after = work.At
		k.done(work, journey.At(k.fold.partition, uint64(k.spans.Mark())))
	}
	return nil
}

func (k *keeper) next(after journey.Position) (sample.Work, bool) {
	k.fold.mu.Lock()
	defer k.fold.mu.Unlock()
	return k.fold.sampler.Next(after)
}

// done lets go of the works up to the mark, which are on disk. What they missed is
// counted no earlier: a start that does one again would count it again.
func (k *keeper) done(work sample.Work, mark journey.Position) {
	if k.missing > 0 {
		k.undone = append(k.undone, missing{work.At, k.missing})
	}
	k.fold.mu.Lock()
	defer k.fold.mu.Unlock()
	k.fold.sampler.Done(mark)
	for len(k.undone) > 0 && k.undone[0].at <= mark {
		k.missed += k.undone[0].messages
		k.undone = k.undone[1:]
	}
}

func (k *keeper) do(ctx context.Context, work sample.Work) error {
	k.begin(work.Copies)
	if err := k.copyAll(ctx, work.Copies); err != nil {
		return err
	}
	for _, queue := range k.forwards {
		if err := k.enqueue(ctx, queue, work.At.Number()); err != nil {
			return fmt.Errorf("queue what is forwarded: %w", err)
		}
		if len(k.request) > 0 {
			crashpoint.At("queue.added")
		}
	}
	return k.spans.Fold(journey.Position(work.At.Number()), work.Now, k.kept)
}

// begin lets go of the work before, and makes room for what is kept of this one: of each
// pair a span at least.
func (k *keeper) begin(copies []sample.Copy) {
	pairs := 0
	for i := range copies {
		pairs += len(copies[i].Kept)
	}
	clear(k.kept)
	k.kept, k.request, k.missing = slices.Grow(k.kept[:0], pairs), k.request[:0], 0
}

// copyAll reads the log messages of a work. Most lie side by side, which the log
// reads fastest from one to the next.
func (k *keeper) copyAll(ctx context.Context, copies []sample.Copy) error {
	for len(copies) > 0 {
		run := sideBySide(copies)
		if err := k.copyRun(ctx, copies[:run]); err != nil {
			return err
		}
		copies = copies[run:]
	}
	return nil
}

// farApart is how many messages may be read for nothing on the way to the next.
const farApart = 8

func sideBySide(copies []sample.Copy) int {
	run := 1
	for run < len(copies) && copies[run].Position-copies[run-1].Position <= farApart {
		run++
	}
	return run
}

// errDone ends a Follow.
var errDone = errors.New("all is read")

func (k *keeper) copyRun(ctx context.Context, run []sample.Copy) error {
	from := run[0].Position
	if len(run) == 1 {
		m, err := k.log.Read(ctx, from.Partition(), wal.Position(from.Number()))
		if errors.Is(err, wal.ErrNotFound) {
			k.missing++
			return nil
		}
		if err != nil {
			return err
		}
		return k.cut(m.Data, &run[0])
	}
	err := k.log.Follow(ctx, from.Partition(), wal.Position(from.Number()), func(m wal.Message) error {
		for len(run) > 0 && wal.Position(run[0].Position.Number()) < m.Position {
			k.missing++
			run = run[1:]
		}
		if len(run) > 0 && wal.Position(run[0].Position.Number()) == m.Position {
			if err := k.cut(m.Data, &run[0]); err != nil {
				return err
			}
			run = run[1:]
		}
		if len(run) == 0 {
			return errDone
		}
		return nil
	})
	if errors.Is(err, errDone) {
		return nil
	}
	return err
}

// cut takes the wanted spans out of a log message. One that cannot be read was
// counted by the fold.
func (k *keeper) cut(data []byte, from *sample.Copy) error {
	kept, copied := k.index.Of(from), store.KeptSpan{}
	request, err := k.cutter.Cut(k.request, data, func(trace span.TraceID) (otlp.Keep, bool) {
		wanted := kept.Wanted(trace)
		if wanted == nil {
			return otlp.Keep{}, false
		}
		return otlp.Keep{Threshold: uint64(wanted.Threshold), Random: sample.Randomness(wanted.Key)}, true
	}, func(s *otlp.Kept) error {
		why := kept.Wanted(s.Trace)
		copied = keptSpan(s, &copied)
		copied.Key, copied.Policy, copied.Reason = why.Key, why.Policy.String(), why.Reason
		k.kept = append(k.kept, copied)
		return nil
	})
	if err != nil {
		k.logger.Error("a log message could not be cut and was passed over", "position", from.Position.Number(), "error", err)
		return nil
	}
	if len(k.forwards) == 0 {
		request = request[:0]
	}
	k.request = request
	return nil
}

// keptSpan is a span in the words of the store, of which nothing is a view any more. It
// shares the texts that it has in common with the one before, as those of a log message
// often do. For which message it is kept, and why, is left open.
func keptSpan(s *otlp.Kept, before *store.KeptSpan) store.KeptSpan {
	return store.KeptSpan{
		Trace: s.Trace, Span: s.Span, Parent: s.Parent, Service: ownText(s.Service, before.Service), Name: ownText(s.Name, before.Name), Kind: s.Kind,
		Start: s.Start, End: s.End, Error: s.Error, Threshold: s.Threshold, Raw: s.AppendRequest(nil),
	}
}

// ownText copies a view, unless there is a copy.
func ownText(view, before string) string {
	if view == before {
		return before
	}
	return strings.Clone(view)
}

// enqueue hands what was copied at a position to a backend's queue, in pieces that fit.
func (k *keeper) enqueue(ctx context.Context, queue *wal.Queue, at uint64) error {
	if len(k.request) == 0 {
		return nil
	}
	if len(k.request) <= forwardAtMost {
		return queue.Add(ctx, at<<pieceBits, k.request)
	}
	var piece []byte
	id := at << pieceBits
	for i := range k.kept {
		if len(piece) > 0 && len(piece)+len(k.kept[i].Raw) > forwardAtMost {
			if err := queue.Add(ctx, id, piece); err != nil {
				return err
			}
			piece, id = piece[:0], id+1
		}
		piece = append(piece, k.kept[i].Raw...)
	}
	return queue.Add(ctx, id, piece)
}

// forwardAtMost is the size of a request to a backend: most take 4 MiB.
const (
	forwardAtMost = 3 << 20
	pieceBits     = 12 // of the pieces of one position
)

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
