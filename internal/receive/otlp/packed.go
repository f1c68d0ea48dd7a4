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
	stamps     []byte // the newest field of them; nil: none
	identities span.Identities
	spans      int      // that the stamps are of
	wanted     []wanted // those of them whose traces are kept
	raw        []byte   // the request
	restoring  bool     // what is being cut is the request
	at         int      // spans of it that were passed
	restored   int      // wanted ones that were
	due        int      // the next wanted one, or the number of all
}

// wanted is a span of a trace that is kept.
type wanted struct {
	at int // in the request
	span.Identity
}

// look finds in the stamps which spans are wanted, and tells whether to unpack them.
func (c *Cutter) look() (some bool, err error) {
	p := &c.packed
	if p.stamps == nil {
		return false, malformed("packed request: it has no stamps", nil)
	}
	p.spans, p.wanted, p.at, p.restored = 0, p.wanted[:0], 0, 0
	p.identities.Begin(p.stamps)
	for p.identities.Next() {
		kept := c.wants(p.identities.Trace)
		some = some || kept
		if p.identities.Event != 0 {
			continue
		}
		if kept {
			p.wanted = append(p.wanted, wanted{p.spans, p.identities.Identity})
		}
		p.spans++
	}
	p.stamps = nil // they were of this one
	if err := p.identities.Err(); err != nil {
		return false, malformed("stamps of a packed request", err)
	}
	p.findDue()
	return some, nil
}

func (p *packed) findDue() {
	p.due = p.spans
	if p.restored < len(p.wanted) {
		p.due = p.wanted[p.restored].at
	}
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

// next goes on to the next span of the request, and makes it whole if it is wanted.
func (p *packed) next(message []byte) (wanted bool, err error) {
	if p.at < p.due {
		p.at++
		return false, nil
	}
	if p.at == p.spans {
		return false, malformed("packed request: it has more spans than stamps", nil)
	}
	if !restore(message, &p.wanted[p.restored].Identity) {
		return false, malformed("span", nil)
	}
	p.at++
	p.restored++
	p.findDue()
	return true, nil
}
