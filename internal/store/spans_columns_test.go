// SPDX-License-Identifier: Apache-2.0

package store

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// A part that was written row by row, as earlier versions did, says the same, and is
// found by the same ids.
func TestPartsOfSpansOfEarlierVersionsAreRead(t *testing.T) {
	t.Parallel()
	works := newPlatform(21).worksOf(62, 50) // 12,000 rows: several pages of each column
	opts := SpanOptions{Dir: t.TempDir()}
	now := rework(t, opts, works).parts[0]
	rows, err := readAll[spanRow](now.path)
	if err != nil || len(rows) < 12_000 {
		t.Fatalf("%d rows, error %v", len(rows), err)
	}
	older := SpanOptions{Dir: t.TempDir()}
	name, err := filepath.Rel(opts.Dir, now.path)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(older.Dir, name)
	writeRows(t, path, rows, now.footer)
	again, err := readAll[spanRow](path)
	if err != nil || !reflect.DeepEqual(again, rows) {
		t.Fatalf("%d rows differ, error %v", len(again), err)
	}
	if was, is := schemaOf(t, path), schemaOf(t, now.path); was != is {
		t.Errorf("schema was\n%s\nis\n%s", was, is)
	}
	wantSpans(t, rework(t, older, works), works)
}

func writeRows(t *testing.T, path string, rows []spanRow, about footer) {
	t.Helper()
	text, err := json.Marshal(about)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	writer := parquet.NewGenericWriter[spanRow](file, parquet.Compression(&parquet.Zstd), parquet.PageBufferSize(spanPageBytes),
		parquet.SkipPageBounds("otlp"), parquet.BloomFilters(parquet.SplitBlockFilter(bloomBits, "trace_id")), parquet.KeyValueMetadata(footerKey, string(text)))
	if _, err := writer.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

func schemaOf(t *testing.T, path string) (schema string) {
	t.Helper()
	if err := withFile(path, func(file *parquet.File) error { schema = file.Schema().String(); return nil }); err != nil {
		t.Fatal(err)
	}
	return schema
}
