// SPDX-License-Identifier: Apache-2.0

package store

import (
	"bytes"
	"fmt"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// createdBy is what parts say of who wrote them.
func createdBy() parquet.WriterOption { return parquet.CreatedBy("hopstamp", "1", "parts") }

// layout is how the library spells the schema of a kind of parts: what is the same in
// the footers of all.
type layout struct {
	meta    format.FileMetaData
	columns [][]string // paths of the leaves
	types   []format.Type
}

func newLayout[T any]() (*layout, error) {
	var empty bytes.Buffer
	writer := parquet.NewGenericWriter[T](&empty, createdBy())
	if err := writer.Close(); err != nil {
		return nil, fmt.Errorf("spell schema: %w", err)
	}
	file, err := parquet.OpenFile(bytes.NewReader(empty.Bytes()), int64(empty.Len()))
	if err != nil {
		return nil, fmt.Errorf("spell schema: %w", err)
	}
	l := &layout{meta: *file.Metadata(), columns: file.Schema().Columns()}
	for _, path := range l.columns {
		leaf, _ := file.Schema().Lookup(path...)
		l.types = append(l.types, format.Type(leaf.Node.Type().Kind()))
	}
	return l, nil
}
