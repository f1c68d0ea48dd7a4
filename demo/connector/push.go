// SPDX-License-Identifier: Apache-2.0

package connector

import (
	"context"

	"go.opentelemetry.io/otel/trace"

	"github.com/hopstamp/hopstamp/demo/message"
	"github.com/hopstamp/hopstamp/demo/telemetry"
)

// Push wakes a user's phone through the push provider.
type Push struct{ provider caller }

// Notification is what the push provider takes.
type Notification struct {
	Token string `json:"token"`
	Alert string `json:"alert"`
}

// NewPush makes the connector; its calls are spans of tracer.
func NewPush(provider Vendor, tracer trace.Tracer) *Push {
	return &Push{provider: newCaller(provider, tracer, telemetry.Provider.String(provider.Name))}
}

// Deliver sends the message to the provider.
func (p *Push) Deliver(ctx context.Context, m message.Message) error {
	trace.SpanFromContext(ctx).SetAttributes(telemetry.Device.String(m.Device))
	return p.provider.post(ctx, "/3/notifications", Notification{Token: "device-of-" + m.To, Alert: m.Text})
}
