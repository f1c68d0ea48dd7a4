// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"math"
	"time"
)

// The spans of one message, in the order in which one causes the next.
const (
	accept  = iota // ingress-api      SERVER   POST /v1/messages
	route          // ingress-api      INTERNAL normalize or route
	publish        // ingress-api      PRODUCER publish events
	process        // stream-router    CONSUMER process events, child of publish and linked to it
	deliver        // delivery         INTERNAL deliver
	post           // delivery         CLIENT   POST to the provider
	receipt        // receipt-tracker  CLIENT   receipt to the customer
	spanKinds
)

// SpansPerMessage is the number of spans of one trace.
const SpansPerMessage = spanKinds

// Message is the truth of one message: what happened to it and when.
type Message struct {
	Tenant, Channel, Destination, Region string
	// Step is the name of the internal span.
	Step string
	// Error says that the provider answered 4xx or 5xx; Slow that it took more than five seconds.
	Error, Slow bool
	Retry       int64
	HTTPStatus  int64
	// Start is after the base time of the message's block; of a slow message, before it.
	Start    [spanKinds]time.Duration
	Duration [spanKinds]time.Duration
}

// End of a span after the base time of the block.
func (m *Message) End(span int) time.Duration { return m.Start[span] + m.Duration[span] }

// TraceDuration is from the first start to the last end.
func (m *Message) TraceDuration() time.Duration {
	first, last := time.Duration(math.MaxInt64), time.Duration(0)
	for span := range spanKinds {
		first = min(first, m.Start[span])
		last = max(last, m.End(span))
	}
	return last - first
}

// Deadline of a delivery, the default of every path.
const Deadline = 5 * time.Second

// Outcome is what the ledger must say of a delivery.
type Outcome struct {
	Verdict    string `json:"verdict"`
	Timeliness string `json:"timeliness"`
}

// Outcome of the message's one delivery: what the provider refused has failed,
// all else was sent, in time when the provider had it by the deadline.
func (m *Message) Outcome() Outcome {
	switch {
	case m.Error:
		return Outcome{Verdict: "failed"}
	case m.End(post)-m.Start[accept] > Deadline:
		return Outcome{Verdict: "sent", Timeliness: "late"}
	default:
		return Outcome{Verdict: "sent", Timeliness: "in_time"}
	}
}
