// SPDX-License-Identifier: Apache-2.0

package track

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/cespare/xxhash/v2"

	"github.com/hopstamp/hopstamp/internal/pack"
)

// ErrSnapshot is wrapped by every error of [Restore] that the snapshot itself is to
// blame for.
var ErrSnapshot = errors.New("unusable snapshot")

// A snapshot is a stream of frames, each with a checksum of its own, so that nothing
// is read that was not checked and nobody needs the whole in memory.
//
//	snapshot = magic 6 | version u16 | frame ... | frame of length 0
//	frame    = length u32 | items | checksum u64, which depends on the frame's number
//
// An item never crosses the end of a frame.
const (
	snapshotMagic   = "hoptrk"
	snapshotVersion = 8

	frameLength  = 1 << 16 // from which on a frame is written
	longestFrame = 1 << 30
	readAtOnce   = 1 << 20 // so that a length that is not true costs little
	frameOdd     = 0x9e3779b97f4a7c15
)

// frameWriter collects items and writes frames.
type frameWriter struct {
	to     io.Writer
	bytes  []byte // of the frame under way, behind room for its length
	number uint64
	err    error
}

func newFrameWriter(to io.Writer) *frameWriter {
	head := binary.LittleEndian.AppendUint16([]byte(snapshotMagic), snapshotVersion)
	_, err := to.Write(head)
	return &frameWriter{to: to, bytes: make([]byte, 4, frameLength+4096), err: err}
}

// item ends an item.
func (w *frameWriter) item() {
	if len(w.bytes) >= frameLength {
		w.flush()
	}
}

func (w *frameWriter) flush() {
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

// end writes what is left and the frame that says that this was all.
func (w *frameWriter) end() error {
	if len(w.bytes) > 4 {
		w.flush()
	}
	w.flush()
	return w.err
}

func (w *frameWriter) uvarint(v uint64) { w.bytes = binary.AppendUvarint(w.bytes, v) }
func (w *frameWriter) fixed(v uint64)   { w.bytes = binary.LittleEndian.AppendUint64(w.bytes, v) }
func (w *frameWriter) raw(bytes []byte) { w.bytes = append(w.bytes, bytes...) }

func (w *frameWriter) plain(text string) {
	w.uvarint(uint64(len(text)))
	w.bytes = append(w.bytes, text...)
}

func (w *frameWriter) uvarints(numbers ...uint64) {
	for _, number := range numbers {
		w.uvarint(number)
	}
}

// frameReader reads them again. Its cursor stands in the frame under way; at the
// beginning of an item, next moves it on.
type frameReader struct {
	pack.Reader
	from   io.Reader
	bytes  []byte
	number uint64
	err    error
}

func newFrameReader(from io.Reader) *frameReader {
	r := &frameReader{from: from}
	var head [len(snapshotMagic) + 2]byte
	switch _, err := io.ReadFull(from, head[:]); {
	case err != nil:
		r.broken("read its head: %w", err)
	case string(head[:len(snapshotMagic)]) != snapshotMagic:
		r.broken("it does not begin like one")
	case binary.LittleEndian.Uint16(head[len(snapshotMagic):]) != snapshotVersion:
		r.broken("its version is %d, this program reads %d", binary.LittleEndian.Uint16(head[len(snapshotMagic):]), snapshotVersion)
	}
	return r
}

// broken keeps the first thing that is wrong.
func (r *frameReader) broken(format string, args ...any) {
	if r.Fail(); r.err == nil {
		r.err = fmt.Errorf("%w: "+format, append([]any{ErrSnapshot}, args...)...)
	}
}

// next prepares for an item. It answers false when there is none to be read.
func (r *frameReader) next() bool {
	if r.Bad {
		r.broken("frame %d says what cannot be", r.number)
		return false
	}
	if len(r.Rest) == 0 {
		r.frame()
		if !r.Bad && len(r.Rest) == 0 {
			r.broken("it ends too early")
		}
	}
	return !r.Bad
}

// end makes sure that nothing is left.
func (r *frameReader) end() error {
	if r.Bad {
		r.broken("frame %d says what cannot be", r.number)
		return r.err
	}
	if len(r.Rest) == 0 {
		r.frame()
	}
	if len(r.Rest) > 0 {
		r.broken("it holds more than a tracker")
	}
	return r.err
}

func (r *frameReader) frame() {
	r.number++
	var word [8]byte
	if _, err := io.ReadFull(r.from, word[:4]); err != nil {
		r.broken("read frame %d: %w", r.number, err)
		return
	}
	length := int(binary.LittleEndian.Uint32(word[:4]))
	if length > longestFrame {
		r.broken("frame %d is damaged: %d bytes long", r.number, length)
		return
	}
	r.bytes = r.bytes[:0]
	for len(r.bytes) < length {
		from := len(r.bytes)
		part := min(length-from, readAtOnce)
		r.bytes = append(r.bytes, make([]byte, part)...)
		if _, err := io.ReadFull(r.from, r.bytes[from:]); err != nil {
			r.broken("read frame %d: %w", r.number, err)
			return
		}
	}
	if _, err := io.ReadFull(r.from, word[:]); err != nil {
		r.broken("read frame %d: %w", r.number, err)
		return
	}
	if binary.LittleEndian.Uint64(word[:]) != xxhash.Sum64(r.bytes)^r.number*frameOdd {
		r.broken("frame %d is damaged: its checksum differs", r.number)
		return
	}
	r.Rest = r.bytes
}

// plain reads a text as it is written.
func (r *frameReader) plain() string { return string(r.Take(r.Uvarint())) }
