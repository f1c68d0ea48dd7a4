// SPDX-License-Identifier: Apache-2.0

package receive

import (
	"testing"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/hopstamp/hopstamp/internal/receive/otlp"

	"github.com/hopstamp/hopstamp/internal/receive/otlptest"
)

func FuzzJSON(f *testing.F) {
	for _, traces := range []ptrace.Traces{otlptest.Platform(1), otlptest.OneSpan(ptrace.SpanKindServer, "x", nil), ptrace.NewTraces()} {
		text, err := ptraceotlp.NewExportRequestFromTraces(traces).MarshalJSON()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"xyz","startTimeUnixNano":1}]}]}]}`))
	f.Add([]byte(`{"resourceSpans":[{},null,1]}`))
	table, err := otlp.NewTable(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		j := &job{body: data, decoder: otlp.NewDecoder(table)}
		if refused := translateJSON(j, &lease{budget: &budget{limit: 1 << 30}}); refused != nil {
			return
		}
		if err := j.decoder.Decode(j.body, &j.batch); err != nil {
			t.Fatalf("the translation is not valid: %v", err)
		}
	})
}
