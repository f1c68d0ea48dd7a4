// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"math/bits"

	"github.com/hopstamp/hopstamp/internal/span"
)

// completeRecord fills in everything that follows from the attributes.
func (d *Decoder) completeRecord(r *span.Record) {
	s := &d.span
	p := s.pattern
	if links := d.into.Links[s.links:]; len(links) > 0 {
		r.Links = links[:len(links):len(links)]
	}
	if p.values.set&textFields != 0 {
		d.fillTexts(r, &p.values)
	}
	if d.isAlike(r, p) {
		d.copyAlike(r, p)
		return
	}
	odd := d.report.odd
	d.fillBounded(r, &p.values)
	if odd == d.report.odd && !s.statusError && s.statusMessage == "" {
		p.resource, p.name, p.alike, p.changed = d.resources, s.name, *r, 0
	}
}

// isAlike tells whether the record of a span is that of its pattern, but for what
// is light.
func (d *Decoder) isAlike(r *span.Record, p *pattern) bool {
	s := &d.span
	return p.resource == d.resources && p.changed&^lightFields == 0 && p.alike.Kind == r.Kind && p.name == s.name &&
		!s.statusError && s.statusMessage == ""
}

// copyAlike is fillBounded for a record that is alike.
func (d *Decoder) copyAlike(r *span.Record, p *pattern) {
	like := &p.alike
	if p.changed != 0 {
		d.fillLight(like, &p.values, p.changed)
		p.changed = 0
	}
	r.Stage, r.Outcome, r.Category, r.Error, r.Explicit = like.Stage, like.Outcome, like.Category, like.Error, like.Explicit
	r.HTTPStatus, r.Retry, r.Recipients, r.Batch = like.HTTPStatus, like.Retry, like.Recipients, like.Batch
	r.Service, r.Name, r.Route, r.System, r.Topic = like.Service, like.Name, like.Route, like.System, like.Topic
	r.Group, r.Cluster, r.Server, r.Host, r.ErrorType = like.Group, like.Cluster, like.Server, like.Host, like.ErrorType
	r.Dims = like.Dims
}

// fillLight brings what is light up to date.
func (d *Decoder) fillLight(r *span.Record, v *values, changed uint64) {
	for dims := changed & allDimensions; dims != 0; dims &= dims - 1 {
		f := field(bits.TrailingZeros64(dims))
		r.Dims[f-dimensionField] = d.symbolOf(v, f)
	}
	if changed&bit(topicField) != 0 {
		r.Topic = d.symbolOf(v, topicField)
	}
	if changed&(bit(serverField)|bit(urlField)) != 0 && r.Kind != span.Server {
		r.Server = d.server(v)
	}
}

// fillTexts fills in the unbounded ids.
func (d *Decoder) fillTexts(r *span.Record, v *values) {
	r.Key, r.Recipient, r.Conversation = d.id(v, keyField), d.id(v, recipientField), d.id(v, conversationField)
	r.MessageID, r.Coordinate = d.identity(v, v)
}

// fillBounded fills in all but the unbounded ids.
func (d *Decoder) fillBounded(r *span.Record, v *values) {
	s := &d.span
	r.Service, r.Host = d.resource.service, d.resource.host
	r.Name = d.symbols.of(d.short(s.name))
	d.fillCommon(r, v)
	d.fillDimensions(r, v, &d.resource.dims)
	r.Route = d.symbolOf(v, routeField)
	if r.Route == 0 && v.has(rpcField) {
		r.Route = r.Name // package.Service/Method, by convention
	}
	r.System = d.symbolOf(v, systemField)
	r.Topic = d.symbolOf(v, topicField)
	r.Group = d.symbolOf(v, groupField)
	if r.Kind != span.Server {
		r.Server = d.server(v)
	}
	r.Cluster = d.symbolOf(v, clusterField)
	r.Recipients, _ = v.count(recipientsField)
	r.Batch, _ = v.count(batchField)
	if status, ok := v.count(statusField); ok && status >= 100 && status <= 599 {
		r.HTTPStatus = uint16(status)
	}
	r.Error = s.statusError || failedCall(r.Kind, r.HTTPStatus)
	d.fillError(r, v, s.statusMessage)
	if stage, said := d.saidStage(v); said {
		r.Stage, r.Explicit = stage, true
	} else {
		r.Stage = d.table.derivedStage(r.Kind, s.name, v)
	}
}

// fillCommon fills in what spans and events have alike.
func (d *Decoder) fillCommon(r *span.Record, v *values) {
	if tries, ok := v.count(retryField); ok {
		r.Retry = tries
	} else if deliveries, ok := v.count(deliveriesField); ok && deliveries > 0 {
		r.Retry = deliveries - 1
	}
	if word := v.text(outcomeField); word != "" {
		outcome, known := span.ParseOutcome(word)
		r.Outcome = outcome
		d.noteUnless(known, unknownOutcome)
	}
}

func (d *Decoder) fillDimensions(r *span.Record, v *values, otherwise *[span.NumDims]span.Symbol) {
	r.Dims = *otherwise
	if v.set&allDimensions == 0 {
		return
	}
	for said := v.set & allDimensions; said != 0; said &= said - 1 {
		f := field(bits.TrailingZeros64(said))
		r.Dims[f-dimensionField] = d.symbolOf(v, f)
	}
}

func (d *Decoder) fillError(r *span.Record, v *values, message string) {
	what := v.text(errorTypeField)
	if what == "" {
		what = v.text(exceptionTypeField)
	}
	r.ErrorType = d.symbols.of(d.short(what))
	if word := v.text(categoryField); word != "" {
		category, known := span.ParseCategory(word)
		r.Category = category
		d.noteUnless(known, unknownCategory)
	}
	if r.Error && r.Category == span.Uncategorized {
		r.Category = categoryOf(r.Kind, r.HTTPStatus, v.text(errorTypeField), v.text(exceptionTypeField),
			v.text(exceptionMessageField), message)
	}
}

// saidStage is the stage that hopstamp.stage says, if it says one that exists.
func (d *Decoder) saidStage(v *values) (stage span.Stage, said bool) {
	if !v.has(stageField) {
		return span.None, false
	}
	stage, said = span.ParseStage(v.text(stageField))
	d.noteUnless(said, unknownStage)
	return stage, said
}

func (d *Decoder) noteUnless(fine bool, o oddity) {
	if !fine {
		d.report.odd[o]++
	}
}
