// SPDX-License-Identifier: Apache-2.0

package store

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// taken puts rows in the form in which a part gives them back: hops in whole
// microseconds and without stamps, texts in valid UTF-8 (other readers of Parquet
// refuse anything else). Hops are changed in place.
func taken(rows []journey.Delivery) error {
	for i := range rows {
		row := &rows[i]
		suffix, named := suffixOf(row)
		if !named || suffix == "" && row.Recipient != "" {
			return fmt.Errorf("delivery %q is not named after its key %q and recipient %q", row.ID, row.Key, row.Recipient)
		}
	}
	for i := range rows {
		row := &rows[i]
		makeValid(row)
		for h := range row.Hops {
			hop := &row.Hops[h]
			hop.Wait, hop.Work = hop.Wait.Truncate(time.Microsecond), hop.Work.Truncate(time.Microsecond)
			hop.WaitLow, hop.WaitHigh = hop.WaitLow.Truncate(time.Microsecond), hop.WaitHigh.Truncate(time.Microsecond)
			hop.FromStamp, hop.ToStamp = -1, -1
		}
	}
	return nil
}

// suffixOf is what follows the key in a delivery's id.
func suffixOf(row *journey.Delivery) (suffix string, named bool) {
	length := len(row.Key)
	if len(row.ID) <= length || row.ID[length] != '/' || row.ID[:length] != row.Key {
		return "", false
	}
	return row.ID[length+1:], true
}

// makeValid replaces the texts that are not valid.
func makeValid(row *journey.Delivery) {
	if !utf8.ValidString(row.ID) {
		key := len(validText(row.Key))
		row.ID = validText(row.ID)
		row.Key = row.ID[:key]
	}
	for _, text := range [...]*string{&row.Path, &row.Kind, &row.Kept, &row.Recipient, &row.MessageID, &row.Conversation} {
		*text = validText(*text)
	}
	for i := range row.Dims {
		row.Dims[i] = validText(row.Dims[i])
	}
}

func validText(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

// hexOf spells a trace id; the zero id, which is none, is empty.
func hexOf(id span.TraceID) string {
	if id == (span.TraceID{}) {
		return ""
	}
	return hex.EncodeToString(id[:])
}

// spells tells whether a text is what hexOf gives, which is not empty.
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

// traceOf reads what hexOf wrote.
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
