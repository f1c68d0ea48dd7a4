// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/hopstamp/hopstamp/wire"
)

// The attributes of Hopstamp that the platform writes; everything else it says in OpenTelemetry's own names.
const (
	Stage         = attribute.Key(wire.AttributeStage)
	Recipient     = attribute.Key(wire.AttributeRecipient)
	Recipients    = attribute.Key(wire.AttributeRecipients)
	Channel       = attribute.Key(wire.AttributeChannel)
	Destination   = attribute.Key(wire.AttributeDestination)
	Provider      = attribute.Key(wire.AttributeProvider)
	Region        = attribute.Key(wire.AttributeRegion)
	Device        = attribute.Key(wire.AttributeDevice)
	Retry         = attribute.Key(wire.AttributeRetry)
	ErrorCategory = attribute.Key(wire.AttributeErrorCategory)
	Outcome       = attribute.Key(wire.AttributeOutcome)
)

// Tenant is the platform's own word for a customer; the hopstamp configuration maps it to its dimension.
const Tenant = attribute.Key("tenant.id")

// Values of Stage that the platform says outright, where OpenTelemetry has no word.
const (
	StageNormalized = wire.StageNormalized
	StageEnriched   = wire.StageEnriched
	StageRouted     = wire.StageRouted
	StageDelivered  = wire.StageDelivered
	StageReceived   = wire.StageReceived
	StageRendered   = wire.StageRendered
)

// OutcomeDeadLettered is the Outcome of a message that the platform gave up on.
const OutcomeDeadLettered = wire.OutcomeDeadLettered
