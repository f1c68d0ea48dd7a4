// SPDX-License-Identifier: Apache-2.0

package store

import (
	"bytes"

	"github.com/parquet-go/parquet-go/bloom/xxhash"
	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/format"
)

// Ids are many, and found by bloom filters. Those of the deliveries of a message are
// neighbours: they are stored once, and one look into the filter is enough for them.

// ids writes a column of ids with its filter, see texts.
func (w *columnWriter) ids(optional bool, id func(text []byte, row int) []byte) {
	w.hashes, w.last = w.hashes[:0], w.last[:0]
	w.texts(optional, id, w.hash)
	w.filtered()
}

// hash notes an id for the filter.
func (w *columnWriter) hash(text []byte) {
	if !bytes.Equal(text, w.last) {
		w.hashes = append(w.hashes, xxhash.Sum64(text))
		w.last = append(w.last[:0], text...)
	}
}

// texts writes a column of what text appends, that of a row, or that of no row that has
// none. What there is is shown to note, if that is not nil.
func (w *columnWriter) texts(optional bool, text func(text []byte, row int) []byte, note func([]byte)) {
	w.next(format.DeltaByteArray, true)
	w.pages(rowsOfTexts, func(from, to int) {
		w.text, w.ends, w.definition = w.text[:0], append(w.ends[:0], 0), w.definition[:0]
		for _, row := range w.order[from:to] {
			before := len(w.text)
			w.text = text(w.text, int(row))
			is := len(w.text) > before
			if optional {
				w.definition = append(w.definition, there(is))
			}
			if !optional || is {
				w.ends = append(w.ends, uint32(len(w.text)))
			}
			if is && note != nil {
				note(w.text[before:])
			}
		}
		w.idPage(&dataPage{firstRow: from, rows: to - from, definition: w.definition, count: to - from})
	})
}

// idPage writes a page of the texts.
func (w *columnWriter) idPage(p *dataPage) {
	var encoding delta.ByteArrayEncoding
	w.encoded, w.err = encoding.EncodeByteArray(w.encoded, w.text, w.ends)
	p.values = w.encoded
	w.data(p)
}

// filtered makes the filter of the column of the hashes.
func (w *columnWriter) filtered() {
	if len(w.hashes) > 0 {
		filter := w.filter(len(w.hashes))
		filter.InsertBulk(w.hashes)
	}
}
