// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// refused opens a log and wants an error that says why.
func refused(t *testing.T, options Options, why string) {
	t.Helper()
	options.Logger = quietLog()
	l, err := Open(t.Context(), options)
	if err == nil {
		closeLog(t, l)
		t.Fatalf("log opens, want: %s", why)
	}
	if !strings.Contains(err.Error(), why) {
		t.Errorf("refused with %q, want: %s", err, why)
	}
}

func TestSecondOpenerIsToldWhoHasTheLog(t *testing.T) {
	t.Parallel()
	options := Options{Dir: t.TempDir()}
	first := openLog(t, options)
	refused(t, options, fmt.Sprintf("in use by process %d", os.Getpid()))
	closeLog(t, first)
	openLog(t, options)
}

// While a process starts another one, the child has a copy of each open file.
func TestClosedLogIsFreeAlsoWhenAChildHasACopyOfItsLock(t *testing.T) {
	t.Parallel()
	options := Options{Dir: t.TempDir()}
	l := openLog(t, options)
	copied, err := syscall.Dup(int(l.folder.lock.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Close(copied) }()
	closeLog(t, l)
	openLog(t, options)
}

func TestPartitionCountIsFixed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	closeLog(t, openLog(t, Options{Dir: dir, Partitions: 3}))
	refused(t, Options{Dir: dir, Partitions: 2}, "log has 3 partitions, cannot open it with 2")
	openLog(t, Options{Dir: dir, Partitions: 3})
}

// A log of an older program is taken, and then no longer by that program.
func TestOlderFormatBecomesTheNewest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := openLog(t, Options{Dir: dir, MaxMessage: 2 << 20})
	if _, err := l.Append(t.Context(), 0, []byte("old")); err != nil {
		t.Fatal(err)
	}
	closeLog(t, l)
	name := filepath.Join(dir, formatName)
	if err := os.WriteFile(name, []byte(`{"version":1,"partitions":1,"max_message":2097152}`), 0o600); err != nil {
		t.Fatal(err)
	}
	l = openLog(t, Options{Dir: dir, MaxMessage: 1 << 20})
	if m, err := l.Read(t.Context(), 0, 1); err != nil || string(m.Data) != "old" {
		t.Errorf("read %q, error %v", m.Data, err)
	}
	if content, err := os.ReadFile(name); err != nil || strings.TrimSpace(string(content)) != `{"version":2,"partitions":1,"max_message":2097152}` {
		t.Errorf("format is %s, error %v", content, err)
	}
}

func TestFolderThatCannotBeTheLog(t *testing.T) {
	t.Parallel()
	put := func(t *testing.T, name, content string) string {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	refused(t, Options{Dir: put(t, formatName, `{"version":3,"partitions":1}`)}, "has format 3, this program knows up to 2")
	refused(t, Options{Dir: put(t, formatName, `{"vers`)}, "format.json is damaged")
	refused(t, Options{Dir: put(t, "jetstream", "")}, "holds data but no format.json")
	refused(t, Options{Dir: filepath.Join(put(t, "file", ""), "file")}, "make log folder")
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, lockName), 0o700); err != nil {
		t.Fatal(err)
	}
	refused(t, Options{Dir: dir}, "log folder is not writable")
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	for why, options := range map[string]Options{
		"needs a folder":               {},
		"at least 1 partition":         {Dir: "x", Partitions: -1},
		"sync mode 7 is unknown":       {Dir: "x", Sync: 7},
		"messages at least 1s":         {Dir: "x", MaxAge: 1},
		"log message holds 1 to":       {Dir: "x", MaxMessage: 1 << 30},
		"bytes that may wait":          {Dir: "x", MaxPending: 1},
		"too small for 1000 partition": {Dir: "x", Partitions: 1000},
	} {
		refused(t, options, why)
	}
}

func TestFollowerHasRoomForMessagesOfEarlierLimits(t *testing.T) {
	t.Parallel()
	dir, large := t.TempDir(), chunk("large", 9<<20)
	first := openLog(t, Options{Dir: dir, MaxMessage: 10 << 20, Logger: quietLog()})
	mustAppend(t, first, 0, large)
	closeLog(t, first)
	second := openLog(t, Options{Dir: dir, MaxMessage: 1 << 20})
	if got := followed(t, second, 0, 1, 1); got[0] != "1+0: large" {
		t.Errorf("followed %q", got)
	}
}

func TestPartitionThatDoesNotRecoverIsNotReplacedByAnEmptyOne(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := openLog(t, Options{Dir: dir})
	mustAppend(t, l, 0, chunk("a", 10))
	closeLog(t, l)
	meta := filepath.Join(streamFolder(dir, 0), "meta.inf")
	whole, err := os.ReadFile(meta)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(meta, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, Options{Dir: dir}, "open partition 0: recover SPANS-0")
	if err := os.WriteFile(meta, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := followed(t, openLog(t, Options{Dir: dir}), 0, 1, 1); got[0] != "1+0: a" {
		t.Errorf("repaired log holds %q", got)
	}
}

func TestBlockFolderRemembersOnlyChangesThatCannotBeFollowedUnseen(t *testing.T) {
	t.Parallel()
	blocks := &blockFolder{path: t.TempDir()}
	changeAt := func(changed time.Time) {
		t.Helper()
		if err := os.Chtimes(blocks.path, changed, changed); err != nil {
			t.Fatal(err)
		}
		if err := blocks.sync(); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-time.Hour).Truncate(time.Second)
	changeAt(old)
	if !blocks.synced.Equal(old) {
		t.Errorf("folder unchanged for an hour counts as synced at %v", blocks.synced)
	}
	changeAt(time.Now().Add(time.Hour))
	if !blocks.synced.Equal(old) {
		t.Errorf("folder that may still change counts as synced at %v", blocks.synced)
	}
	blocks.path = filepath.Join(blocks.path, "gone")
	if err := blocks.sync(); err == nil {
		t.Error("folder that is gone syncs")
	}
}
