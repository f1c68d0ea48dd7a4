// SPDX-License-Identifier: Apache-2.0

// Package traffic is the tenants' back ends: they post messages to the ingress of their region, on a
// clock of their own that no slow answer holds up (open loop), at a steady rate with a little
// randomness. They aren't part of quickconnect and send no telemetry.
package traffic

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/hopstamp/hopstamp/demo/directory"
	"github.com/hopstamp/hopstamp/demo/message"
)

const requestTimeout = 10 * time.Second

// Share is the part of all messages that take the channel.
func Share(channel message.Channel) float64 {
	switch channel {
	case message.WebSocket:
		return 0.45
	case message.Push:
		return 0.25
	default:
		return 0.15
	}
}

// Plan says what to offer, and where.
type Plan struct {
	Rate      float64 // messages per second
	Seed      uint64
	Directory *directory.Directory
	Ingress   map[string]string // URL by region
}

// Traffic is running traffic.
type Traffic struct {
	Plan
	end       context.CancelFunc
	clock     sync.WaitGroup
	requests  sync.WaitGroup
	transport *http.Transport
	random    *rand.Rand // used by the clock alone
}

// Start begins to post.
func Start(plan Plan) *Traffic {
	life, end := context.WithCancel(context.Background())
	t := &Traffic{
		Plan: plan, end: end, random: rand.New(rand.NewPCG(plan.Seed, 6)),
		transport: &http.Transport{MaxIdleConnsPerHost: 64},
	}
	t.clock.Go(func() { t.tick(life) })
	return t
}

// Stop posts no more and waits for the answers that are due.
func (t *Traffic) Stop() {
	t.end()
	t.clock.Wait()
	t.requests.Wait()
	t.transport.CloseIdleConnections()
}

// tick posts whenever the next message is due; after a hold-up it catches up.
func (t *Traffic) tick(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	due := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		m := t.compose()
		t.requests.Go(func() { t.post(m) })
		due = due.Add(t.gap())
		timer.Reset(time.Until(due))
	}
}

// gap is the time to the next message: the rate's, give or take half.
func (t *Traffic) gap() time.Duration {
	return time.Duration(float64(time.Second) / t.Rate * (0.5 + t.random.Float64()))
}

// compose makes up a message of some tenant.
func (t *Traffic) compose() message.Message {
	tenant := t.Directory.Pick(t.random)
	from := tenant.Users[t.random.IntN(len(tenant.Users))]
	m := message.Message{Tenant: tenant.ID, Region: tenant.Region, From: from.ID, Channel: t.channel(), Text: t.text()}
	switch m.Channel {
	case message.WebSocket:
		room := tenant.Rooms[t.random.IntN(len(tenant.Rooms))]
		m.Room, m.From = room.ID, room.Members[t.random.IntN(len(room.Members))]
	case message.Push:
		m.To = tenant.Users[t.random.IntN(len(tenant.Users))].ID
	case message.Ticketing:
		m.Conversation = fmt.Sprintf("case-%08x", t.random.Uint32())
	}
	return m
}

func (t *Traffic) channel() message.Channel {
	left := t.random.Float64()
	for _, channel := range message.Channels() {
		left -= Share(channel)
		if left < 0 {
			return channel
		}
	}
	return message.CRM
}

func (t *Traffic) text() string {
	who := []string{"Your order", "The invoice", "Flight QC 417", "Table for four", "The new contract", "Ticket 88"}
	what := []string{"is on its way", "needs your approval", "was moved to gate B12", "is confirmed", "has a question", "is overdue"}
	return who[t.random.IntN(len(who))] + "  " + what[t.random.IntN(len(what))] + ". "
}

// post sends one message. What the answer says is counted where it is given, at the ingress.
func (t *Traffic) post(m message.Message) {
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, t.Ingress[m.Region]+m.Channel.Route(), bytes.NewReader(m.Encode()))
	if err != nil {
		return
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := (&http.Client{Transport: t.transport}).Do(request)
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
}
