// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What was just stored is handed to its followers from memory, and is read once more
// a minute or two later, from one end to the other. Between, a log that takes tens of
// megabytes a second would push out of the page cache what is read again and again:
// the parts, in which messages are searched. So blocks leave it when they are full.
//
// blocksCached are left: a follower that fell behind a little finds them there.
const (
	blocksCached = 4
	uncacheEvery = time.Second
)

// oldBlocks are the full blocks of a partition. One goroutine uses them.
type oldBlocks struct {
	folder string
	seen   time.Time // change time of the folder when it was looked at last
	gone   int       // number of the newest that left the cache
	leave  func(path string) error
}

// uncacheOld lets blocks leave until ctx ends.
func (b *backend) uncacheOld(ctx context.Context) {
	ticker := time.NewTicker(uncacheEvery)
	defer ticker.Stop()
	var all []*oldBlocks
	for _, blocks := range b.blocks {
		all = append(all, oldBlocksFrom(blocks.path, func(path string) error { return syncOpen(path, uncache) }))
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		for _, old := range all {
			old.look()
		}
	}
}

// oldBlocksFrom leaves alone those that are old already: a start is no time to open all
// files of a log.
func oldBlocksFrom(folder string, leave func(path string) error) *oldBlocks {
	return &oldBlocks{folder: folder, gone: lastOld(blockNumbers(folder)), leave: leave}
}

// look lets blocks leave that became old. One that cannot stays in the cache: nothing
// depends on it.
func (o *oldBlocks) look() {
	info, err := os.Stat(o.folder)
	if err != nil || info.ModTime().Equal(o.seen) {
		return
	}
	o.seen = info.ModTime()
	numbers := blockNumbers(o.folder)
	upTo := lastOld(numbers)
	for _, number := range numbers {
		if number > o.gone && number <= upTo {
			_ = o.leave(filepath.Join(o.folder, strconv.Itoa(number)+blockSuffix))
		}
	}
	o.gone = max(o.gone, upTo)
}

// lastOld is the highest number that a block may have and be old; less than 1 when none is.
func lastOld(numbers []int) int { return slices.Max(append(numbers, 0)) - blocksCached }

const blockSuffix = ".blk"

// blockNumbers are those of the block files in a folder, in no order.
func blockNumbers(folder string) (numbers []int) {
	entries, _ := os.ReadDir(folder)
	for _, entry := range entries {
		name, isBlock := strings.CutSuffix(entry.Name(), blockSuffix)
		if number, err := strconv.Atoi(name); isBlock && err == nil && strconv.Itoa(number) == name {
			numbers = append(numbers, number)
		}
	}
	return numbers
}
