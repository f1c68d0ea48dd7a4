// SPDX-License-Identifier: Apache-2.0

package otlp

import "github.com/hopstamp/hopstamp/internal/span"

// layout is where the parts of a request lie in its bytes, noted while decoding,
// so that the request can be divided without reading it again. Only what holds a
// span that was taken is noted.
type layout struct {
	resources []resourcePart
	scopes    []scopePart
	spans     []spanPart
	ids       []extent // message ids that are said by the stamps
	headers   []extent // fields of resources and scopes that are not what they contain
	foreign   bool     // the request has fields that are none of a trace request
}

// extent is a range of bytes of the request, tag and length included.
type extent struct{ from, to uint32 }

type resourcePart struct {
	service    span.Symbol
	spans      int
	headers    int // index of its first header
	endHeaders int
}

type scopePart struct {
	resource   int
	headers    int
	endHeaders int
}

type spanPart struct {
	extent
	scope   int
	records int // how many of the batch are its, in the order of the batch
}

func (l *layout) reset() {
	l.resources, l.scopes, l.spans, l.headers = l.resources[:0], l.scopes[:0], l.spans[:0], l.headers[:0]
	l.ids = l.ids[:0]
	l.foreign = false
}
