// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"encoding/binary"
	"math"

	"github.com/VictoriaMetrics/easyproto"

	"github.com/hopstamp/hopstamp/internal/span"
)

const (
	maxText  = 4 << 10 // bytes of a name, an id or a dimension
	maxLinks = 10_000  // of one span
	maxEvent = math.MaxUint16

	// Field numbers and wire types of the usual fields of a span.
	traceTag     = 1<<3 | 2
	spanTag      = 2<<3 | 2
	parentTag    = 4<<3 | 2
	startTag     = 7<<3 | 1
	endTag       = 8<<3 | 1
	attributeTag = 9<<3 | 2
)

// spanFields is a span on its way from bytes to records. Its fields may come in
// any order, so nothing is decided before the last one was read.
type spanFields struct {
	values        values
	name          string
	statusError   bool
	statusMessage string
	links         int // index of the first in the batch
	events        int // how many were met
	stamped       []stampedEvent
}

// stampedEvent is an event that says a stage.
type stampedEvent struct {
	body    []byte
	ordinal int
}

// decodeSpan appends the records of one span, or tells why there are none.
func (d *Decoder) decodeSpan(body []byte) reason {
	s := &d.span
	s.values.set, s.name, s.statusError, s.statusMessage = 0, "", false, ""
	s.links, s.events, s.stamped = len(d.into.Links), 0, s.stamped[:0]
	at := len(d.into.Records)
	d.into.Records = append(d.into.Records, span.Record{})
	r := &d.into.Records[at]
	why := d.readSpan(body, r)
	if why == notRejected {
		why = checkRecord(r)
	}
	if why != notRejected {
		d.into.Records, d.into.Links = d.into.Records[:at], d.into.Links[:s.links]
		return why
	}
	d.completeRecord(r)
	for _, event := range s.stamped {
		d.appendEvent(at, event)
	}
	return notRejected
}

func (d *Decoder) readSpan(body []byte, r *span.Record) reason {
	var fc easyproto.FieldContext
	var err error
	for len(body) > 0 {
		if rest := d.readUsualField(body, r); rest != nil {
			body = rest
			continue
		}
		if body, err = fc.NextField(body); err != nil || fc.FieldNum == 0 {
			return malformedSpan
		}
		if why := d.readSpanField(&fc, r); why != notRejected {
			return why
		}
	}
	return notRejected
}

// readUsualField reads what most of a span is, in its usual shape: attributes
// shorter than 128 bytes, ids and times. It answers nil, and has read nothing,
// when the field is another; what is wrong is left to the general way.
func (d *Decoder) readUsualField(body []byte, r *span.Record) (rest []byte) {
	if len(body) < 2 {
		return nil
	}
	switch body[0] {
	case attributeTag:
		if n := 2 + int(body[1]); body[1] < 0x80 && n <= len(body) && d.span.values.addAttribute(d.table, body[2:n]) {
			return body[n:]
		}
	case traceTag:
		if len(body) >= 2+len(r.Trace) && int(body[1]) == len(r.Trace) {
			r.Trace = span.TraceID(body[2:])
			return body[2+len(r.Trace):]
		}
	case spanTag:
		if len(body) >= 2+len(r.Span) && int(body[1]) == len(r.Span) {
			r.Span = span.ID(body[2:])
			return body[2+len(r.Span):]
		}
	case parentTag:
		if len(body) >= 2+len(r.Parent) && int(body[1]) == len(r.Parent) {
			r.Parent = span.ID(body[2:])
			return body[2+len(r.Parent):]
		}
	case startTag:
		if len(body) >= 9 {
			r.Start = max(int64(binary.LittleEndian.Uint64(body[1:])), -1)
			return body[9:]
		}
	case endTag:
		if len(body) >= 9 {
			r.End = max(int64(binary.LittleEndian.Uint64(body[1:])), -1)
			return body[9:]
		}
	}
	return nil
}

func (d *Decoder) readSpanField(fc *easyproto.FieldContext, r *span.Record) reason {
	s, ok := &d.span, true
	var message []byte
	switch fc.FieldNum {
	case 9: // attributes
		if message, ok = fc.MessageData(); ok {
			ok = s.values.addAttribute(d.table, message)
		}
	case 1:
		return readID(fc, r.Trace[:], badTraceID)
	case 2:
		return readID(fc, r.Span[:], badSpanID)
	case 4:
		return readID(fc, r.Parent[:], badParentID)
	case 5:
		s.name, ok = fc.String()
	case 6:
		var kind int32
		if kind, ok = fc.Enum(); kind > 0 && kind <= int32(span.Consumer) {
			r.Kind = span.Kind(kind)
		}
	case 7:
		r.Start, ok = readTime(fc)
	case 8:
		r.End, ok = readTime(fc)
	case 11:
		if message, ok = fc.MessageData(); ok {
			ok = d.readEvent(message)
		}
	case 13:
		return d.readLink(fc)
	case 14:
		r.DroppedLinks, ok = fc.Uint32()
	case 15:
		if message, ok = fc.MessageData(); ok {
			ok = s.readStatus(message)
		}
	}
	if !ok {
		return malformedSpan
	}
	return notRejected
}

// readID takes an id that has its right length; an empty one is an absent one.
func readID(fc *easyproto.FieldContext, id []byte, why reason) reason {
	data, ok := fc.Bytes()
	if !ok {
		return malformedSpan
	}
	if len(data) == 0 {
		clear(id)
		return notRejected
	}
	if len(data) != len(id) {
		return why
	}
	copy(id, data)
	return notRejected
}

// readTime answers -1 for a time that doesn't fit.
func readTime(fc *easyproto.FieldContext) (nanos int64, ok bool) {
	unsigned, ok := fc.Fixed64()
	return max(int64(unsigned), -1), ok
}

func checkRecord(r *span.Record) reason {
	switch {
	case r.Trace == span.TraceID{}:
		return badTraceID
	case r.Span == span.ID{}:
		return badSpanID
	case r.Start <= 0:
		return badStart
	case r.End < 0:
		return badEnd
	}
	return notRejected
}

func (s *spanFields) readStatus(message []byte) bool {
	var fc easyproto.FieldContext
	var err error
	for len(message) > 0 {
		if message, err = fc.NextField(message); err != nil {
			return false
		}
		ok := true
		switch fc.FieldNum {
		case 2:
			s.statusMessage, ok = fc.String()
		case 3:
			var code int32
			code, ok = fc.Enum()
			s.statusError = code == 2
		}
		if !ok {
			return false
		}
	}
	return true
}

// readLink leaves out a link without ids: SDKs may send one for its attributes.
func (d *Decoder) readLink(fc *easyproto.FieldContext) reason {
	message, ok := fc.MessageData()
	if !ok {
		return malformedSpan
	}
	if len(d.into.Links)-d.span.links == maxLinks {
		return tooManyLinks
	}
	var link span.Link
	var field easyproto.FieldContext
	var err error
	for len(message) > 0 {
		if message, err = field.NextField(message); err != nil {
			return badLink
		}
		why := notRejected
		switch field.FieldNum {
		case 1:
			why = readID(&field, link.Trace[:], badLink)
		case 2:
			why = readID(&field, link.Span[:], badLink)
		}
		if why != notRejected {
			return badLink
		}
	}
	if link.Trace != (span.TraceID{}) && link.Span != (span.ID{}) {
		d.into.Links = append(d.into.Links, link)
	}
	return notRejected
}
