// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hopstamp/hopstamp/internal/journey"
)

func TestCrashAtEachPointOfAFlush(t *testing.T) {
	t.Parallel()
	log := logOf(newPlatform(4), 40, 10)
	clean := Options{Dir: t.TempDir()}
	replay(t, clean, log, len(log))
	want := files(t, clean.Dir)
	unpublish := func(path string) error { return os.Rename(path, path+tempSuffix) }
	tear := func(path string) error {
		if err := unpublish(path); err != nil {
			return err
		}
		return os.Truncate(path+tempSuffix, 100)
	}
	for name, crash := range map[string]func(verdicts, ledger string) error{
		"while the ledger is written":  func(v, l string) error { _ = os.Remove(v); return tear(l) },
		"before either is renamed":     func(v, l string) error { _ = unpublish(v); return unpublish(l) },
		"between the two renames":      func(v, _ string) error { return unpublish(v) },
		"with the other half visible":  func(_, l string) error { return unpublish(l) },
		"and the verdict part is torn": func(v, _ string) error { return os.Truncate(v, 1000) },
		"and the ledger part is torn":  func(_, l string) error { return os.Truncate(l, 50) },
	} {
		t.Run(name, func(t *testing.T) {
			opts := Options{Dir: t.TempDir()}
			parts := replay(t, opts, log, len(log))
			last := len(parts.verdicts) - 1
			before := parts.verdicts[last-1].to
			if err := crash(parts.verdicts[last].path, parts.ledger[last].path); err != nil {
				t.Fatal(err)
			}
			reopened, err := Open(opts)
			if err != nil {
				t.Fatal(err)
			}
			if reopened.Mark() != before {
				t.Fatalf("mark is %d, want %d: the flush before the broken one", reopened.Mark(), before)
			}
			again := replay(t, opts, log, len(log))
			wantRows(t, again, log)
			wantLedger(t, again, log)
			got := files(t, opts.Dir)
			for path, digest := range want {
				if got[path] != digest {
					t.Errorf("%s is not what it would be without the crash", path)
				}
			}
		})
	}
}

func TestDamagedPartIsSetAside(t *testing.T) {
	t.Parallel()
	log := logOf(newPlatform(5), 40, 10)
	for name, damage := range map[string]func(data []byte) []byte{
		"empty":         func([]byte) []byte { return nil },
		"half":          func(data []byte) []byte { return data[:len(data)/2] },
		"garbage":       func(data []byte) []byte { return []byte(strings.Repeat("garbage!", len(data)/8)) },
		"footer zeroed": func(data []byte) []byte { clear(data[len(data)-2000 : len(data)-8]); return data },
	} {
		t.Run(name, func(t *testing.T) {
			opts := Options{Dir: t.TempDir()}
			path := replay(t, opts, log, len(log)).verdicts[0].path
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, damage(data), 0o644); err != nil {
				t.Fatal(err)
			}
			parts := replay(t, opts, log, len(log))
			if stats := parts.Stats(); stats.Damaged != 1 || stats.Parts != 2 {
				t.Fatalf("after damage to one of three parts: %+v", stats)
			}
			if _, err := os.Stat(path + damagedSuffix); err != nil {
				t.Fatalf("the damaged part is gone: %v", err)
			}
			wantRows(t, parts, log[11:])
		})
	}
}

func TestPartDamagedUnderARunningServerIsSetAside(t *testing.T) {
	t.Parallel()
	log := logOf(newPlatform(6), 40, 10)
	parts := replay(t, Options{Dir: t.TempDir()}, log, len(log))
	path := parts.verdicts[1].path
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range data {
		data[i] ^= 0x55
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, step := range log {
		view := look(parts)
		for _, row := range step.settled {
			if _, err := view.Find(context.Background(), ParseID(row.Key), 10); err != nil {
				t.Fatal(err)
			}
		}
		closeView(t, view)
	}
	if stats := parts.Stats(); stats.Damaged != 1 || stats.Parts != 2 {
		t.Fatalf("after searches in three parts, one damaged: %+v", stats)
	}
}

func TestFailedFlushKeepsRowsAndChanges(t *testing.T) {
	t.Parallel()
	log := logOf(newPlatform(11), 40, 10)
	opts := Options{Dir: t.TempDir()}
	parts := replay(t, opts, log, 10)
	calls := 0
	parts.opts.Ledger = func() []LedgerRow {
		calls++
		if calls == 1 {
			var all []LedgerRow
			for _, step := range log[:21] {
				all = append(all, step.changes...)
			}
			return all
		}
		return nil
	}
	blocked := filepath.Join(opts.Dir, "verdicts", "day=2026-11-02")
	if err := os.WriteFile(blocked, nil, 0o644); err != nil { // no folder can be made here
		t.Fatal(err)
	}
	if err := fold(parts, 11, log[10].logTime, log[10].settled); err == nil {
		t.Fatal("a flush into a file instead of a folder succeeded")
	}
	if parts.Mark() != 0 || len(parts.ledger) != 0 {
		t.Fatalf("a failed flush left mark %d and %d ledger parts", parts.Mark(), len(parts.ledger))
	}
	if err := os.Remove(blocked); err != nil {
		t.Fatal(err)
	}
	for i := 11; i < 21; i++ {
		if err := fold(parts, journey.Position(i+1), log[i].logTime, log[i].settled); err != nil {
			t.Fatal(err)
		}
	}
	wantRows(t, parts, log[:21])
	wantLedger(t, parts, log)
}
