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
// to the disk.
func syncFiles(folder string) error {
	if err := syncContents(folder); err != nil {
		return err
	}
	return syncPath(folder)
}

// syncContents forces the content of a folder's files to the disk, and out of
// the page cache. Files that go away meanwhile do not matter.
func syncContents(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("sync files: %w", err)
	}
	for _, entry := range entries {
		if entry.IsDir() {
			continue
		}
		err := syncOpen(filepath.Join(folder, entry.Name()), uncache)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// syncPath syncs a file's content or a folder's entries.
func syncPath(path string) error { return syncOpen(path, func(*os.File) {}) }

// syncOpen does it, and something with it before it is closed again.
func syncOpen(path string, then func(*os.File)) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	if err = file.Sync(); err == nil {
		then(file)
	}
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("sync %s: %w", path, err)
	}
	return nil
}
