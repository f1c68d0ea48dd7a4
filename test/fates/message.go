// SPDX-License-Identifier: Apache-2.0

// Package fates makes messages whose fate is known: for each the spans that its
// services would send, and what must become known of it. It is the truth that a
// server is compared with, so it asks nothing of the server, and nothing of its code.
// The same seed makes the same messages. Times lie in the past, so that what is
// missing is missing at once.
package fates

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/hopstamp/hopstamp/test/telemetry"
)

// Message is one message with its fate.
type Message struct {
	Fate       string
	Key        string // by which the server knows it
	Traces     []telemetry.TraceID
	Started    time.Time
	Spans      []telemetry.Span
	Deliveries []Delivery // what must become known
}

// Delivery is what must become known of one delivery.
type Delivery struct {
	Class
	Recipient string
	Retries   int
	Latency   time.Duration // 0: not fulfilled
}

// Class is what the ledger counts a delivery under.
type Class struct {
	Path, Tenant, Channel, Destination, Verdict, Reason, Hop, Timeliness string
}

// teller writes a message down, span by span. Times are offsets in milliseconds
// from when the message began.
type teller struct {
	*Message
	random *rand.Rand
	tenant string
}

func (t *teller) newTrace() (id telemetry.TraceID) {
	binary.BigEndian.PutUint64(id[:8], t.random.Uint64())
	binary.BigEndian.PutUint64(id[8:], t.random.Uint64()|1)
	t.Traces = append(t.Traces, id)
	return id
}

// root is the first span of a new trace.
func (t *teller) root(service string, kind telemetry.Kind, name string, from, to int, attributes ...any) telemetry.Link {
	return t.span(telemetry.Span{Service: service, Trace: t.newTrace(), Kind: kind, Name: name, Attributes: attributes}, from, to)
}

// child continues a span of the same trace.
func (t *teller) child(of telemetry.Link, service string, kind telemetry.Kind, name string, from, to int, attributes ...any) telemetry.Link {
	return t.span(telemetry.Span{Service: service, Trace: of.Trace, Parent: of.Span, Kind: kind, Name: name, Attributes: attributes}, from, to)
}

// linked continues a span of another trace.
func (t *teller) linked(to telemetry.Link, service string, kind telemetry.Kind, name string, from, until int, attributes ...any) telemetry.Link {
	links := []telemetry.Link{to}
	return t.span(telemetry.Span{Service: service, Trace: t.newTrace(), Links: links, Kind: kind, Name: name, Attributes: attributes}, from, until)
}

func (t *teller) span(s telemetry.Span, from, to int) telemetry.Link {
	binary.BigEndian.PutUint64(s.ID[:], t.random.Uint64()|1)
	s.Start, s.End = t.Started.Add(milliseconds(from)), t.Started.Add(milliseconds(to))
	t.Spans = append(t.Spans, s)
	return s.Context()
}

// failed says that the span told last ended in error.
func (t *teller) failed() { t.Spans[len(t.Spans)-1].Error = true }

// ends says what must become known of a delivery.
func (t *teller) ends(d Delivery) {
	d.Tenant = t.tenant
	t.Deliveries = append(t.Deliveries, d)
}

// upTo is a duration from 1 to n milliseconds.
func (t *teller) upTo(n int) int { return 1 + t.random.IntN(n) }

func milliseconds(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// tell makes the message of a number.
func tell(seed uint64, number int, started time.Time) Message {
	random := rand.New(rand.NewPCG(seed, uint64(number)))
	fate := pick(random)
	t := teller{Message: &Message{Fate: fate.name, Started: started}, random: random, tenant: fmt.Sprintf("tenant-%d", random.IntN(5))}
	t.Key = fmt.Sprintf("m-%d-%d", seed, number)
	fate.tell(&t)
	return *t.Message
}
