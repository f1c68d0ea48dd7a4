// SPDX-License-Identifier: Apache-2.0

package store

import (
	"encoding/hex"
	"os"

	"github.com/parquet-go/parquet-go/format"

	"github.com/hopstamp/hopstamp/internal/span"
)

// writeSpans writes the spans that are in the order, as a part.
func (s *Spans) writeSpans(path string, spans []KeptSpan, order []int32, about footer) error {
	about.Oldest, about.Newest = spans[order[0]].Start, spans[order[0]].Start
	for _, row := range order {
		about.Oldest, about.Newest = min(about.Oldest, spans[row].Start), max(about.Newest, spans[row].Start)
	}
	return inTemp(path, func(file *os.File) error {
		w := spanWriter{columnWriter: columnWriter{partWriter: newPartWriter(file, s.layout, s.codec, len(order)), order: order}, spans: spans}
		w.columns()
		return w.close(about, []format.SortingColumn{{}})
	})
}

// spanWriter writes kept spans as spanRow says.
type spanWriter struct {
	columnWriter
	spans []KeptSpan

	values []int64 // of each span
	words  symbols
}

// columns writes all columns, in the order of spanRow.
func (w *spanWriter) columns() {
	w.ids(false, func(text []byte, row int) []byte { return hex.AppendEncode(text, w.spans[row].Trace[:]) })
	w.texts(false, func(text []byte, row int) []byte { return hex.AppendEncode(text, w.spans[row].Span[:]) }, nil)
	w.texts(true, func(text []byte, row int) []byte {
		if parent := &w.spans[row].Parent; *parent != (span.ID{}) {
			text = hex.AppendEncode(text, parent[:])
		}
		return text
	}, nil)
	w.times(w.valuesOf(func(k *KeptSpan) int64 { return k.Start }), false)
	w.times(w.valuesOf(func(k *KeptSpan) int64 { return k.End - k.Start }), false)
	w.texts(false, func(text []byte, row int) []byte { return append(text, w.spans[row].Key...) }, nil)
	w.wordsOf(func(k *KeptSpan) string { return k.Service })
	w.wordsOf(func(k *KeptSpan) string { return k.Name })
	w.wordsOf(func(k *KeptSpan) string { return k.Kind.String() })
	w.errors()
	w.wordsOf(func(k *KeptSpan) string { return k.Policy })
	w.wordsOf(func(k *KeptSpan) string { return k.Reason })
	w.fewNumbers(w.valuesOf(func(k *KeptSpan) int64 { return int64(k.Threshold) }), 8)
	w.blobs(spanPageBytes, func(row int) []byte { return w.spans[row].Raw })
}

func (w *spanWriter) valuesOf(value func(*KeptSpan) int64) []int64 {
	w.values = w.values[:0]
	for i := range w.spans {
		w.values = append(w.values, value(&w.spans[i]))
	}
	return w.values
}

func (w *spanWriter) wordsOf(word func(*KeptSpan) string) {
	w.words.reset()
	for i := range w.spans {
		w.words.add(word(&w.spans[i]))
	}
	w.symbols(&w.words, false)
}

func (w *spanWriter) errors() {
	failed := make([]bool, len(w.spans))
	for i := range w.spans {
		failed[i] = w.spans[i].Error
	}
	w.flags(failed)
}
