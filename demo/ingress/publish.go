// SPDX-License-Identifier: Apache-2.0

package ingress

import (
	"context"

	"go.opentelemetry.io/otel/trace"

	"github.com/hopstamp/hopstamp/demo/message"
)

// accepted is a message that was answered 202 and is not yet in the broker.
type accepted struct {
	message message.Message
	origin  trace.SpanContext
}

// Mute brings in the bug of the silent publisher: while on, the region's publisher takes messages
// from the outbox and forgets them. Nothing fails and nothing is logged; requests are still answered 202.
func (i *Ingress) Mute(on bool) { i.muted.Store(on) }

// publish brings what was accepted to the broker, in order, until the outbox is closed and empty.
// A send that fails says so on its span; the message is gone.
func (i *Ingress) publish() {
	for next := range i.outbox {
		if i.muted.Load() {
			continue
		}
		ctx := trace.ContextWithSpanContext(context.Background(), next.origin)
		if i.Connection.Send(ctx, next.message) == nil {
			i.Tally.Published.Add(1)
		}
	}
}
