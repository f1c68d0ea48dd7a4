// SPDX-License-Identifier: Apache-2.0

package app

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/track"
	"github.com/hopstamp/hopstamp/internal/wal"
)

// A snapshot is the state of a fold after a log message up to which everything is
// stored: then neither rows nor changes of the ledger are only in memory, and what
// the parts hold need not be in it. A start loads the newest and folds what the log
// has behind it; effects up to the parts' mark are stored already. Without one it folds
// all of the log, and saves nothing before it is where the parts end.
//
//	version u8 | for each section: length u64, bytes | the tracker, to the end
const snapshotVersion = 2

// replayAtMost is how many bytes of the log a start may have to fold again, so that
// it takes seconds: some 80 bytes are a span. A large state is saved more rarely,
// once for its own size of log, which takes a quarter of the time of folding that.
const replayAtMost = 48 << 20

// section is a part of the state that is small enough to be held twice.
type section struct {
	name    string
	save    func(io.Writer) error
	restore func(io.Reader) error
}

func (f *fold) sections() []section {
	return []section{
		{"ledger", appended(f.ledger.AppendSums), whole(f.ledger.RestoreSums)},
		{"latencies", f.latency.Save, f.latency.Restore},
		{"shapes", appended(f.shapes.Append), whole(f.shapes.Restore)},
		{"sampler", appended(f.sampler.Append), whole(f.restoreSampler)},
		{"counters", f.saveCounters, f.restoreCounters},
	}
}

// appended saves what appends itself to bytes.
func appended(appendTo func([]byte) []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(appendTo(nil))
		return err
	}
}

// whole restores what is made of bytes.
func whole(restore func([]byte) error) func(io.Reader) error {
	return func(r io.Reader) error {
		data, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		return restore(data)
	}
}

func (f *fold) saveCounters(w io.Writer) error {
	return binary.Write(w, binary.LittleEndian, f.malformed.Load())
}

func (f *fold) restoreCounters(r io.Reader) error {
	var malformed uint64
	err := binary.Read(r, binary.LittleEndian, &malformed)
	f.malformed.Store(malformed)
	return err
}

// saved is what is known of the fold's last snapshot.
type saved struct {
	position journey.Position
	logTime  int64
	bytes    int64
	took     time.Duration
	count    uint64
	failures uint64
	behind   int64 // bytes folded since
	settled  int64 // deliveries since
}

// due tells whether a snapshot is worth it: the last is old, or much was folded since.
// One behind which there is little is left to be old: to fold that again costs a start
// less than it costs now to write the same state once more.
// However large the state is, the log must be able to hold what was folded since the last
// snapshot but one.
func (s *saved) due(now int64, every time.Duration, logBytes int64) bool {
	age := now - s.logTime
	if s.behind+settledWorth*s.settled < s.bytes/littleBehind {
		return age >= veryOld*int64(every)
	}
	return age >= int64(every) || s.behind >= min(max(replayAtMost, s.bytes), logBytes/logBehind)
}

const (
	settledWorth = 160 // bytes: to let go of a delivery again takes a start as long as two spans
	littleBehind = 32  // the part of a snapshot's size that is little
	logBehind    = 4   // the part of the log that is folded again at most, about
	veryOld      = 10  // periods after which there is one in any case: the log keeps what lies behind
)

// saveWhenDue takes a snapshot when one is due and nothing waits to be stored.
func (f *fold) saveWhenDue(ctx context.Context) {
	if !f.saved.due(f.tracker.Now(), f.config.Track.SnapshotEvery, f.logBytes) || f.parts.Waiting() || f.ledger.Changed() || f.sumsAhead() {
		return
	}
	f.relayer.sent.Wait() // what a start will not relay again must be stored
	began := time.Now()
	var size counter
	err := f.log.Snapshots(f.partition).Save(ctx, wal.Position(f.position), func(w io.Writer) error {
		return f.save(io.MultiWriter(w, &size))
	})
	f.saved.logTime, f.saved.behind, f.saved.settled = f.tracker.Now(), 0, 0 // a failed one is tried again when the next is due
	if err != nil {
		if ctx.Err() == nil { // else the server stops, and the snapshot before this one stands
			f.saved.failures++
			f.logger.Error("the state could not be saved; a start will take longer", "error", err)
		}
		return
	}
	f.saved.position, f.saved.bytes, f.saved.took = f.position, int64(size), time.Since(began)
	f.saved.count++
}

// sumsAhead tells whether the sums over all time know more than was folded: without a
// snapshot a start takes them from what is stored, and folds the log up to there again.
func (f *fold) sumsAhead() bool { return !f.resumed && f.position < f.parts.Mark() }

// counter counts what is written to it.
type counter int64

func (c *counter) Write(content []byte) (int, error) {
	*c += counter(len(content))
	return len(content), nil
}

func (f *fold) save(w io.Writer) error {
	if _, err := w.Write([]byte{snapshotVersion}); err != nil {
		return err
	}
	for _, s := range f.sections() {
		var content bytes.Buffer
		if err := s.save(&content); err != nil {
			return fmt.Errorf("save the %s: %w", s.name, err)
		}
		if err := binary.Write(w, binary.LittleEndian, uint64(content.Len())); err != nil {
			return err
		}
		if _, err := w.Write(content.Bytes()); err != nil {
			return err
		}
	}
	return f.tracker.Snapshot(w)
}

// load makes the fold what it was when it wrote a snapshot.
func (f *fold) load(r io.Reader) error {
	if err := f.clear(); err != nil {
		return err
	}
	options, err := f.trackOptions()
	if err != nil {
		return err
	}
	var version [1]byte
	if _, err := io.ReadFull(r, version[:]); err != nil {
		return err
	}
	if version[0] != snapshotVersion {
		return fmt.Errorf("snapshot has version %d, this program reads %d", version[0], snapshotVersion)
	}
	for _, s := range f.sections() {
		var length uint64
		if err := binary.Read(r, binary.LittleEndian, &length); err != nil {
			return fmt.Errorf("restore the %s: %w", s.name, err)
		}
		section := io.LimitReader(r, int64(length))
		if err := s.restore(section); err != nil {
			return fmt.Errorf("restore the %s: %w", s.name, err)
		}
		if _, err := io.Copy(io.Discard, section); err != nil {
			return fmt.Errorf("restore the %s: %w", s.name, err)
		}
	}
	tracker, err := track.Restore(options, r)
	if err != nil {
		return fmt.Errorf("restore the tracker: %w", err)
	}
	f.tracker = tracker
	return nil
}
