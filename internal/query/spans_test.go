// SPDX-License-Identifier: Apache-2.0

package query

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/store"
)

// TestOthersReadKeptSpans asks DuckDB for what the schema of a part of kept spans promises.
func TestOthersReadKeptSpans(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	spans, err := store.OpenSpans(store.SpanOptions{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	const count = 9000 // pages of each column
	var kept []store.KeptSpan
	for i := range uint64(count) {
		k := store.KeptSpan{Key: fmt.Sprint("key-", i/3), Service: fmt.Sprint("service-", i%2), Name: "send", Kind: span.Producer, Start: noon + int64(i),
			End: noon + 2*int64(i), Error: i%4 == 0, Policy: "random", Reason: "random 50 %", Threshold: 1 << 55, Raw: binary.BigEndian.AppendUint64(nil, i)}
		binary.BigEndian.PutUint64(k.Trace[:], i/3+1)
		binary.BigEndian.PutUint64(k.Span[:], i+1)
		if i%3 > 0 {
			binary.BigEndian.PutUint64(k.Parent[:], i)
		}
		kept = append(kept, k)
	}
	for i, due := range [][]store.KeptSpan{kept, nil} {
		if err := spans.Fold(journey.Position(i+1), noon+int64(i)*int64(time.Minute), due); err != nil {
			t.Fatal(err)
		}
	}
	db, err := newWorld(t, store.Options{}).query.duck.open()
	if err != nil {
		t.Fatal(err)
	}
	for question, want := range map[string]string{
		"CAST(sum(1 / (1 - threshold / pow(2, 56))) AS BIGINT)":                         "18000",
		"count(DISTINCT trace_id) || ' ' || count(DISTINCT span_id) || ' ' || count(*)": "3000 9000 9000",
		"count(parent_span_id)":                           "6000",
		"CAST(sum(duration_ns) AS BIGINT)":                "40495500",
		"epoch_ns(max(started)) - epoch_ns(min(started))": "8999",
		"count(*) FILTER (error AND kind = 'producer' AND name = 'send' AND policy = 'random' AND reason = 'random 50 %')": "2250",
		"string_agg(DISTINCT service, ' ' ORDER BY service)":                                                               "service-0 service-1",
		"count(*) FILTER (otlp = unhex(printf('%016x', epoch_ns(started) - 1793620800000000000)))":                         "9000",
		"count(*) FILTER (trace_id = '00000000000003e80000000000000000' AND key = 'key-999')":                              "3",
	} {
		var got string
		err := db.QueryRow("SELECT CAST("+question+" AS VARCHAR) FROM read_parquet(?, hive_partitioning = true)", dir+"/spans/*/*.parquet").Scan(&got)
		if err != nil || got != want {
			t.Errorf("%s is %s, want %s, error %v", question, got, want, err)
		}
	}
}
