// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"encoding/binary"
	"unsafe"

	"github.com/VictoriaMetrics/easyproto"

	"github.com/hopstamp/hopstamp/internal/span"
)

// The ids and times of a span are in its stamp too, and nothing compresses them. So
// the log holds them once: they are zero in the bytes of the span, and the cutter
// writes them back. A span in which one of them comes twice, or in a shape that no
// encoder gives it, is left as it is; both sides tell that from its fields alone.

// said is where the bytes of a span hold what its stamp says as well.
type said struct {
	at  [numSaid]uint32 // capacity of the request from there on; 0: it is not there
	odd bool            // the span is left as it is
}

const (
	saidTrace = iota
	saidSpan
	saidParent
	saidStart
	saidEnd
	numSaid
)

// saidSizes are how many bytes each has.
var saidSizes = [numSaid]uint32{16, 8, 8, 8, 8}

func (s *said) note(which int, value []byte) {
	s.odd = s.odd || s.at[which] != 0
	s.at[which] = uint32(cap(value))
}

// noteUnusual looks at a field that has not its usual shape. Encoders write an empty
// id for one that is absent.
func (s *said) noteUnusual(fc *easyproto.FieldContext) {
	which := saidStart
	switch fc.FieldNum {
	case 1:
		which = saidTrace
	case 2:
		which = saidSpan
	case 4:
		which = saidParent
	case 7, 8:
	default:
		return
	}
	id, _ := fc.Bytes()
	s.odd = s.odd || which == saidStart || len(id) != 0 || s.at[which] != 0
}

// strip zeroes in a span of the request what its stamp says as well.
func (s *said) strip(request []byte) {
	if s.odd {
		return
	}
	end := uint32(cap(request))
	if at := s.at[saidTrace]; at != 0 {
		clear(request[end-at:][:16])
	}
	for _, at := range s.at[saidSpan:] {
		if at != 0 {
			clear(request[end-at:][:8])
		}
	}
}

// noteMessageID notes where in the bytes of a span its message id is, if it is where
// restore looks for it.
func (d *Decoder) noteMessageID(body []byte, id string) {
	if id == "" || d.span.unusual {
		return
	}
	at := uintptr(unsafe.Pointer(unsafe.StringData(id))) - uintptr(unsafe.Pointer(unsafe.SliceData(body)))
	if at >= uintptr(len(body)) {
		return // the span before has the same, and the text is a view into that
	}
	const name, key = len(messageIDName), "\x0a" + string(rune(len(messageIDName))) + messageIDName
	before, after := body[:at], body[int(at)+len(id):]
	if len(before) >= name+4 && string(before[len(before)-name-4:len(before)-4]) == messageIDName ||
		len(after) >= len(key) && string(after[:len(key)]) == key {
		from := offset(d.stripped, body) + uint32(at)
		d.layout.ids = append(d.layout.ids, extent{from, from + uint32(len(id))})
	}
}

// StripTexts zeroes in a request that was stripped what texts its stamps say as well.
// The batch has views of them: call it when the stamps are written, and not after Split.
func (d *Decoder) StripTexts() {
	for _, id := range d.layout.ids {
		clear(d.stripped[id.from:id.to])
	}
}

// messageIDOf finds what StripTexts zeroes in a span, an attribute at a time.
type messageIDOf struct {
	value []byte
	met   int
	odd   bool
}

func (m *messageIDOf) look(keyValue []byte) {
	name, raw, usual := cutKeyValue(keyValue)
	m.odd = m.odd || !usual
	if usual && string(name) == messageIDName {
		m.met++
		m.value, _ = shortText(raw)
	}
}

func (m *messageIDOf) restore(id string) {
	if m.odd || m.met != 1 || len(m.value) != len(id) {
		return
	}
	for _, b := range m.value {
		if b != 0 {
			return
		}
	}
	copy(m.value, id)
}

// restore writes back into the bytes of a span what was stripped of them.
func restore(body []byte, r *span.Identity) (ok bool) {
	var s said
	var id messageIDOf
	var fc easyproto.FieldContext
	for rest := body; len(rest) > 0; {
		if which, value, after := cutSaid(rest); after != nil {
			s.note(which, value)
			rest = after
			continue
		}
		var err error
		if rest, err = fc.NextField(rest); err != nil || fc.FieldNum == 0 {
			return false
		}
		if keyValue, is := fc.MessageData(); is && fc.FieldNum == 9 && r.MessageID != "" {
			id.look(keyValue)
		}
		s.noteUnusual(&fc)
	}
	id.restore(r.MessageID)
	if s.odd {
		return true
	}
	s.write(body, saidTrace, r.Trace[:])
	s.write(body, saidSpan, r.Span[:])
	s.write(body, saidParent, r.Parent[:])
	var time [8]byte
	binary.LittleEndian.PutUint64(time[:], uint64(r.Start))
	s.write(body, saidStart, time[:])
	binary.LittleEndian.PutUint64(time[:], uint64(r.End))
	s.write(body, saidEnd, time[:])
	return true
}

func (s *said) write(body []byte, which int, value []byte) {
	if s.at[which] != 0 {
		copy(body[uint32(cap(body))-s.at[which]:], value)
	}
}

// cutSaid cuts off the front of a span's bytes what its stamp says as well, if that
// is there in its usual shape; after is nil if not.
func cutSaid(body []byte) (which int, value, after []byte) {
	if len(body) < 9 {
		return 0, nil, nil
	}
	head, size := 2, int(body[1])
	switch body[0] {
	case traceTag:
		which = saidTrace
	case spanTag:
		which = saidSpan
	case parentTag:
		which = saidParent
	case startTag:
		which, head, size = saidStart, 1, 8
	case endTag:
		which, head, size = saidEnd, 1, 8
	default:
		return 0, nil, nil
	}
	if end := head + int(saidSizes[which]); size == int(saidSizes[which]) && end <= len(body) {
		return which, body[head:end], body[end:]
	}
	return 0, nil, nil
}
