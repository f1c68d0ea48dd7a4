// SPDX-License-Identifier: Apache-2.0

// Package ingress is quickconnect's front door in one region: an HTTP server that accepts a message,
// prepares it, hands it to the region's publisher and answers 202 with its id. The SERVER span is the
// root of everything that happens to the message. What was answered 202 is in the outbox, not yet in
// the broker: that is the platform's design, and its weak point (see Mute).
package ingress

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/hopstamp/hopstamp/demo/broker"
	"github.com/hopstamp/hopstamp/demo/directory"
	"github.com/hopstamp/hopstamp/demo/message"
	"github.com/hopstamp/hopstamp/demo/tally"
	"github.com/hopstamp/hopstamp/demo/telemetry"
)

const (
	outboxSize  = 4096
	readTimeout = 5 * time.Second
)

// Site is where an ingress runs and what it works with.
type Site struct {
	Region     string
	Directory  *directory.Directory
	Connection *broker.Connection
	Tracer     trace.Tracer
	Tally      *tally.Tally
}

// Ingress is the running front door of one region.
type Ingress struct {
	Site
	profiles *broker.Profiles
	listener net.Listener
	server   *http.Server
	serving  sync.WaitGroup

	outbox     chan accepted
	publishing sync.WaitGroup
	muted      atomic.Bool
}

// Start opens the region's front door on a free loopback port.
func Start(ctx context.Context, site Site) (*Ingress, error) {
	profiles, err := site.Connection.Profiles(ctx)
	if err != nil {
		return nil, fmt.Errorf("start ingress %s: %w", site.Region, err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start ingress %s: %w", site.Region, err)
	}
	i := &Ingress{Site: site, profiles: profiles, listener: listener, outbox: make(chan accepted, outboxSize)}
	routes := http.NewServeMux()
	for _, channel := range message.Channels() {
		routes.HandleFunc("POST "+channel.Route(), func(w http.ResponseWriter, r *http.Request) { i.serve(w, r, channel) })
	}
	i.server = &http.Server{Handler: routes, ReadTimeout: readTimeout}
	i.serving.Go(func() { _ = i.server.Serve(listener) })
	i.publishing.Go(i.publish)
	return i, nil
}

// URL is where the region's clients post to.
func (i *Ingress) URL() string { return "http://" + i.listener.Addr().String() }

// Stop answers the requests in progress, publishes what they left in the outbox and closes.
func (i *Ingress) Stop(ctx context.Context) {
	if i.server.Shutdown(ctx) != nil {
		_ = i.server.Close()
	}
	i.serving.Wait()
	close(i.outbox)
	i.publishing.Wait()
}

// serve answers one request.
func (i *Ingress) serve(w http.ResponseWriter, r *http.Request, channel message.Channel) {
	ctx, span := i.Tracer.Start(r.Context(), "POST "+channel.Route(), trace.WithSpanKind(trace.SpanKindServer),
		trace.WithAttributes(i.describe(r, channel)...))
	defer span.End()
	m, err := i.accept(ctx, r, channel)
	status := http.StatusAccepted
	if err != nil {
		status = statusOf(err)
		i.Tally.Refused.Add(1)
	}
	span.SetAttributes(semconv.HTTPResponseStatusCode(status))
	switch {
	case status >= http.StatusInternalServerError:
		span.SetStatus(codes.Error, err.Error())
		fallthrough
	case err != nil:
		http.Error(w, err.Error(), status)
	default:
		i.Tally.Accepted.Add(1)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]string{"id": m.ID})
	}
}

func (i *Ingress) describe(r *http.Request, channel message.Channel) []attribute.KeyValue {
	return []attribute.KeyValue{
		semconv.HTTPRequestMethodPost,
		semconv.HTTPRoute(channel.Route()),
		semconv.URLPath(r.URL.Path),
		telemetry.Channel.String(string(channel)),
		telemetry.Region.String(i.Region),
	}
}

// accept takes the message as far as the outbox.
func (i *Ingress) accept(ctx context.Context, r *http.Request, channel message.Channel) (message.Message, error) {
	m, err := i.read(r, channel)
	if err != nil {
		return m, err
	}
	trace.SpanFromContext(ctx).SetAttributes(semconv.MessagingMessageID(m.ID), telemetry.Tenant.String(m.Tenant))
	for _, step := range []func(context.Context, *message.Message) error{i.normalize, i.enrich, i.route} {
		if err := step(ctx, &m); err != nil {
			return m, err
		}
	}
	select {
	case i.outbox <- accepted{message: m, origin: trace.SpanContextFromContext(ctx)}:
		return m, nil
	default:
		return m, errOutboxFull
	}
}

// refusal is an error that is the caller's.
type refusal struct{ reason string }

func (r refusal) Error() string { return r.reason }

var errOutboxFull = errors.New("too many messages wait to be published")

func statusOf(err error) int {
	switch {
	case errors.As(err, &refusal{}):
		return http.StatusUnprocessableEntity
	case errors.Is(err, errOutboxFull):
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}
