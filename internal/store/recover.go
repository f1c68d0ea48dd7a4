// SPDX-License-Identifier: Apache-2.0

package store

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// recoverKind lists the parts of one kind, without what a crash or a disk left behind.
func (p *Parts) recoverKind(kind partKind) error {
	parts, err := recoverParts(p.opts.Dir, kind, p.opts.Partition, p.SetAside)
	for _, part := range parts {
		part.of = p
	}
	*p.list(kind) = parts
	return err
}

// recoverParts is recoverKind of any kind; damaged parts are given to setAside.
func recoverParts(dir string, kind partKind, partition int, setAside func(*Part, error) error) ([]*Part, error) {
	folder := filepath.Join(dir, string(kind))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	var parts []*Part
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if whole, isTemp := strings.CutSuffix(path, tempSuffix); isTemp {
			if _, _, ours := rangeOf(whole, kind, partition); ours {
				return os.Remove(path)
			}
		}
		if _, _, ours := rangeOf(path, kind, partition); !ours {
			return nil
		}
		part, err := openPart(path, kind, partition)
		if err != nil {
			return setAside(part, err)
		}
		parts = append(parts, part)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return withoutCovered(parts)
}

// withoutCovered sorts parts by range and removes those that lie inside another:
// they were merged into it.
func withoutCovered(parts []*Part) ([]*Part, error) {
	slices.SortFunc(parts, byRange)
	var kept, covered []*Part
	for _, part := range parts {
		if len(kept) > 0 && part.to <= kept[len(kept)-1].to {
			covered = append(covered, part)
			continue
		}
		kept = append(kept, part)
	}
	return kept, removeParts(covered)
}

// dropHalfFlush removes the newest part when its flush has another that is not there.
func (p *Parts) dropHalfFlush() error {
	verdicts, ledger := newest(p.verdicts), newest(p.ledger)
	drop := func(list *[]*Part, part, other *Part, expected func(footer) int) error {
		if part == nil || part.footer.Merged || expected(part.footer) == 0 || other != nil && other.to >= part.to {
			return nil
		}
		p.opts.Log.Info("removed half a flush, the replay makes it again", "part", part.path)
		*list = (*list)[:len(*list)-1]
		return removeParts([]*Part{part})
	}
	return errors.Join(
		drop(&p.verdicts, verdicts, ledger, func(about footer) int { return about.Ledger }),
		drop(&p.ledger, ledger, verdicts, func(about footer) int { return about.Verdicts }))
}

func newest(parts []*Part) *Part {
	if len(parts) == 0 {
		return nil
	}
	return parts[len(parts)-1]
}

// SetAside renames a part that cannot be read, takes it out of the list, logs it
// and counts it. What is left of it stays on disk for whoever wants to look. It
// returns the reason when that is not the file's: when, say, descriptors ran out.
func (p *Parts) SetAside(part *Part, why error) error {
	if ofSystem(why) {
		return why
	}
	is := func(other *Part) bool { return other == part }
	p.mu.Lock()
	done := part.retired || part.damaged
	part.damaged = true
	if !done {
		p.verdicts = slices.DeleteFunc(slices.Clone(p.verdicts), is)
		p.ledger = slices.DeleteFunc(slices.Clone(p.ledger), is)
		p.stats.Damaged++
	}
	p.mu.Unlock()
	if done {
		return nil
	}
	return moveAside(part, why, p.opts.Log)
}

// ofSystem tells whether an error is not the file's.
func ofSystem(why error) bool {
	var system syscall.Errno
	return errors.As(why, &system) && system != syscall.EIO && system != syscall.ENOENT
}

func moveAside(part *Part, why error, log *slog.Logger) error {
	log.Error("set a damaged part aside", "part", part.path, "error", why)
	if err := os.Rename(part.path, part.path+damagedSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("set aside %s: %w", part.path, err)
	}
	return nil
}
