// SPDX-License-Identifier: Apache-2.0

// Package otlp reads OpenTelemetry trace requests in protobuf into batches of
// [span.Record], and divides them by partition. What it knows of OpenTelemetry is
// in three tables: names.go (every generation of attribute names), stages.go
// (which span stands for which stage) and category.go (what kind of error it is).
//
// In the log a request is without what its stamps say as well (strip.go), and
// compressed (packed.go). A [Cutter] is the way back: it copies the spans of kept
// traces out of the log, and writes into their trace state at which threshold they
// were kept.
//
// A [Table] is immutable and shared; a [Decoder] and a Cutter belong to one goroutine. Texts
// of a batch are views into the request and the decoder. Times are nanoseconds
// since 1970, as they were sent. What is wrong with one span rejects that span
// and is reported; what is wrong around the spans is an error.
package otlp

import (
	"errors"
	"fmt"

	"github.com/VictoriaMetrics/easyproto"

	"github.com/hopstamp/hopstamp/internal/span"
)

// ErrMalformed is wrapped by the error of a request whose framing is broken, so
// that not even its spans can be counted.
var ErrMalformed = errors.New("malformed OTLP request")

// Decoder reads OTLP trace requests in protobuf into batches. It takes the fields
// that tracking needs and steps over the rest, which is kept in the raw bytes.
// It allocates nothing per span once its memory has grown to the size of the
// requests. It is not for concurrent use; all decoders may share one [Table].
type Decoder struct {
	table     *Table
	symbols   symbols
	into      *span.Batch
	report    Report
	layout    layout
	stripped  []byte // the request, when it is to be
	resource  resource
	requests  uint64 // decoded, the one that is being decoded included
	resources uint64 // met, in all requests
	patterns  [1 << patternBits]pattern
	span      spanFields
	inner     values // of the event or the link that is being read
	texts     []byte // texts that the request doesn't hold, such as a number as a dimension
}

// resource is what a span takes from the service that sent it.
type resource struct {
	values  values
	service span.Symbol
	host    span.Symbol
	dims    [span.NumDims]span.Symbol
}

// unknownService is the name that OpenTelemetry wants for a service without one.
const unknownService = "unknown_service"

// NewDecoder makes a decoder for one goroutine.
func NewDecoder(table *Table) *Decoder {
	return &Decoder{table: table, symbols: newSymbols()}
}

// Decode reads one ExportTraceServiceRequest into a batch, which it resets. The
// texts of the batch are views into the request and into the decoder: they are
// valid until either is used again. A span that cannot be taken is left out of
// the batch and counted in the report; an error means that the framing around
// the spans is broken and that nothing of the request may be used.
func (d *Decoder) Decode(request []byte, into *span.Batch) error {
	d.stripped = nil
	return d.decode(request, into)
}

// DecodeAndStrip is Decode, and zeroes in the request the ids and times that the stamps
// of its spans say as well, as AppendPacked wants it: to decode it again would reject
// every span.
func (d *Decoder) DecodeAndStrip(request []byte, into *span.Batch) error {
	d.stripped = request
	return d.decode(request, into)
}

func (d *Decoder) decode(request []byte, into *span.Batch) error {
	into.Reset()
	d.into = into
	d.symbols.begin(into)
	d.report = Report{}
	d.layout.reset()
	d.texts = d.texts[:0]
	d.requests++

	var fc easyproto.FieldContext
	var err error
	for rest := request; len(rest) > 0; {
		if rest, err = fc.NextField(rest); err != nil || fc.FieldNum == 0 {
			return malformed("request", err)
		}
		if fc.FieldNum != 1 {
			d.layout.foreign = true
			continue
		}
		body, ok := fc.MessageData()
		if !ok {
			return malformed("resource_spans", nil)
		}
		if err := d.resourceSpans(request, body); err != nil {
			return err
		}
	}
	return nil
}

// Report tells how the last Decode went.
func (d *Decoder) Report() Report { return d.report }

// EachService calls with the services of the request and how many spans of each
// were taken; a service may come more than once.
func (d *Decoder) EachService(each func(name string, spans int)) {
	for i := range d.layout.resources {
		resource := &d.layout.resources[i]
		each(d.into.Text(resource.service), resource.spans)
	}
}

// resourceSpans reads the resource first, wherever among the fields it is.
func (d *Decoder) resourceSpans(request, body []byte) error {
	part := resourcePart{headers: len(d.layout.headers)}
	d.resource.values.set = 0
	var fc easyproto.FieldContext
	for rest := body; len(rest) > 0; {
		from := offset(request, rest)
		var err error
		if rest, err = fc.NextField(rest); err != nil || fc.FieldNum == 0 {
			return malformed("resource_spans", err)
		}
		if fc.FieldNum == 2 {
			continue
		}
		d.layout.headers = append(d.layout.headers, extent{from, offset(request, rest)})
		if fc.FieldNum == 1 {
			message, ok := fc.MessageData()
			if !ok || !d.readResource(message) {
				return malformed("resource", nil)
			}
		}
	}
	part.endHeaders = len(d.layout.headers)
	d.nameResource()
	part.service = d.resource.service
	return d.allScopes(request, body, part)
}

func (d *Decoder) readResource(message []byte) bool {
	var fc easyproto.FieldContext
	var err error
	for len(message) > 0 {
		if message, err = fc.NextField(message); err != nil || fc.FieldNum == 0 {
			return false
		}
		if fc.FieldNum == 1 {
			attribute, ok := fc.MessageData()
			if !ok || !d.resource.values.addAttribute(d.table, attribute) {
				return false
			}
		}
	}
	return true
}

// nameResource gives the symbols that all spans of the resource share.
func (d *Decoder) nameResource() {
	d.resources++
	d.resource.service = d.symbolOf(&d.resource.values, serviceField)
	if d.resource.service == 0 {
		d.resource.service = d.symbols.of(unknownService)
	}
	d.resource.host = d.symbolOf(&d.resource.values, hostField)
	if d.resource.host == 0 {
		d.resource.host = d.resource.service
	}
	for i := range d.resource.dims {
		d.resource.dims[i] = d.symbolOf(&d.resource.values, dimensionField+field(i))
	}
}

func (d *Decoder) allScopes(request, body []byte, part resourcePart) error {
	at, spans := len(d.layout.resources), len(d.layout.spans)
	d.layout.resources = append(d.layout.resources, part)
	var fc easyproto.FieldContext
	var err error
	for len(body) > 0 {
		if body, err = fc.NextField(body); err != nil {
			return malformed("resource_spans", err)
		}
		if fc.FieldNum != 2 {
			continue
		}
		message, ok := fc.MessageData()
		if !ok {
			return malformed("scope_spans", nil)
		}
		if err := d.scopeSpans(request, message, at); err != nil {
			return err
		}
	}
	d.layout.resources[at].spans = len(d.layout.spans) - spans
	if d.layout.resources[at].spans == 0 {
		d.layout.resources = d.layout.resources[:at]
		d.layout.headers = d.layout.headers[:part.headers]
	}
	return nil
}

func (d *Decoder) scopeSpans(request, body []byte, resource int) error {
	at, headers, spans := len(d.layout.scopes), len(d.layout.headers), len(d.layout.spans)
	d.layout.scopes = append(d.layout.scopes, scopePart{resource: resource, headers: headers})
	var fc easyproto.FieldContext
	for rest := body; len(rest) > 0; {
		from := offset(request, rest)
		var err error
		if rest, err = fc.NextField(rest); err != nil || fc.FieldNum == 0 {
			return malformed("scope_spans", err)
		}
		part := spanPart{extent: extent{from, offset(request, rest)}, scope: at}
		if fc.FieldNum != 2 {
			d.layout.headers = append(d.layout.headers, part.extent)
			continue
		}
		message, ok := fc.MessageData()
		if !ok {
			return malformed("span", nil)
		}
		records := len(d.into.Records)
		if why := d.decodeSpan(message); why != notRejected {
			d.reject(why)
			continue
		}
		d.report.Spans++
		if d.stripped != nil {
			d.span.said.strip(d.stripped)
			d.noteMessageID(message, d.into.Records[records].MessageID)
		}
		part.records = len(d.into.Records) - records
		d.layout.spans = append(d.layout.spans, part)
	}
	d.layout.scopes[at].endHeaders = len(d.layout.headers)
	if len(d.layout.spans) == spans {
		d.layout.scopes, d.layout.headers = d.layout.scopes[:at], d.layout.headers[:headers]
	}
	return nil
}

func (d *Decoder) reject(why reason) {
	if d.report.Rejected == 0 {
		d.report.First = fmt.Sprintf("span %d of the request, of service %q: %s",
			d.report.Spans+1, d.into.Text(d.resource.service), reasons[why].words)
	}
	d.report.Rejected++
	d.report.rejected[why]++
}

// offset of a slice in the request that it was cut from: cutting keeps the capacity's end.
func offset(request, tail []byte) uint32 { return uint32(cap(request) - cap(tail)) }

func malformed(part string, cause error) error {
	if cause == nil {
		return fmt.Errorf("%w: %s is not what the protocol says", ErrMalformed, part)
	}
	return fmt.Errorf("%w: %s: %w", ErrMalformed, part, cause)
}
