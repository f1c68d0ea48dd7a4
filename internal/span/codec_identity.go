// SPDX-License-Identifier: Apache-2.0

package span

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"unsafe"
)

// Identity is what a record says of which span it is, and what the bytes of a span in
// the log leave to its stamp.
type Identity struct {
	Trace        TraceID
	Span, Parent ID
	Event        uint16 // as in Record
	Start, End   int64
	MessageID    string // a view
}

// Identities reads the identities of a stamps field's records in turn, and passes over
// everything else, which [ReadStamps] has looked at when the stamps were folded. It is
// not for concurrent use.
type Identities struct {
	Identity // that Next went on to

	rest    []byte // nil: it is not what AppendStamps wrote
	records int    // that are still to come
	read    int
	in      reader // of forms
	older   Batch  // of a version that is read in whole
	err     error
}

// Begin goes to before the first record of a stamps field, whose body is given.
func (s *Identities) Begin(body []byte) {
	s.Identity, s.records, s.read, s.rest, s.err = Identity{}, 0, 0, nil, nil
	s.older.Reset()
	in := &s.in
	in.Rest, in.Bad = body, false
	if version := in.Byte(); version != codecV3 && version != codecV4 {
		s.err = s.older.decode(body)
		s.records = len(s.older.Records)
		return
	}
	s.Start = int64(in.Fixed64())
	symbols := in.Count(1)
	for range symbols {
		in.text()
	}
	in.symbols = uint64(symbols) + 1
	s.records = in.Count(smallest)
	s.rest = in.Rest
}

// Next goes on to the next record, if there is one.
func (s *Identities) Next() bool {
	if s.records == 0 || s.err != nil {
		return false
	}
	s.records--
	if len(s.older.Records) > 0 {
		r := &s.older.Records[s.read]
		s.Identity = Identity{r.Trace, r.Span, r.Parent, r.Event, r.Start, r.End, r.MessageID}
		s.read++
		return true
	}
	head, rest := uvarint(s.rest)
	present, rest := s.presentOf(head>>backShift, rest)
	rest = s.ids(head, rest)
	start, rest := uvarint(rest)
	long, rest := uvarint(rest)
	s.Start += int64(start>>1) ^ -int64(start&1)
	s.End = s.Start + (int64(long>>1) ^ -int64(long&1))
	s.rest = s.own(present, rest)
	s.read++
	return s.rest != nil
}

// Err tells, when there is no next record, whether the stamps were what AppendStamps
// wrote, as far as they were read.
func (s *Identities) Err() error {
	if s.err == nil && len(s.older.Records) == 0 && (s.records > 0 || s.rest == nil || len(s.rest) > 0) {
		s.err = fmt.Errorf("%w: truncated or overlong", ErrMalformed)
	}
	return s.err
}

// presentOf is formOf for a reader of identities.
func (s *Identities) presentOf(back uint64, rest []byte) (present uint64, after []byte) {
	switch {
	case back == 0:
		var form Record
		s.in.Rest = rest
		present, rest = s.in.form(&form), s.in.Rest
	case back > maxBack || back > uint64(s.read):
		return 0, nil
	default:
		present = s.in.forms[(s.read-int(back))&maxBack]
	}
	s.in.forms[s.read&maxBack] = present
	return present, rest
}

// idSizes are how many bytes the ids take after a head.
var idSizes = [1 << backShift]uint8{24, 8, 24, 8, 24, 8, 32, 16}

// ids goes on from the ids of the record before.
func (s *Identities) ids(head uint64, from []byte) (after []byte) {
	head %= 1 << backShift
	size := int(idSizes[head])
	if len(from) < size {
		return nil
	}
	from, after = from[:size], from[size:]
	if head&sameTrace == 0 {
		s.Trace, from = TraceID(from), from[16:]
	}
	before := s.Span
	s.Span = ID(from)
	switch head >> parentShift {
	case noParent:
		s.Parent = ID{}
	case spanBefore:
		s.Parent = before
	case ownParent:
		s.Parent = ID(from[8:])
	}
	return after
}

// own passes over the fields of the record itself.
func (s *Identities) own(present uint64, rest []byte) []byte {
	s.Event, s.MessageID = 0, ""
	if present&hasEvent != 0 {
		var event uint64
		event, rest = uvarint(rest)
		s.Event = uint16(event)
	}
	for n := bits.OnesCount64(present & (hasNumbers&^hasEvent | hasServer | hasAnyDim)); n > 0; n-- {
		_, rest = uvarint(rest)
	}
	for texts := present & (hasTexts | hasCoordinate); texts != 0; texts &= texts - 1 {
		var text []byte
		text, rest = cutText(rest)
		if texts&-texts == hasMessageID {
			s.MessageID = unsafe.String(unsafe.SliceData(text), len(text))
		}
	}
	if present&hasLinks != 0 {
		rest = skipLinks(rest, present&hasLinkTexts != 0)
	}
	return rest
}

func skipLinks(rest []byte, texts bool) []byte {
	links, rest := uvarint(rest)
	for ; links > 0 && len(rest) > 0; links-- {
		head := rest[0]
		size := 25 - int(head&linkToTrace)*16 - int(head&linkToParent)*4
		if size > len(rest) {
			return nil
		}
		rest = rest[size:]
		if texts {
			for range new(Link).texts() {
				_, rest = cutText(rest)
			}
		}
	}
	if links > 0 {
		return nil
	}
	return rest
}

// uvarint cuts off a number.
func uvarint(from []byte) (v uint64, after []byte) {
	if len(from) > 0 && from[0] < 0x80 {
		return uint64(from[0]), from[1:]
	}
	v, n := binary.Uvarint(from)
	if n <= 0 {
		return 0, nil
	}
	return v, from[n:]
}

func cutText(from []byte) (text, after []byte) {
	n, from := uvarint(from)
	if n > uint64(len(from)) {
		return nil, nil
	}
	return from[:n], from[n:]
}
