// SPDX-License-Identifier: Apache-2.0

package journey

import "github.com/hopstamp/hopstamp/internal/span"

// Reason names why a verdict is what it is. A verdict always has one.
type Reason uint8

// The reasons. StuckAt and LostAt give those that name the step not taken.
const (
	NoReason Reason = iota
	Waiting
	ReachedProcessed
	ReachedSent
	ReachedDelivered
	ReachedReceived
	ReachedRendered
	ReachedOpened
	TransportFailed
	DestinationTimedOut
	ValidationFailed
	AuthenticationFailed
	RateLimited
	RejectedByDestination
	InternalError
	WasDeadLettered
	WasExpired
	WasSuppressed
	UpstreamSampled // what is missing may have been left out by sampling before us
	LinksDropped    // who takes from its destination, or sends to it, lost the links that tell which messages
	ClockSuspect    // its times cannot be told from those of a wrong clock
	BatchUnclear    // it was sent in a batch, and nothing tells which of its messages were taken
	Throttled       // senders had to come back later when its deadline passed, so the rest may wait there
	firstStuck
	firstLost  = firstStuck + Reason(span.NumStages)
	NumReasons = firstLost + Reason(span.NumStages)
)

var plainReasons = [firstStuck]string{"", "Waiting", "Processed", "Sent", "Delivered", "Received", "Rendered", "Opened",
	"TransportFailed", "DestinationTimedOut", "ValidationFailed", "AuthenticationFailed", "RateLimited",
	"RejectedByDestination", "InternalError", "DeadLettered", "Expired", "Suppressed", "UpstreamSampled", "LinksDropped", "ClockSuspect",
	"BatchUnclear", "TelemetryThrottled"}

// steps are the stages as things to do: what StuckAtPublish did not.
var steps = [span.NumStages]string{"Start", "Create", "Accept", "Normalize", "Enrich", "Route", "Publish", "Consume", "Process",
	"Invoke", "Deliver", "Receive", "Render", "Open", "Acknowledge"}

// StuckAt is the reason of a delivery whose deadline passed before it reached the stage.
func StuckAt(stage span.Stage) Reason { return firstStuck + Reason(stage) }

// LostAt is the reason of a delivery that was given up before it reached the stage.
func LostAt(stage span.Stage) Reason { return firstLost + Reason(stage) }

func (r Reason) String() string {
	switch {
	case r < firstStuck:
		return plainReasons[r]
	case r < firstLost:
		return "StuckAt" + steps[r-firstStuck]
	case r < NumReasons:
		return "LostAt" + steps[r-firstLost]
	}
	return ""
}

// ReasonOf is the reason that belongs to a good verdict.
func ReasonOf(v Verdict) Reason { return ReachedProcessed + Reason(v-Processed) }

// FailureReason is the reason of a failure of some category. An error that says
// nothing of itself is ours to explain, so it counts as internal.
func FailureReason(c span.Category) Reason {
	switch c {
	case span.Transport:
		return TransportFailed
	case span.Timeout:
		return DestinationTimedOut
	case span.Validation:
		return ValidationFailed
	case span.Auth:
		return AuthenticationFailed
	case span.RateLimit:
		return RateLimited
	case span.Rejection:
		return RejectedByDestination
	}
	return InternalError
}
