// SPDX-License-Identifier: Apache-2.0

package store

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/parquet-go/parquet-go/bloom"
	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// partWriter writes a part with one row group, column by column, from values that lie
// in columns. To hand the library rows is to have it take them apart one value at a
// time, which costs several times as much as to encode and compress them.
//
// After an error it does nothing, and close tells of it.
type partWriter struct {
	layout *layout
	codec  pages
	out    *bufio.Writer
	offset int64
	err    error

	rows    int64
	column  int // that is written now
	chunks  []format.ColumnChunk
	indexes []format.OffsetIndex
	filters []bloom.SplitBlockFilter // of the columns; empty: none

	protocol thrift.CompactProtocol
	packed   []byte // page that is compressed
	levels   []byte // that are encoded
}

func newPartWriter(into io.Writer, layout *layout, codec pages, rows int) *partWriter {
	w := &partWriter{layout: layout, codec: codec, out: bufio.NewWriterSize(into, 64<<10), rows: int64(rows), column: -1,
		chunks: make([]format.ColumnChunk, len(layout.columns)), indexes: make([]format.OffsetIndex, len(layout.columns)),
		filters: make([]bloom.SplitBlockFilter, len(layout.columns))}
	w.write([]byte("PAR1"))
	return w
}

func (w *partWriter) write(data []byte) {
	if w.err == nil {
		_, w.err = w.out.Write(data)
		w.offset += int64(len(data))
	}
}

func (w *partWriter) thrift(value any) {
	if w.err == nil {
		w.err = thrift.NewEncoder(w.protocol.NewWriter(counted{w})).Encode(value)
	}
}

// counted is a writer that notes the offset.
type counted struct{ of *partWriter }

func (c counted) Write(data []byte) (int, error) {
	c.of.write(data)
	return len(data), c.of.err
}

// next begins the next column of the schema, whose pages are compressed or not.
func (w *partWriter) next(encoding format.Encoding, compressed bool) {
	w.column++
	meta := &w.chunks[w.column].MetaData
	*meta = format.ColumnMetaData{Type: w.layout.types[w.column], Encoding: []format.Encoding{encoding, format.RLE},
		PathInSchema: w.layout.columns[w.column]}
	if compressed {
		meta.Codec = format.Zstd
	}
}

// dictionary is the first page of a column that has one.
func (w *partWriter) dictionary(values []byte, count int) {
	meta := &w.chunks[w.column].MetaData
	meta.Encoding = append(meta.Encoding, format.Plain)
	meta.DictionaryPageOffset = w.offset
	header := format.PageHeader{Type: format.DictionaryPage}
	header.DictionaryPageHeader = thrift.New(format.DictionaryPageHeader{NumValues: int32(count), Encoding: format.Plain})
	w.page(&header, nil, values)
}

// dataPage is a page of values. Levels of optional columns and of lists are those of
// the format, from 0 to 1; none say that every value is there.
type dataPage struct {
	firstRow, rows         int
	repetition, definition []uint8
	values                 []byte
	count                  int // of values, absent ones too
}

func (w *partWriter) data(p *dataPage) {
	chunk := &w.chunks[w.column]
	if chunk.MetaData.DataPageOffset == 0 {
		chunk.MetaData.DataPageOffset = w.offset
	}
	nulls := 0
	for _, there := range p.definition {
		nulls += 1 - int(there)
	}
	w.levels = w.levels[:0]
	repetition := w.level(p.repetition)
	definition := w.level(p.definition)
	header := format.PageHeader{Type: format.DataPageV2}
	header.DataPageHeaderV2 = thrift.New(format.DataPageHeaderV2{
		NumValues: int32(p.count), NumNulls: int32(nulls), NumRows: int32(p.rows), Encoding: chunk.MetaData.Encoding[0],
		RepetitionLevelsByteLength: repetition, DefinitionLevelsByteLength: definition,
		IsCompressed: thrift.New(chunk.MetaData.Codec != format.Uncompressed),
	})
	from := w.offset
	w.page(&header, w.levels, p.values)
	w.indexes[w.column].PageLocations = append(w.indexes[w.column].PageLocations,
		format.PageLocation{Offset: from, CompressedPageSize: int32(w.offset - from), FirstRowIndex: int64(p.firstRow)})
	chunk.MetaData.NumValues += int64(p.count)
	chunk.MetaData.Statistics.NullCount += int64(nulls)
}

// level encodes levels, and gives their length.
func (w *partWriter) level(levels []uint8) int32 {
	if len(levels) == 0 || w.err != nil {
		return 0
	}
	encoding := rle.Encoding{BitWidth: 1}
	var encoded []byte
	encoded, w.err = encoding.EncodeLevels(nil, levels)
	w.levels = append(w.levels, encoded...)
	return int32(len(encoded))
}

// page writes a page: its levels are not compressed, its values are as the column says.
func (w *partWriter) page(header *format.PageHeader, levels, values []byte) {
	meta := &w.chunks[w.column].MetaData
	plain := len(levels) + len(values)
	if meta.Codec != format.Uncompressed && w.err == nil {
		w.packed = w.codec.encode(w.packed, values)
		values = w.packed
	}
	header.UncompressedPageSize, header.CompressedPageSize = int32(plain), int32(len(levels)+len(values))
	header.CRC = int32(crc32.Update(crc32.ChecksumIEEE(levels), crc32.IEEETable, values))
	from := w.offset
	w.thrift(header)
	head := w.offset - from
	w.write(levels)
	w.write(values)
	meta.TotalUncompressedSize += head + int64(plain)
	meta.TotalCompressedSize += w.offset - from
}

// bounds says what the lowest and the highest value of the column are.
func (w *partWriter) bounds(lowest, highest int64) {
	statistics := &w.chunks[w.column].MetaData.Statistics
	statistics.MinValue = binary.LittleEndian.AppendUint64(nil, uint64(lowest))
	statistics.MaxValue = binary.LittleEndian.AppendUint64(nil, uint64(highest))
}

// filter makes the bloom filter of the column, for so many distinct values.
func (w *partWriter) filter(values int) bloom.SplitBlockFilter {
	filter := make(bloom.SplitBlockFilter, bloom.NumSplitBlocksOf(int64(values), bloomBits))
	w.filters[w.column] = filter
	return filter
}

// close writes what follows the columns.
func (w *partWriter) close(about footer, sorted []format.SortingColumn) error {
	text, err := json.Marshal(about)
	if err != nil {
		return fmt.Errorf("describe part: %w", err)
	}
	w.writeFilters()
	for i := range w.indexes {
		w.chunks[i].OffsetIndexOffset = w.offset
		w.thrift(&w.indexes[i])
		w.chunks[i].OffsetIndexLength = int32(w.offset - w.chunks[i].OffsetIndexOffset)
	}
	group := format.RowGroup{Columns: w.chunks, NumRows: w.rows, SortingColumns: sorted, FileOffset: int64(len("PAR1"))}
	for i := range w.chunks {
		group.TotalByteSize += w.chunks[i].MetaData.TotalUncompressedSize
		group.TotalCompressedSize += w.chunks[i].MetaData.TotalCompressedSize
	}
	meta := w.layout.meta
	meta.NumRows, meta.RowGroups = w.rows, []format.RowGroup{group}
	meta.KeyValueMetadata = []format.KeyValue{{Key: footerKey, Value: string(text)}}
	from := w.offset
	w.thrift(&meta)
	w.write(binary.LittleEndian.AppendUint32(nil, uint32(w.offset-from)))
	w.write([]byte("PAR1"))
	if w.err != nil {
		return w.err
	}
	return w.out.Flush()
}

func (w *partWriter) writeFilters() {
	for i, filter := range w.filters {
		if len(filter) == 0 {
			continue
		}
		meta := &w.chunks[i].MetaData
		meta.BloomFilterOffset = w.offset
		header := format.BloomFilterHeader{NumBytes: int32(len(filter.Bytes()))}
		header.Algorithm.Value, header.Hash.Value = &format.SplitBlockAlgorithm{}, &format.XxHash{}
		header.Compression.Value = &format.BloomFilterUncompressed{}
		w.thrift(&header)
		w.write(filter.Bytes())
		meta.BloomFilterLength = int32(w.offset - meta.BloomFilterOffset)
	}
}
