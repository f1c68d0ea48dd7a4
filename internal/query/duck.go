// SPDX-License-Identifier: Apache-2.0

package query

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/store"
)

// duckOptions keep DuckDB modest and to itself: it never asks the network for an
// extension and never spills to disk.
const duckOptions = "?memory_limit=256MB&threads=2&preserve_insertion_order=false&temp_directory=" +
	"&autoinstall_known_extensions=false&autoload_known_extensions=false"

// connections bounds how many queries DuckDB works on at a time; more wait.
const connections = 2

// duck is DuckDB, opened when it is first asked.
type duck struct {
	mu     sync.Mutex
	db     *sql.DB
	closed bool
}

func (k *duck) open() (*sql.DB, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return nil, errors.New("ask DuckDB: it is closed")
	}
	if k.db == nil {
		connector, err := duckdb.NewConnector(duckOptions, nil)
		if err != nil {
			return nil, fmt.Errorf("open DuckDB: %w", err)
		}
		k.db = sql.OpenDB(connector)
		k.db.SetMaxOpenConns(connections)
	}
	return k.db, nil
}

func (k *duck) close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closed = true
	if k.db == nil {
		return nil
	}
	return k.db.Close()
}

// What is absent may be null or a zero value, as the schema in store says.
const deliveryID = `key || '/' || coalesce(nullif(suffix, ''), recipient)`

// readParts reads the parts whose paths are the parameter, for more parameters.
const readParts = `read_parquet(?::VARCHAR[], hive_partitioning = false`

// places asks for the first limit matching rows of some parts, newest first, without
// those that the correcting parts take back.
func (k *duck) places(ctx context.Context, parts, correcting []*store.Part, f Filter, after Cursor, limit int) (found []place, err error) {
	db, err := k.open()
	if err != nil {
		return nil, err
	}
	byFile := make(map[string]*store.Part, len(parts))
	for _, part := range parts {
		byFile[part.Path()] = part
	}
	where := conditions{args: []any{paths(parts)}}
	if len(correcting) > 0 {
		where.and(`verdict <> ''`)
		where.and(`NOT EXISTS (SELECT 1 FROM (SELECT `+deliveryID+` AS id, started, max(updated) AS updated FROM `+readParts+`)
			WHERE verdict = '' GROUP BY 1, 2) AS back WHERE back.id = `+deliveryID+` AND back.started = stored.started AND back.updated > stored.updated)`, paths(correcting))
	}
	where.filter(&f)
	where.after(after)
	where.args = append(where.args, limit)
	rows, err := db.QueryContext(ctx, `SELECT filename, file_row_number, epoch_ns(started), `+deliveryID+` AS id, epoch_ns(updated)
		FROM `+readParts+`, filename = true, file_row_number = true) AS stored`+where.String()+`
		ORDER BY started DESC, id DESC, updated DESC LIMIT ?`, where.args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var file string
		var row place
		if err := rows.Scan(&file, &row.row, &row.Started, &row.ID, &row.updated); err != nil {
			return nil, err
		}
		row.part = byFile[file]
		found = append(found, row)
	}
	return found, rows.Err()
}

// takenBack notes until when what is stored of some deliveries was taken back.
func (k *duck) takenBack(ctx context.Context, parts []*store.Part, ids []string, back takenBack) (err error) {
	db, err := k.open()
	if err != nil {
		return err
	}
	rows, err := db.QueryContext(ctx, `SELECT id, epoch_ns(started), epoch_ns(max(updated)) FROM (SELECT `+deliveryID+` AS id, started, updated FROM `+readParts+`)
		WHERE verdict = '') WHERE id IN (SELECT unnest(?::VARCHAR[])) GROUP BY id, started`, paths(parts), ids)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var of Cursor
		var until int64
		if err := rows.Scan(&of.ID, &of.Started, &until); err != nil {
			return err
		}
		back[of] = max(back[of], until)
	}
	return rows.Err()
}

func paths(parts []*store.Part) []string {
	files := make([]string, len(parts))
	for i, part := range parts {
		files[i] = part.Path()
	}
	return files
}

// conditions are the WHERE of a statement: texts of ours with parameters in
// place of everything that comes from outside.
type conditions struct {
	all  []string
	args []any
}

func (c *conditions) and(condition string, args ...any) {
	c.all = append(c.all, condition)
	for _, arg := range args {
		if text, is := arg.(string); is {
			arg = strings.ToValidUTF8(text, "\uFFFD") // as rows are stored; DuckDB refuses anything else
		}
		c.args = append(c.args, arg)
	}
}

func (c *conditions) String() string {
	if len(c.all) == 0 {
		return ""
	}
	return " WHERE (" + strings.Join(c.all, ") AND (") + ")"
}

// filter is [Filter.Match] in SQL.
func (c *conditions) filter(f *Filter) {
	if f.Since != 0 {
		c.and(`started >= make_timestamp_ns(?)`, f.Since)
	}
	if f.Until != 0 {
		c.and(`started < make_timestamp_ns(?)`, f.Until)
	}
	c.oneOf("path", f.Path)
	for dim := range span.NumDims {
		c.oneOf(dim.String(), f.Dims[dim])
	}
	c.oneOf("verdict", f.Verdict)
	c.oneOf("reason", f.Reason)
	c.oneOf("hop", f.Hop)
	c.oneOf("timeliness", f.Timeliness)
	if f.SlowerThan != 0 {
		c.and(`epoch_ns(coalesce(nullif(fulfilled, make_timestamp_ns(0)), updated)) - epoch_ns(started) > ?`, int64(f.SlowerThan))
	}
	if f.ID != "" {
		// The same text in capitals may be a trace id too; no other id forgives that.
		trace := strings.ToLower(f.ID)
		c.and(`key = ? OR message_id = ? OR conversation_id = ? OR `+deliveryID+` = ? OR trace_id = ?
			OR list_contains(other_traces, ?) OR (keyed_by = 'trace_id' AND key = ?)`,
			f.ID, f.ID, f.ID, f.ID, trace, trace, trace)
	}
}

func (c *conditions) oneOf(column string, values []string) {
	if len(values) == 0 {
		return
	}
	args := make([]any, len(values))
	for i, value := range values {
		args[i] = value
	}
	c.and(column+" IN (?"+strings.Repeat(", ?", len(values)-1)+")", args...)
}

// after is [Cursor.Before] in SQL.
func (c *conditions) after(after Cursor) {
	if after != (Cursor{}) {
		c.and(`started <= make_timestamp_ns(?) AND (started < make_timestamp_ns(?) OR `+deliveryID+` < ?)`,
			after.Started, after.Started, after.ID)
	}
}
