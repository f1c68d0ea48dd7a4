// SPDX-License-Identifier: Apache-2.0

package journey

import (
	"fmt"
	"time"

	"github.com/hopstamp/hopstamp/internal/span"
)

// Position is a place in the log: the number of a message in its partition, from 1,
// and above it the partition.
type Position uint64

const positionBits = 48

// At is the position of a message of a partition.
func At(partition int, number uint64) Position {
	return Position(uint64(partition)<<positionBits | number)
}

// Partition of the log that the position is in.
func (p Position) Partition() int { return int(p >> positionBits) }

// Number of the message in its partition.
func (p Position) Number() uint64 { return uint64(p) & (1<<positionBits - 1) }

// Evidence is where the spans of a message are.
type Evidence struct {
	Traces    []span.TraceID // but for its home trace
	Positions []Position     // log messages, ascending
}

// String says how much there is of it.
func (e *Evidence) String() string {
	if e == nil {
		return "as listed"
	}
	return fmt.Sprintf("%d traces, %d log messages", len(e.Traces), len(e.Positions))
}

// Delivery is one message to one recipient or destination, as it is known now.
// Times are nanoseconds since 1970; 0 means not yet.
type Delivery struct {
	ID  string // Key, a slash, and the recipient, the destination or an ordinal; unique
	Key string // the message's key

	Path      string
	Kind      string // what begins such messages: service and route, or service and span name; "" when not known
	Dims      [span.NumDims]string
	Recipient string

	Trace        span.TraceID   // home trace of the message
	OtherTraces  []span.TraceID // joined by links
	MessageID    string
	Conversation string

	Verdict    Verdict
	Reason     Reason
	Hop        HopID // on the way, failed or lost: the hop it is at or did not get past
	Timeliness Timeliness
	Started    int64 // start of the message's first stamp, sender's clock
	Fulfilled  int64 // end of the stamp that fulfilled it; 0 unless good
	Updated    int64 // log time of the last change
	Retries    int
	Estimated  bool   // sampling before us left others like it out, so counts with it are estimates
	Kept       string // why its spans are kept; "": they are not
	Hops       []Hop
	Positions  []Position // log messages that carried its spans, ascending
	// Message is where the spans of the whole message are, in what a step settled, when
	// that is more than each delivery lists; nil: OtherTraces and Positions are of all.
	Message *Evidence

	Corrected bool // an earlier row of it was taken back
	Stored    bool // there is a row of it that holds
}

// Latency is how long the delivery took to be fulfilled; 0 unless it was.
func (d *Delivery) Latency() time.Duration {
	if d.Fulfilled == 0 {
		return 0
	}
	return time.Duration(max(0, d.Fulfilled-d.Started))
}

// Hop is one passage of a delivery: Wait from the end of the stamp before to the
// start of this one, never negative, then Work from its start to its end. The
// first hop comes from nowhere (From is None) and is the work of the first stamp.
//
// Where clocks of two hosts are known to differ, Wait is what is most likely and
// the truth lies between WaitLow and WaitHigh; both are 0 where the wait is known.
// FromStamp and ToStamp index [View.Stamps]; they are -1 outside of a view.
type Hop struct {
	HopID
	Wait, Work         time.Duration
	WaitLow, WaitHigh  time.Duration
	Own                time.Duration // the part of Work that no earlier stamp covers
	FromStamp, ToStamp int
}

// Slowest is the hop in which most time went; the zero HopID when there are no hops.
func (d *Delivery) Slowest() HopID {
	var slowest Hop
	for _, hop := range d.Hops {
		if hop.Wait+hop.Own > slowest.Wait+slowest.Own {
			slowest = hop
		}
	}
	return slowest.HopID
}

// Stamp is one span or event of a journey, in full.
type Stamp struct {
	Stage         span.Stage
	Kind          span.Kind
	Service, Name string
	Trace         span.TraceID
	Span, Parent  span.ID
	Event         int
	Start, End    int64
	Error         bool
	Category      span.Category
	Detail        string // of the error: HTTP status or error type
	Recipient     string
	Destination   string
	Attempt       int
	Shared        int    // messages that the span covers; 0: this one alone
	Host          string // whose clock Start and End are of
	Position      Position
}

// Clock is what is known of the clock of a host: adding Offset to its times gives
// those of the reference, the host of the message's first stamp.
type Clock struct {
	Host          string
	Offset, Bound time.Duration // the truth lies between Offset-Bound and Offset+Bound
	Suspect       bool          // it was seen to jump, or contradicts itself
}

// Rule is how two stamps were found to belong together.
type Rule uint8

// The join rules, in the order in which they are tried.
const (
	ByParent Rule = iota
	ByLink
	ByID
	ByCoordinate
	ByConversation
)

func (r Rule) String() string {
	return [...]string{"parent", "link", "message_id", "coordinates", "conversation_id"}[r]
}

// Confidence is how far a join can be trusted.
type Confidence uint8

// The confidences. A parent or a link was propagated by the sender itself, so it is certain.
const (
	Certain Confidence = iota
	Probable
	Weak
)

func (c Confidence) String() string { return [...]string{"certain", "probable", "weak"}[c] }

// Join says why stamp From belongs to the journey: it continues stamp To.
type Join struct {
	Rule       Rule
	Confidence Confidence
	From, To   int // indexes of View.Stamps
}

// Unlisted are so many more deliveries of a message that ended alike.
type Unlisted struct {
	Verdict    Verdict
	Reason     Reason
	Timeliness Timeliness
	Hop        HopID
	Count      int
}

// View is a whole journey.
type View struct {
	Key, MessageID, Conversation string
	Path                         string
	Until                        span.Stage // None: auto
	Deadline, GiveUp             time.Duration
	Started, Now                 int64
	Traces                       []span.TraceID
	Deliveries                   []Delivery
	Unlisted                     []Unlisted // the others, where they are very many
	Stamps                       []Stamp
	Joins                        []Join
	Clocks                       []Clock // those that differ from the reference, or are suspect
	Complete                     bool    // false: the log no longer holds the spans
}
