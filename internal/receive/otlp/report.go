// SPDX-License-Identifier: Apache-2.0

package otlp

// reason is why a span was rejected.
type reason uint8

const (
	notRejected reason = iota
	malformedSpan
	badTraceID
	badSpanID
	badParentID
	badStart
	badEnd
	badLink
	tooManyLinks
	numReasons
)

// reasons are spelled for the metric and for the sender.
var reasons = [numReasons]struct{ label, words string }{
	malformedSpan: {"malformed", "its bytes are not a valid Span message"},
	badTraceID:    {"trace_id", "its trace id is not 16 bytes, or is all zero"},
	badSpanID:     {"span_id", "its span id is not 8 bytes, or is all zero"},
	badParentID:   {"parent_span_id", "its parent span id is not 8 bytes"},
	badStart:      {"start_time", "its start time is missing or after the year 2262"},
	badEnd:        {"end_time", "its end time is after the year 2262"},
	badLink:       {"link", "one of its links is malformed, or has an id of a wrong length"},
	tooManyLinks:  {"too_many_links", "it has more than 10000 links"},
}

func (r reason) String() string { return reasons[r].label }

// oddity is what was taken, but not as it was sent.
type oddity uint8

const (
	unknownStage oddity = iota
	unknownOutcome
	unknownCategory
	shortenedText
	droppedID
	unreadEvent
	malformedThreshold
	numOddities
)

var oddities = [numOddities]string{
	unknownStage:       "unknown_stage",       // hopstamp.stage is none of ours: derived instead, or the event is left out
	unknownOutcome:     "unknown_outcome",     // hopstamp.outcome is none of ours: left out
	unknownCategory:    "unknown_category",    // hopstamp.error.category is none of ours: derived instead
	shortenedText:      "shortened_text",      // a name or a dimension is longer than 4 KiB: cut there
	droppedID:          "dropped_id",          // an id is longer than 4 KiB: left out, as a cut id joins what is not the same
	unreadEvent:        "unread_event",        // an event with a stage has no time, or comes after 65535 others
	malformedThreshold: "malformed_threshold", // ot=th of the trace state is no threshold: as if nothing had been sampled
}

func (o oddity) String() string { return oddities[o] }

// Report tells how the last decoding went.
type Report struct {
	Spans    int    // taken
	Rejected int    // left out
	First    string // says which span was rejected first, and why

	rejected [numReasons]int
	odd      [numOddities]int
}

// EachRejected calls with every reason that there is, and how many spans were
// left out for it.
func (r *Report) EachRejected(each func(reason string, spans int)) {
	for why := notRejected + 1; why < numReasons; why++ {
		each(why.String(), r.rejected[why])
	}
}

// EachOddity calls with everything that may be taken otherwise than it was sent,
// and how often it was.
func (r *Report) EachOddity(each func(oddity string, times int)) {
	for o, times := range r.odd {
		each(oddity(o).String(), times)
	}
}
