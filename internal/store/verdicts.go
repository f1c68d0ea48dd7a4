// SPDX-License-Identifier: Apache-2.0

package store

import (
	"encoding/hex"
	"os"
	"slices"

	"github.com/parquet-go/parquet-go/bloom/xxhash"
	"github.com/parquet-go/parquet-go/format"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// writeVerdicts writes rows newest first, with the bloom filters of their ids.
func (p *Parts) writeVerdicts(path string, rows *rows, about footer) error {
	order := rows.newestFirst()
	about.Newest, about.Oldest, about.TakenBack = rows.started[order[0]], rows.started[order[len(order)-1]], rows.takenBack
	return inTemp(path, func(file *os.File) error {
		w := verdictWriter{columnWriter{partWriter: newPartWriter(file, p.verdictLayout, p.codec, len(order)), order: order}, rows}
		w.columns()
		return w.close(about, []format.SortingColumn{{Descending: true}})
	})
}

// verdictWriter writes rows as verdictRow says.
type verdictWriter struct {
	columnWriter
	rows *rows
}

// columns writes all columns, in the order of verdictRow.
func (w *verdictWriter) columns() {
	r := w.rows
	w.times(r.started, false)
	w.times(r.fulfilled, true)
	w.fewNumbers(r.updated, 8)
	w.keys()
	w.symbols(&r.suffix, true)
	w.symbols(&r.recipient, false)
	w.codes(r.keyedBy, func(by uint16) string { return keyedBy(by) })
	w.messages()
	w.conversations()
	w.traces()
	w.others()
	for _, column := range [...]*symbols{&r.path, &r.kind} {
		w.symbols(column, false)
	}
	for i := range r.dims {
		w.symbols(&r.dims[i], false)
	}
	w.codes(r.verdicts, func(code uint16) string { return journey.Verdict(code).String() })
	w.codes(r.reasons, func(code uint16) string { return journey.Reason(code).String() })
	w.codes(r.hops, func(code uint16) string {
		return journey.HopID{From: span.Stage(code >> 8), To: span.Stage(code)}.String()
	})
	w.codes(r.timeliness, func(code uint16) string { return journey.Timeliness(code).String() })
	w.fewNumbers(r.retries, 4)
	w.flags(r.estimated)
	w.symbols(&r.kept, false)
	w.symbols(&r.way, false)
	w.numberLists(&r.waits, false)
	w.numberLists(&r.works, false)
	w.numberLists(&r.bounds, true)
	w.numberLists(&r.positions, true)
}

func (w *verdictWriter) keys() {
	w.ids(false, func(text []byte, row int) []byte { return append(text, w.rows.ids.of(row)[:w.rows.keyEnds[row]]...) })
}

func (w *verdictWriter) messages() {
	w.ids(true, func(text []byte, row int) []byte { return append(text, w.rows.messages.of(row)...) })
}

// traces writes those that are not the key.
func (w *verdictWriter) traces() {
	w.ids(true, func(text []byte, row int) []byte {
		if trace := &w.rows.traces[row]; w.rows.keyedBy[row] != keyedByTrace && *trace != (span.TraceID{}) {
			text = hex.AppendEncode(text, trace[:])
		}
		return text
	})
}

func (w *verdictWriter) conversations() {
	w.symbols(&w.rows.conversation, true)
	w.hashes = w.hashes[:0]
	for _, text := range w.rows.conversation.texts[1:] {
		w.hashes = append(w.hashes, xxhash.Sum64([]byte(text)))
	}
	w.filtered()
}

// others writes the traces that were joined by links.
func (w *verdictWriter) others() {
	w.next(format.DeltaByteArray, true)
	hashes, last := w.hashes[:0], []span.TraceID(nil)
	w.pages(rowsOfTexts, func(from, to int) {
		w.text, w.ends, w.repetition, w.definition = w.text[:0], append(w.ends[:0], 0), w.repetition[:0], w.definition[:0]
		for _, row := range w.order[from:to] {
			others := w.rows.others.of(int(row))
			w.listLevels(len(others))
			same := slices.Equal(others, last)
			for i := range others {
				before := len(w.text)
				w.text = hex.AppendEncode(w.text, others[i][:])
				w.ends = append(w.ends, uint32(len(w.text)))
				if !same {
					hashes = append(hashes, xxhash.Sum64(w.text[before:]))
				}
			}
			last = others
		}
		w.idPage(&dataPage{firstRow: from, rows: to - from, repetition: w.repetition, definition: w.definition, count: len(w.definition)})
	})
	w.hashes = hashes
	w.filtered()
}
