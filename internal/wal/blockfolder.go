// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"errors"
	"fmt"
	"io/fs"
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
		if err := syncPath(path); err != nil {
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
	if err := syncPath(b.path); err != nil {
		return err
	}
	if time.Since(changed) > clockGrain {
		b.synced = changed
	}
	return nil
}

// syncFiles forces the content of a folder's files, and the folder's entries,
// to the disk. Files that go away meanwhile do not matter.
func syncFiles(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("sync files: %w", err)
	}
	for _, entry := range entries {
		if entry.IsDir() {
			continue
		}
		if err := syncPath(filepath.Join(folder, entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return syncPath(folder)
}

// syncPath syncs a file's content or a folder's entries.
func syncPath(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	err = file.Sync()
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("sync %s: %w", path, err)
	}
	return nil
}
