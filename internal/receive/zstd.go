// SPDX-License-Identifier: Apache-2.0

package receive

import (
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"
	"google.golang.org/grpc/encoding"
)

// registerZstd makes zstd known to gRPC, which has one registry for the process.
// It must have happened before anything in the process uses gRPC with zstd.
var registerZstd = sync.OnceFunc(func() { encoding.RegisterCompressor(&zstdCompressor{}) })

// maxZstdWindow bounds what a frame may ask to be kept while it is unpacked.
// Senders use at most 8 MiB unless they are told to use more.
const maxZstdWindow = 8 << 20

// newZstdDecoder makes one that works in the goroutine of its reader.
func newZstdDecoder() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(maxZstdWindow))
}

// zstdCompressor is zstd for gRPC, which bounds what it reads from it.
type zstdCompressor struct {
	readers, writers sync.Pool // of *zstdReader, *zstdWriter
}

// Name is the value of the grpc-encoding header.
func (c *zstdCompressor) Name() string { return "zstd" }

// Decompress implements encoding.Compressor.
func (c *zstdCompressor) Decompress(from io.Reader) (io.Reader, error) {
	reader, _ := c.readers.Get().(*zstdReader)
	if reader == nil {
		decoder, err := newZstdDecoder()
		if err != nil {
			return nil, err
		}
		reader = &zstdReader{decoder, &c.readers}
	}
	if err := reader.Reset(from); err != nil {
		c.readers.Put(reader)
		return nil, err
	}
	return reader, nil
}

// Compress implements encoding.Compressor.
func (c *zstdCompressor) Compress(to io.Writer) (io.WriteCloser, error) {
	writer, _ := c.writers.Get().(*zstdWriter)
	if writer == nil {
		encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		writer = &zstdWriter{encoder, &c.writers}
	}
	writer.Reset(to)
	return writer, nil
}

// zstdReader returns to its pool when gRPC closes it, which it does once.
type zstdReader struct {
	*zstd.Decoder
	pool *sync.Pool
}

// Close implements io.Closer.
func (r *zstdReader) Close() error {
	r.pool.Put(r)
	return nil
}

// zstdWriter returns to its pool when gRPC closes it, which it does once.
type zstdWriter struct {
	*zstd.Encoder
	pool *sync.Pool
}

// Close implements io.Closer.
func (w *zstdWriter) Close() error {
	defer w.pool.Put(w)
	return w.Encoder.Close()
}
