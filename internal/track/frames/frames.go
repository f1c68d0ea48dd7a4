// SPDX-License-Identifier: Apache-2.0

// Package frames is the form of snapshots: items in frames, each with a checksum.
package frames

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/cespare/xxhash/v2"

	"github.com/hopstamp/hopstamp/internal/flat"
	"github.com/hopstamp/hopstamp/internal/pack"
	"github.com/hopstamp/hopstamp/internal/span"
)

// ErrSnapshot is wrapped by every error of reading that the snapshot itself is to blame for.
var ErrSnapshot = errors.New("unusable snapshot")

// A snapshot is a stream of frames, each with a checksum of its own, so that nothing
// is read that was not checked and nobody needs the whole in memory.
//
//	snapshot = magic 6 | version u16 | frame ... | frame of length 0
//	frame    = length u32 | items | checksum u64, which depends on the frame's number
//
// An item never crosses the end of a frame.
const (
	Magic   = "hoptrk"
	Version = 9 // of all that is in a snapshot

	frameLength  = 1 << 16 // from which on a frame is written
	longestFrame = 1 << 30
	readAtOnce   = 1 << 20 // so that a length that is not true costs little
	frameOdd     = 0x9e3779b97f4a7c15
)

// Writer collects items and writes frames.
type Writer struct {
	to     io.Writer
	bytes  []byte // of the frame under way, behind room for its length
	number uint64
	err    error
}

// NewWriter begins a snapshot.
func NewWriter(to io.Writer) *Writer {
	head := binary.LittleEndian.AppendUint16([]byte(Magic), Version)
	_, err := to.Write(head)
	return &Writer{to: to, bytes: make([]byte, 4, frameLength+4096), err: err}
}

// Item ends an item.
func (w *Writer) Item() {
	if len(w.bytes) >= frameLength {
		w.flush()
	}
}

func (w *Writer) flush() {
	w.number++
	items := w.bytes[4:]
	binary.LittleEndian.PutUint32(w.bytes, uint32(len(items)))
	sum := xxhash.Sum64(items) ^ w.number*frameOdd
	w.bytes = binary.LittleEndian.AppendUint64(w.bytes, sum)
	if w.err == nil {
		_, w.err = w.to.Write(w.bytes)
	}
	w.bytes = w.bytes[:4]
}

// End writes what is left and the frame that says that this was all.
func (w *Writer) End() error {
	if len(w.bytes) > 4 {
		w.flush()
	}
	w.flush()
	return w.err
}

// Uvarint writes a number in as few bytes as it takes.
func (w *Writer) Uvarint(v uint64) { w.bytes = binary.AppendUvarint(w.bytes, v) }

// Fixed writes a number in eight bytes.
func (w *Writer) Fixed(v uint64) { w.bytes = binary.LittleEndian.AppendUint64(w.bytes, v) }

// Raw writes bytes whose number the reader knows.
func (w *Writer) Raw(bytes []byte) { w.bytes = append(w.bytes, bytes...) }

// Plain writes a text, its length first.
func (w *Writer) Plain(text string) {
	w.Uvarint(uint64(len(text)))
	w.bytes = append(w.bytes, text...)
}

// Uvarints writes several numbers.
func (w *Writer) Uvarints(numbers ...uint64) {
	for _, number := range numbers {
		w.Uvarint(number)
	}
}

// Symbols writes as many as the reader knows of.
func (w *Writer) Symbols(symbols []span.Symbol) {
	for _, symbol := range symbols {
		w.Uvarint(uint64(symbol))
	}
}

// Bytes writes what has a form of its own, its length first, in one item.
func (w *Writer) Bytes(bytes []byte) {
	w.Uvarint(uint64(len(bytes)))
	w.Raw(bytes)
}

// Pieces writes what has a form of its own, in items that fit into frames.
func (w *Writer) Pieces(content []byte) {
	w.Uvarint(uint64(len(content)))
	w.Item()
	for piece := range slices.Chunk(content, pieceSize) {
		w.Raw(piece)
		w.Item()
	}
}

const pieceSize = 1 << 14

// Table writes the entries of a table in their order.
func (w *Writer) Table(t *flat.Table) {
	for part := range flat.Parts {
		w.Uvarint(uint64(t.PartLen(part)))
		w.Item()
		t.Each(part, func(mixed uint64, value uint32) {
			w.Fixed(mixed)
			w.Uvarint(uint64(value))
			w.Item()
		})
	}
}

// Reader reads them again. Its cursor stands in the frame under way; at the
// beginning of an item, next moves it on.
type Reader struct {
	pack.Reader
	from   io.Reader
	bytes  []byte
	number uint64
	err    error
}

// NewReader begins to read one; what is wrong with it, the first call says.
func NewReader(from io.Reader) *Reader {
	r := &Reader{from: from}
	var head [len(Magic) + 2]byte
	switch _, err := io.ReadFull(from, head[:]); {
	case err != nil:
		r.Broken("read its head: %w", err)
	case string(head[:len(Magic)]) != Magic:
		r.Broken("it does not begin like one")
	case binary.LittleEndian.Uint16(head[len(Magic):]) != Version:
		r.Broken("its version is %d, this program reads %d", binary.LittleEndian.Uint16(head[len(Magic):]), Version)
	}
	return r
}

// Broken keeps the first thing that is wrong.
func (r *Reader) Broken(format string, args ...any) {
	if r.Fail(); r.err == nil {
		r.err = fmt.Errorf("%w: "+format, append([]any{ErrSnapshot}, args...)...)
	}
}

// Next prepares for an item. It answers false when there is none to be read.
func (r *Reader) Next() bool {
	if r.Bad {
		r.Broken("frame %d says what cannot be", r.number)
		return false
	}
	if len(r.Rest) == 0 {
		r.frame()
		if !r.Bad && len(r.Rest) == 0 {
			r.Broken("it ends too early")
		}
	}
	return !r.Bad
}

// End makes sure that nothing is left.
func (r *Reader) End() error {
	if r.Bad {
		r.Broken("frame %d says what cannot be", r.number)
		return r.err
	}
	if len(r.Rest) == 0 {
		r.frame()
	}
	if len(r.Rest) > 0 {
		r.Broken("it holds more than a tracker")
	}
	return r.err
}

func (r *Reader) frame() {
	r.number++
	var word [8]byte
	if _, err := io.ReadFull(r.from, word[:4]); err != nil {
		r.Broken("read frame %d: %w", r.number, err)
		return
	}
	length := int(binary.LittleEndian.Uint32(word[:4]))
	if length > longestFrame {
		r.Broken("frame %d is damaged: %d bytes long", r.number, length)
		return
	}
	r.bytes = r.bytes[:0]
	for len(r.bytes) < length {
		from := len(r.bytes)
		part := min(length-from, readAtOnce)
		r.bytes = append(r.bytes, make([]byte, part)...)
		if _, err := io.ReadFull(r.from, r.bytes[from:]); err != nil {
			r.Broken("read frame %d: %w", r.number, err)
			return
		}
	}
	if _, err := io.ReadFull(r.from, word[:]); err != nil {
		r.Broken("read frame %d: %w", r.number, err)
		return
	}
	if binary.LittleEndian.Uint64(word[:]) != xxhash.Sum64(r.bytes)^r.number*frameOdd {
		r.Broken("frame %d is damaged: its checksum differs", r.number)
		return
	}
	r.Rest = r.bytes
}

// Plain reads a text as it is written.
func (r *Reader) Plain() string { return string(r.Take(r.Uvarint())) }

// Pieces reads what was written in pieces.
func (r *Reader) Pieces() (content []byte) {
	if !r.Next() {
		return nil
	}
	length := r.Below(1 << 28)
	for uint64(len(content)) < length && r.Next() {
		content = append(content, r.Take(min(pieceSize, length-uint64(len(content))))...)
	}
	return content
}

// Count reads how many items follow.
func (r *Reader) Count() uint64 {
	if !r.Next() {
		return 0
	}
	return r.Below(math.MaxUint32)
}

// mostReserved is how many entries of a part are believed before they were read.
const mostReserved = 1 << 20

// Table reads entries, whose values are at most the highest, into an empty table.
func (r *Reader) Table(t *flat.Table, highest uint32) {
	for part := range flat.Parts {
		left := r.Count()
		if left > 0 {
			t.Reserve(part, int(min(left, mostReserved)))
		}
		for ; left > 0 && r.Next(); left-- {
			mixed := r.Fixed64()
			if !t.Put(part, mixed, uint32(r.Below(uint64(highest)+1))) {
				r.Fail()
				return
			}
		}
	}
}
