// SPDX-License-Identifier: Apache-2.0

package relay

import (
	"unsafe"

	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/join"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// outgoing is records on their way to another partition, with symbols of their own.
type outgoing struct {
	to      int
	batch   span.Batch
	symbols map[span.Symbol]span.Symbol // the tracker's to the batch's
	links   []int                       // how many each record has: the list moves while it grows
	texts   []byte                      // of the records: their stamps may be let go of in the same step
}

func (r *outgoing) add(st *state.State, g, s uint32) {
	stamp := st.Stamps.At(s)
	record := span.Record{
		Trace: st.Groups.At(g).Trace, Span: stamp.Span, Parent: stamp.Parent, Event: stamp.Event,
		Start: stamp.Start, End: stamp.End, Retry: uint32(stamp.Retry), Recipients: stamp.Recipients, Batch: uint32(stamp.Batch), Origin: uint64(stamp.Position),
	}
	r.describe(st, &record, st.Profiles.At(stamp.Profile))
	if stamp.Lossy {
		record.DroppedLinks = 1
	}
	count := 0
	for e := stamp.Edges; e != 0; e = st.Edges.At(e).NextOfStamp {
		edge := st.Edges.At(e)
		if link := st.LinkOf(edge, r.keep(st.Texts.Read(edge.Text))); link != (span.Link{}) {
			r.batch.Links = append(r.batch.Links, link)
			count++
		}
	}
	r.take(st, &record, &stamp.Dims, st.Texts.Read(stamp.Texts), count)
}

// take adds a record, the links of which were added last.
func (r *outgoing) take(st *state.State, record *span.Record, dims *[span.NumDims]span.Symbol, texts state.IDs, links int) {
	for d, symbol := range dims {
		record.Dims[d] = r.symbol(st, symbol)
	}
	texts = r.keep(texts)
	record.Key, record.MessageID, record.Conversation, record.Recipient = texts.Key, texts.Message, texts.Conversation, texts.Recipient
	record.Coordinate = texts.Coordinate
	r.links = append(r.links, links)
	r.batch.Records = append(r.batch.Records, *record)
}

func (r *outgoing) describe(st *state.State, record *span.Record, p *state.Profile) {
	record.Kind, record.Stage, record.Outcome, record.Category = p.Kind, p.Stage, p.Outcome, p.Category
	record.Error, record.Explicit, record.HTTPStatus, record.Partial = p.Error, p.Explicit, p.HTTPStatus, p.Sampled
	into := [...]*span.Symbol{&record.Service, &record.Name, &record.Route, &record.System, &record.Topic, &record.Group,
		&record.Server, &record.ErrorType, &record.Cluster, &record.Host}
	for i, symbol := range p.Symbols() {
		*into[i] = r.symbol(st, symbol)
	}
}

func (r *outgoing) symbol(st *state.State, of span.Symbol) span.Symbol {
	if of == 0 {
		return 0
	}
	own, ok := r.symbols[of]
	if !ok {
		own = span.Symbol(len(r.batch.Symbols))
		r.batch.Symbols = append(r.batch.Symbols, st.Symbols.Text(of))
		r.symbols[of] = own
	}
	return own
}

// keep copies texts so that they hold as long as the effects of the step.
func (r *outgoing) keep(texts state.IDs) state.IDs {
	for _, text := range texts.Parts() {
		if *text != "" {
			from := len(r.texts)
			r.texts = append(r.texts, *text...)
			*text = unsafe.String(&r.texts[from], len(*text))
		}
	}
	return texts
}

// view gives each record its links, now that their list does not move any more.
func (r *outgoing) view() {
	from := 0
	for i, count := range r.links {
		if count > 0 {
			r.batch.Records[i].Links = r.batch.Links[from : from+count : from+count]
		}
		from += count
	}
}

// pass adds a record of which there is no stamp here, as it came.
func (r *outgoing) pass(st *state.State, of *span.Record, own []span.Symbol, record span.Record) {
	record.Trace, record.Span, record.Parent, record.Event, record.Start, record.End = of.Trace, of.Span, of.Parent, of.Event, of.Start, of.End
	record.Retry, record.Recipients, record.Batch = of.Retry, of.Recipients, of.Batch
	profile := state.ProfileOf(of, own)
	r.describe(st, &record, &profile)
	dims, _ := state.DimsOf(of, own)
	if join.LosesLinks(of) {
		record.DroppedLinks = 1
	}
	count := 0
	for i := range of.Links {
		if link := of.Links[i]; !join.SaysNothing(of, &link) && join.Continues(of, &link) {
			state.SetTexts(&link, r.keep(state.TextsOf(&link)))
			r.batch.Links = append(r.batch.Links, link)
			count++
		}
	}
	r.take(st, &record, &dims, state.SaidBy(of), count)
}
