// SPDX-License-Identifier: Apache-2.0

package ingress

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/hopstamp/hopstamp/demo/message"
	"github.com/hopstamp/hopstamp/demo/telemetry"
)

const (
	longestBody = 16 << 10
	longestText = 500 // in bytes
)

// read makes a message with an id of its own from the request.
func (i *Ingress) read(r *http.Request, channel message.Channel) (message.Message, error) {
	var m message.Message
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, longestBody)).Decode(&m); err != nil {
		return m, refusal{"body: want a JSON object with tenant, from and text"}
	}
	m.ID = strings.ToLower(rand.Text()[:16])
	m.Channel = channel
	m.Region = i.Region
	return m, nil
}

// normalize brings the text to one form.
func (i *Ingress) normalize(ctx context.Context, m *message.Message) error {
	return i.step(ctx, "normalize", telemetry.StageNormalized, func(context.Context, trace.Span) error {
		m.Text = strings.ToValidUTF8(strings.Join(strings.Fields(m.Text), " "), "")
		if len(m.Text) > longestText {
			m.Text = strings.ToValidUTF8(m.Text[:longestText], "")
		}
		if m.Text == "" {
			return refusal{"text: must not be empty"}
		}
		return nil
	})
}

// enrich adds what the platform knows of the tenant and the addressed user.
func (i *Ingress) enrich(ctx context.Context, m *message.Message) error {
	return i.step(ctx, "enrich", telemetry.StageEnriched, func(ctx context.Context, _ trace.Span) error {
		if _, known := i.Directory.Tenant(m.Tenant); !known {
			return refusal{"tenant: is unknown"}
		}
		plan, err := i.profiles.Plan(ctx, m.Tenant)
		if err != nil {
			return err
		}
		m.Plan = plan
		if user, known := i.Directory.User(m.To); known {
			m.Device = user.Device
		}
		return nil
	})
}

// route finds out who is to get the message.
func (i *Ingress) route(ctx context.Context, m *message.Message) error {
	return i.step(ctx, "route", telemetry.StageRouted, func(_ context.Context, span trace.Span) error {
		if m.Channel != message.WebSocket {
			return nil
		}
		tenant, _ := i.Directory.Tenant(m.Tenant)
		room, known := tenant.Room(m.Room)
		if !known {
			return refusal{"room: is unknown"}
		}
		for _, member := range room.Members {
			if member != m.From {
				m.Recipients = append(m.Recipients, member)
			}
		}
		span.SetAttributes(telemetry.Recipients.Int(len(m.Recipients)))
		return nil
	})
}

// step runs one step of the preparation inside a span that names the stage it completes.
func (i *Ingress) step(ctx context.Context, name, stage string, do func(context.Context, trace.Span) error) error {
	ctx, span := i.Tracer.Start(ctx, name, trace.WithAttributes(telemetry.Stage.String(stage)))
	defer span.End()
	err := do(ctx, span)
	if err != nil {
		span.SetStatus(codes.Error, err.Error())
	}
	return err
}
