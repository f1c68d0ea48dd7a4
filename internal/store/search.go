// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// The columns of a verdict part by which a message can be found, each with a bloom filter.
const (
	keyColumn = iota
	messageColumn
	conversationColumn
	traceColumn
	otherTracesColumn // a list: its filter and its pages hold the elements
	numIDColumns
)

var idColumns = [numIDColumns][]string{{"key"}, {"message_id"}, {"conversation_id"}, {"trace_id"},
	{"other_traces", "list", "element"}}

// idColumns are the columns of a kind of part that have bloom filters.
func (kind partKind) idColumns() [][]string {
	switch kind {
	case verdictParts:
		return idColumns[:]
	case spanParts:
		return [][]string{{"trace_id"}}
	}
	return nil
}

// bloomBits for each distinct id: a part without it is read for nothing in 1 of 250 looks.
const bloomBits = 12

// ID is the text of an id to look for: a message's key, message id, conversation
// id or trace id in hex, or the id of a delivery.
type ID struct {
	text  string
	keys  []string // that a delivery of this id may have
	trace bool
}

// ParseID prepares a search.
func ParseID(text string) ID {
	text = validText(text)
	id := ID{text: text, keys: []string{text}}
	for i, c := range text {
		if c == '/' {
			id.keys = append(id.keys, text[:i])
		}
	}
	if raw, err := hex.DecodeString(text); err == nil && len(raw) == len(span.TraceID{}) {
		id.trace = true
		id.keys = append(id.keys, strings.ToLower(text)) // of a message that is keyed by its trace
	}
	return id
}

// Of tells whether a delivery is known by the id.
func (id ID) Of(d *journey.Delivery) bool {
	if id.text == "" {
		return false
	}
	if id.text == d.Key || id.text == d.MessageID || id.text == d.Conversation || id.text == d.ID {
		return true
	}
	if !id.trace {
		return false
	}
	trace, err := traceOf(strings.ToLower(id.text))
	return err == nil && (trace == d.Trace || slices.Contains(d.OtherTraces, trace))
}

// texts are the values to look for in a column.
func (id ID) texts(column int) []string {
	switch {
	case column == keyColumn:
		return id.keys
	case column < traceColumn:
		return []string{id.text}
	case id.trace:
		return []string{strings.ToLower(id.text)}
	}
	return nil
}

// MayHold tells whether the part's bloom filters allow for the id, and in which columns.
func (part *Part) MayHold(id ID) (bool, error) {
	columns, err := part.candidates(id)
	return len(columns) > 0, err
}

func (part *Part) candidates(id ID) (columns []int, err error) {
	for column, bloom := range part.blooms {
		for _, text := range id.texts(column) {
			if bloom == nil || text == "" {
				continue
			}
			may, err := bloom.Check(parquet.ValueOf(text))
			if err != nil {
				return nil, fmt.Errorf("look into bloom filter of %s: %w", part.path, err)
			}
			if may {
				columns = append(columns, column)
				break
			}
		}
	}
	return columns, nil
}

// find reads the rows of the part that are known by the id. Only the id columns
// whose filters allow for it are read in full, and then the rows themselves.
func (part *Part) find(ctx context.Context, id ID, columns []int) ([]journey.Delivery, error) {
	found := map[int64]bool{}
	err := withFile(part.path, func(file *parquet.File) error {
		for _, column := range columns {
			leaf, ok := file.Schema().Lookup(idColumns[column]...)
			if !ok {
				return fmt.Errorf("no column %v", idColumns[column])
			}
			chunk := file.RowGroups()[0].ColumnChunks()[leaf.ColumnIndex]
			texts := id.texts(column)
			is := func(value []byte) bool {
				return slices.ContainsFunc(texts, func(text string) bool { return text == string(value) })
			}
			if err := scan(ctx, chunk, is, found); err != nil {
				return fmt.Errorf("column %v: %w", idColumns[column], err)
			}
		}
		return nil
	})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	rows, err := part.Rows(slices.Sorted(maps.Keys(found)))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(rows, func(d journey.Delivery) bool { return !id.Of(&d) }), nil
}

// scan adds the rows in which a column holds what is looked for.
func scan(ctx context.Context, chunk parquet.ColumnChunk, is func(value []byte) bool, found map[int64]bool) error {
	pages := chunk.Pages()
	defer pages.Close()
	row := int64(-1)
	buffer := make([]parquet.Value, 1024)
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return ctx.Err()
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		values := page.Values()
		for err == nil {
			var n int
			n, err = values.ReadValues(buffer)
			for _, value := range buffer[:n] {
				if value.RepetitionLevel() == 0 {
					row++
				}
				if !value.IsNull() && is(value.ByteArray()) {
					found[row] = true
				}
			}
		}
		parquet.Release(page)
		if !errors.Is(err, io.EOF) {
			return err
		}
	}
}
