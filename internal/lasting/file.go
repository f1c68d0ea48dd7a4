// SPDX-License-Identifier: Apache-2.0

package lasting

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
)

// file remembers the newest of the contents that were written to it. It has two places
// of equal size, which are written in turn: what is being written never lies where
// the last one lies. The places are there from the beginning, so that a full disk has
// room for what tells that it is full.
//
//	place: checksum u32 of what follows | length u32 | turn u64 | content | unused
type file struct {
	path   string
	handle *os.File
	fresh  bool   // there was none
	place  int64  // the size of one
	turn   uint64 // of the last write
}

const (
	headSize   = 16
	firstPlace = 32 << 10
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// openFile opens a file, or makes it anew where there is none that can be read.
func openFile(path string, logger *slog.Logger) (*file, []byte, error) {
	whole, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f := &file{path: path, fresh: true}
		return f, nil, f.make(firstPlace, nil)
	case err != nil:
		return nil, nil, err
	}
	f := &file{path: path, place: int64(len(whole)) / 2}
	content, torn := f.newest(whole)
	switch {
	case f.turn == 0:
		logger.Error("the remembered counters are not readable: they begin at zero", "file", path)
		return f, nil, f.make(firstPlace, nil)
	case torn:
		logger.Warn("the last write of the counters was cut off: they go on from the one before", "file", path)
	}
	f.handle, err = os.OpenFile(path, os.O_WRONLY, 0)
	return f, content, err
}

// newest finds the content of the last turn, and whether another was cut off.
func (f *file) newest(whole []byte) (content []byte, torn bool) {
	for _, place := range [...][]byte{whole[:f.place], whole[f.place : 2*f.place]} {
		turn, candidate, ok := read(place)
		torn = torn || !ok
		if ok && turn > f.turn {
			f.turn, content = turn, candidate
		}
	}
	return content, torn
}

// read reads a place. One that was never written has turn 0.
func read(place []byte) (turn uint64, content []byte, ok bool) {
	if len(place) < headSize {
		return 0, nil, false
	}
	checksum, length, turn := binary.LittleEndian.Uint32(place), binary.LittleEndian.Uint32(place[4:]), binary.LittleEndian.Uint64(place[8:])
	if checksum == 0 && length == 0 && turn == 0 {
		return 0, nil, true
	}
	if int64(length) > int64(len(place)-headSize) {
		return 0, nil, false
	}
	end := headSize + int(length)
	return turn, place[headSize:end], checksum == crc32.Checksum(place[4:end], castagnoli)
}

// write returns when the content is on disk; before, the one before it is.
func (f *file) write(content []byte) error {
	if int64(headSize+len(content)) > f.place {
		return f.make(max(2*f.place, 2*int64(headSize+len(content))), content)
	}
	turn := f.turn + 1
	if _, err := f.handle.WriteAt(record(turn, content), int64(turn%2)*f.place); err != nil {
		return err
	}
	if err := f.handle.Sync(); err != nil {
		return err
	}
	f.turn = turn
	return nil
}

func record(turn uint64, content []byte) []byte {
	r := make([]byte, headSize, headSize+len(content))
	binary.LittleEndian.PutUint32(r[4:], uint32(len(content)))
	binary.LittleEndian.PutUint64(r[8:], turn)
	r = append(r, content...)
	binary.LittleEndian.PutUint32(r, crc32.Checksum(r[4:], castagnoli))
	return r
}

// make makes the file with places of some size, instead of the one that is there.
func (f *file) make(place int64, content []byte) (err error) {
	made := &file{path: f.path, fresh: f.fresh, place: place, turn: f.turn + 1}
	temporary := f.path + ".tmp"
	if made.handle, err = os.Create(temporary); err != nil {
		return err
	}
	whole := make([]byte, 2*place)
	copy(whole[int64(made.turn%2)*place:], record(made.turn, content))
	_, err = made.handle.Write(whole)
	err = errors.Join(err, made.handle.Sync())
	if err == nil {
		err = os.Rename(temporary, f.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("make it anew: %w", err), made.handle.Close(), os.Remove(temporary))
	}
	if f.handle != nil {
		_ = f.handle.Close() // it has no name any more
	}
	*f = *made
	return syncFolder(filepath.Dir(f.path))
}

func syncFolder(folder string) error {
	handle, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(handle.Sync(), handle.Close())
}

func (f *file) close() error { return f.handle.Close() }
