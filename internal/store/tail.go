// SPDX-License-Identifier: Apache-2.0

package store

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// copied gives the tail its own copy of rows, in the form in which a part gives
// them back: hops in whole microseconds and without stamps, texts in valid UTF-8
// (other readers of Parquet refuse anything else).
func (p *Parts) copied(settled []journey.Delivery) ([]journey.Delivery, error) {
	rows := slices.Clone(settled)
	for i := range rows {
		row := &rows[i]
		suffix, named := strings.CutPrefix(row.ID, row.Key+"/")
		if !named || suffix == "" && row.Recipient != "" {
			return nil, fmt.Errorf("delivery %q is not named after its key %q and recipient %q", row.ID, row.Key, row.Recipient)
		}
		ownTexts(row)
		row.OtherTraces = slices.Clone(row.OtherTraces)
		row.Positions = slices.Clone(row.Positions)
		row.Hops = slices.Clone(row.Hops)
		for h := range row.Hops {
			hop := &row.Hops[h]
			for _, spent := range [...]*time.Duration{&hop.Wait, &hop.Work, &hop.WaitLow, &hop.WaitHigh} {
				*spent = spent.Truncate(time.Microsecond)
			}
			hop.FromStamp, hop.ToStamp = -1, -1
		}
	}
	return rows, nil
}

// ownTexts copies every text of a row into one allocation.
func ownTexts(row *journey.Delivery) {
	keyLength := len(validText(row.Key))
	texts := [7 + span.NumDims]*string{&row.ID, &row.Path, &row.Kind, &row.Kept, &row.Recipient, &row.MessageID, &row.Conversation}
	for i := range row.Dims {
		texts[7+i] = &row.Dims[i]
	}
	var all strings.Builder
	size := 0
	for _, text := range texts {
		*text = validText(*text)
		size += len(*text)
	}
	all.Grow(size)
	for _, text := range texts {
		from := all.Len()
		all.WriteString(*text)
		*text = all.String()[from:]
	}
	row.Key = row.ID[:keyLength]
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
