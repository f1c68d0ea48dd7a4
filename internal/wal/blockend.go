// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// blockEnd is how far a partition's newest block file reaches.
type blockEnd struct {
	file string
	size int64
}

// blockEnds looks at the newest block of each partition before the server does.
func (b *backend) blockEnds() []blockEnd {
	ends := make([]blockEnd, b.options.Partitions)
	for partition := range ends {
		ends[partition] = newestBlock(filepath.Join(streamFolder(b.options.Dir, partition), "msgs"))
	}
	return ends
}

func newestBlock(folder string) blockEnd {
	numbers := blockNumbers(folder)
	if len(numbers) == 0 {
		return blockEnd{}
	}
	path := filepath.Join(folder, strconv.Itoa(slices.Max(numbers))+blockSuffix)
	info, err := os.Stat(path)
	if err != nil {
		return blockEnd{}
	}
	return blockEnd{path, info.Size()}
}

// reportCuts tells of blocks that recovery made shorter. The server does so
// without a word when a record at the end is not whole. Nobody can tell apart
// a write that a crash interrupted, which was never acknowledged, and damage
// done to the disk since.
func (b *backend) reportCuts(before []blockEnd) {
	for partition, end := range before {
		info, err := os.Stat(end.file)
		if err != nil || info.Size() >= end.size {
			continue
		}
		text := fmt.Sprintf("%d bytes at the end of the log were not whole and are cut off: "+
			"a crash interrupted their write, or the disk damaged them", end.size-info.Size())
		b.options.Logger.Warn(text, "partition", partition)
	}
}
