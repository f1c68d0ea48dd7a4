// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/VictoriaMetrics/easyproto"

	"github.com/hopstamp/hopstamp/internal/span"
)

// Kept is a span that is kept, with what a row of it says.
type Kept struct {
	Trace         span.TraceID
	Span, Parent  span.ID
	Service, Name string // views: valid as long as the Kept is
	Kind          span.Kind
	Start, End    int64
	Error         bool   // its status is ERROR
	Upstream      uint64 // threshold of the sampling before us; 0: none
	Threshold     uint64 // of both together, as its trace state says now: it stands for 2^56/(2^56-Threshold) spans

	state           string // trace state that it came with
	resource, scope []byte // headers of what it is in
	body            []byte // the Span message
}

// AppendRequest appends the span as a request of its own: with its resource, its
// scope and the new trace state.
func (k *Kept) AppendRequest(dst []byte) []byte {
	scope := len(k.scope) + headSize(len(k.body)) + len(k.body)
	resource := len(k.resource) + headSize(scope) + scope
	dst = slices.Grow(dst, headSize(resource)+resource)
	dst = appendHead(dst, resourceSpansTag, resource)
	dst = append(dst, k.resource...)
	dst = appendHead(dst, scopeSpansTag, scope)
	dst = append(dst, k.scope...)
	dst = appendHead(dst, spansTag, len(k.body))
	return append(dst, k.body...)
}

// read takes the facts, and copies all but the trace state.
func (k *Kept) read(body []byte) bool {
	*k = Kept{body: k.body[:0]}
	uncopied := body
	var fc easyproto.FieldContext
	for rest := body; len(rest) > 0; {
		after, err := fc.NextField(rest)
		if err != nil || fc.FieldNum == 0 {
			return false
		}
		var ok bool
		if fc.FieldNum == 3 {
			k.body = append(k.body, uncopied[:len(uncopied)-len(rest)]...)
			k.state, ok = fc.String()
			uncopied = after
		} else {
			ok = k.readField(&fc)
		}
		if !ok {
			return false
		}
		rest = after
	}
	k.body = append(k.body, uncopied...)
	k.Name = plain(k.Name)
	k.Upstream, _ = readThreshold(k.state)
	return true
}

func (k *Kept) readField(fc *easyproto.FieldContext) (ok bool) {
	switch fc.FieldNum {
	case 1:
		return readID(fc, k.Trace[:], badTraceID) == notRejected
	case 2:
		return readID(fc, k.Span[:], badSpanID) == notRejected
	case 4:
		return readID(fc, k.Parent[:], badParentID) == notRejected
	case 5:
		k.Name, ok = fc.String()
	case 6:
		var kind int32
		if kind, ok = fc.Enum(); kind > 0 && kind <= int32(span.Consumer) {
			k.Kind = span.Kind(kind)
		}
	case 7:
		k.Start, ok = readTime(fc)
	case 8:
		k.End, ok = readTime(fc)
	case 15:
		var message []byte
		if message, ok = fc.MessageData(); ok {
			_, k.Error, ok = readStatus(message)
		}
	default:
		ok = true
	}
	return ok
}

// mark writes the trace state behind the other fields.
func (k *Kept) mark(keep Keep) {
	if keep.AsSent {
		if k.Threshold = k.Upstream; k.state != "" {
			k.appendState([]byte(k.state))
		}
		return
	}
	keep = keep.after(k.Upstream)
	k.Threshold = keep.Threshold
	var room [512]byte
	k.appendState(keep.appendState(room[:0], k.state))
}

func (k *Kept) appendState(state []byte) {
	k.body = append(k.body, stateTag)
	k.body = binary.AppendUvarint(k.body, uint64(len(state)))
	k.body = append(k.body, state...)
}

// serviceOf reads the service's name out of the headers of resource spans.
func serviceOf(headers []byte) (string, error) {
	name := ""
	var fc, field easyproto.FieldContext
	for len(headers) > 0 {
		var err error
		if headers, err = fc.NextField(headers); err != nil {
			return "", malformed("resource", err)
		}
		resource, ok := fc.MessageData()
		if fc.FieldNum != 1 || !ok {
			continue
		}
		for len(resource) > 0 {
			if resource, err = field.NextField(resource); err != nil {
				return "", malformed("resource", err)
			}
			attribute, ok := field.MessageData()
			if field.FieldNum != 1 || !ok {
				continue
			}
			key, raw, _ := splitKeyValue(attribute)
			if name == "" && string(key) == "service.name" {
				value, _, _ := readValue(raw)
				name = value.text
			}
		}
	}
	if name == "" {
		name = unknownService
	}
	return plain(name), nil
}

// plain is a text as the decoder takes it.
func plain(text string) string {
	if text = cut(text); !utf8.ValidString(text) {
		return strings.ToValidUTF8(text, string(utf8.RuneError))
	}
	return text
}
