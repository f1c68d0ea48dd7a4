// SPDX-License-Identifier: Apache-2.0

package query

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/store"
)

// Filter says which deliveries are wanted: those that meet all of its fields.
// An empty field is met by every delivery; a list by those that have one of its values,
// where the empty text is what a delivery has that lacks one.
type Filter struct {
	Path       []string
	Dims       [span.NumDims][]string
	Verdict    []string
	Reason     []string
	Hop        []string // at which the delivery is, or which it did not get past
	Timeliness []string
	ID         string        // any id: key, message, conversation, trace or delivery
	SlowerThan time.Duration // latency; of what is not fulfilled, the time from start to last change
	Since      int64         // of the start, included
	Until      int64         // of the start, not included
}

// Match tells whether a delivery meets the filter.
func (f *Filter) Match(d *journey.Delivery) bool {
	return f.MatchClass(d.Path, &d.Dims) && f.MatchState(d.Started, d.Verdict, d.Reason, d.Hop, d.Timeliness) &&
		(f.SlowerThan == 0 || taken(d) > f.SlowerThan) &&
		(f.ID == "" || store.ParseID(f.ID).Of(d))
}

// MatchClass is the part of Match that looks at the bounded dimensions.
func (f *Filter) MatchClass(path string, dims *[span.NumDims]string) bool {
	for i := range f.Dims {
		if !oneOf(f.Dims[i], dims[i]) {
			return false
		}
	}
	return oneOf(f.Path, path)
}

// MatchState is the part of Match that looks at when a delivery began and what is known of it.
func (f *Filter) MatchState(started int64, v journey.Verdict, r journey.Reason, hop journey.HopID, t journey.Timeliness) bool {
	if f.Since != 0 && started < f.Since || f.Until != 0 && started >= f.Until {
		return false
	}
	return oneOf(f.Verdict, v.String()) && oneOf(f.Reason, r.String()) && oneOf(f.Hop, hop.String()) && oneOf(f.Timeliness, t.String())
}

func oneOf(wanted []string, value string) bool {
	return len(wanted) == 0 || slices.Contains(wanted, value)
}

// taken is the latency, or how long a delivery that is not fulfilled has been known to take.
func taken(d *journey.Delivery) time.Duration {
	if d.Fulfilled != 0 {
		return d.Latency()
	}
	return time.Duration(d.Updated - d.Started)
}

// ErrCursor is wrapped by the error of [ParseCursor].
var ErrCursor = errors.New("the cursor is not one that a list gave; start again without it")

// Cursor is a place in a list of deliveries, newest first: after the delivery of
// this start and id. The zero cursor is the beginning.
type Cursor struct {
	Started int64
	ID      string
}

// CursorAt is the place after a delivery.
func CursorAt(d *journey.Delivery) Cursor { return Cursor{Started: d.Started, ID: d.ID} }

// Before tells whether a delivery comes after the cursor.
func (c Cursor) Before(d *journey.Delivery) bool {
	return c == Cursor{} || d.Started < c.Started || d.Started == c.Started && d.ID < c.ID
}

const cursorVersion = 1

// String is opaque text for the outside, and empty for the zero cursor.
func (c Cursor) String() string {
	if c == (Cursor{}) {
		return ""
	}
	text := binary.BigEndian.AppendUint64([]byte{cursorVersion}, uint64(c.Started))
	return base64.RawURLEncoding.EncodeToString(append(text, c.ID...))
}

// ParseCursor reads what String wrote.
func ParseCursor(text string) (Cursor, error) {
	if text == "" {
		return Cursor{}, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) < 10 || raw[0] != cursorVersion {
		return Cursor{}, ErrCursor
	}
	return Cursor{Started: int64(binary.BigEndian.Uint64(raw[1:9])), ID: string(raw[9:])}, nil
}
