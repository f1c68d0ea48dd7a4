// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"github.com/hopstamp/hopstamp/internal/span"
)

// Part is what one partition gets of a request: a request of its own, in which
// every span has the bytes that it was sent with, under the same resource and
// scope, and the batch that was decoded from it.
type Part struct {
	OTLP  []byte
	Batch span.Batch

	symbols  []span.Symbol // of the whole batch -> of this one; 0: not used here yet
	resource int           // that is open, -1: none
	scope    int
	lengths  [2]int // where the lengths of the open resource and scope are written
}

// Whole tells whether the request may be stored with the bytes that it came with:
// all spans were taken, and there is nothing beside them. A field that is not of
// the protocol must not reach the log, where the decoded stamps are such a field.
func (d *Decoder) Whole() bool { return d.report.Rejected == 0 && !d.layout.foreign }

// Split divides the request that was decoded last, with its batch, into parts,
// one per partition; parts that get nothing have no records. Spans that were
// rejected are in no part. The memory of the parts is used again; the texts of
// their batches are views like those of the whole.
func (d *Decoder) Split(request []byte, whole *span.Batch, parts []Part) {
	for i := range parts {
		parts[i].reset(len(whole.Symbols), whole.Received)
	}
	record := 0
	for i := range d.layout.spans {
		s := &d.layout.spans[i]
		part := &parts[span.PartitionOf(whole.Records[record].Trace, len(parts))]
		part.open(request, &d.layout, s.scope)
		part.OTLP = append(part.OTLP, request[s.from:s.to]...)
		for range s.records {
			part.addRecord(whole, &whole.Records[record])
			record++
		}
	}
	for i := range parts {
		parts[i].closeResource()
	}
}

func (p *Part) reset(symbols int, received int64) {
	p.OTLP = p.OTLP[:0]
	p.Batch.Reset()
	p.Batch.Received = received
	if cap(p.symbols) < symbols {
		p.symbols = make([]span.Symbol, symbols)
	}
	p.symbols = p.symbols[:symbols]
	clear(p.symbols)
	p.resource, p.scope = -1, -1
}

// open makes the scope the one that the next span is written to.
func (p *Part) open(request []byte, l *layout, scope int) {
	if scope == p.scope {
		return
	}
	p.closeScope()
	part := &l.scopes[scope]
	if part.resource != p.resource {
		p.closeResource()
		p.resource = part.resource
		p.OTLP, p.lengths[0] = openMessage(p.OTLP, resourceSpansTag)
		resource := &l.resources[part.resource]
		p.copyHeaders(request, l.headers[resource.headers:resource.endHeaders])
	}
	p.scope = scope
	p.OTLP, p.lengths[1] = openMessage(p.OTLP, scopeSpansTag)
	p.copyHeaders(request, l.headers[part.headers:part.endHeaders])
}

func (p *Part) copyHeaders(request []byte, headers []extent) {
	for _, header := range headers {
		p.OTLP = append(p.OTLP, request[header.from:header.to]...)
	}
}

func (p *Part) closeScope() {
	if p.scope >= 0 {
		closeMessage(p.OTLP, p.lengths[1])
	}
	p.scope = -1
}

func (p *Part) closeResource() {
	p.closeScope()
	if p.resource >= 0 {
		closeMessage(p.OTLP, p.lengths[0])
	}
	p.resource = -1
}

// addRecord copies a record with the symbols of this part.
func (p *Part) addRecord(whole *span.Batch, from *span.Record) {
	p.Batch.Records = append(p.Batch.Records, *from)
	r := &p.Batch.Records[len(p.Batch.Records)-1]
	for _, symbol := range [...]*span.Symbol{&r.Service, &r.Name, &r.Route, &r.System, &r.Topic, &r.Group, &r.Server, &r.ErrorType,
		&r.Cluster, &r.Host} {
		*symbol = p.symbolOf(whole, *symbol)
	}
	for i, symbol := range r.Dims {
		r.Dims[i] = p.symbolOf(whole, symbol)
	}
	if len(from.Links) > 0 {
		at := len(p.Batch.Links)
		p.Batch.Links = append(p.Batch.Links, from.Links...)
		r.Links = p.Batch.Links[at:len(p.Batch.Links):len(p.Batch.Links)]
	}
}

func (p *Part) symbolOf(whole *span.Batch, symbol span.Symbol) span.Symbol {
	if symbol == 0 {
		return 0
	}
	if p.symbols[symbol] == 0 {
		p.symbols[symbol] = span.Symbol(len(p.Batch.Symbols))
		p.Batch.Symbols = append(p.Batch.Symbols, whole.Text(symbol))
	}
	return p.symbols[symbol]
}
