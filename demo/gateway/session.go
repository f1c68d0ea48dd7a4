// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"context"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/hopstamp/hopstamp/demo/directory"
	"github.com/hopstamp/hopstamp/demo/message"
	"github.com/hopstamp/hopstamp/demo/telemetry"
)

// writeTimeout is how long a socket may refuse a message before the session counts as broken.
const writeTimeout = 5 * time.Second

// session is one user's socket: it empties the mailbox and reads receipts.
type session struct {
	*Gateway
	user    directory.User
	mailbox chan letter
	socket  *websocket.Conn
}

func newSession(g *Gateway, user directory.User, socket *websocket.Conn) *session {
	return &session{Gateway: g, user: user, mailbox: g.mailboxes[user.ID], socket: socket}
}

// run serves the socket until it breaks or ctx ends.
func (s *session) run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	var reading sync.WaitGroup
	defer reading.Wait()
	defer cancel()
	reading.Go(func() {
		defer cancel()
		s.readReceipts(ctx)
	})
	for {
		select {
		case <-ctx.Done():
			return
		case next := <-s.mailbox:
			if s.deliver(ctx, next) != nil {
				s.putBack(next)
				return
			}
		}
	}
}

// deliver writes one letter to the socket.
func (s *session) deliver(ctx context.Context, next letter) error {
	parent := trace.ContextWithSpanContext(context.Background(), next.origin)
	traced, span := s.Tracer.Start(parent, "deliver", trace.WithAttributes(
		telemetry.Stage.String(telemetry.StageDelivered),
		telemetry.Recipient.String(s.user.ID),
		telemetry.Channel.String(string(message.WebSocket)),
		telemetry.Destination.String("quickconnect-gateway"),
		telemetry.Device.String(s.user.Device),
		telemetry.Region.String(s.user.Region),
		telemetry.Tenant.String(s.user.Tenant),
		semconv.MessagingMessageID(next.message.ID),
	))
	defer span.End()
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(traced, carrier)
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	err := wsjson.Write(ctx, s.socket, Envelope{
		ID: next.message.ID, Room: next.message.Room, From: next.message.From, Text: next.message.Text,
		Traceparent: carrier["traceparent"],
	})
	if err != nil {
		span.SetStatus(codes.Error, err.Error())
		span.SetAttributes(semconv.ErrorTypeKey.String("socket_broken"), telemetry.ErrorCategory.String("transport"))
		return err
	}
	s.Tally.Delivered.Add(1)
	return nil
}

// putBack keeps a letter that did not leave for the user's next session, unless the mailbox is full.
func (s *session) putBack(next letter) {
	select {
	case s.mailbox <- next:
	default:
	}
}

func (s *session) readReceipts(ctx context.Context) {
	for {
		var receipt Receipt
		if wsjson.Read(ctx, s.socket, &receipt) != nil {
			return
		}
		switch receipt.Stage {
		case telemetry.StageReceived:
			s.Tally.Received.Add(1)
		case telemetry.StageRendered:
			s.Tally.Rendered.Add(1)
		}
	}
}
