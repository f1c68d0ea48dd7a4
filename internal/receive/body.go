// SPDX-License-Identifier: Apache-2.0

package receive

import (
	"errors"
	"io"
	"os"
	"slices"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// bodyReader reads and decompresses bodies up to a limit; what a small body
// would unpack to beyond it is never produced.
type bodyReader struct {
	limit       int
	gzip, zstds sync.Pool // of *gzip.Reader, *zstd.Decoder
}

// What a sender is trusted to send before it did: of what it announces, and when
// it announces nothing.
const (
	trustAnnounced = 1 << 20
	trustSilent    = 64 << 10
)

// read fills into, which is used from its beginning, with the body. announced is
// its length when the sender says it, else -1.
func (b *bodyReader) read(body io.Reader, encoding string, announced int64, into []byte, l *lease) ([]byte, *refusal) {
	if announced > int64(b.limit) {
		return into, tooLarge(b.limit)
	}
	switch encoding {
	case "", "identity":
		return b.readPlain(body, announced, into, l)
	case "gzip":
		return b.readGzip(body, into, l)
	case "zstd":
		return b.readZstd(body, into, l)
	}
	return into, unsupportedEncoding(encoding)
}

func (b *bodyReader) readGzip(body io.Reader, into []byte, l *lease) ([]byte, *refusal) {
	unpacker, _ := b.gzip.Get().(*gzip.Reader)
	if unpacker == nil {
		unpacker = new(gzip.Reader)
	}
	defer b.gzip.Put(unpacker)
	if err := unpacker.Reset(body); err != nil {
		return into, unreadable(err)
	}
	return b.readPlain(unpacker, -1, into, l)
}

func (b *bodyReader) readZstd(body io.Reader, into []byte, l *lease) ([]byte, *refusal) {
	unpacker, _ := b.zstds.Get().(*zstd.Decoder)
	if unpacker == nil {
		var err error
		if unpacker, err = newZstdDecoder(); err != nil {
			return into, unavailable(err)
		}
	}
	defer b.zstds.Put(unpacker)
	if err := unpacker.Reset(body); err != nil {
		return into, unreadable(err)
	}
	return b.readPlain(unpacker, -1, into, l)
}

// readPlain reads in steps that double, each paid for before it is taken.
func (b *bodyReader) readPlain(body io.Reader, announced int64, into []byte, l *lease) ([]byte, *refusal) {
	size := trustSilent
	if announced >= 0 {
		size = int(min(announced+1, trustAnnounced)) // one more, to see the end
	}
	for into = into[:0]; ; size *= 2 {
		size = min(size, b.limit+1)
		if !l.grow(int64(min(size, b.limit))) {
			return into, budgetSpent(l.budget.limit)
		}
		into = slices.Grow(into, size-len(into))
		var err error
		into, err = fill(body, into, size)
		switch {
		case len(into) > b.limit:
			return into, tooLarge(b.limit)
		case errors.Is(err, io.EOF):
			l.shrink(int64(len(into)))
			return into, nil
		case err != nil:
			return into, unreadable(err)
		}
	}
}

// fill reads until there are so many bytes. Unlike io.ReadFull it tells an end
// that is expected from one that is not.
func fill(body io.Reader, into []byte, size int) ([]byte, error) {
	for len(into) < size {
		n, err := body.Read(into[len(into):size])
		into = into[:len(into)+n]
		if err != nil {
			return into, err
		}
	}
	return into, nil
}

func unreadable(err error) *refusal {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return tooSlow()
	}
	return invalid(err)
}
