// SPDX-License-Identifier: Apache-2.0

package span

import (
	"encoding/binary"
	"fmt"
	"unsafe"
)

// ReadStamps calls each for every stamps field of a log message, in order. The
// batch is reused between calls and its texts are views into data. A nil batch
// is allocated. An error means that the bytes are not what AppendStamps wrote.
func ReadStamps(data []byte, b *Batch, each func(*Batch) error) error {
	if b == nil {
		b = new(Batch)
	}
	for len(data) > 0 {
		tag, n := binary.Uvarint(data)
		if n <= 0 || tag&7 != 2 {
			return fmt.Errorf("%w: field tag %d", ErrMalformed, tag)
		}
		length, m := binary.Uvarint(data[n:])
		if m <= 0 || length > uint64(len(data)-n-m) {
			return fmt.Errorf("%w: field %d is longer than the message", ErrMalformed, tag>>3)
		}
		body := data[n+m : n+m+int(length)]
		data = data[n+m+int(length):]
		if tag != stampsTag {
			continue
		}
		if err := b.decode(body); err != nil {
			return err
		}
		if err := each(b); err != nil {
			return err
		}
	}
	return nil
}

func (b *Batch) decode(body []byte) error {
	b.Reset()
	in := reader{rest: body}
	if version := in.byte(); version != codecV1 && version != codecV2 {
		return fmt.Errorf("%w: version %d, this program reads %d and %d", ErrMalformed, version, codecV1, codecV2)
	}
	b.Received = int64(in.fixed64())
	for range in.count(1) {
		b.Symbols = append(b.Symbols, in.text())
	}
	const smallest = recordIDs + 1 + 4 + 1
	for range in.count(smallest) {
		b.Records = append(b.Records, Record{})
		in.record(&b.Records[len(b.Records)-1], b)
		if in.broken {
			break
		}
	}
	if in.broken || len(in.rest) != 0 {
		return fmt.Errorf("%w: truncated or overlong", ErrMalformed)
	}
	return nil
}

// reader takes values from the front of its bytes; after the first that is not
// there it is broken and answers zeros, so that one check at the end suffices.
type reader struct {
	rest   []byte
	broken bool
}

func (in *reader) record(r *Record, b *Batch) {
	if fixed := in.take(recordIDs); fixed != nil {
		r.Trace, r.Span, r.Parent = TraceID(fixed[:16]), ID(fixed[16:24]), ID(fixed[24:32])
		r.Start = int64(binary.LittleEndian.Uint64(fixed[32:]))
	}
	r.End = r.Start + in.varint()
	if kinds := in.take(4); kinds != nil {
		r.Kind, r.Stage, r.Outcome, r.Category = Kind(kinds[0]), Stage(kinds[1]), Outcome(kinds[2]), Category(kinds[3])
	}
	if r.Stage >= NumStages {
		in.broken = true
	}
	present := in.uvarint()
	r.Error, r.Explicit = present&hasError != 0, present&hasExplicit != 0
	if present&hasEvent != 0 {
		r.Event = uint16(in.uvarint())
	}
	if present&hasStatus != 0 {
		r.HTTPStatus = uint16(in.uvarint())
	}
	if present&hasCounts != 0 {
		for i, field := range [...]*uint32{&r.Retry, &r.Recipients, &r.DroppedLinks} {
			if present&(hasRetry<<i) != 0 {
				*field = uint32(in.uvarint())
			}
		}
	}
	symbols := uint64(len(b.Symbols))
	for i, field := range [...]*Symbol{&r.Service, &r.Name, &r.Route, &r.System, &r.Topic, &r.Group, &r.Server, &r.ErrorType} {
		if present&(hasService<<i) != 0 {
			*field = in.symbol(symbols)
		}
	}
	if present&hasTexts != 0 {
		for i, field := range [...]*string{&r.Key, &r.MessageID, &r.Conversation, &r.Recipient} {
			if present&(hasKey<<i) != 0 {
				*field = in.text()
			}
		}
	}
	if present&hasLinks != 0 {
		in.links(r, b, present&hasLinkTexts != 0)
	}
	for i := range r.Dims {
		if present&(hasDims<<i) != 0 {
			r.Dims[i] = in.symbol(symbols)
		}
	}
	if present >= hasPartial {
		in.later(r, present, symbols)
	}
}

// later reads the fields that version 2 added.
func (in *reader) later(r *Record, present, symbols uint64) {
	r.Partial = present&hasPartial != 0
	for i, field := range [...]*Symbol{&r.Cluster, &r.Host} {
		if present&(hasCluster<<i) != 0 {
			*field = in.symbol(symbols)
		}
	}
	if present&hasCoordinate != 0 {
		r.Coordinate = in.text()
	}
	if present&hasBatch != 0 {
		r.Batch = uint32(in.uvarint())
	}
	if present&hasThreshold != 0 {
		r.Threshold = in.uvarint()
	}
	if present&hasOrigin != 0 {
		r.Origin = in.uvarint()
	}
	if present&hasHolder != 0 {
		r.Holder = uint16(in.uvarint())
	}
}

func (in *reader) links(r *Record, b *Batch, texts bool) {
	from := len(b.Links)
	for range in.count(24) {
		var link Link
		copy(link.Trace[:], in.take(16))
		copy(link.Span[:], in.take(8))
		if texts {
			for _, text := range link.texts() {
				*text = in.text()
			}
		}
		b.Links = append(b.Links, link)
	}
	r.Links = b.Links[from:len(b.Links):len(b.Links)]
}

func (in *reader) take(n int) []byte {
	if in.broken || n > len(in.rest) {
		in.broken = true
		return nil
	}
	taken := in.rest[:n]
	in.rest = in.rest[n:]
	return taken
}

func (in *reader) byte() byte {
	if b := in.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (in *reader) fixed64() uint64 {
	if b := in.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (in *reader) uvarint() uint64 {
	if len(in.rest) > 0 && in.rest[0] < 0x80 { // most are short
		value := in.rest[0]
		in.rest = in.rest[1:]
		return uint64(value)
	}
	value, n := binary.Uvarint(in.rest)
	if n <= 0 {
		in.broken = true
		return 0
	}
	in.rest = in.rest[n:]
	return value
}

func (in *reader) varint() int64 {
	value := in.uvarint()
	return int64(value>>1) ^ -int64(value&1)
}

// count reads how many items follow; each takes at least size bytes, so a hostile
// count cannot make the reader loop or allocate beyond its input.
func (in *reader) count(size int) int {
	n := in.uvarint()
	if n > uint64(len(in.rest)/size) {
		in.broken = true
		return 0
	}
	return int(n)
}

func (in *reader) symbol(limit uint64) Symbol {
	value := in.uvarint()
	if value >= limit {
		in.broken = true
		return 0
	}
	return Symbol(value)
}

func (in *reader) text() string {
	b := in.take(in.count(1))
	if len(b) == 0 {
		return ""
	}
	return unsafe.String(&b[0], len(b))
}
