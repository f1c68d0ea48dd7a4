// SPDX-License-Identifier: Apache-2.0

package span

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
	"unsafe"

	"github.com/hopstamp/hopstamp/internal/pack"
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
	in := reader{Reader: pack.Reader{Rest: body}}
	version := in.Byte()
	if version < codecV1 || version > codecV4 {
		return fmt.Errorf("%w: version %d, this program reads %d to %d", ErrMalformed, version, codecV1, codecV4)
	}
	b.Received, b.Throttled = int64(in.Fixed64()), version == codecV4
	for range in.Count(1) {
		b.Symbols = append(b.Symbols, in.text())
	}
	in.symbols = uint64(len(b.Symbols))
	if version >= codecV3 {
		in.records(b)
	} else {
		in.oldRecords(b)
	}
	if !in.Whole() {
		return fmt.Errorf("%w: truncated or overlong", ErrMalformed)
	}
	return nil
}

// reader takes values from the front of a stamps field.
type reader struct {
	pack.Reader
	symbols uint64 // how many there are
	// forms are the presence bits of the newest records.
	forms    [maxBack + 1]uint64
	numForms uint32
}

// smallest is how short a record can be: head, span, start and end.
const smallest = 1 + 8 + 1 + 1

func (in *reader) records(b *Batch) {
	before := &Record{Start: b.Received}
	for i := range in.Count(smallest) {
		head := in.Uvarint()
		b.Records = slices.Grow(b.Records, 1)[:i+1]
		r := &b.Records[i]
		if i > 0 {
			before = &b.Records[i-1]
		}
		present := in.formOf(r, b.Records[:i], head>>backShift)
		in.identity(r, before, head)
		in.own(r, b, present)
		if in.Bad {
			return
		}
	}
}

// formOf begins a record, as a copy of the one whose form it has.
func (in *reader) formOf(r *Record, before []Record, back uint64) (present uint64) {
	switch {
	case back == 0:
		*r = Record{}
		present = in.form(r)
		in.numForms++
		r.Form = in.numForms
	case back > maxBack || back > uint64(len(before)):
		*r = Record{}
		in.Fail()
	default:
		from := len(before) - int(back)
		*r = before[from]
		present = in.forms[from&maxBack]
	}
	in.forms[len(before)&maxBack] = present
	return present
}

// form reads what records of a kind have alike.
func (in *reader) form(r *Record) (present uint64) {
	present = in.nature(r)
	if present&hasStatus != 0 {
		r.HTTPStatus = uint16(in.Uvarint())
	}
	for i, symbol := range r.formSymbols() {
		if present&formBits[i] != 0 {
			*symbol = in.symbol()
		}
	}
	return present
}

// nature reads what every form begins with, and which fields are present.
func (in *reader) nature(r *Record) (present uint64) {
	if kinds := in.Take(4); kinds != nil {
		r.Kind, r.Stage, r.Outcome, r.Category = Kind(kinds[0]), Stage(kinds[1]), Outcome(kinds[2]), Category(kinds[3])
	}
	in.Require(r.Stage < NumStages)
	present = in.Uvarint()
	r.Error, r.Explicit, r.Partial = present&hasError != 0, present&hasExplicit != 0, present&hasPartial != 0
	return present
}

func (in *reader) identity(r, before *Record, head uint64) {
	if head&sameTrace != 0 {
		r.Trace = before.Trace
	} else if id := in.Take(16); id != nil {
		r.Trace = TraceID(id)
	}
	if id := in.Take(8); id != nil {
		r.Span = ID(id)
	}
	switch head >> parentShift & parentBits {
	case noParent:
		r.Parent = ID{}
	case spanBefore:
		r.Parent = before.Span
	case alikeBefore:
		r.Parent = before.Parent
	case ownParent:
		if id := in.Take(8); id != nil {
			r.Parent = ID(id)
		}
	}
	r.Start = before.Start + in.Varint()
	r.End = r.Start + in.Varint()
}

// own reads the fields in which records of one form differ.
func (in *reader) own(r *Record, b *Batch, present uint64) {
	if present&hasNumbers != 0 {
		in.numbers(r, present)
	}
	if present&hasServer != 0 {
		r.Server = in.symbol()
	}
	for dims := present & hasAnyDim; dims != 0; dims &= dims - 1 {
		r.Dims[bits.TrailingZeros64(dims/hasDims)] = in.symbol()
	}
	if present&(hasTexts|hasCoordinate) != 0 {
		in.texts(r, present)
		if present&hasCoordinate != 0 {
			r.Coordinate = in.text()
		}
	}
	if present&hasLinks != 0 {
		in.links(r, b, present&hasLinkTexts != 0)
	}
}

func (in *reader) numbers(r *Record, present uint64) {
	if present&hasEvent != 0 {
		r.Event = uint16(in.Uvarint())
	}
	in.counts(r, present)
	in.origin(r, present)
	if present&hasHolder != 0 {
		r.Holder = uint16(in.Uvarint())
	}
}

func (in *reader) counts(r *Record, present uint64) {
	for i, field := range [...]*uint32{&r.Retry, &r.Recipients, &r.DroppedLinks} {
		if present&(hasRetry<<i) != 0 {
			*field = uint32(in.Uvarint())
		}
	}
}

func (in *reader) origin(r *Record, present uint64) {
	if present&hasBatch != 0 {
		r.Batch = uint32(in.Uvarint())
	}
	if present&hasThreshold != 0 {
		r.Threshold = in.Uvarint()
	}
	if present&hasOrigin != 0 {
		r.Origin = in.Uvarint()
	}
}

func (in *reader) texts(r *Record, present uint64) {
	for i, field := range [...]*string{&r.Key, &r.MessageID, &r.Conversation, &r.Recipient} {
		if present&(hasKey<<i) != 0 {
			*field = in.text()
		}
	}
}

func (in *reader) links(r *Record, b *Batch, texts bool) {
	from := len(b.Links)
	for range in.Count(1) {
		link := Link{Trace: r.Trace, Span: r.Parent}
		head := in.Byte()
		if head&linkToTrace == 0 {
			copy(link.Trace[:], in.Take(16))
		}
		if head&linkToParent == 0 {
			copy(link.Span[:], in.Take(8))
		}
		if texts {
			for _, text := range link.texts() {
				*text = in.text()
			}
		}
		b.Links = append(b.Links, link)
	}
	r.Links = b.Links[from:len(b.Links):len(b.Links)]
}

func (in *reader) symbol() Symbol { return Symbol(in.Below(in.symbols)) }

// text is a view into what is read.
func (in *reader) text() string {
	b := in.Take(uint64(in.Count(1)))
	if len(b) == 0 {
		return ""
	}
	return unsafe.String(&b[0], len(b))
}
