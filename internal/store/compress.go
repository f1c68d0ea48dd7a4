// SPDX-License-Identifier: Apache-2.0

package store

import (
	"fmt"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// compression is the fastest. What a part of rows holds is mostly random: to look for
// repetitions longer makes it no smaller. Kept spans repeat each other, and so much that
// they are found at once: to look longer makes a part of them 3 % smaller, and takes a third more time.
const compression = zstd.SpeedFastest

// newPages prepares compression.
func newPages() (pages, error) {
	// Ids in hex repeat nothing, but need four bits of eight: only entropy coding
	// of literals packs them, which the fast levels leave out unless told so. Pages
	// are far smaller than the window that is usual.
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(compression), zstd.WithAllLitEntropyCompression(true),
		zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(8*pageBytes),
		zstd.WithEncoderCRC(false), zstd.WithZeroFrames(true))
	if err != nil {
		return pages{}, fmt.Errorf("prepare compression: %w", err)
	}
	return pages{encoder}, nil
}

// partOptions are the same for every part that the library writes.
func partOptions(codec pages) []parquet.WriterOption {
	return []parquet.WriterOption{parquet.Compression(codec), parquet.PageBufferSize(pageBytes), createdBy()}
}

// pages compresses pages with one encoder, whose tables stay from part to part.
type pages struct{ encoder *zstd.Encoder }

func (pages) String() string { return parquet.Zstd.String() }

// CompressionCodec names the format in the footer.
func (pages) CompressionCodec() format.CompressionCodec { return format.Zstd }

// Encode compresses a page.
func (p pages) Encode(dst, page []byte) ([]byte, error) {
	return p.encoder.EncodeAll(page, dst[:0]), nil
}

// Decode is what the library does anyway.
func (pages) Decode(dst, page []byte) ([]byte, error) { return parquet.Zstd.Decode(dst, page) }
