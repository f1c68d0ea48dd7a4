// SPDX-License-Identifier: Apache-2.0

// Package sampled looks for the traces that a tail sampler must keep in what it kept.
package sampled

import (
	"encoding/binary"
	"fmt"
	"os"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/hopstamp/hopstamp/bench/workload"
)

// Kept are the distinct spans of each trace.
type Kept map[[16]byte]map[[8]byte]bool

// Check is what must be kept beside what was.
type Check struct {
	MustKeep   int
	Lost       int // nothing of them was kept
	Incomplete int // of these a part
}

// largest is more than any record that the Collector writes for this load.
const largest = 64 << 20

// Read what the Collector's file exporter wrote: records, each with its length in four
// bytes before it. Behind one that a kill tore the next that is whole is looked for.
func Read(path string) (Kept, error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the kept traces: %w", err)
	}
	kept := Kept{}
	for len(file) > 0 {
		record, ok := first(file)
		if !ok || kept.add(record) != nil {
			file = file[1:]
			continue
		}
		file = file[headSize+len(record):]
	}
	return kept, nil
}

const (
	headSize         = 4
	resourceSpansTag = 1<<3 | 2
)

// first is the record at the front, if there may be one.
func first(file []byte) (record []byte, ok bool) {
	if len(file) <= headSize || file[headSize] != resourceSpansTag {
		return nil, false
	}
	size := binary.BigEndian.Uint32(file)
	if size == 0 || size > largest || int(size) > len(file)-headSize {
		return nil, false
	}
	return file[headSize : headSize+int(size)], true
}

func (k Kept) add(record []byte) error {
	traces, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(record)
	if err != nil {
		return err
	}
	for _, resource := range traces.ResourceSpans().All() {
		for _, scope := range resource.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				if k[span.TraceID()] == nil {
					k[span.TraceID()] = map[[8]byte]bool{}
				}
				k[span.TraceID()][span.SpanID()] = true
			}
		}
	}
	return nil
}

// Compare with what must be kept of the first blocks of a load.
func (k Kept) Compare(w *workload.Workload, blocks int64) (c Check) {
	for number, m := range w.Messages(blocks) {
		if !m.MustKeep() {
			continue
		}
		c.MustKeep++
		switch spans := len(k[w.TraceID(number)]); {
		case spans == 0:
			c.Lost++
		case spans < workload.SpansPerMessage:
			c.Incomplete++
		}
	}
	return c
}
