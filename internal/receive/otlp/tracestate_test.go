// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"testing"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/hopstamp/hopstamp/internal/receive/otlptest"
)

func TestUpstreamThreshold(t *testing.T) {
	t.Parallel()
	tests := []struct {
		state string
		want  uint64
		odd   int
	}{
		{"", 0, 0},
		{"ot=th:0", 0, 0},
		{"ot=th:8", 1 << 55, 0},
		{"ot=th:c", 3 << 54, 0},
		{"ot=th:fd70a4", 0xfd70a400000000, 0},
		{"ot=th:0000000000001", 0x10, 0},
		{"ot=th:ffffffffffffff", 1<<56 - 1, 0},
		{"ot=rv:6e6d1a75832a2f;th:8", 1 << 55, 0},
		{"ot=p:8;th:8;r:62", 1 << 55, 0},
		{"vendor=th:c,ot=th:8,rojo=1", 1 << 55, 0},
		{"vendor=x \t, \tot=th:8 ", 1 << 55, 0},
		{"ot=th:8,ot=th:c", 1 << 55, 0},
		{"not=th:8", 0, 0},
		{"ot=rv:6e6d1a75832a2f", 0, 0},
		{"ot=math:8", 0, 0},
		{"tenant@ot=th:8", 0, 0},
		{"ot", 0, 0},
		{"ot=", 0, 0},
		{"ot=th", 0, 0},

		{"ot=th:", 0, 1},
		{"ot=th:C", 0, 1},
		{"ot=th:8 ;rv:1", 0, 1},
		{"ot=th:0x8", 0, 1},
		{"ot=th:+8", 0, 1},
		{"ot=th:000000000000001", 0, 1},
	}
	for _, test := range tests {
		record, _, report := decodeOne(t, otlptest.OneSpan(ptrace.SpanKindServer, "x", func(s ptrace.Span) { s.TraceState().FromRaw(test.state) }))
		if record.Threshold != test.want || report.odd[malformedThreshold] != test.odd {
			t.Errorf("%q: threshold %x and %d odd, want %x and %d", test.state, record.Threshold, report.odd[malformedThreshold], test.want, test.odd)
		}
	}
}

func TestTraceFlags(t *testing.T) {
	t.Parallel()
	for flags, want := range map[uint32]bool{
		0:         false, // not said
		0x100:     false, // only that the parent is local, as SDKs do for what they sampled
		0x300:     false, // only that the parent is remote
		0x001:     false, // sampled
		0x103:     false, // sampled, with a random trace id
		0x002:     true,  // a random trace id, not sampled
		0x102:     true,
		0x302:     true,
		0xfffff00: false, // the highest bits may mean anything
		0xfffff02: true,
	} {
		traces := otlptest.OneSpan(ptrace.SpanKindServer, "x", func(s ptrace.Span) { s.SetFlags(flags) })
		if record, _, _ := decodeOne(t, traces); record.Partial != want {
			t.Errorf("flags %#x: partial %v", flags, record.Partial)
		}
	}
}
