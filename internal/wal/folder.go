// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// The folder of a log:
//
//	LOCK          locked (flock) by the process that has it open, which writes its pid into it
//	format.json   what cannot change or must be known before the server starts
//	jetstream/    the server's own: jetstream/$G/streams/SPANS-<n>/msgs/<block>.blk
const (
	lockName   = "LOCK"
	formatName = "format.json"
	// formatVersion 2 says that chunks may be packed. A program that knows only 1
	// would pass over them, so it must not open the log.
	formatVersion = 2
)

// format is the content of format.json.
type format struct {
	Version    int `json:"version"`
	Partitions int `json:"partitions"`
	// MaxMessage is the largest MaxMessage this log was ever opened with, so
	// the largest message a follower must have room for.
	MaxMessage int `json:"max_message"`
}

// folder is the locked home of a log.
type folder struct {
	path string
	lock *os.File
}

// openFolder makes the folder when it is missing, and locks it.
func openFolder(path string) (*folder, error) {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, fmt.Errorf("make log folder: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(path, lockName), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("log folder is not writable: %w", err)
	}
	if err := lockFile(lock); err != nil {
		_ = lock.Close()
		return nil, err
	}
	return &folder{path: path, lock: lock}, nil
}

func lockFile(lock *os.File) error {
	err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		content, _ := os.ReadFile(lock.Name())
		return fmt.Errorf("log folder %s is in use by process %s", filepath.Dir(lock.Name()), strings.TrimSpace(string(content)))
	}
	if err != nil {
		return fmt.Errorf("lock log folder: %w", err)
	}
	// The pid only informs, so a full disk must not keep the log from opening.
	if lock.Truncate(0) == nil {
		_, _ = lock.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	return nil
}

// close gives the folder free. It unlocks before it closes: a lock belongs to
// every copy of the open file, and a process this one is just starting holds
// such a copy until its own program begins. The file stays: removing it would
// let two processes hold locks on two different files of that name.
func (f *folder) close() error {
	unlocked := syscall.Flock(int(f.lock.Fd()), syscall.LOCK_UN)
	return errors.Join(unlocked, f.lock.Close())
}

// agree checks the stored format against the options, writes it when it is new
// or grows, and returns what holds from now on.
func (f *folder) agree(options Options) (format, error) {
	wanted := format{Version: formatVersion, Partitions: options.Partitions, MaxMessage: options.MaxMessage}
	stored, err := f.readFormat()
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Join(f.path, "jetstream")); err == nil {
			return format{}, fmt.Errorf("log folder %s holds data but no %s", f.path, formatName)
		}
		return wanted, f.writeFormat(wanted)
	}
	if err != nil {
		return format{}, err
	}
	switch {
	case stored.Version > formatVersion:
		return format{}, fmt.Errorf("log folder %s has format %d, this program knows up to %d", f.path, stored.Version, formatVersion)
	case stored.Partitions != options.Partitions:
		return format{}, fmt.Errorf("log has %d partitions, cannot open it with %d", stored.Partitions, options.Partitions)
	case stored.Version == formatVersion && stored.MaxMessage >= options.MaxMessage:
		return stored, nil
	}
	wanted.MaxMessage = max(wanted.MaxMessage, stored.MaxMessage)
	return wanted, f.writeFormat(wanted)
}

func (f *folder) readFormat() (format, error) {
	content, err := os.ReadFile(filepath.Join(f.path, formatName))
	if err != nil {
		return format{}, fmt.Errorf("read log format: %w", err)
	}
	var stored format
	if err := json.Unmarshal(content, &stored); err != nil || stored.Version < 1 {
		return format{}, fmt.Errorf("read log format: %s is damaged: %q", formatName, content)
	}
	return stored, nil
}

// writeFormat replaces format.json in one step that survives power loss.
func (f *folder) writeFormat(wanted format) error {
	content, err := json.Marshal(wanted)
	if err != nil {
		return fmt.Errorf("write log format: %w", err)
	}
	name := filepath.Join(f.path, formatName)
	if err := writeSynced(name+".tmp", append(content, '\n')); err != nil {
		return fmt.Errorf("write log format: %w", err)
	}
	if err := os.Rename(name+".tmp", name); err != nil {
		return fmt.Errorf("write log format: %w", err)
	}
	return syncPath(f.path)
}

// tryWrite finds out whether the disk takes size more bytes now.
func (f *folder) tryWrite(size int) error {
	name := filepath.Join(f.path, "space.tmp")
	err := writeSynced(name, make([]byte, size))
	if removal := os.Remove(name); err == nil && removal != nil {
		return fmt.Errorf("remove what tried the disk: %w", removal)
	}
	return err
}

func writeSynced(name string, content []byte) error {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}
