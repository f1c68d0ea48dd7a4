// SPDX-License-Identifier: Apache-2.0

package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/parquet-go/parquet-go"

	"github.com/hopstamp/hopstamp/internal/journey"
)

// Part is one file of rows. It never changes; its file is removed after it has
// left the list of parts and the last [View] that holds it is closed.
type Part struct {
	of       *Parts // that list it; nil of a part of spans
	path     string
	from, to journey.Position
	rows     int64
	size     int64
	footer   footer
	blooms   []*parquet.FileBloomFilter // of the kind's id columns; nil: no row of the part has such an id

	// Guarded by Parts.mu.
	views   int  // that hold it
	retired bool // left the list, and its file goes with the last view
	damaged bool // left the list, and its file was set aside
}

// Path of the file.
func (part *Part) Path() string { return part.path }

// Newest is the highest start of a row.
func (part *Part) Newest() int64 { return part.footer.Newest }

// Oldest is the lowest start of a row.
func (part *Part) Oldest() int64 { return part.footer.Oldest }

// TakenBack is how many rows take back an earlier row of their delivery.
func (part *Part) TakenBack() int { return part.footer.TakenBack }

// open is openPart of a part of its own.
func (p *Parts) open(path string, kind partKind) (*Part, error) {
	part, err := openPart(path, kind, p.opts.Partition)
	if part != nil {
		part.of = p
	}
	return part, err
}

// openPart reads the footer of a part, and where its bloom filters lie.
func openPart(path string, kind partKind, partition int) (*Part, error) {
	from, to, ok := rangeOf(path, kind, partition)
	if !ok {
		return nil, fmt.Errorf("%s is not the name of a part", path)
	}
	part := &Part{path: path, from: from, to: to}
	err := withFile(path, func(file *parquet.File) error {
		part.rows, part.size = file.NumRows(), file.Size()
		text, ok := file.Lookup(footerKey)
		if !ok {
			return errors.New("no part of ours: its footer lacks " + footerKey)
		}
		if err := json.Unmarshal([]byte(text), &part.footer); err != nil {
			return fmt.Errorf("footer: %w", err)
		}
		return part.findBlooms(file, kind.idColumns())
	})
	return part, err
}

func (part *Part) findBlooms(file *parquet.File, columns [][]string) error {
	groups := file.RowGroups()
	if len(columns) > 0 && len(groups) != 1 {
		return fmt.Errorf("%d row groups instead of one", len(groups))
	}
	for _, path := range columns {
		leaf, ok := file.Schema().Lookup(path...)
		if !ok {
			return fmt.Errorf("no column %v", path)
		}
		chunk, ok := groups[0].ColumnChunks()[leaf.ColumnIndex].(*parquet.FileColumnChunk)
		if !ok {
			return fmt.Errorf("column %v is not of a file", path)
		}
		// The filter outlives the handle: it opens the file again for each look.
		bloom, err := chunk.BloomFilterFrom(fileAt(part.path))
		if err != nil && !errors.Is(err, parquet.ErrMissingBloomFilter) {
			return fmt.Errorf("bloom filter of %v: %w", path, err)
		}
		part.blooms = append(part.blooms, bloom)
	}
	return nil
}

// Check reads every row; the error says what is damaged.
func (part *Part) Check() error {
	_, err := part.all()
	return err
}

func (part *Part) all() ([]journey.Delivery, error) {
	rows, err := readAll[verdictRow](part.path)
	if err != nil {
		return nil, err
	}
	return deliveries(rows)
}

// Rows reads rows by their index in the part, which must ascend.
func (part *Part) Rows(indexes []int64) ([]journey.Delivery, error) {
	rows, err := rowsAt[verdictRow](part.path, indexes)
	if err != nil {
		return nil, err
	}
	return deliveries(rows)
}

// rowsAt reads rows of a part by their index, which must ascend.
func rowsAt[T any](path string, indexes []int64) ([]T, error) {
	rows := make([]T, len(indexes))
	err := withFile(path, func(file *parquet.File) error {
		reader := parquet.NewGenericReader[T](file)
		defer reader.Close()
		for i := 0; i < len(indexes); {
			run := 1
			for i+run < len(indexes) && indexes[i+run] == indexes[i]+int64(run) {
				run++
			}
			if err := reader.SeekToRow(indexes[i]); err != nil {
				return fmt.Errorf("row %d: %w", indexes[i], err)
			}
			if err := readRows(reader, rows[i:i+run]); err != nil {
				return err
			}
			i += run
		}
		return nil
	})
	return rows, err
}

func deliveries(rows []verdictRow) ([]journey.Delivery, error) {
	names := newNames()
	read := make([]journey.Delivery, len(rows))
	for i := range rows {
		var err error
		if read[i], err = rows[i].delivery(names); err != nil {
			return nil, err
		}
	}
	return slices.Clip(read), nil
}

// fileAt reads from a file that is open only while it is read, so that
// thousands of parts hold no descriptors.
type fileAt string

func (path fileAt) ReadAt(into []byte, offset int64) (int, error) {
	handle, err := os.Open(string(path))
	if err != nil {
		return 0, err
	}
	defer handle.Close()
	return handle.ReadAt(into, offset)
}
