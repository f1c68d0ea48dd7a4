// SPDX-License-Identifier: Apache-2.0

package store

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/span"
)

func TestCrashAtEachPointOfAFlushOfSpans(t *testing.T) {
	t.Parallel()
	works := newPlatform(11).worksOf(200, 4)
	clean := SpanOptions{Dir: t.TempDir()}
	rework(t, clean, works)
	want := files(t, clean.Dir)
	for name, crash := range map[string]func(path string) error{
		"before anything is written": os.Remove,
		"while it is written": func(path string) error {
			return orFirst(os.Rename(path, path+tempSuffix), os.Truncate(path+tempSuffix, 100))
		},
		"before it is renamed":  func(path string) error { return os.Rename(path, path+tempSuffix) },
		"and the part is torn":  func(path string) error { return os.Truncate(path, 1000) },
		"and the part is empty": func(path string) error { return os.Truncate(path, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			opts := SpanOptions{Dir: t.TempDir()}
			s := rework(t, opts, works)
			last := len(s.parts) - 1
			before := s.parts[last-1].to
			if err := crash(s.parts[last].path); err != nil {
				t.Fatal(err)
			}
			reopened, err := OpenSpans(opts)
			if err != nil {
				t.Fatal(err)
			}
			if reopened.Mark() != before {
				t.Fatalf("mark is %d, want %d: the flush before the broken one", reopened.Mark(), before)
			}
			wantSpans(t, rework(t, opts, works), works)
			got := files(t, opts.Dir)
			for path, digest := range want {
				if got[path] != digest {
					t.Errorf("%s is not what it would be without the crash", path)
				}
			}
			for path := range got {
				if strings.HasSuffix(path, tempSuffix) {
					t.Errorf("%s is left over", path)
				}
			}
		})
	}
}

func orFirst(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// A merge is published before what it covers is removed, one file after the other.
func TestCrashWhileSpansAreMerged(t *testing.T) {
	t.Parallel()
	works := newPlatform(12).worksOf(400, 3)
	merging := func(dir string) SpanOptions { return SpanOptions{Dir: dir, MergeEvery: 5 * time.Minute} }
	whole := merging(t.TempDir())
	s := rework(t, whole, works)
	want := files(t, whole.Dir)
	if s.Stats().Merges != 1 {
		t.Fatalf("%+v, want one merge", s.Stats())
	}
	unmerged := SpanOptions{Dir: t.TempDir(), MergeEvery: time.Nanosecond}
	small := rework(t, unmerged, works[:302]).parts
	for survivors := range small {
		opts := merging(t.TempDir())
		rework(t, opts, works)
		for _, part := range small[survivors:] { // that were not removed yet
			relative, _ := filepath.Rel(unmerged.Dir, part.path)
			data, err := os.ReadFile(part.path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(opts.Dir, relative), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		wantSpans(t, rework(t, opts, works), works)
		if got := files(t, opts.Dir); len(got) != len(want) {
			t.Fatalf("with %d parts not yet removed %d files are left, want %d", len(small)-survivors, len(got), len(want))
		}
	}
}

func TestDamagedPartOfSpansIsSetAside(t *testing.T) {
	t.Parallel()
	works := newPlatform(13).worksOf(200, 4)
	garble := func(data []byte) []byte {
		for i := range data[:len(data)-4000] {
			data[i] ^= 0x55
		}
		return data
	}
	for name, damage := range map[string]func(data []byte) []byte{
		"half":    func(data []byte) []byte { return data[:len(data)/2] },
		"garbage": func(data []byte) []byte { return []byte(strings.Repeat("\xff", len(data))) },
		"footer zeroed": func(data []byte) []byte {
			end := len(data) - 8 // behind it are its length and a mark
			clear(data[end-int(binary.LittleEndian.Uint32(data[end:])) : end])
			return data
		},
		"pages garbled": garble,
	} {
		for _, when := range []string{"at rest", "under a running server"} {
			t.Run(name+" "+when, func(t *testing.T) {
				opts := SpanOptions{Dir: t.TempDir()}
				s := rework(t, opts, works)
				path := s.parts[0].path
				data, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, damage(data), 0o644); err != nil {
					t.Fatal(err)
				}
				if when == "at rest" {
					s = rework(t, opts, works)
				}
				for _, w := range works[:61] {
					if _, err := s.SpansOf(t.Context(), []span.TraceID{w.spans[0].Trace}); err != nil {
						t.Fatal(err)
					}
				}
				if stats := s.Stats(); stats.Damaged != 1 || stats.Parts != 2 {
					t.Fatalf("after damage to one of three parts: %+v", stats)
				}
				if _, err := os.Stat(path + damagedSuffix); err != nil {
					t.Fatalf("the damaged part is gone: %v", err)
				}
				wantSpans(t, s, works[61:])
			})
		}
	}
}

func TestFailedFlushKeepsSpans(t *testing.T) {
	t.Parallel()
	works := newPlatform(14).worksOf(200, 4)
	opts := SpanOptions{Dir: t.TempDir()}
	s := rework(t, opts, works[:60])
	blocked := filepath.Join(opts.Dir, "spans", "day=2026-11-02")
	if err := os.WriteFile(blocked, nil, 0o644); err != nil { // no folder can be made here
		t.Fatal(err)
	}
	if err := s.Fold(works[60].at, works[60].logTime, works[60].spans); err == nil {
		t.Fatal("a flush into a file instead of a folder succeeded")
	}
	if s.Mark() != 0 {
		t.Fatalf("a failed flush left mark %d", s.Mark())
	}
	if err := os.Remove(blocked); err != nil {
		t.Fatal(err)
	}
	for _, w := range works[61:] {
		if err := s.Fold(w.at, w.logTime, w.spans); err != nil {
			t.Fatal(err)
		}
	}
	wantSpans(t, s, works)
}
