// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// clockGrain is longer than the steps in which file systems count times, so a
// folder changed longer ago than this cannot change again unseen.
const clockGrain = 50 * time.Millisecond

// blockFolder syncs the folder of a partition's block files when files came or
// went. The server syncs the content of a new block but not the folder entry
// that names it, and POSIX promises the entry to nobody who did not ask.
// One committer uses it at a time.
type blockFolder struct {
	path string
	// synced is the folder's change time that is known to be on disk.
	synced time.Time
}

// newBlockFolder syncs the folder of a stream's blocks and all above it, up to
// the log's own.
func newBlockFolder(root, stream string) (*blockFolder, error) {
	for path := stream; len(path) >= len(root); path = filepath.Dir(path) {
		if err := syncFolder(path); err != nil {
			return nil, err
		}
	}
	folder := &blockFolder{path: filepath.Join(stream, "msgs")}
	return folder, folder.sync()
}

// sync makes the folder's entries durable; it costs one stat when nothing changed.
func (b *blockFolder) sync() error {
	info, err := os.Stat(b.path)
	if err != nil {
		return fmt.Errorf("look at block folder: %w", err)
	}
	changed := info.ModTime()
	if changed.Equal(b.synced) {
		return nil
	}
	if err := syncFolder(b.path); err != nil {
		return err
	}
	if time.Since(changed) > clockGrain {
		b.synced = changed
	}
	return nil
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	err = folder.Sync()
	if closing := folder.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("sync folder %s: %w", path, err)
	}
	return nil
}
