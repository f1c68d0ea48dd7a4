// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"testing"

	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// The ids that are told are those that are sent, and every message is told once.
func TestToldTracesAreTheSentOnes(t *testing.T) {
	w := small(t)
	told, keep := map[[16]byte]bool{}, 0
	for number, m := range w.Messages(3) {
		told[w.TraceID(number)] = true
		if m.MustKeep() {
			keep++
		}
	}
	sent := map[[16]byte]bool{}
	for block := range int64(3) {
		for _, request := range w.Block(block).Requests {
			decoded := ptraceotlp.NewExportRequest()
			if err := decoded.UnmarshalProto(w.Patch(request, block, 1e18)); err != nil {
				t.Fatal(err)
			}
			for _, resource := range decoded.Traces().ResourceSpans().All() {
				for _, span := range resource.ScopeSpans().At(0).Spans().All() {
					sent[span.TraceID()] = true
				}
			}
		}
	}
	if len(told) != 3*60 || len(sent) != len(told) {
		t.Errorf("%d traces are told, %d sent, must be 180", len(told), len(sent))
	}
	for trace := range sent {
		if !told[trace] {
			t.Errorf("trace %x is sent and not told", trace)
		}
	}
	if keep == 0 || keep > len(told)/4 {
		t.Errorf("%d messages of %d must be kept, expected a few", keep, len(told))
	}
}
