// SPDX-License-Identifier: Apache-2.0

// Package gateway is quickconnect's last mile: it holds a WebSocket to each user who is online and
// writes chat messages to them. A message to a user who is away waits in the user's mailbox. Writing
// to the socket is what `delivered` means: whether it arrived is for the client to say, by
// acknowledgements on the same socket. Safe for concurrent use.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
	"go.opentelemetry.io/otel/trace"

	"github.com/hopstamp/hopstamp/demo/directory"
	"github.com/hopstamp/hopstamp/demo/message"
	"github.com/hopstamp/hopstamp/demo/tally"
)

// mailboxSize is how many messages wait for one user; more is an error.
const mailboxSize = 1024

// Service is what a gateway works with.
type Service struct {
	Directory *directory.Directory
	Tracer    trace.Tracer
	Tally     *tally.Tally
}

// Gateway is a running gateway.
type Gateway struct {
	Service
	mailboxes map[string]chan letter // by user; filled by Start, then only read
	listener  net.Listener
	server    *http.Server
	serving   sync.WaitGroup
	life      context.Context
	end       context.CancelFunc

	mu       sync.Mutex
	sessions map[string]context.CancelFunc // by user: the one session that empties the mailbox
	active   sync.WaitGroup
}

// letter is a message on its way to one user, and the span that put it in the mailbox.
type letter struct {
	message message.Message
	origin  trace.SpanContext
}

// Start opens a gateway on a free loopback port.
func Start(service Service) (*Gateway, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start gateway: %w", err)
	}
	life, end := context.WithCancel(context.Background())
	g := &Gateway{
		Service: service, listener: listener, life: life, end: end,
		mailboxes: map[string]chan letter{}, sessions: map[string]context.CancelFunc{},
	}
	for _, user := range service.Directory.Users() {
		g.mailboxes[user.ID] = make(chan letter, mailboxSize)
	}
	g.server = &http.Server{Handler: http.HandlerFunc(g.connect), ReadHeaderTimeout: 10 * time.Second}
	g.serving.Go(func() { _ = g.server.Serve(listener) })
	return g, nil
}

// URL is where clients connect to.
func (g *Gateway) URL() string { return "ws://" + g.listener.Addr().String() }

// Deliver puts the message into the mailbox of every recipient.
func (g *Gateway) Deliver(ctx context.Context, m message.Message) error {
	var failures []error
	for _, recipient := range m.Recipients {
		select {
		case g.mailboxes[recipient] <- letter{message: m, origin: trace.SpanContextFromContext(ctx)}:
		default:
			failures = append(failures, fmt.Errorf("mailbox of %s is full", recipient))
		}
	}
	return errors.Join(failures...)
}

// Stop closes all sockets and the server.
func (g *Gateway) Stop() {
	g.mu.Lock()
	g.end()
	g.mu.Unlock()
	_ = g.server.Close()
	g.serving.Wait()
	g.active.Wait()
}

// connect serves one socket until it breaks, the user connects again, or the gateway stops.
func (g *Gateway) connect(w http.ResponseWriter, r *http.Request) {
	user, known := g.Directory.User(r.URL.Query().Get("user"))
	if !known {
		http.Error(w, "unknown user", http.StatusForbidden)
		return
	}
	ctx, leave, open := g.enter(user.ID)
	if !open {
		http.Error(w, "closing", http.StatusServiceUnavailable)
		return
	}
	defer leave()
	socket, err := websocket.Accept(w, r, nil)
	if err != nil {
		return // Accept has answered
	}
	defer func() { _ = socket.CloseNow() }()
	newSession(g, user, socket).run(ctx)
}

// enter ends the user's former session: a mailbox has one reader. It returns the new session's life,
// and false once the gateway is stopping.
func (g *Gateway) enter(user string) (context.Context, func(), bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.life.Err() != nil {
		return nil, nil, false
	}
	ctx, cancel := context.WithCancel(g.life)
	if former, online := g.sessions[user]; online {
		former()
	}
	g.sessions[user] = cancel
	g.active.Add(1)
	return ctx, func() {
		cancel()
		g.active.Done()
	}, true
}
