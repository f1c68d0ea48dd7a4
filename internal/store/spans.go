// SPDX-License-Identifier: Apache-2.0

package store

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/hopstamp/hopstamp/internal/crashpoint"
	"github.com/hopstamp/hopstamp/internal/journey"
)

// SpanOptions are of the kept spans. Only Dir is required.
type SpanOptions struct {
	Dir          string
	Partition    int
	FlushEvery   time.Duration // of log time; default 1 min
	MergeEvery   time.Duration // of log time: parts of one such window are merged; default 1 h
	MaxTailBytes int64         // that wait in memory, and that merging puts into one part; default 16 MiB
	MaxAge       time.Duration // of parts, by log time; default 7 days
	MaxBytes     int64         // of parts; default 1 GiB
	Log          *slog.Logger
}

func (o SpanOptions) withDefaults() SpanOptions {
	orDefault(&o.FlushEvery, crashpoint.Every("spans", time.Minute))
	orDefault(&o.MergeEvery, time.Hour)
	orDefault(&o.MaxTailBytes, 16<<20)
	orDefault(&o.MaxAge, 7*24*time.Hour)
	orDefault(&o.MaxBytes, 1<<30)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Spans are the kept spans of one partition, in parts like those of [Parts] and
// beside them:
//
//	<dir>/spans/day=2026-11-02/spans-000-0000000000000001-0000000000000417.parquet
//
// The positions are those of the fold at which the copying of the spans fell due,
// not those where the spans lie in the log. [Spans.Fold] is called by one
// goroutine, for ascending positions, with all spans of one at once; everything
// else may be called by any goroutine at any time. What is due where is a function
// of the log, and so are the ends of parts: the tail becomes one when the log time
// leaves the flush period in which it began, or when it is full. So a replay writes
// the same bytes, whether or not it tells again of positions that had no spans.
//
// Kept spans have a mark of their own: they are written later than verdicts, and
// a flush is a single file, so it is there or it is not.
type Spans struct {
	opts   SpanOptions
	layout *layout
	codec  pages

	// Of the goroutine that folds.
	logTime int64 // highest log time folded
	began   int64 // log time at which the tail began
	broken  error // a part that was published and cannot be read back

	mu     sync.Mutex       // guards what follows
	at     journey.Position // last one folded
	mark   journey.Position // of the parts
	tail   []KeptSpan       // append-only between flushes, so readers may keep a slice of it
	memory int64            // that the tail takes
	parts  []*Part          // by range
	stats  SpanStats
}

// SpanStats counts what is stored and what happened to it since OpenSpans.
type SpanStats struct {
	Parts     int
	Bytes     int64 // of the parts
	Rows      int64 // in parts
	TailRows  int
	TailBytes int64
	Flushes   int
	Merges    int
	Retired   int // parts removed for their age or the space they took
	Damaged   int // parts set aside
}

// OpenSpans reads the state of the folder, creates it when it is not there, and
// clears away what a crash left behind.
func OpenSpans(opts SpanOptions) (*Spans, error) {
	codec, err := newPages()
	if err != nil {
		return nil, err
	}
	layout, err := newLayout[spanRow]()
	if err != nil {
		return nil, err
	}
	s := &Spans{opts: opts.withDefaults(), layout: layout, codec: codec}
	if s.parts, err = recoverParts(opts.Dir, spanParts, opts.Partition, s.setAside); err != nil {
		return nil, fmt.Errorf("open kept spans in %s: %w", opts.Dir, err)
	}
	if last := newest(s.parts); last != nil {
		s.mark, s.logTime = last.to, last.footer.LogTime
	}
	return s, nil
}

// Mark is the highest position of which nothing is in memory alone, nor of any below.
func (s *Spans) Mark() journey.Position {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.tail) == 0 {
		return max(s.at, s.mark)
	}
	return s.mark
}

// Fold takes the spans whose copying fell due at a position of the fold. Positions
// at or below the mark, or folded before, are ignored. What the spans point to must not
// change any more; the slice is the caller's.
func (s *Spans) Fold(at journey.Position, logTime int64, spans []KeptSpan) error {
	if s.broken != nil {
		return s.broken
	}
	s.logTime = max(s.logTime, logTime)
	if at <= max(s.at, s.mark) {
		return nil
	}
	s.add(at, spans)
	period := int64(s.opts.FlushEvery)
	if len(s.tail) == 0 || s.memory < s.opts.MaxTailBytes && s.logTime/period == s.began/period {
		return nil
	}
	if err := s.flush(); err != nil {
		return fmt.Errorf("flush kept spans at %d: %w", at, err)
	}
	return nil
}

func (s *Spans) add(at journey.Position, spans []KeptSpan) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = at
	if len(s.tail) == 0 {
		s.began = s.logTime
	}
	from := len(s.tail)
	s.tail = append(s.tail, spans...)
	for i := range s.tail[from:] {
		s.memory += s.tail[from+i].settle()
	}
}

// Stats returns the counters.
func (s *Spans) Stats() SpanStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := s.stats
	stats.Parts, stats.TailRows, stats.TailBytes = len(s.parts), len(s.tail), s.memory
	for _, part := range s.parts {
		stats.Bytes += part.size
		stats.Rows += part.rows
	}
	return stats
}
