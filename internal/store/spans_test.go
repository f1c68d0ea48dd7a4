// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// work is what fell due at one position of the fold.
type work struct {
	at      journey.Position
	logTime int64
	spans   []KeptSpan
}

// worksOf makes a work a second, with the spans of some messages each.
func (c *platform) worksOf(count, messages int) []work {
	works := make([]work, count)
	for i := range works {
		works[i] = work{at: journey.Position(10 * (i + 1)), logTime: morning + int64(i)*int64(time.Second)}
		for range messages {
			works[i].spans = append(works[i].spans, c.keptMessage(works[i].logTime)...)
		}
	}
	return works
}

// keptMessage is the spans of one message.
func (c *platform) keptMessage(at int64) (spans []KeptSpan) {
	trace, key := c.trace(), fmt.Sprintf("%016x", c.random.Uint64())
	why := [2]string{"random", "random 1 %"}
	threshold := uint64(1<<56) / 100 * 99
	if c.random.IntN(4) == 0 {
		why, threshold = [2]string{"failed", "failed: RateLimited"}, 0
	}
	parent := span.ID{}
	for i, name := range []string{"POST /v1/messages", "send orders", "process orders", "POST push"} {
		k := KeptSpan{Trace: trace, Parent: parent, Key: key, Service: []string{"gateway", "gateway", "worker", "worker"}[i], Name: name,
			Kind:  []span.Kind{span.Server, span.Producer, span.Consumer, span.Client}[i],
			Start: at - 90e9 + c.random.Int64N(1e9), Policy: why[0], Reason: why[1], Threshold: threshold, Error: why[0] == "failed" && i == 3}
		k.End = k.Start + c.random.Int64N(1e8)
		binary.LittleEndian.PutUint64(k.Span[:], c.random.Uint64())
		k.Raw = append(append([]byte(strings.Repeat("resource "+k.Service, 10)), k.Span[:]...), strings.Repeat(name, 8)...)
		parent = k.Span
		spans = append(spans, k)
	}
	return spans
}

// rework opens the kept spans of a folder and folds works as the app does after a
// restart: those after the mark.
func rework(t *testing.T, opts SpanOptions, works []work) *Spans {
	t.Helper()
	s, err := OpenSpans(opts)
	if err != nil {
		t.Fatal(err)
	}
	mark := s.Mark()
	for _, w := range works {
		if w.at <= mark {
			continue
		}
		if err := s.Fold(w.at, w.logTime, w.spans); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// wantSpans asks for all spans of works at once, and for those of some messages alone.
func wantSpans(t *testing.T, s *Spans, works []work) {
	t.Helper()
	var want []KeptSpan
	for _, w := range works {
		want = append(want, w.spans...)
	}
	want = distinct(want)
	ask := func(traces []span.TraceID, want []KeptSpan) {
		t.Helper()
		got, err := s.SpansOf(context.Background(), append(traces, span.TraceID{1, 2, 3}))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("asked for %d traces: %d spans differ from the %d that there are", len(traces), len(got), len(want))
		}
	}
	var traces []span.TraceID
	for i := 0; i < len(want); i += 4 {
		traces = append(traces, want[i].Trace)
		if i/4%97 == 0 {
			ask(traces[i/4:i/4+1:i/4+1], want[i:i+4])
		}
	}
	ask(traces, want)
	if stats := s.Stats(); int(stats.Rows)+stats.TailRows != len(want) {
		t.Fatalf("%d rows in parts and %d in the tail, want %d", stats.Rows, stats.TailRows, len(want))
	}
}

func TestKeptSpansAreFoundInTailAndParts(t *testing.T) {
	t.Parallel()
	works := newPlatform(1).worksOf(200, 5)
	s := rework(t, SpanOptions{Dir: t.TempDir()}, works)
	if stats := s.Stats(); stats.Flushes != 3 || stats.Parts != 3 || stats.TailRows != 19*20 || stats.TailBytes == 0 {
		t.Fatalf("200 seconds gave %+v, want 3 flushes and the spans of 19 seconds in the tail", stats)
	}
	if s.Mark() != 1810 {
		t.Fatalf("mark is %d, want 1810: the work that begins the fourth minute", s.Mark())
	}
	path := filepath.Join(s.opts.Dir, "spans", "day=2026-11-02", "spans-000-0000000000000001-0000000000000610.parquet")
	if s.parts[0].path != path {
		t.Fatalf("first part is %s, want %s", s.parts[0].path, path)
	}
	wantSpans(t, s, works)
}

func TestReplayOfKeptSpansWritesTheSameBytes(t *testing.T) {
	t.Parallel()
	works := newPlatform(2).worksOf(900, 2)
	opts := SpanOptions{MergeEvery: 5 * time.Minute}
	opts.Dir = t.TempDir()
	unbroken := rework(t, opts, works)
	want := files(t, opts.Dir)
	opts.Dir = t.TempDir()
	for _, until := range []int{1, 60, 61, 62, 250, 301, 302, 660, 661, len(works)} {
		rework(t, opts, works[:until]) // and the process is killed
	}
	if got := files(t, opts.Dir); !reflect.DeepEqual(got, want) {
		t.Fatalf("ten restarts gave %d files that differ from the %d of an unbroken run", len(got), len(want))
	}
	if unbroken.Stats().Merges < 2 || unbroken.Stats().Parts > 7 {
		t.Fatalf("a quarter of an hour gave %+v, want small parts to be merged", unbroken.Stats())
	}
	wantSpans(t, rework(t, opts, works), works)
}

// What had no spans is not asked for again after a restart, and moves no end of a part.
func TestPositionsWithoutSpansMoveNoPart(t *testing.T) {
	t.Parallel()
	works := newPlatform(8).worksOf(400, 1)
	for i := range works {
		if i%100 > 5 && i%100 < 97 {
			works[i].spans = nil
		}
	}
	whole := SpanOptions{Dir: t.TempDir()}
	rework(t, whole, works)
	want := files(t, whole.Dir)
	if len(want) != 5 {
		t.Fatalf("%d files, want 5: of the six minutes in which spans fell due, one is not over", len(want))
	}
	opts := SpanOptions{Dir: t.TempDir()}
	done := journey.Position(0)
	for until := 7; until <= len(works); until += 7 {
		var left []work
		for _, w := range works[:until] {
			if w.at > done {
				left = append(left, w)
			}
		}
		done = rework(t, opts, left).Mark()
	}
	rework(t, opts, works)
	if got := files(t, opts.Dir); !reflect.DeepEqual(got, want) {
		t.Fatalf("with restarts %d files that differ from the %d without", len(got), len(want))
	}
}

func TestFullTailOfSpansIsFlushed(t *testing.T) {
	t.Parallel()
	works := newPlatform(3).worksOf(10, 20)
	s := rework(t, SpanOptions{Dir: t.TempDir(), MaxTailBytes: 50_000}, works)
	if stats := s.Stats(); stats.Flushes < 3 || stats.TailBytes >= 50_000 || stats.Merges > 0 {
		t.Fatalf("400 KB of spans with room for 50 in ten seconds: %+v", stats)
	}
	wantSpans(t, s, works)
}

func TestNothingToKeepMovesTheMarkOnly(t *testing.T) {
	t.Parallel()
	works := newPlatform(4).worksOf(300, 0)
	s := rework(t, SpanOptions{Dir: t.TempDir()}, works)
	if s.Mark() != 3000 || len(files(t, s.opts.Dir)) != 0 {
		t.Fatalf("mark %d and %d files, want 3000 and none: nothing of what was due is in memory", s.Mark(), len(files(t, s.opts.Dir)))
	}
}

func TestSpanThatWasCopiedTwiceIsOne(t *testing.T) {
	t.Parallel()
	platform := newPlatform(5)
	first := platform.keptMessage(morning)
	for i := range first {
		first[i].Policy, first[i].Reason, first[i].Threshold = "random", "random 1 %", 1<<55
	}
	upgraded := append([]KeptSpan(nil), first...)
	for i := range upgraded {
		upgraded[i].Policy, upgraded[i].Reason, upgraded[i].Threshold = "failed", "failed: InternalError", 0
	}
	minute := int64(time.Minute)
	for name, works := range map[string][]work{
		"in the tail":      {{1, morning, first}, {2, morning + 1, upgraded}},
		"in one part":      {{1, morning, first}, {2, morning + 1, upgraded}, {3, morning + minute, nil}},
		"in two parts":     {{1, morning, first}, {2, morning + minute, nil}, {3, morning + minute + 1, upgraded}, {4, morning + 2*minute, nil}},
		"the better first": {{1, morning, upgraded}, {2, morning + minute, first}},
	} {
		t.Run(name, func(t *testing.T) {
			s := rework(t, SpanOptions{Dir: t.TempDir()}, works)
			got, err := s.SpansOf(context.Background(), []span.TraceID{first[0].Trace})
			if want := distinct(upgraded); err != nil || !reflect.DeepEqual(got, want) {
				t.Fatalf("%d spans, error %v, want the four that are surely kept: %+v", len(got), err, got)
			}
		})
	}
}

func TestOddSpansComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	odd := []KeptSpan{
		{Raw: []byte{}},
		{Trace: span.TraceID{15: 1}, Span: span.ID{1}, Start: -5, End: -10, Raw: []byte{0, 255, 128}},
		{Trace: span.TraceID{15: 2}, Span: span.ID{2}, Parent: span.ID{3}, Key: "k\x00'; DROP TABLE", Name: "ü", Threshold: 1<<56 - 1, Raw: []byte("x"),
			Start: 1 << 62, End: 1<<62 + 1, Error: true, Kind: span.Internal},
	}
	minute := int64(time.Minute)
	s := rework(t, SpanOptions{Dir: t.TempDir()}, []work{{1, morning, odd}, {2, morning + minute, nil}})
	got, err := s.SpansOf(context.Background(), []span.TraceID{{}, {15: 2}, {15: 1}, {15: 1}})
	if err != nil || !reflect.DeepEqual(got, odd) {
		t.Fatalf("got  %+v, error %v\nwant %+v", got, err, odd)
	}
}

func TestTextsOfSpansAreValid(t *testing.T) {
	t.Parallel()
	s := rework(t, SpanOptions{Dir: t.TempDir()}, []work{{1, morning, []KeptSpan{{Name: "a\xff", Raw: []byte("\xff")}}}})
	got, err := s.SpansOf(context.Background(), []span.TraceID{{}})
	if err != nil || got[0].Name != "a\uFFFD" || string(got[0].Raw) != "\xff" {
		t.Fatalf("%+v, %v", got, err)
	}
}

func TestRetentionOfSpansSparesReaders(t *testing.T) {
	t.Parallel()
	works := newPlatform(6).worksOf(601, 3)
	for name, opts := range map[string]SpanOptions{"by age": {MaxAge: 3 * time.Minute}, "by bytes": {MaxBytes: 1}} {
		t.Run(name, func(t *testing.T) {
			opts.Dir = t.TempDir()
			s := rework(t, opts, works[:121])
			_, held := s.hold()
			for _, w := range works[121:] {
				if err := s.Fold(w.at, w.logTime, w.spans); err != nil {
					t.Fatal(err)
				}
			}
			stats := s.Stats()
			if stats.Retired < 6 || s.parts[0].from < 3000 {
				t.Fatalf("after ten minutes %+v, and the oldest part begins at %d", stats, s.parts[0].from)
			}
			if _, err := os.Stat(held[0].path); err != nil {
				t.Fatalf("a reader lost its part: %v", err)
			}
			if err := s.letGo(held); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(held[0].path); !os.IsNotExist(err) {
				t.Fatalf("a retired part stays after its reader is done: %v", err)
			}
		})
	}
}

func TestSearchOfSpansCanBeCancelled(t *testing.T) {
	t.Parallel()
	works := newPlatform(7).worksOf(121, 3)
	s := rework(t, SpanOptions{Dir: t.TempDir()}, works)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.SpansOf(ctx, []span.TraceID{works[0].spans[0].Trace}); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	if s.Stats().Damaged > 0 {
		t.Fatal("a part was set aside because a reader went away")
	}
}
