// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/klauspost/compress/s2"

	"github.com/hopstamp/hopstamp/internal/span"
)

// A chunk of the log is a field with stamps (1000, see package span), and behind it
// the request that they were read from:
//
//	packed (1001), bytes = version u8 | the stripped request, an S2 block
//
// The stamps of spans, not of events, are in the order of the spans in the request.
const (
	stampsField = 1000
	packedField = 1001
	packedTag   = packedField<<3 | 2
	packedV1    = 1 // with message ids
	packedV2    = 2
)

// MaxPacked is the largest request that is packed, and that is unpacked: a field of a
// few bytes could claim to be gigabytes.
const MaxPacked = 64 << 20

// AppendPacked appends the packed form of a request that was stripped, of at most
// MaxPacked bytes. The stamps of its spans must be right before it.
func AppendPacked(dst, request []byte) []byte {
	dst = binary.AppendUvarint(dst, packedTag)
	// The length is known only after packing: a uvarint padded to its longest 32-bit form.
	lengthAt := len(dst)
	dst = append(dst, 0x80, 0x80, 0x80, 0x80, 0, packedV2)
	from := len(dst)
	dst = slices.Grow(dst, s2.MaxEncodedLen(len(request)))
	packed := s2.Encode(dst[from:cap(dst)], request)
	dst = dst[:from+len(packed)]
	closeMessage(dst, lengthAt)
	return dst
}

// packed is a chunk that is being cut.
type packed struct {
	stamps    []byte // the newest field of them
	batch     span.Batch
	record    int    // of the batch, the next
	wanted    int    // the first record of a trace that is kept
	raw       []byte // the request
	restoring bool   // what is being cut is the request
}

func (p *packed) readStamps() error {
	p.record = 0
	if p.stamps == nil {
		return malformed("packed request: it has no stamps", nil)
	}
	if err := span.ReadStamps(p.stamps, &p.batch, func(*span.Batch) error { return nil }); err != nil {
		return malformed("stamps of a packed request", err)
	}
	p.stamps = nil // they are of this one
	return nil
}

// skipUntil finds the first record of a trace that is kept.
func (p *packed) skipUntil(wants func(span.TraceID) bool) bool {
	for p.wanted = range p.batch.Records {
		if wants(p.batch.Records[p.wanted].Trace) {
			return true
		}
	}
	return false
}

func (p *packed) unpack(field []byte) (request []byte, err error) {
	if len(field) == 0 || field[0] != packedV1 && field[0] != packedV2 {
		return nil, malformed("packed request", fmt.Errorf("this program reads versions %d and %d", packedV1, packedV2))
	}
	size, err := s2.DecodedLen(field[1:])
	if err != nil {
		return nil, malformed("packed request", err)
	}
	if size > MaxPacked {
		return nil, malformed("packed request", fmt.Errorf("%d bytes are more than %d", size, MaxPacked))
	}
	p.raw = slices.Grow(p.raw[:0], size)
	if p.raw, err = s2.Decode(p.raw[:size], field[1:]); err != nil {
		return nil, malformed("packed request", err)
	}
	return p.raw, nil
}

// next goes on to the stamp of the next span, and makes the span whole if it is wanted.
func (p *packed) next(message []byte, wants func(span.TraceID) bool) (wanted bool, err error) {
	if p.left() == 0 {
		return false, malformed("packed request: it has more spans than stamps", nil)
	}
	at := p.record
	p.record++
	if at < p.wanted || !wants(p.batch.Records[at].Trace) {
		return false, nil
	}
	if !restore(message, &p.batch.Records[at]) {
		return false, malformed("span", nil)
	}
	return true, nil
}

// left counts the stamps that are to come, and passes over those of events.
func (p *packed) left() int {
	for p.record < len(p.batch.Records) && p.batch.Records[p.record].Event != 0 {
		p.record++
	}
	return len(p.batch.Records) - p.record
}
