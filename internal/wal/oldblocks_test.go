// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"
)

// Blocks leave the page cache once, when four newer ones are there; nothing else in the
// folder does.
func TestOldBlocksLeaveTheCacheOnce(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	changed := time.Now().Add(-time.Hour)
	appear := func(names ...string) {
		for _, name := range names {
			if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		changed = changed.Add(time.Second)
		if err := os.Chtimes(folder, changed, changed); err != nil {
			t.Fatal(err)
		}
	}
	var left []string
	old := oldBlocks{folder: folder, leave: func(path string) error {
		left = append(left, filepath.Base(path))
		return nil
	}}
	expect := func(when string, want ...string) {
		t.Helper()
		old.look()
		slices.Sort(left)
		if !slices.Equal(left, want) {
			t.Fatalf("%s %v left, want %v", when, left, want)
		}
		left = nil
	}
	appear("index.db", "7.blk", "8.blk", "9.blk", "10.blk", "9.blk.tmp", "x.blk")
	expect("of four blocks")
	appear("11.blk", "12.blk")
	expect("of six blocks", "7.blk", "8.blk")
	expect("when nothing changed")
	if err := os.Remove(filepath.Join(folder, "9.blk")); err != nil { // retention was faster
		t.Fatal(err)
	}
	for number := range 3 {
		appear(strconv.Itoa(13+number) + ".blk")
	}
	expect("when the oldest was removed", "10.blk", "11.blk")

	old = *oldBlocksFrom(folder, old.leave)
	expect("at a start")
	appear("16.blk")
	expect("of those since a start", "12.blk")
}
