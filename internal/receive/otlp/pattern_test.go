// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/hopstamp/hopstamp/internal/receive/otlptest"
	"github.com/hopstamp/hopstamp/internal/span"
)

// A span says the same whatever the spans before it were.
func TestSpansAreReadAlikeAloneAndAmongOthers(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 5))
	table := newTable(t, otlptest.Dimensions())
	decoder, batch := NewDecoder(table), new(span.Batch)
	for range 100 {
		traces := alikeTraces(random)
		asSDK := random.IntN(2) == 0
		together, odd := decodeAll(t, decoder, batch, traces, asSDK)
		var alone []map[string]any
		var oddAlone [numOddities]int
		for _, resource := range traces.ResourceSpans().All() {
			for _, s := range resource.ScopeSpans().At(0).Spans().All() {
				one := ptrace.NewTraces()
				single := one.ResourceSpans().AppendEmpty()
				resource.Resource().CopyTo(single.Resource())
				s.CopyTo(single.ScopeSpans().AppendEmpty().Spans().AppendEmpty())
				records, odd := decodeAll(t, NewDecoder(table), new(span.Batch), one, asSDK)
				alone = append(alone, records...)
				for i := range odd {
					oddAlone[i] += odd[i]
				}
			}
		}
		for i := range alone {
			if !reflect.DeepEqual(together[i], alone[i]) {
				t.Fatalf("record %d\ntogether %v\nalone    %v", i, together[i], alone[i])
			}
		}
		if len(together) != len(alone) || odd != oddAlone {
			t.Fatalf("%d and %d records, oddities %v and %v", len(together), len(alone), odd, oddAlone)
		}
	}
}

// decodeAll answers the records with their symbols spelled.
func decodeAll(t *testing.T, decoder *Decoder, batch *span.Batch, traces ptrace.Traces, asSDK bool) (all []map[string]any, odd [numOddities]int) {
	t.Helper()
	request := otlptest.Encode(t, traces)
	if asSDK {
		request = otlptest.AsSDK(t, request)
	}
	if err := decoder.Decode(request, batch); err != nil || decoder.Report().Rejected > 0 {
		t.Fatal(err, decoder.Report())
	}
	for i := range batch.Records {
		spelled := map[string]any{}
		record := reflect.ValueOf(&batch.Records[i]).Elem()
		for f := range record.NumField() {
			switch value := record.Field(f).Interface().(type) {
			case span.Symbol:
				spelled[record.Type().Field(f).Name] = batch.Text(value)
			case [span.NumDims]span.Symbol:
				for dimension, symbol := range value {
					spelled[span.DimNames[dimension]] = batch.Text(symbol)
				}
			default:
				spelled[record.Type().Field(f).Name] = fmt.Sprint(value)
			}
		}
		all = append(all, spelled)
	}
	return all, decoder.Report().odd
}

// alikeTraces are spans of few names, each with some of the attributes of all.
func alikeTraces(random *rand.Rand) ptrace.Traces {
	traces := ptrace.NewTraces()
	for range 1 + random.IntN(3) {
		resource := traces.ResourceSpans().AppendEmpty()
		otlptest.SetAttributes(resource.Resource().Attributes(), "service.name", fmt.Sprint("s", random.IntN(2)), "region", fmt.Sprint("r", random.IntN(2)))
		spans := resource.ScopeSpans().AppendEmpty().Spans()
		for range random.IntN(30) {
			alikeSpan(random, spans.AppendEmpty())
		}
	}
	return traces
}

func alikeSpan(random *rand.Rand, s ptrace.Span) {
	s.SetTraceID(pcommon.TraceID{byte(random.Uint32()), 1: 1})
	s.SetSpanID(pcommon.SpanID{byte(random.Uint32()), 1: 1})
	s.SetName([]string{"", "POST", "receive x", "send x"}[random.IntN(4)])
	s.SetKind(ptrace.SpanKind(random.IntN(6)))
	s.SetStartTimestamp(otlptest.BaseTime)
	s.SetEndTimestamp(otlptest.BaseTime + 1)
	values := []any{"", "x", "y", "send", "a value that is longer than the others", 7, 503, 1.5, true, []any{"x"}, string(make([]byte, 150))}
	usual := random.IntN(3) > 0
	for _, name := range []string{"tenant.id", "customer.id", "channel", "destination", "region", "messaging.system", "messaging.operation.type",
		"messaging.destination.name", "messaging.destination", "messaging.message.id", "kafka.offset", "messaging.kafka.partition",
		"http.request.method", "http.response.status_code", "http.route", "server.address", "url.full", "rpc.system", "db.system",
		"error.type", "exception.type", "hopstamp.stage", "hopstamp.outcome", "hopstamp.message.key", "http.resend_count", "not.ours"} {
		if usual == (random.IntN(8) > 0) {
			continue
		}
		value := values[random.IntN(4)]
		if random.IntN(5) == 0 {
			value = values[random.IntN(len(values))]
		}
		otlptest.SetAttributes(s.Attributes(), name, value)
	}
	if random.IntN(8) == 0 {
		s.Status().SetCode(ptrace.StatusCodeError)
		s.Status().SetMessage("timeout")
	}
	if random.IntN(8) == 0 {
		otlptest.SetAttributes(s.Events().AppendEmpty().Attributes(), "exception.type", "EOF", "hopstamp.stage", "opened")
	}
	if random.IntN(8) == 0 {
		otlptest.SetAttributes(s.Links().AppendEmpty().Attributes(), "messaging.message.id", "m", "kafka.offset", 3)
	}
}

func TestSameBytesLooksAtEveryByte(t *testing.T) {
	t.Parallel()
	for n := range 40 {
		x := bytes.Repeat([]byte{7}, n)
		if !sameBytes(x, bytes.Clone(x)) || sameBytes(x, append(bytes.Clone(x), 7)) {
			t.Errorf("%d bytes are not the same, or one more is", n)
		}
		for i := range n {
			for j := range n {
				y := bytes.Clone(x)
				y[i] ^= 1
				y[j] ^= 2
				if sameBytes(x, y) {
					t.Errorf("of %d bytes the %dth and the %dth differ", n, i, j)
				}
			}
		}
	}
}
