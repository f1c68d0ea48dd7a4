// SPDX-License-Identifier: Apache-2.0

// Code generated from attributes.yaml; DO NOT EDIT.

package wire

// The attributes.
const (
	// AttributeStage (string): The canonical point of the way that this span, or this event of a span, stands for. It wins over what the span kind and the messaging operation say.
	AttributeStage = "hopstamp.stage"
	// AttributeMessageKey (string): The platform's own id of the message. It names the message everywhere, and finds it.
	AttributeMessageKey = "hopstamp.message.key"
	// AttributeRecipient (string): Whom this delivery is for. An opaque id; it is never a label of a metric.
	AttributeRecipient = "hopstamp.recipient"
	// AttributeRecipients (int): How many deliveries to expect of the message, said where they are known, usually where it is accepted or routed.
	AttributeRecipients = "hopstamp.recipients"
	// AttributeChannel (string): How the recipient is reached. A bounded set.
	AttributeChannel = "hopstamp.channel"
	// AttributeTenant (string): The customer of the platform for whom the message travels. A bounded set.
	AttributeTenant = "hopstamp.tenant"
	// AttributeDestination (string): The system or connector that takes the message at the end. A bounded set.
	AttributeDestination = "hopstamp.destination"
	// AttributeProvider (string): The outside company through which the delivery goes. A bounded set.
	AttributeProvider = "hopstamp.provider"
	// AttributeRegion (string): The region of the recipient, or of the part that serves them. A bounded set.
	AttributeRegion = "hopstamp.region"
	// AttributeDevice (string): The type of the recipient's device, not its id. A bounded set.
	AttributeDevice = "hopstamp.device"
	// AttributeRetry (int): How many tries came before this one; 0 is the first try.
	AttributeRetry = "hopstamp.retry"
	// AttributeErrorCategory (string): The kind of the error. It wins over what the HTTP status and error.type say.
	AttributeErrorCategory = "hopstamp.error.category"
	// AttributeOutcome (string): How the delivery ended, for good. Without it a failed try may still be followed by a good one.
	AttributeOutcome = "hopstamp.outcome"
	// AttributeStream (string): The stream of a log record. Each has its own retention and access.
	AttributeStream = "hopstamp.stream"
)

// The values of hopstamp.stage.
const (
	StageCreated      = "created"      // the message exists at its author
	StageAccepted     = "accepted"     // the platform took responsibility for it
	StageNormalized   = "normalized"   // it has the platform's own form
	StageEnriched     = "enriched"     // what it lacked was looked up
	StageRouted       = "routed"       // its recipients and channels are decided
	StagePublished    = "published"    // it was handed to a broker
	StageConsumed     = "consumed"     // a consumer took it from the broker
	StageProcessed    = "processed"    // a consumer did its work on it
	StageInvoked      = "invoked"      // a destination outside was called
	StageDelivered    = "delivered"    // the destination says that it reached the recipient's device or inbox
	StageReceived     = "received"     // the client has it
	StageRendered     = "rendered"     // the user could see it
	StageOpened       = "opened"       // the user opened it
	StageAcknowledged = "acknowledged" // the sender knows that it arrived
)

// The values of hopstamp.outcome.
const (
	OutcomeFailed       = "failed"        // no further try will be made
	OutcomeDeadLettered = "dead_lettered" // it was put aside in a dead-letter queue
	OutcomeSuppressed   = "suppressed"    // it was not delivered on purpose
	OutcomeExpired      = "expired"       // it was too old to be worth delivering
)

// The values of hopstamp.error.category.
const (
	CategoryTransport  = "transport"  // the other side could not be reached or broke off
	CategoryTimeout    = "timeout"    // the other side did not answer in time
	CategoryValidation = "validation" // the message was not well formed for the other side
	CategoryAuth       = "auth"       // credentials were missing, wrong or expired
	CategoryRateLimit  = "rate_limit" // the other side asked to slow down
	CategoryRejection  = "rejection"  // the other side understood and refused
	CategoryInternal   = "internal"   // the fault is the platform's own
)

// The values of hopstamp.stream.
const (
	StreamOperational = "operational" // what the service does
	StreamSecurity    = "security"    // who tried what
	StreamAudit       = "audit"       // who changed what; kept apart and complete
)
