// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"encoding/binary"
	"math"
	"strconv"
	"unsafe"

	"github.com/VictoriaMetrics/easyproto"
)

// values are the attributes of one span, event or resource that mean something
// to us. A value counts only when its bit is set, so emptying them is one store.
type values struct {
	set    uint64
	ranks  [numFields]uint8
	values [numFields]value
}

// value is a scalar attribute. Lists, maps and bytes are of no use to us.
type value struct {
	kind   valueKind
	text   string // of a textValue, a view into the request
	number int64  // else; the bits of a float
}

type valueKind uint8

const (
	textValue valueKind = iota
	intValue
	boolValue
	floatValue
)

func bit(f field) uint64 { return 1 << f }

func (v *values) has(f field) bool { return v.set&bit(f) != 0 }

// text of a field that is known to be one; "" when it is absent or no text.
func (v *values) text(f field) string {
	if v.has(f) && v.values[f].kind == textValue {
		return v.values[f].text
	}
	return ""
}

// count reads a field as a number of things, also when it was sent as text.
func (v *values) count(f field) (n uint32, ok bool) {
	if !v.has(f) {
		return 0, false
	}
	number := v.values[f].number
	switch v.values[f].kind {
	case intValue:
	case textValue:
		var err error
		if number, err = strconv.ParseInt(v.values[f].text, 10, 64); err != nil {
			return 0, false
		}
	case floatValue:
		number = int64(math.Float64frombits(uint64(number)))
	case boolValue:
		return 0, false
	}
	return uint32(min(max(number, 0), math.MaxUint32)), true
}

// addAttribute reads one KeyValue message into v.
func (v *values) addAttribute(t *Table, keyValue []byte) (ok bool) {
	name, raw, ok := nameAndValue(keyValue)
	if !ok {
		return false
	}
	serves := t.find(name)
	if serves == nil {
		return true
	}
	value, usable, ok := readValue(raw)
	if ok && usable {
		v.add(serves, value)
	}
	return ok
}

func (v *values) add(serves []service, value value) {
	for _, s := range serves {
		if v.set&bit(s.field) == 0 || s.rank < v.ranks[s.field] {
			v.set |= bit(s.field)
			v.ranks[s.field] = s.rank
			v.values[s.field] = value
		}
	}
}

func nameAndValue(keyValue []byte) (name, raw []byte, ok bool) {
	if name, raw, ok = cutKeyValue(keyValue); ok {
		return name, raw, ok
	}
	return splitKeyValue(keyValue)
}

// cutKeyValue reads the usual shapes of a KeyValue: name and value, both shorter
// than 128 bytes, in this order from the SDKs, in the other from the Collector.
func cutKeyValue(keyValue []byte) (name, raw []byte, ok bool) {
	if len(keyValue) < 4 {
		return nil, nil, false
	}
	n := 2 + int(keyValue[1])
	if keyValue[1] >= 0x80 || n+2 > len(keyValue) || keyValue[n+1] >= 0x80 || int(keyValue[n+1]) != len(keyValue)-n-2 {
		return nil, nil, false
	}
	const keyTag, valueTag = 1<<3 | 2, 2<<3 | 2
	switch {
	case keyValue[0] == keyTag && keyValue[n] == valueTag:
		return keyValue[2:n], keyValue[n+2:], true
	case keyValue[0] == valueTag && keyValue[n] == keyTag:
		return keyValue[n+2:], keyValue[2:n], true
	}
	return nil, nil, false
}

func isUsual(keyValue []byte) bool {
	_, _, ok := cutKeyValue(keyValue)
	return ok
}

// splitKeyValue reads every shape.
func splitKeyValue(keyValue []byte) (name, raw []byte, ok bool) {
	var fc easyproto.FieldContext
	var err error
	for len(keyValue) > 0 {
		if keyValue, err = fc.NextField(keyValue); err != nil {
			return nil, nil, false
		}
		ok = true
		switch fc.FieldNum {
		case 1:
			name, ok = fc.Bytes()
		case 2:
			raw, ok = fc.MessageData()
		}
		if !ok {
			return nil, nil, false
		}
	}
	return name, raw, true
}

// readValue reads an AnyValue message. An empty text is not usable: it must not
// hide a name further down the list.
func readValue(raw []byte) (v value, usable, ok bool) {
	if text, short := shortText(raw); short {
		return value{kind: textValue, text: view(text)}, true, true
	}
	if len(raw) > 1 && raw[0] == 3<<3 {
		if number, n := binary.Uvarint(raw[1:]); n == len(raw)-1 {
			return value{kind: intValue, number: int64(number)}, true, true
		}
	}
	var fc easyproto.FieldContext
	var err error
	for len(raw) > 0 {
		if raw, err = fc.NextField(raw); err != nil {
			return v, false, false
		}
		ok, usable = true, true
		switch fc.FieldNum {
		case 1:
			v.kind = textValue
			v.text, ok = fc.String()
			usable = v.text != ""
		case 2:
			var yes bool
			yes, ok = fc.Bool()
			v = value{kind: boolValue}
			if yes {
				v.number = 1
			}
		case 3:
			v.kind = intValue
			v.number, ok = fc.Int64()
		case 4:
			var float float64
			float, ok = fc.Double()
			v = value{kind: floatValue, number: int64(math.Float64bits(float))}
		default:
			usable = false
		}
		if !ok {
			return v, false, false
		}
	}
	return v, usable, true
}

// shortText is the text of an AnyValue that is nothing but one, neither empty nor longer
// than 127 bytes.
func shortText(raw []byte) (text []byte, ok bool) {
	if len(raw) > 2 && raw[0] == 1<<3|2 && raw[1] < 0x80 && int(raw[1]) == len(raw)-2 {
		return raw[2:], true
	}
	return nil, false
}

// view is b as text without a copy: valid as long as b is unchanged.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
