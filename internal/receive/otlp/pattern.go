// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"encoding/binary"

	"github.com/hopstamp/hopstamp/internal/span"
)

// The spans of a request are alike: those of one name have attributes of the same
// names in the same order, and many of the same values. A pattern is the last span of
// a name. The next one is compared with it, which is less work than to read it, and
// only what differs is read. What is read is the same without it.
type pattern struct {
	key        string // by which it is found
	request    uint64 // that the attributes are views into
	tangled    bool   // the values are not those of the attributes, one each
	values     values
	attributes []patternAttribute

	resource uint64      // whose spans are alike; 0: the fields that they have are others
	name     string      // of the span that is alike
	alike    span.Record // what it says beside ids, times and texts
	changed  uint64      // bits of the fields whose values it hasn't
}

// patternAttribute is an attribute of a pattern.
type patternAttribute struct {
	head   []byte // of a KeyValue, up to where the value begins; nil when that is first
	name   []byte
	value  []byte
	varies bool // it gives light fields alone, and the value is another from span to span: it is not compared
	serves []service
	fields uint64 // bits of those that it gives
}

const (
	patternBits   = 4  // of the number of patterns that a decoder keeps
	maxAttributes = 64 // of a pattern; a span with more is read as if there were none

	allDimensions = (1<<span.NumDims - 1) << dimensionField
	// What can differ between spans that are alike.
	lightFields = allDimensions | 1<<topicField | 1<<serverField | 1<<urlField | textFields
	// What unbounded ids are made of.
	textFields = 1<<keyField | 1<<recipientField | 1<<conversationField | 1<<messageIDField | 1<<offsetField |
		1<<deliveryTagField | 1<<partitionField | 1<<clientField
)

// patternOf answers the pattern of the span that is being read, by its name, or by
// the name of its first attribute when that comes before.
func (d *Decoder) patternOf(first []byte) *pattern {
	name := d.span.name
	if name == "" {
		key, _, _ := cutKeyValue(first)
		name = view(key)
	}
	cell := cellOf(name)
	p := &d.patterns[cell]
	if p.request == d.requests && p.key != name { // another has the cell
		p = &d.patterns[cell^1]
	}
	if p.request != d.requests || p.tangled || p.key != name {
		p.request, p.key, p.tangled, p.resource = d.requests, name, false, 0
		p.attributes, p.values.set = p.attributes[:0], 0
	}
	return p
}

func cellOf(name string) uint64 {
	if name == "" {
		return 0
	}
	const odd = 0x9e3779b97f4a7c15
	return (uint64(len(name))<<16 | uint64(name[0])<<8 | uint64(name[len(name)-1])) * odd >> (64 - patternBits)
}

// addAttribute reads the next attribute of a span.
func (d *Decoder) addAttribute(keyValue []byte) (ok bool) {
	s := &d.span
	if s.pattern == nil {
		s.pattern = d.patternOf(keyValue)
	}
	p := s.pattern
	if s.attributes < len(p.attributes) {
		a := &p.attributes[s.attributes]
		if p.replace(a, keyValue) {
			s.unusual = s.unusual || a.unusable() || !isUsual(keyValue)
			s.attributes++
			return true
		}
		p.forget(s.attributes)
	}
	s.attributes++
	a, ok := p.learn(d.table, keyValue)
	s.unusual = s.unusual || a.unusable() || !isUsual(keyValue) || p.tangled
	return ok
}

// readAttributes reads attributes in the usual shape, as long as they are those of the
// pattern, and else the first. It answers body when that is of another shape.
func (d *Decoder) readAttributes(body []byte) (rest []byte) {
	n := shortMessage(body)
	if n == 0 {
		return body
	}
	if d.span.pattern == nil {
		d.span.pattern = d.patternOf(body[2:n])
	}
	if rest = d.readAlike(body); len(rest) < len(body) || !d.addAttribute(body[2:n]) {
		return rest
	}
	return body[n:]
}

func (d *Decoder) readAlike(body []byte) (rest []byte) {
	s, p := &d.span, d.span.pattern
	for s.attributes < len(p.attributes) && len(body) > 2 {
		a := &p.attributes[s.attributes]
		n, end := 2+len(a.head), 2+int(body[1])
		if n == 2 || body[0] != attributeTag || end > len(body) || body[1] >= 0x80 || n >= end || int(body[n]) != end-n-1 ||
			!sameBytes(body[2:n], a.head) {
			break
		}
		if a.fields != 0 {
			if raw := body[n+1 : end]; a.varies {
				text, short := shortText(raw)
				if !short {
					break
				}
				for i := range a.serves {
					p.values.values[a.serves[i].field] = value{kind: textValue, text: view(text)}
				}
				p.changed |= a.fields
			} else if !sameBytes(raw, a.value) {
				break
			}
		} else if a.serves != nil {
			break
		}
		body = body[end:]
		s.attributes++
	}
	return body
}

// sameBytes is bytes.Equal for what is short.
func sameBytes(x, y []byte) bool {
	n := len(x)
	if n != len(y) {
		return false
	}
	if n > 32 || n < 8 {
		return string(x) == string(y)
	}
	differ := (load(x, 0) ^ load(y, 0)) | (load(x, n-8) ^ load(y, n-8))
	if n > 16 {
		differ |= (load(x, 8) ^ load(y, 8)) | (load(x, n-16) ^ load(y, n-16))
	}
	return differ == 0
}

func load(b []byte, at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }

// replace takes the value of an attribute with the name that it had before.
func (p *pattern) replace(a *patternAttribute, keyValue []byte) bool {
	raw, ok := a.valueIn(keyValue)
	if !ok || a.serves == nil {
		return ok
	}
	if !a.varies && string(a.value) == string(raw) {
		return true
	}
	a.value, a.varies = raw, a.fields&^lightFields == 0
	value, usable, ok := readValue(raw)
	if !ok || !usable || a.fields == 0 {
		return false
	}
	for i := range a.serves {
		p.values.values[a.serves[i].field] = value
	}
	p.changed |= a.fields
	return true
}

// valueIn answers the value of an attribute if it has the name of a.
func (a *patternAttribute) valueIn(keyValue []byte) (raw []byte, same bool) {
	n := len(a.head)
	if n > 0 && n < len(keyValue) && int(keyValue[n]) == len(keyValue)-n-1 && keyValue[n] < 0x80 {
		return keyValue[n+1:], string(keyValue[:n]) == string(a.head)
	}
	name, raw, ok := nameAndValue(keyValue)
	return raw, ok && string(name) == string(a.name)
}

// forget the attributes behind the first ones.
func (p *pattern) forget(first int) {
	for i := range p.attributes[first:] {
		p.values.set &^= p.attributes[first+i].fields
	}
	p.resource = 0
	p.attributes = p.attributes[:first]
}

// learn adds an attribute.
func (p *pattern) learn(t *Table, keyValue []byte) (a patternAttribute, ok bool) {
	name, raw, ok := nameAndValue(keyValue)
	if !ok {
		return a, false
	}
	a = patternAttribute{name: name, value: raw, serves: t.find(name)}
	if isUsual(keyValue) && keyValue[0] == 1<<3|2 {
		a.head = keyValue[:len(name)+3]
	}
	if a.serves != nil {
		value, usable, ok := readValue(raw)
		if !ok {
			return a, false
		}
		if usable {
			for i := range a.serves {
				a.fields |= bit(a.serves[i].field)
			}
			p.tangled = p.tangled || p.values.set&a.fields != 0
			p.resource = 0
			p.values.add(a.serves, value)
		}
	}
	if len(p.attributes) == maxAttributes {
		p.tangled = true
	}
	if !p.tangled {
		p.attributes = append(p.attributes, a)
	}
	return a, true
}

// unusable tells whether an attribute that serves something has a value that can't.
func (a *patternAttribute) unusable() bool { return a.serves != nil && a.fields == 0 }

// finishAttributes forgets what the pattern has more than the span.
func (d *Decoder) finishAttributes() {
	s := &d.span
	if s.pattern == nil {
		s.pattern = d.patternOf(nil)
	}
	if s.attributes < len(s.pattern.attributes) {
		s.pattern.forget(s.attributes)
	}
}
