// SPDX-License-Identifier: Apache-2.0

package store

import (
	"fmt"

	"github.com/klauspost/compress/zstd"
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

// pages compresses pages with one encoder, whose tables stay from part to part.
type pages struct{ encoder *zstd.Encoder }

// encode compresses a page over what dst holds.
func (p pages) encode(dst, page []byte) []byte { return p.encoder.EncodeAll(page, dst[:0]) }
