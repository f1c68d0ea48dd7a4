// SPDX-License-Identifier: Apache-2.0

package span

import "encoding/binary"

// Versions 1 and 2 wrote each record for itself:
//
//	record = trace 16 | span 8 | parent 8 | start u64 | end-start varint
//	         | kind u8 | stage u8 | outcome u8 | category u8 | present uvarint
//	         | for each bit set in present, lowest first: the field
//
// They are only read, in logs that were written before.
const (
	oldIDs      = 16 + 8 + 8 + 8 // and the start
	oldSmallest = oldIDs + 1 + 4 + 1
)

func (in *reader) oldRecords(b *Batch) {
	for range in.Count(oldSmallest) {
		b.Records = append(b.Records, Record{})
		in.oldRecord(&b.Records[len(b.Records)-1], b)
		if in.Bad {
			return
		}
	}
}

func (in *reader) oldRecord(r *Record, b *Batch) {
	if fixed := in.Take(oldIDs); fixed != nil {
		r.Trace, r.Span, r.Parent = TraceID(fixed[:16]), ID(fixed[16:24]), ID(fixed[24:32])
		r.Start = int64(binary.LittleEndian.Uint64(fixed[32:]))
	}
	r.End = r.Start + in.Varint()
	present := in.nature(r)
	if present&hasEvent != 0 {
		r.Event = uint16(in.Uvarint())
	}
	if present&hasStatus != 0 {
		r.HTTPStatus = uint16(in.Uvarint())
	}
	in.counts(r, present)
	for i, field := range [...]*Symbol{&r.Service, &r.Name, &r.Route, &r.System, &r.Topic, &r.Group, &r.Server, &r.ErrorType} {
		if present&(hasService<<i) != 0 {
			*field = in.symbol()
		}
	}
	in.texts(r, present)
	if present&hasLinks != 0 {
		in.oldLinks(r, b, present&hasLinkTexts != 0)
	}
	for i := range r.Dims {
		if present&(hasDims<<i) != 0 {
			r.Dims[i] = in.symbol()
		}
	}
	in.oldLater(r, present)
}

// oldLater reads the fields that version 2 added.
func (in *reader) oldLater(r *Record, present uint64) {
	for i, field := range [...]*Symbol{&r.Cluster, &r.Host} {
		if present&(hasCluster<<i) != 0 {
			*field = in.symbol()
		}
	}
	if present&hasCoordinate != 0 {
		r.Coordinate = in.text()
	}
	in.origin(r, present)
}

func (in *reader) oldLinks(r *Record, b *Batch, texts bool) {
	from := len(b.Links)
	for range in.Count(24) {
		var link Link
		copy(link.Trace[:], in.Take(16))
		copy(link.Span[:], in.Take(8))
		if texts {
			for _, text := range link.texts() {
				*text = in.text()
			}
		}
		b.Links = append(b.Links, link)
	}
	r.Links = b.Links[from:len(b.Links):len(b.Links)]
}
