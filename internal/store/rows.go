// SPDX-License-Identifier: Apache-2.0

package store

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// rows are deliveries column by column, as a part has them, in the order in which they
// came. They only grow until they are reset, so a copy of the struct is a view of the
// rows that were there. Nothing of a delivery is shared, and hardly anything here is a
// pointer: a tail of a hundred thousand rows is of no interest to the garbage collector.
type rows struct {
	started, fulfilled, updated []int64
	ids                         texts
	keyEnds                     []int // in the id
	keyedBy                     []uint16
	messages                    texts // empty when the key is it
	traces                      []span.TraceID
	others                      lists[span.TraceID]
	suffix, recipient           symbols // no suffix: it is the recipient
	conversation, path, kind    symbols
	dims                        [span.NumDims]symbols
	kept                        symbols
	verdicts, reasons           []uint16
	hops, timeliness            []uint16
	retries                     []int64
	estimated                   []bool
	way                         symbols
	waits, works, bounds        lists[int64] // microseconds
	positions                   lists[int64]
	ways                        ways
	takenBack                   int // rows without a verdict
}

func newRows() *rows {
	r := &rows{}
	r.reset()
	return r
}

// reset forgets all rows and keeps their memory.
func (r *rows) reset() {
	for _, numbers := range [...]*[]int64{&r.started, &r.fulfilled, &r.updated, &r.retries} {
		*numbers = (*numbers)[:0]
	}
	for _, codes := range [...]*[]uint16{&r.keyedBy, &r.verdicts, &r.reasons, &r.hops, &r.timeliness} {
		*codes = (*codes)[:0]
	}
	for _, column := range r.symbols() {
		column.reset()
	}
	for _, list := range [...]*lists[int64]{&r.waits, &r.works, &r.bounds, &r.positions} {
		list.reset()
	}
	r.ids.reset()
	r.messages.reset()
	r.others.reset()
	r.keyEnds, r.traces, r.estimated, r.takenBack = r.keyEnds[:0], r.traces[:0], r.estimated[:0], 0
}

func (r *rows) symbols() [7 + span.NumDims]*symbols {
	all := [7 + span.NumDims]*symbols{&r.suffix, &r.recipient, &r.conversation, &r.path, &r.kind, &r.kept, &r.way}
	for i := range r.dims {
		all[7+i] = &r.dims[i]
	}
	return all
}

func (r *rows) count() int { return len(r.started) }

// add takes rows, in the form in which a part gives them back: hops in whole
// microseconds and without stamps, texts in valid UTF-8 (other readers of Parquet
// refuse anything else). It takes all or, with an error, none.
func (r *rows) add(settled []journey.Delivery) error {
	for i := range settled {
		d := &settled[i]
		suffix, named := suffixOf(d)
		if !named || suffix == "" && d.Recipient != "" {
			return fmt.Errorf("delivery %q is not named after its key %q and recipient %q", d.ID, d.Key, d.Recipient)
		}
	}
	for i := range settled {
		r.addOne(&settled[i])
	}
	return nil
}

func (r *rows) addOne(d *journey.Delivery) {
	r.started, r.fulfilled, r.updated = append(r.started, d.Started), append(r.fulfilled, d.Fulfilled), append(r.updated, d.Updated)
	r.addIDs(d)
	r.path.add(d.Path)
	r.kind.add(d.Kind)
	r.kept.add(d.Kept)
	for i := range r.dims {
		r.dims[i].add(d.Dims[i])
	}
	if d.Verdict == journey.NoVerdict {
		r.takenBack++
	}
	r.verdicts, r.reasons = append(r.verdicts, uint16(d.Verdict)), append(r.reasons, uint16(d.Reason))
	r.hops, r.timeliness = append(r.hops, uint16(d.Hop.From)<<8|uint16(d.Hop.To)), append(r.timeliness, uint16(d.Timeliness))
	r.retries, r.estimated = append(r.retries, int64(d.Retries)), append(r.estimated, d.Estimated)
	r.addHops(d.Hops)
	for _, position := range d.Positions {
		r.positions.values = append(r.positions.values, int64(position))
	}
	r.positions.end()
}

// addIDs takes each id once.
func (r *rows) addIDs(d *journey.Delivery) {
	id, message, key := validText(d.ID), validText(d.MessageID), len(d.Key)
	if id != d.ID {
		key = len(validText(d.Key))
	}
	trace := d.Trace
	by := uint16(keyedByOther)
	switch {
	case key == 0:
	case message == id[:key]:
		by, message = keyedByMessage, ""
	case spells(id[:key], trace):
		by = keyedByTrace
	}
	r.ids.add(id)
	r.keyEnds = append(r.keyEnds, key)
	r.keyedBy = append(r.keyedBy, by)
	r.messages.add(message)
	r.traces = append(r.traces, trace)
	r.others.values = append(r.others.values, d.OtherTraces...)
	r.others.end()
	suffix := id[key+1:]
	if suffix == validText(d.Recipient) {
		suffix = ""
	}
	r.suffix.add(suffix)
	r.recipient.add(d.Recipient)
	r.conversation.add(d.Conversation)
}

func (r *rows) addHops(hops []journey.Hop) {
	r.way.add(r.ways.of(hops))
	bounded := false
	for i := range hops {
		hop := &hops[i]
		r.waits.values, r.works.values = append(r.waits.values, hop.Wait.Microseconds()), append(r.works.values, hop.Work.Microseconds())
		bounded = bounded || hop.WaitHigh.Microseconds() != 0
	}
	for i := range hops {
		if bounded {
			r.bounds.values = append(r.bounds.values, hops[i].WaitLow.Microseconds(), hops[i].WaitHigh.Microseconds())
		}
	}
	r.waits.end()
	r.works.end()
	r.bounds.end()
}

// delivery is a row without its hops. Its lists are views.
func (r *rows) delivery(row int, d *journey.Delivery) {
	*d = journey.Delivery{
		ID: string(r.ids.of(row)), Path: r.path.of(row), Kind: r.kind.of(row), Recipient: r.recipient.of(row),
		Trace: r.traces[row], MessageID: string(r.messages.of(row)), Conversation: r.conversation.of(row),
		Verdict: journey.Verdict(r.verdicts[row]), Reason: journey.Reason(r.reasons[row]),
		Hop:        journey.HopID{From: span.Stage(r.hops[row] >> 8), To: span.Stage(r.hops[row])},
		Timeliness: journey.Timeliness(r.timeliness[row]), Started: r.started[row], Fulfilled: r.fulfilled[row],
		Updated: r.updated[row], Retries: int(r.retries[row]), Estimated: r.estimated[row], Kept: r.kept.of(row),
	}
	d.Key = d.ID[:r.keyEnds[row]]
	if r.keyedBy[row] == keyedByMessage {
		d.MessageID = d.Key
	}
	for i := range r.dims {
		d.Dims[i] = r.dims[i].of(row)
	}
	if others := r.others.of(row); len(others) > 0 {
		d.OtherTraces = others
	}
}

// whole is a row with everything, and none of it a view.
func (r *rows) whole(row int) (d journey.Delivery) {
	r.delivery(row, &d)
	d.OtherTraces = slices.Clone(d.OtherTraces)
	way, waits, works, bounds := readWay(r.way.of(row)), r.waits.of(row), r.works.of(row), r.bounds.of(row)
	for i := range waits {
		hop := journey.Hop{HopID: way[i], FromStamp: -1, ToStamp: -1, Wait: micros(waits[i]), Work: micros(works[i])}
		if len(bounds) > 0 {
			hop.WaitLow, hop.WaitHigh = micros(bounds[2*i]), micros(bounds[2*i+1])
		}
		d.Hops = append(d.Hops, hop)
	}
	for _, position := range r.positions.of(row) {
		d.Positions = append(d.Positions, journey.Position(position))
	}
	return d
}

// newestFirst gives the places of rows by start, then by delivery id, both
// descending. Of two rows of one delivery the one updated last comes first.
func (r *rows) newestFirst() []int32 {
	type place struct {
		started int64
		row     int32
	}
	places := make([]place, r.count())
	for i, started := range r.started {
		places[i] = place{started, int32(i)}
	}
	slices.SortFunc(places, func(a, b place) int {
		if a.started != b.started {
			return cmp.Compare(b.started, a.started)
		}
		x, y := int(a.row), int(b.row)
		return cmp.Or(bytes.Compare(r.ids.of(y), r.ids.of(x)), cmp.Compare(r.updated[y], r.updated[x]), cmp.Compare(x, y))
	})
	order := make([]int32, len(places))
	for i := range places {
		order[i] = places[i].row
	}
	return order
}
