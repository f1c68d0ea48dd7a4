// SPDX-License-Identifier: Apache-2.0

// Package span is the record that travels: what Hopstamp reads from one
// OpenTelemetry span (or from one span event that names a stage), named in the
// words of this product. It is a leaf: every step may import it, it imports
// nothing of ours.
//
// A [Batch] owns its records. Texts that come from a bounded set (services,
// tenants, destinations ...) are symbols of the batch; ids are views into the
// bytes that the batch was read from. Both are valid only as long as the batch
// and those bytes are: whoever keeps one copies it.
package span

// TraceID is an OpenTelemetry trace id; the zero value means none.
type TraceID [16]byte

// ID is an OpenTelemetry span id; the zero value means none.
type ID [8]byte

// Symbol is the index of a text in its table ([Batch.Symbols]); 0 is the empty text.
type Symbol uint32

// Dim is one of the bounded dimensions that divide the counts.
type Dim uint8

// The bounded dimensions. A path is one too, but it is decided by tracking.
const (
	Tenant Dim = iota
	Channel
	Destination
	Region
	Device
	Provider
	NumDims
)

// DimNames are the dimensions as the outside contract spells them.
var DimNames = [NumDims]string{"tenant", "channel", "destination", "region", "device", "provider"}

func (d Dim) String() string { return DimNames[d] }

// Link points at a span in any trace. Where one span covers several messages, the
// link to a message says what differs between them. One without ids still names a
// message of the batch when it has a text.
type Link struct {
	Trace TraceID
	Span  ID

	Key, MessageID, Conversation, Recipient, Coordinate string // as in Record; "" when absent
}

// Record is one stamp: that a span passed somewhere, with what tracking needs of it.
// Times are the sender's raw clock in nanoseconds since 1970, never corrected.
type Record struct {
	Trace        TraceID
	Span, Parent ID
	Event        uint16 // 0: the span itself; n: its n-th event, whose Parent is the span
	Start, End   int64

	Kind     Kind
	Stage    Stage    // None: part of the journey, but fulfils no stage
	Outcome  Outcome  // said by hopstamp.outcome, for good
	Category Category // of an error; Uncategorized when the sender did not say enough
	Error    bool     // span status ERROR, or an HTTP status that means one
	Explicit bool     // the stage was said by hopstamp.stage, not derived

	HTTPStatus   uint16
	Retry        uint32 // tries before this one, as the sender says
	Recipients   uint32 // deliveries to expect, as the sender says; 0: not said
	DroppedLinks uint32 // links that the sender's SDK threw away
	Batch        uint32 // messages that the span covers, as the sender says; 0: not said
	Threshold    uint64 // rejection threshold of the sampling before us (tracestate ot=th), of 2^56; 0: not sampled
	Partial      bool   // the trace flags say that the trace was not sampled, so parts of it may be missing; false also when they say nothing

	Service, Name, Route Symbol
	System, Topic, Group Symbol // messaging system, destination name, consumer group
	Cluster              Symbol // of the broker, where the sender says it
	Server               Symbol // server.address of an outbound call
	Host                 Symbol // whose clock the times are of; the service where no host is said
	ErrorType            Symbol
	Dims                 [NumDims]Symbol

	// Unbounded ids; "" when absent. A coordinate is where a message lies in its
	// destination, so it means something only together with System, Cluster and Topic:
	// "partition:offset", the same at the publisher and at every consumer, or
	// "#tag@consumer", the delivery tag under which one consumer was handed it (its
	// client id, else its service instance), which the publisher never knows. An id
	// that the sender made of nothing but a coordinate is a Coordinate, not a MessageID.
	Key, MessageID, Conversation, Recipient, Coordinate string

	Links []Link // a view into Batch.Links

	// Origin is where the bytes of a relayed span are, as a journey.Position; 0: here.
	Origin uint64
	// Form is the same for records of a batch that were read from one form, which is all
	// but ids, times, Server, Dims, Threshold and what is only counted; 0: not known.
	Form uint32
	// Holder is the partition, plus one, that asks the home of a relayed span to hold it
	// for corrections and to relay what continues it; 0: none. Plus MaxPartitions once
	// more, it asks for that for a short time only; twice more, it needs it no longer; three
	// times more, its home let go of it, and asks who may know better.
	Holder uint16
}

// IsPublish tells whether the record hands a message to a broker.
func (r *Record) IsPublish() bool { return r.Stage == Published }

// Batch is what one request, or one message of the log, carries.
type Batch struct {
	Received int64 // when the receiver took it, its clock, nanoseconds since 1970; the log's own time
	// Throttled says that until then senders had to come back later: they were told to,
	// or could not be heard. What they have is missing here.
	Throttled bool
	Symbols   []string // Symbols[0] is ""
	Records   []Record
	Links     []Link // backing store of Record.Links
}

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() {
	b.Received, b.Throttled = 0, false
	b.Symbols = append(b.Symbols[:0], "")
	b.Records = b.Records[:0]
	b.Links = b.Links[:0]
}

// Text of a symbol.
func (b *Batch) Text(s Symbol) string { return b.Symbols[s] }
