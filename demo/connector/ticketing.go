// SPDX-License-Identifier: Apache-2.0

package connector

import (
	"context"

	"go.opentelemetry.io/otel/trace"

	"github.com/hopstamp/hopstamp/demo/message"
)

// Ticketing adds what customers write to the tickets of a help desk.
type Ticketing struct{ desk caller }

// Ticket is what the help desk takes.
type Ticket struct {
	ExternalID string `json:"external_id"`
	Case       string `json:"case"`
	Requester  string `json:"requester"`
	Subject    string `json:"subject"`
	Priority   string `json:"priority"`
}

// NewTicketing makes the connector; its calls are spans of tracer.
func NewTicketing(desk Vendor, tracer trace.Tracer) *Ticketing {
	return &Ticketing{desk: newCaller(desk, tracer)}
}

// Deliver writes the message as a ticket; large customers come first.
func (t *Ticketing) Deliver(ctx context.Context, m message.Message) error {
	priority := "normal"
	if m.Plan == "enterprise" {
		priority = "high"
	}
	return t.desk.post(ctx, "/v2/tickets", Ticket{
		ExternalID: m.ID, Case: m.Conversation, Requester: m.From, Subject: m.Text, Priority: priority,
	})
}
