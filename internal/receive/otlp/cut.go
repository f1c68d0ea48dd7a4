// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"github.com/VictoriaMetrics/easyproto"

	"github.com/hopstamp/hopstamp/internal/span"
)

// Cutter copies the spans of kept traces out of log messages. Each keeps the bytes
// that it was sent with but for its trace state, which says at which threshold it
// was kept. It allocates nothing once its memory has grown to the size of what is
// kept, so nothing for a message in which nothing is. It is not for concurrent use.
type Cutter struct {
	keep func(span.TraceID) (Keep, bool)
	each func(*Kept) error

	asked  bool
	trace  span.TraceID // asked for last: spans of a trace often follow each other
	answer Keep
	wanted bool

	packed          packed
	out             []byte
	resource, scope place
	found           [][]byte // spans of the scope that are wanted
	service         string   // of the open resource
	kept            Kept
}

// place is what a message that spans are in consists of beside them.
type place struct {
	headers  []byte // complete when the first of its spans is kept
	open     bool   // in the output, where the length is written at lengthAt
	lengthAt int
}

// NewCutter makes a cutter for one goroutine.
func NewCutter() *Cutter { return new(Cutter) }

// Cut looks for the spans of kept traces in a log message: concatenated chunks, each
// stamps and the packed request that they were read from, or, as they once were
// written, the request itself. What is packed is unpacked only when the stamps name a
// kept trace. It asks keep for each trace, calls each, when
// there is one, with every span that is kept, in the order of the message, and
// appends to dst a request of all of them, each resource and scope written once.
// When nothing is kept, nothing is appended.
//
// What each gets is valid until it returns, and an error that it returns ends the
// cutting and is returned. Any other error means that the message is none that
// Split or a sender wrote. After an error dst is as it was. A span that is in the
// log twice comes twice.
func (c *Cutter) Cut(dst, message []byte, keep func(span.TraceID) (Keep, bool), each func(*Kept) error) ([]byte, error) {
	c.keep, c.each, c.asked, c.out = keep, each, false, dst
	err := c.message(message)
	out := c.out
	c.keep, c.each, c.out = nil, nil, nil
	if err != nil {
		return dst, err
	}
	return out, nil
}

func (c *Cutter) message(message []byte) (err error) {
	var fc easyproto.FieldContext
	c.packed.stamps = nil
	for len(message) > 0 {
		if message, err = fc.NextField(message); err != nil {
			return malformed("log message", err)
		}
		switch fc.FieldNum {
		case 1:
			err = c.plain(&fc)
		case stampsField:
			c.packed.stamps, _ = fc.Bytes()
		case packedField:
			err = c.unpack(&fc)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *Cutter) plain(fc *easyproto.FieldContext) error {
	body, ok := fc.MessageData()
	if !ok {
		return malformed("resource_spans", nil)
	}
	return c.resourceSpans(body)
}

// unpack cuts a packed request, if a trace in it is kept.
func (c *Cutter) unpack(field *easyproto.FieldContext) error {
	body, ok := field.Bytes()
	if !ok {
		return malformed("packed request", nil)
	}
	p := &c.packed
	if some, err := c.look(); err != nil || !some {
		return err
	}
	request, err := p.unpack(body)
	if err != nil {
		return err
	}
	p.restoring = true
	defer func() { p.restoring = false }()
	var fc easyproto.FieldContext
	for len(request) > 0 {
		if request, err = fc.NextField(request); err != nil || fc.FieldNum != 1 {
			return malformed("packed request", err)
		}
		if err = c.plain(&fc); err != nil {
			return err
		}
	}
	if p.at != p.spans {
		return malformed("packed request: it has not as many spans as stamps", nil)
	}
	return nil
}

func (c *Cutter) resourceSpans(body []byte) error {
	c.resource.reset()
	for rest := body; len(rest) > 0; {
		message, after, err := nextInside(rest)
		if err != nil {
			return malformed("resource_spans", err)
		}
		if message == nil {
			c.resource.note(rest, after)
		}
		rest = after
	}
	for len(body) > 0 {
		message, after, err := nextInside(body)
		if err == nil && message != nil {
			err = c.scopeSpans(message)
		}
		if err != nil {
			return err
		}
		body = after
	}
	c.resource.end(c.out)
	return nil
}

// scopeSpans looks for what is wanted, and hands it out when all that is beside the
// spans is known, some of which encoders write behind them.
func (c *Cutter) scopeSpans(body []byte) error {
	c.scope.reset()
	c.found = c.found[:0]
	if err := c.search(body); err != nil {
		return err
	}
	for _, message := range c.found {
		if err := c.take(message); err != nil {
			return err
		}
	}
	c.scope.end(c.out)
	return nil
}

func (c *Cutter) search(body []byte) error {
	last := false
	for len(body) > 0 {
		message, after, err := nextInside(body)
		if err != nil {
			return malformed("scope_spans", err)
		}
		if message == nil {
			c.scope.note(body, after)
			body = after
			continue
		}
		body = after
		var wanted bool
		if c.packed.restoring {
			wanted, err = c.packed.next(message)
		} else {
			wanted, last, err = c.wantsPlain(message, last)
		}
		if err != nil {
			return err
		}
		if wanted {
			c.found = append(c.found, message)
		}
	}
	return nil
}

// wantsPlain reads the trace id of a span that is in the log as it was sent. last
// says that the id was the last field of the span before.
func (c *Cutter) wantsPlain(message []byte, last bool) (wanted, isLast bool, err error) {
	var trace span.TraceID
	ok := false
	if last {
		trace, ok = traceAtEnd(message)
	}
	if !ok {
		if trace, last, ok = traceOf(message); !ok {
			return false, false, malformed("span", nil)
		}
	}
	return c.wants(trace), last, nil
}

// traceOf reads the trace id of a span and steps over what is before it, and tells
// whether the id is the last field. It is zero where there is none.
func traceOf(body []byte) (trace span.TraceID, last, ok bool) {
	const (
		shortTag    = 0x87 // the bits of a tag that say its type, and whether it is longer
		lengthTyped = 2
		fixed64     = 1
	)
	at := 0
	for at+1 < len(body) {
		tag, length := body[at], int(body[at+1])
		switch {
		case tag&shortTag == lengthTyped && tag != traceTag && length < 0x80:
			at += 2 + length
		case tag == traceTag && length == len(trace) && at+2+length <= len(body):
			return span.TraceID(body[at+2:]), at+2+length == len(body), true
		case tag&shortTag == fixed64:
			at += 9
		default:
			var fc easyproto.FieldContext
			rest, err := fc.NextField(body[at:])
			if err != nil || fc.FieldNum == 0 {
				return trace, false, false
			}
			if fc.FieldNum == 1 {
				return trace, false, readID(&fc, trace[:], badTraceID) == notRejected
			}
			at = len(body) - len(rest)
		}
	}
	return trace, false, at == len(body)
}

// traceAtEnd reads the trace id of a span whose last field it is. Encoders begin
// with it or, as the Collector does, end with it, for all spans of a scope; so the
// first span tells whether the others have to be walked through.
func traceAtEnd(body []byte) (trace span.TraceID, ok bool) {
	at := len(body) - 2 - len(trace)
	if at < 0 || body[at] != traceTag || int(body[at+1]) != len(trace) {
		return trace, false
	}
	return span.TraceID(body[at+2:]), true
}

func (c *Cutter) wants(trace span.TraceID) bool {
	if !c.asked || trace != c.trace {
		c.asked, c.trace = true, trace
		c.answer, c.wanted = c.keep(trace)
	}
	return c.wanted
}

// take hands out a span.
func (c *Cutter) take(body []byte) error {
	k := &c.kept
	if !k.read(body) {
		return malformed("span", nil)
	}
	if !c.wants(k.Trace) { // it has two trace ids, of which the last counts
		return nil
	}
	k.mark(c.answer)
	if !c.resource.open {
		c.out = c.resource.begin(c.out, resourceSpansTag)
		var err error
		if c.service, err = serviceOf(c.resource.headers); err != nil {
			return err
		}
	}
	if !c.scope.open {
		c.out = c.scope.begin(c.out, scopeSpansTag)
	}
	c.out = appendHead(c.out, spansTag, len(k.body))
	c.out = append(c.out, k.body...)
	k.Service, k.resource, k.scope = c.service, c.resource.headers, c.scope.headers
	if c.each == nil {
		return nil
	}
	return c.each(k)
}

func (p *place) reset() { p.headers, p.open = p.headers[:0], false }

// note adds a field, which lies before what is after it.
func (p *place) note(field, after []byte) {
	p.headers = append(p.headers, field[:len(field)-len(after)]...)
}

// begin opens the message with its headers.
func (p *place) begin(out []byte, tag byte) []byte {
	p.open = true
	out, p.lengthAt = openMessage(out, tag)
	return append(out, p.headers...)
}

func (p *place) end(out []byte) {
	if p.open {
		closeMessage(out, p.lengthAt)
	}
}
