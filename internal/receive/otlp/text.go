// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hopstamp/hopstamp/internal/span"
)

// symbolOf is the symbol of a field's value, 0 when it is absent.
func (d *Decoder) symbolOf(v *values, f field) span.Symbol {
	if !v.has(f) {
		return 0
	}
	return d.symbols.of(d.short(d.textOf(v, f)))
}

// textOf writes out a value that is not a text: a tenant may be a number.
func (d *Decoder) textOf(v *values, f field) string {
	value := &v.values[f]
	if value.kind == textValue {
		return value.text
	}
	from := len(d.texts)
	switch value.kind {
	case intValue:
		d.texts = strconv.AppendInt(d.texts, value.number, 10)
	case boolValue:
		d.texts = strconv.AppendBool(d.texts, value.number != 0)
	default:
		d.texts = strconv.AppendFloat(d.texts, math.Float64frombits(uint64(value.number)), 'g', -1, 64)
	}
	return view(d.texts[from:])
}

// server is the host that was called.
func (d *Decoder) server(v *values) span.Symbol {
	if v.has(serverField) {
		return d.symbolOf(v, serverField)
	}
	if v.has(urlField) {
		return d.symbols.of(d.short(hostOf(v.text(urlField))))
	}
	return 0
}

// hostOf cuts the host out of a URL: scheme://user@HOST:port/path.
func hostOf(url string) string {
	_, rest, found := strings.Cut(url, "://")
	if !found {
		return ""
	}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		rest = rest[at+1:]
	}
	if strings.HasPrefix(rest, "[") {
		address, _, _ := strings.Cut(rest[1:], "]")
		return address
	}
	host, _, _ := strings.Cut(rest, ":")
	return host
}

// short cuts a text at the limit, on a border of characters.
func (d *Decoder) short(text string) string {
	if len(text) > maxText {
		d.report.odd[shortenedText]++
	}
	return cut(text)
}

func cut(text string) string {
	if len(text) <= maxText {
		return text
	}
	end := maxText
	for end > maxText-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

// id of a field; "" when it is absent or too long to be one.
func (d *Decoder) id(v *values, f field) string {
	if !v.has(f) {
		return ""
	}
	text := d.textOf(v, f)
	if len(text) > maxText {
		d.report.odd[droppedID]++
		return ""
	}
	if !utf8.ValidString(text) {
		return string(bytes.ToValidUTF8([]byte(text), []byte(string(utf8.RuneError))))
	}
	return text
}
