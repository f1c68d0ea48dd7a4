// SPDX-License-Identifier: Apache-2.0

package span

import "strings"

// Stage is a canonical point on the way of a message. Their order is the order
// of a healthy journey.
type Stage uint8

// The stages.
const (
	None Stage = iota
	Created
	Accepted
	Normalized
	Enriched
	Routed
	Published
	Consumed
	Processed
	Invoked
	Delivered
	Received
	Rendered
	Opened
	Acknowledged
	NumStages
)

var stageNames = [NumStages]string{"", "created", "accepted", "normalized", "enriched", "routed", "published",
	"consumed", "processed", "invoked", "delivered", "received", "rendered", "opened", "acknowledged"}

func (s Stage) String() string { return nameOf(stageNames[:], s) }

// ParseStage reads a stage's name; ok is false when there is no such stage.
func ParseStage(name string) (s Stage, ok bool) { return parse[Stage](stageNames[:], name) }

// StageNames lists the stages in order, for messages to people.
func StageNames() string { return strings.Join(stageNames[1:], " ") }

// Kind is the OpenTelemetry span kind, with its OTLP numbers.
type Kind uint8

// The span kinds.
const (
	KindUnspecified Kind = iota
	Internal
	Server
	Client
	Producer
	Consumer
	numKinds
)

var kindNames = [numKinds]string{"", "internal", "server", "client", "producer", "consumer"}

func (k Kind) String() string { return nameOf(kindNames[:], k) }

// Outcome is what hopstamp.outcome says of a delivery for good.
type Outcome uint8

// The outcomes; Unsaid when the sender leaves the judgement to tracking.
const (
	Unsaid Outcome = iota
	OutcomeFailed
	OutcomeDeadLettered
	OutcomeSuppressed
	OutcomeExpired
	numOutcomes
)

var outcomeNames = [numOutcomes]string{"", "failed", "dead_lettered", "suppressed", "expired"}

func (o Outcome) String() string { return nameOf(outcomeNames[:], o) }

// ParseOutcome reads an outcome's name.
func ParseOutcome(name string) (Outcome, bool) { return parse[Outcome](outcomeNames[:], name) }

// Category is the kind of an error.
type Category uint8

// The error categories.
const (
	Uncategorized Category = iota
	Transport
	Timeout
	Validation
	Auth
	RateLimit
	Rejection
	InternalFault
	numCategories
)

var categoryNames = [numCategories]string{"", "transport", "timeout", "validation", "auth", "rate_limit", "rejection", "internal"}

func (c Category) String() string { return nameOf(categoryNames[:], c) }

// ParseCategory reads an error category's name.
func ParseCategory(name string) (Category, bool) { return parse[Category](categoryNames[:], name) }

// nameOf spells a value of one of the small enumerations above. A value outside
// of them has no name, so that bytes from a newer version print as nothing.
func nameOf[T ~uint8](names []string, value T) string {
	if int(value) >= len(names) {
		return ""
	}
	return names[value]
}

// parse finds a non-empty name; the empty one means the zero value and is not a name.
func parse[T ~uint8](names []string, name string) (T, bool) {
	for i := 1; i < len(names); i++ {
		if names[i] == name {
			return T(i), true
		}
	}
	return 0, false
}
