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
	stateTag     = 3<<3 | 2
	parentTag    = 4<<3 | 2
	nameTag      = 5<<3 | 2
	kindTag      = 6 << 3
	startTag     = 7<<3 | 1
	endTag       = 8<<3 | 1
	attributeTag = 9<<3 | 2
	flagsTag     = 16<<3 | 5 // in two bytes

	// Bits of the trace flags, the lowest eight of a span's flags.
	traceFlags  = 0xff
	sampledFlag = 1
)

// spanFields is a span on its way from bytes to records. Its fields may come in
// any order, so nothing is decided before the last one was read.
type spanFields struct {
	pattern       *pattern // nil before the first attribute
	attributes    int      // how many were met
	unusual       bool     // one of them has no usual shape, or can't be used, or gives what another does
	name          string
	statusError   bool
	statusMessage string
	links         int // index of the first in the batch
	described     []describedLink
	events        int // how many were met
	stamped       []stampedEvent
	said          said
}

// describedLink is a link that has attributes.
type describedLink struct {
	body []byte
	at   int // index in the batch
}

// stampedEvent is an event that says a stage.
type stampedEvent struct {
	body    []byte
	ordinal int
}

// decodeSpan appends the records of one span, or tells why there are none.
func (d *Decoder) decodeSpan(body []byte) reason {
	s := &d.span
	s.pattern, s.attributes, s.unusual, s.name, s.statusError, s.statusMessage = nil, 0, false, "", false, ""
	s.links, s.described = len(d.into.Links), s.described[:0]
	s.events, s.stamped = 0, s.stamped[:0]
	s.said = said{}
	at := len(d.into.Records)
	d.into.Records = append(d.into.Records, span.Record{})
	r := &d.into.Records[at]
	why := d.readSpan(body, r)
	if why == notRejected {
		why = checkRecord(r)
	}
	d.finishAttributes()
	if why == notRejected && len(s.described) > 0 {
		why = d.describeLinks()
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
	body = d.readUsualHead(body, r)
	for len(body) > 0 {
		if body[0] == attributeTag {
			if rest := d.readAttributes(body); len(rest) < len(body) {
				body = rest
				continue
			}
		} else if rest := d.readUsualField(body, r); rest != nil {
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

// readUsualHead reads what encoders write before the attributes in the order of its
// fields, as far as it is there. Nothing may have been read before.
func (d *Decoder) readUsualHead(body []byte, r *span.Record) (rest []byte) {
	s := &d.span
	if len(body) < 28 || body[0] != traceTag || body[1] != 16 || body[18] != spanTag || body[19] != 8 {
		return body
	}
	r.Trace, r.Span = span.TraceID(body[2:]), span.ID(body[20:])
	s.said.at[saidTrace], s.said.at[saidSpan] = uint32(cap(body)-2), uint32(cap(body)-20)
	body = body[28:]
	if len(body) >= 10 && body[0] == parentTag && body[1] == 8 {
		r.Parent = span.ID(body[2:])
		s.said.at[saidParent] = uint32(cap(body) - 2)
		body = body[10:]
	}
	if len(body) >= 2 && body[0] == nameTag && body[1] < 0x80 && 2+int(body[1]) <= len(body) {
		n := 2 + int(body[1])
		s.name = view(body[2:n])
		body = body[n:]
	}
	if len(body) >= 2 && body[0] == kindTag && body[1] > 0 && body[1] <= byte(span.Consumer) {
		r.Kind = span.Kind(body[1])
		body = body[2:]
	}
	if len(body) >= 18 && body[0] == startTag && body[9] == endTag {
		r.Start = max(int64(binary.LittleEndian.Uint64(body[1:])), -1)
		r.End = max(int64(binary.LittleEndian.Uint64(body[10:])), -1)
		s.said.at[saidStart], s.said.at[saidEnd] = uint32(cap(body)-1), uint32(cap(body)-10)
		body = body[18:]
	}
	return body
}

// shortMessage answers where a field of less than 128 bytes ends; 0 if it is longer or
// cut off.
func shortMessage(body []byte) int {
	if len(body) < 2 || body[1] >= 0x80 || 2+int(body[1]) > len(body) {
		return 0
	}
	return 2 + int(body[1])
}

// readUsualField reads what a span has beside attributes, in its usual shape: a name
// shorter than 128 bytes, ids, times and numbers. It answers nil, and has read nothing,
// when the field is another; what is wrong is left to the general way.
func (d *Decoder) readUsualField(body []byte, r *span.Record) (rest []byte) {
	if len(body) < 2 {
		return nil
	}
	switch body[0] {
	case traceTag:
		if len(body) >= 2+len(r.Trace) && int(body[1]) == len(r.Trace) {
			r.Trace = span.TraceID(body[2:])
			d.span.said.note(saidTrace, body[2:])
			return body[2+len(r.Trace):]
		}
	case spanTag:
		if len(body) >= 2+len(r.Span) && int(body[1]) == len(r.Span) {
			r.Span = span.ID(body[2:])
			d.span.said.note(saidSpan, body[2:])
			return body[2+len(r.Span):]
		}
	case parentTag:
		if len(body) >= 2+len(r.Parent) && int(body[1]) == len(r.Parent) {
			r.Parent = span.ID(body[2:])
			d.span.said.note(saidParent, body[2:])
			return body[2+len(r.Parent):]
		}
	case startTag:
		if len(body) >= 9 {
			r.Start = max(int64(binary.LittleEndian.Uint64(body[1:])), -1)
			d.span.said.note(saidStart, body[1:])
			return body[9:]
		}
	case endTag:
		if len(body) >= 9 {
			r.End = max(int64(binary.LittleEndian.Uint64(body[1:])), -1)
			d.span.said.note(saidEnd, body[1:])
			return body[9:]
		}
	case nameTag:
		if n := 2 + int(body[1]); body[1] < 0x80 && n <= len(body) {
			d.span.name = view(body[2:n])
			return body[n:]
		}
	case kindTag:
		if kind := span.Kind(body[1]); kind > span.KindUnspecified && kind <= span.Consumer {
			r.Kind = kind
			return body[2:]
		}
	case flagsTag&0x7f | 0x80:
		if len(body) >= 6 && body[1] == flagsTag>>7 {
			r.Partial = saysUnsampled(binary.LittleEndian.Uint32(body[2:]))
			return body[6:]
		}
	}
	return nil
}

func (d *Decoder) readSpanField(fc *easyproto.FieldContext, r *span.Record) reason {
	s, ok := &d.span, true
	s.said.noteUnusual(fc)
	var message []byte
	switch fc.FieldNum {
	case 9: // attributes
		if message, ok = fc.MessageData(); ok {
			ok = d.addAttribute(message)
		}
	case 1:
		return readID(fc, r.Trace[:], badTraceID)
	case 2:
		return readID(fc, r.Span[:], badSpanID)
	case 3:
		var state string
		if state, ok = fc.String(); ok {
			var understood bool
			r.Threshold, understood = readThreshold(state)
			d.noteUnless(understood, malformedThreshold)
		}
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
			s.statusMessage, s.statusError, ok = readStatus(message)
		}
	case 16:
		var flags uint32
		flags, ok = fc.Fixed32()
		r.Partial = saysUnsampled(flags)
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

// saysUnsampled tells whether the flags of a span say that its trace was not
// sampled. All of the trace flags clear says nothing: before version 1.1 of the
// protocol there were none, and several SDKs (Python's, Go's until 1.39) only send
// beside them whether the parent is remote, for spans that were sampled.
func saysUnsampled(flags uint32) bool {
	return flags&traceFlags != 0 && flags&sampledFlag == 0
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

func readStatus(status []byte) (message string, failed, ok bool) {
	var fc easyproto.FieldContext
	var err error
	for len(status) > 0 {
		if status, err = fc.NextField(status); err != nil {
			return "", false, false
		}
		ok = true
		switch fc.FieldNum {
		case 2:
			message, ok = fc.String()
		case 3:
			var code int32
			code, ok = fc.Enum()
			failed = code == 2
		}
		if !ok {
			return "", false, false
		}
	}
	return message, failed, true
}
