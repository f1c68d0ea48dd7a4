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

// ids writes a column of texts that ids appends, those of a row, or that of no row that
// has none.
func (w *columnWriter) ids(optional bool, id func(text []byte, row int) []byte) {
	w.next(format.DeltaByteArray, true)
	hashes, last := w.hashes[:0], []byte(nil)
	w.pages(rowsOfTexts, func(from, to int) {
		w.text, w.ends, w.definition = w.text[:0], append(w.ends[:0], 0), w.definition[:0]
		for _, row := range w.order[from:to] {
			before := len(w.text)
			w.text = id(w.text, int(row))
			is := len(w.text) > before
			if optional {
				w.definition = append(w.definition, there(is))
			}
			if !optional || is {
				w.ends = append(w.ends, uint32(len(w.text)))
			}
			if this := w.text[before:]; is && !bytes.Equal(this, last) {
				hashes = append(hashes, xxhash.Sum64(this))
				last = append(last[:0], this...)
			}
		}
		w.idPage(&dataPage{firstRow: from, rows: to - from, definition: w.definition, count: to - from})
	})
	w.hashes = hashes
	w.filtered()
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
