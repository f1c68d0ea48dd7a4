// SPDX-License-Identifier: Apache-2.0

package store

import (
	"encoding/binary"
	"math/bits"

	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/format"
)

// Rows of a page: few where a value is long, so that reading a few rows decodes little
// around them.
const (
	rowsOfTexts   = 1024
	rowsOfNumbers = 4096
	rowsOfSymbols = 8192
)

// columnWriter writes values that lie in columns, in an order of their own.
type columnWriter struct {
	*partWriter
	order []int32

	numbers    []int64
	places     []int32
	text       []byte
	ends       []uint32
	repetition []uint8
	definition []uint8
	encoded    []byte
	hashes     []uint64
	last       []byte         // that was hashed
	known      [1 << 16]int32 // place of a code in the dictionary, and 1
}

// pages calls page for each page of so many rows, from one place of the order to another.
func (w *columnWriter) pages(size int, page func(from, to int)) {
	for from := 0; from < len(w.order) && w.err == nil; from += size {
		page(from, min(from+size, len(w.order)))
	}
}

// times writes times, or those that are not 0.
func (w *columnWriter) times(values []int64, optional bool) {
	w.next(format.DeltaBinaryPacked, !optional)
	var lowest, highest int64
	some := false
	w.pages(rowsOfNumbers, func(from, to int) {
		w.numbers, w.definition = w.numbers[:0], w.definition[:0]
		for _, row := range w.order[from:to] {
			value := values[row]
			if optional {
				w.definition = append(w.definition, there(value != 0))
			}
			if optional && value == 0 {
				continue
			}
			if !some {
				lowest, highest, some = value, value, true
			}
			lowest, highest = min(lowest, value), max(highest, value)
			w.numbers = append(w.numbers, value)
		}
		w.deltas(&dataPage{firstRow: from, rows: to - from, definition: w.definition, count: to - from})
	})
	if some {
		w.bounds(lowest, highest)
	}
}

func there(is bool) uint8 {
	if is {
		return 1
	}
	return 0
}

// deltas writes a page of the numbers.
func (w *columnWriter) deltas(p *dataPage) {
	var encoding delta.BinaryPackedEncoding
	w.encoded, w.err = encoding.EncodeInt64(w.encoded, w.numbers)
	p.values = w.encoded
	w.data(p)
}

// fewNumbers writes numbers of which there are few, by a dictionary of so many bytes each.
func (w *columnWriter) fewNumbers(values []int64, size int) {
	known, dictionary := map[int64]int32{}, []byte(nil)
	places, last := make([]int32, len(w.order)), int32(-1)
	var before int64
	for i, row := range w.order {
		value := values[row]
		if last < 0 || value != before {
			at, is := known[value]
			if !is {
				at = int32(len(known))
				known[value] = at
				for b := range size {
					dictionary = append(dictionary, byte(value>>(8*b)))
				}
			}
			last, before = at, value
		}
		places[i] = last
	}
	w.next(format.RLEDictionary, true)
	w.dictionary(dictionary, len(known))
	w.pages(rowsOfSymbols, func(from, to int) {
		w.indexed(places[from:to], &dataPage{firstRow: from, rows: to - from, count: to - from})
	})
}

// indexed writes a page of places in the dictionary.
func (w *columnWriter) indexed(places []int32, p *dataPage) {
	var highest uint32
	for _, place := range places {
		highest |= uint32(place)
	}
	width := bits.Len32(highest)
	encoding := rle.Encoding{BitWidth: width}
	w.encoded, w.err = encoding.EncodeInt32(w.encoded, places)
	w.text = append(append(w.text[:0], byte(width)), w.encoded...)
	p.values = w.text
	w.data(p)
}

// symbols writes texts of which there are few, or those that are not empty.
func (w *columnWriter) symbols(column *symbols, optional bool) {
	w.next(format.RLEDictionary, true)
	texts, before := column.texts, int32(0)
	if optional {
		texts, before = texts[1:], 1
	}
	w.textDictionary(texts)
	w.pages(rowsOfSymbols, func(from, to int) {
		w.places, w.definition = w.places[:0], w.definition[:0]
		for _, row := range w.order[from:to] {
			place := int32(column.at[row]) - before
			if optional {
				w.definition = append(w.definition, there(place >= 0))
			}
			if place >= 0 {
				w.places = append(w.places, place)
			}
		}
		w.indexed(w.places, &dataPage{firstRow: from, rows: to - from, definition: w.definition, count: to - from})
	})
}

func (w *columnWriter) textDictionary(texts []string) {
	w.text = w.text[:0]
	for _, text := range texts {
		w.text = append(w.text, byte(len(text)), byte(len(text)>>8), byte(len(text)>>16), byte(len(text)>>24))
		w.text = append(w.text, text...)
	}
	w.dictionary(w.text, len(texts))
}

// codes writes what is numbered once for all as texts.
func (w *columnWriter) codes(codes []uint16, text func(uint16) string) {
	known, texts := &w.known, []string(nil)
	clear(known[:])
	for _, row := range w.order {
		if code := codes[row]; known[code] == 0 {
			texts = append(texts, text(code))
			known[code] = int32(len(texts))
		}
	}
	w.next(format.RLEDictionary, true)
	w.textDictionary(texts)
	w.pages(rowsOfSymbols, func(from, to int) {
		w.places = w.places[:0]
		for _, row := range w.order[from:to] {
			w.places = append(w.places, known[codes[row]]-1)
		}
		w.indexed(w.places, &dataPage{firstRow: from, rows: to - from, count: to - from})
	})
}

// flags writes a bit for each row.
func (w *columnWriter) flags(values []bool) {
	w.next(format.Plain, true)
	w.pages(rowsOfSymbols, func(from, to int) {
		w.encoded = append(w.encoded[:0], make([]byte, (to-from+7)/8)...)
		for i, row := range w.order[from:to] {
			w.encoded[i/8] |= there(values[row]) << (i % 8)
		}
		w.data(&dataPage{firstRow: from, rows: to - from, count: to - from, values: w.encoded})
	})
}

// blobs writes bytes, in pages of about as many bytes.
func (w *columnWriter) blobs(bytesOfPage int, blob func(row int) []byte) {
	w.next(format.Plain, true)
	w.encoded = w.encoded[:0]
	from := 0
	for i, row := range w.order {
		value := blob(int(row))
		w.encoded = binary.LittleEndian.AppendUint32(w.encoded, uint32(len(value)))
		w.encoded = append(w.encoded, value...)
		if to := i + 1; len(w.encoded) >= bytesOfPage || to == len(w.order) {
			w.data(&dataPage{firstRow: from, rows: to - from, count: to - from, values: w.encoded})
			from, w.encoded = to, w.encoded[:0]
		}
	}
}

// numberLists writes lists of numbers.
func (w *columnWriter) numberLists(column *lists[int64], compressed bool) {
	w.next(format.DeltaBinaryPacked, compressed)
	w.pages(rowsOfTexts, func(from, to int) {
		w.numbers, w.repetition, w.definition = w.numbers[:0], w.repetition[:0], w.definition[:0]
		for _, row := range w.order[from:to] {
			values := column.of(int(row))
			w.listLevels(len(values))
			w.numbers = append(w.numbers, values...)
		}
		w.deltas(&dataPage{firstRow: from, rows: to - from, repetition: w.repetition, definition: w.definition, count: len(w.definition)})
	})
}

// listLevels are those of a list: each value but the first repeats, and an empty list
// is one value that is not there.
func (w *columnWriter) listLevels(values int) {
	w.repetition, w.definition = append(w.repetition, 0), append(w.definition, there(values > 0))
	for range values - 1 {
		w.repetition, w.definition = append(w.repetition, 1), append(w.definition, 1)
	}
}
