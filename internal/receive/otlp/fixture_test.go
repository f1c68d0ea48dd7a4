// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"testing"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/hopstamp/hopstamp/internal/receive/otlptest"
	"github.com/hopstamp/hopstamp/internal/span"
)

func newTable(t testing.TB, sources map[string][]string) *Table {
	t.Helper()
	table, err := NewTable(sources)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// decodeOne decodes a request that gives at least one record, and answers the first.
func decodeOne(t testing.TB, traces ptrace.Traces) (*span.Record, *span.Batch, Report) {
	t.Helper()
	decoder, batch := NewDecoder(newTable(t, otlptest.Dimensions())), new(span.Batch)
	if err := decoder.Decode(otlptest.Encode(t, traces), batch); err != nil {
		t.Fatal(err)
	}
	if len(batch.Records) == 0 {
		t.Fatalf("no record; report %+v", decoder.Report())
	}
	return &batch.Records[0], batch, decoder.Report()
}
