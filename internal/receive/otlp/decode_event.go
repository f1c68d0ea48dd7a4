// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"github.com/VictoriaMetrics/easyproto"

	"github.com/hopstamp/hopstamp/internal/span"
)

// readEvent keeps an event that says a stage for later, when its span is known,
// and takes from an exception what kind it is, the first one's.
func (d *Decoder) readEvent(body []byte) bool {
	d.span.events++
	if _, _, ok := d.readEventFields(body); !ok {
		return false
	}
	e, s := &d.inner, &d.span
	if e.has(stageField) {
		s.stamped = append(s.stamped, stampedEvent{body, s.events})
	}
	for _, f := range [...]field{exceptionTypeField, exceptionMessageField} {
		if e.has(f) {
			d.addException(f, e)
		}
	}
	return true
}

// addException gives a field of an event to its span.
func (d *Decoder) addException(f field, e *values) {
	d.finishAttributes()
	p := d.span.pattern
	p.tangled = true // it is of no attribute
	if !p.values.has(f) {
		p.values.set |= bit(f)
		p.values.ranks[f], p.values.values[f] = e.ranks[f], e.values[f]
		p.resource = 0
	}
}

// readEventFields reads the attributes into d.inner.
func (d *Decoder) readEventFields(body []byte) (name string, nanos int64, ok bool) {
	d.inner.set = 0
	var fc easyproto.FieldContext
	var err error
	for len(body) > 0 {
		if body, err = fc.NextField(body); err != nil || fc.FieldNum == 0 {
			return "", 0, false
		}
		ok = true
		switch fc.FieldNum {
		case 1:
			nanos, ok = readTime(&fc)
		case 2:
			name, ok = fc.String()
		case 3:
			var attribute []byte
			if attribute, ok = fc.MessageData(); ok {
				ok = d.inner.addAttribute(d.table, attribute)
			}
		}
		if !ok {
			return "", 0, false
		}
	}
	return name, nanos, true
}

// appendEvent makes the record of an event, which hangs under its span and takes
// from it what it doesn't say itself.
func (d *Decoder) appendEvent(at int, event stampedEvent) {
	name, nanos, _ := d.readEventFields(event.body)
	v := &d.inner
	stage, said := d.saidStage(v)
	if !said {
		return
	}
	if nanos <= 0 || event.ordinal > maxEvent {
		d.report.odd[unreadEvent]++
		return
	}
	d.into.Records = append(d.into.Records, span.Record{})
	of, r := &d.into.Records[at], &d.into.Records[len(d.into.Records)-1]
	r.Trace, r.Span, r.Parent, r.Event = of.Trace, of.Span, of.Span, uint16(event.ordinal)
	r.Start, r.End, r.Stage, r.Explicit = nanos, nanos, stage, true
	r.Service, r.Name = of.Service, d.symbols.of(d.short(name))
	r.Key, r.Recipient, r.Conversation = d.id(v, keyField), d.id(v, recipientField), d.id(v, conversationField)
	d.fillCommon(r, v)
	d.fillDimensions(r, v, &of.Dims)
	r.Host, r.Threshold, r.Partial = of.Host, of.Threshold, of.Partial
	r.MessageID, r.Coordinate = d.identity(v, &d.span.pattern.values)
	if r.MessageID != "" || r.Coordinate != "" {
		r.System, r.Topic, r.Cluster = of.System, of.Topic, of.Cluster // where these hold
	}
	if r.Key == "" {
		r.Key = of.Key
	}
	if r.Recipient == "" {
		r.Recipient = of.Recipient
	}
	r.Error = v.has(errorTypeField) || v.has(exceptionTypeField) || v.has(categoryField)
	d.fillError(r, v, "")
}
