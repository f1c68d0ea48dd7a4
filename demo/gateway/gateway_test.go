// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"context"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/hopstamp/hopstamp/demo/directory"
	"github.com/hopstamp/hopstamp/demo/gateway"
	"github.com/hopstamp/hopstamp/demo/message"
	"github.com/hopstamp/hopstamp/demo/tally"
	"github.com/hopstamp/hopstamp/demo/telemetry"
)

func start(t *testing.T) (*gateway.Gateway, string, *tally.Tally) {
	t.Helper()
	people, counts := directory.New(0), &tally.Tally{}
	g, err := gateway.Start(gateway.Service{Directory: people, Tracer: noop.Tracer{}, Tally: counts})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Stop)
	return g, people.Users()[0].ID, counts
}

func connect(t *testing.T, ctx context.Context, g *gateway.Gateway, user string) *websocket.Conn {
	t.Helper()
	socket, _, err := websocket.Dial(ctx, g.URL()+"/?user="+user, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.CloseNow() })
	return socket
}

func read(t *testing.T, ctx context.Context, socket *websocket.Conn) string {
	t.Helper()
	var envelope gateway.Envelope
	if err := wsjson.Read(ctx, socket, &envelope); err != nil {
		t.Fatal(err)
	}
	return envelope.ID
}

func TestMailboxWaitsForTheUser(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	g, user, counts := start(t)
	if err := g.Deliver(ctx, message.Message{ID: "m1", Recipients: []string{user}}); err != nil {
		t.Fatal(err)
	}
	socket := connect(t, ctx, g, user)
	if got := read(t, ctx, socket); got != "m1" {
		t.Errorf("read %s, want what came while nobody was there", got)
	}
	if err := wsjson.Write(ctx, socket, gateway.Receipt{ID: "m1", Stage: telemetry.StageRendered}); err != nil {
		t.Fatal(err)
	}
	for counts.Rendered.Load() == 0 && ctx.Err() == nil {
		time.Sleep(5 * time.Millisecond)
	}
	if delivered, rendered := counts.Delivered.Load(), counts.Rendered.Load(); delivered != 1 || rendered != 1 {
		t.Errorf("delivered %d, rendered %d; want 1 and 1", delivered, rendered)
	}
}

// A user who connects again is served on the new socket alone, and loses nothing by it.
func TestNewSessionTakesOver(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	g, user, _ := start(t)
	former := connect(t, ctx, g, user)
	latter := connect(t, ctx, g, user)
	if _, _, err := former.Read(ctx); err == nil || ctx.Err() != nil {
		t.Errorf("the former socket is still open: %v", err)
	}
	if err := g.Deliver(ctx, message.Message{ID: "m2", Recipients: []string{user}}); err != nil {
		t.Fatal(err)
	}
	if got := read(t, ctx, latter); got != "m2" {
		t.Errorf("read %s, want m2", got)
	}
}

func TestUnknownUserIsRefused(t *testing.T) {
	t.Parallel()
	g, _, _ := start(t)
	_, response, err := websocket.Dial(t.Context(), g.URL()+"/?user=nobody", nil)
	if err == nil || response == nil || response.StatusCode != 403 {
		t.Errorf("got %v, %v; want 403", response, err)
	}
	if g.Deliver(t.Context(), message.Message{ID: "m3", Recipients: []string{"nobody"}}) == nil {
		t.Error("a message to nobody was taken")
	}
}
