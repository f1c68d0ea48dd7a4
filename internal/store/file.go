// SPDX-License-Identifier: Apache-2.0

package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/hopstamp/hopstamp/internal/crashpoint"
	"github.com/hopstamp/hopstamp/internal/journey"
)

const (
	partSuffix    = ".parquet"
	tempSuffix    = ".tmp"
	damagedSuffix = ".damaged"

	// pageBytes is small so that reading a few rows decodes little around them.
	pageBytes = 32 << 10
)

// partKind is what a part holds: its folder and the beginning of its name.
type partKind string

const (
	verdictParts partKind = "verdicts"
	ledgerParts  partKind = "ledger"
	spanParts    partKind = "spans"
)

// footerKey is the key/value of a part's footer that holds a footer as JSON.
const footerKey = "hopstamp"

// footer is what a part says of itself beyond its schema.
type footer struct {
	LogTime   int64 `json:"log_time"`             // of the flush
	Verdicts  int   `json:"verdicts"`             // rows that this flush has in its verdict part
	Ledger    int   `json:"ledger"`               // rows that this flush has in its ledger part
	Merged    bool  `json:"merged,omitempty"`     // of several flushes; the counts are those of the last
	Oldest    int64 `json:"oldest,omitempty"`     // lowest start of a row
	Newest    int64 `json:"newest,omitempty"`     // highest start of a row
	TakenBack int   `json:"taken_back,omitempty"` // rows that take others back
	Memory    int64 `json:"memory,omitempty"`     // of a part of kept spans: bytes that its rows take before they are written
}

// partPath is where a part of a flush belongs.
func partPath(opts *Options, kind partKind, from, to journey.Position, logTime int64) string {
	day := time.Unix(0, logTime).UTC().Format(time.DateOnly)
	name := fmt.Sprintf("%s-%03d-%016d-%016d%s", kind, opts.Partition, from, to, partSuffix)
	return filepath.Join(opts.Dir, string(kind), "day="+day, name)
}

// rangeOf reads the range of log positions out of the name of a part of a partition.
func rangeOf(path string, kind partKind, partition int) (from, to journey.Position, ok bool) {
	name, isPart := strings.CutSuffix(filepath.Base(path), partSuffix)
	rest, isOurs := strings.CutPrefix(name, fmt.Sprintf("%s-%03d-", kind, partition))
	first, last, both := strings.Cut(rest, "-")
	if !isPart || !isOurs || !both {
		return 0, 0, false
	}
	a, errFirst := strconv.ParseUint(first, 10, 64)
	b, errLast := strconv.ParseUint(last, 10, 64)
	return journey.Position(a), journey.Position(b), errFirst == nil && errLast == nil && a <= b
}

// inTemp makes the file beside a part's final name, and syncs it.
func inTemp(path string, write func(*os.File) error) (err error) {
	if err := makeFolder(filepath.Dir(path)); err != nil {
		return err
	}
	file, err := os.Create(path + tempSuffix)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := write(file); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return file.Sync()
}

// publish gives a temporary file its name for good.
func publish(path string) error {
	crashpoint.At("store.written")
	if err := os.Rename(path+tempSuffix, path); err != nil {
		return err
	}
	crashpoint.At("store.renamed")
	return syncFolder(filepath.Dir(path))
}

// makeFolder creates a folder of parts so that its name survives power loss too.
func makeFolder(folder string) error {
	if _, err := os.Stat(folder); err == nil {
		return nil
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return errors.Join(syncFolder(filepath.Dir(folder)), syncFolder(filepath.Dir(filepath.Dir(folder))))
}

func syncFolder(folder string) error {
	handle, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(handle.Sync(), handle.Close())
}

// readAll reads every row of a part.
func readAll[T any](path string) (rows []T, err error) {
	err = withFile(path, func(file *parquet.File) error {
		reader := parquet.NewGenericReader[T](file)
		defer reader.Close()
		rows = make([]T, file.NumRows())
		return readRows(reader, rows)
	})
	return rows, err
}

// withFile opens a part to read its rows. Bytes that the library trips over
// make an error, also where it would panic.
func withFile(path string, read func(*parquet.File) error) (err error) {
	handle, err := os.Open(path)
	if err != nil {
		return err
	}
	defer handle.Close()
	defer func() {
		if tripped := recover(); tripped != nil {
			err = fmt.Errorf("read %s: %v", filepath.Base(path), tripped)
		}
	}()
	info, err := handle.Stat()
	if err != nil {
		return err
	}
	file, err := parquet.OpenFile(handle, info.Size(), parquet.SkipBloomFilters(true))
	if err != nil {
		return fmt.Errorf("read footer of %s: %w", filepath.Base(path), err)
	}
	if err := read(file); err != nil {
		return fmt.Errorf("read %s: %w", filepath.Base(path), err)
	}
	return nil
}

// readRows fills rows from where the reader stands.
func readRows[T any](reader *parquet.GenericReader[T], rows []T) error {
	for filled := 0; filled < len(rows); {
		n, err := reader.Read(rows[filled:])
		filled += n
		if filled < len(rows) && (err != nil || n == 0) {
			return fmt.Errorf("%d of %d rows: %w", filled, len(rows), err)
		}
	}
	return nil
}
