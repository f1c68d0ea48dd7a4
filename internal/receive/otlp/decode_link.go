// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"slices"

	"github.com/VictoriaMetrics/easyproto"

	"github.com/hopstamp/hopstamp/internal/span"
)

// readLink leaves out a link that has neither ids nor attributes. The attributes
// wait for those of the span, which may come later and say what all messages of
// a batch have alike.
func (d *Decoder) readLink(fc *easyproto.FieldContext) reason {
	message, ok := fc.MessageData()
	if !ok {
		return malformedSpan
	}
	if len(d.into.Links)-d.span.links == maxLinks {
		return tooManyLinks
	}
	var link span.Link
	described := false
	var field easyproto.FieldContext
	var err error
	for rest := message; len(rest) > 0; {
		if rest, err = field.NextField(rest); err != nil {
			return badLink
		}
		why := notRejected
		switch field.FieldNum {
		case 1:
			why = readID(&field, link.Trace[:], badLink)
		case 2:
			why = readID(&field, link.Span[:], badLink)
		case 4:
			described = true
		}
		if why != notRejected {
			return badLink
		}
	}
	if described {
		d.span.described = append(d.span.described, describedLink{message, len(d.into.Links)})
	}
	if described || leads(&link) {
		d.into.Links = append(d.into.Links, link)
	}
	return notRejected
}

func leads(link *span.Link) bool {
	return link.Trace != (span.TraceID{}) && link.Span != (span.ID{})
}

// describeLinks reads what the links of the span say of their messages. One that
// leads nowhere is kept when it names a message, else it is left out.
func (d *Decoder) describeLinks() reason {
	useless := false
	for _, described := range d.span.described {
		if !d.readLinkAttributes(described.body) {
			return badLink
		}
		link, v := &d.into.Links[described.at], &d.inner
		link.Key, link.Recipient, link.Conversation = d.id(v, keyField), d.id(v, recipientField), d.id(v, conversationField)
		link.MessageID, link.Coordinate = d.identity(v, &d.span.pattern.values)
		if !leads(link) {
			link.Trace, link.Span = span.TraceID{}, span.ID{}
			useless = useless || *link == span.Link{}
		}
	}
	if useless {
		links := slices.DeleteFunc(d.into.Links[d.span.links:], func(link span.Link) bool { return link == span.Link{} })
		d.into.Links = d.into.Links[:d.span.links+len(links)]
	}
	return notRejected
}

// readLinkAttributes reads the attributes into d.inner.
func (d *Decoder) readLinkAttributes(body []byte) bool {
	d.inner.set = 0
	var fc easyproto.FieldContext
	var err error
	for len(body) > 0 {
		if body, err = fc.NextField(body); err != nil {
			return false
		}
		if fc.FieldNum != 4 {
			continue
		}
		attribute, ok := fc.MessageData()
		if !ok || !d.inner.addAttribute(d.table, attribute) {
			return false
		}
	}
	return true
}
