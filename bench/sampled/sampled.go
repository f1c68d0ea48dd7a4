// SPDX-License-Identifier: Apache-2.0

// Package sampled looks for the traces that a tail sampler must keep in what it kept.
package sampled

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
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

// Read what the Collector's file exporter wrote. A record that a kill tore ends it.
func Read(path string) (Kept, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the kept traces: %w", err)
	}
	defer file.Close()
	kept, reader := Kept{}, bufio.NewReaderSize(file, 1<<20)
	for {
		record, err := next(reader)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return kept, nil
		}
		if err == nil {
			err = kept.add(record)
		}
		if err != nil {
			return kept, fmt.Errorf("read the kept traces: %w", err)
		}
	}
}

// next is a record: its length in four bytes, then that many.
func next(reader io.Reader) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(reader, head[:]); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(head[:])
	if size > largest {
		return nil, fmt.Errorf("a record of %d bytes cannot be", size)
	}
	record := make([]byte, size)
	_, err := io.ReadFull(reader, record)
	return record, err
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
