// SPDX-License-Identifier: Apache-2.0

package store

import (
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// suffixOf is what follows the key in a delivery's id.
func suffixOf(row *journey.Delivery) (suffix string, named bool) {
	length := len(row.Key)
	if len(row.ID) <= length || row.ID[length] != '/' || row.ID[:length] != row.Key {
		return "", false
	}
	return row.ID[length+1:], true
}

func validText(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

// spells tells whether a text is a trace id in hexadecimal digits.
func spells(text string, id span.TraceID) bool {
	const digits = "0123456789abcdef"
	if len(text) != 2*len(id) {
		return false
	}
	for i, b := range id {
		if text[2*i] != digits[b>>4] || text[2*i+1] != digits[b&15] {
			return false
		}
	}
	return id != (span.TraceID{})
}

// traceOf reads a trace id in hexadecimal digits; an empty text is the zero id.
func traceOf(text string) (id span.TraceID, err error) {
	if text == "" {
		return id, nil
	}
	if len(text) != 2*len(id) {
		return id, fmt.Errorf("trace id %q has not 32 digits", text)
	}
	_, err = hex.Decode(id[:], []byte(text))
	return id, err
}
