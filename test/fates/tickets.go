// SPDX-License-Identifier: Apache-2.0

package fates

import "github.com/hopstamp/hopstamp/test/telemetry"

// The path tickets: each attempt of the connector is a trace of its own that links
// to the publish.

func ticketed() Class {
	return Class{Path: "tickets", Channel: "ticketing", Destination: "ticketing-connector"}
}

func (t *teller) ticketAttempt(send telemetry.Link, from, to, status int, attributes ...any) telemetry.Link {
	process := t.linked(send, "ticket-connector", telemetry.Consumer, "process tickets", from, to, append(takes("tickets"), attributes...)...)
	if status >= 400 {
		t.failed()
	}
	t.call(process, "ticket-connector", "desk.example", from+1, to-1, status)
	return process
}

func ticketByLink(t *teller) {
	from := 5 + t.upTo(4000)
	to := from + 2 + t.upTo(300)
	t.ticketAttempt(t.publish(t.accept("/v1/tickets"), "tickets", "ticketing"), from, to, 200)
	t.sent(ticketed(), "in_time", 0, to)
}

// ticketDeadLettered is refused three times; the last attempt puts it aside.
func ticketDeadLettered(t *teller) {
	send := t.publish(t.accept("/v1/tickets"), "tickets", "ticketing")
	t.ticketAttempt(send, 10, 40, 422)
	t.ticketAttempt(send, 1000, 1030, 422, "hopstamp.retry", 1)
	last := t.ticketAttempt(send, 2000, 2040, 422, "hopstamp.retry", 2, "hopstamp.outcome", "dead_lettered")
	t.child(last, "ticket-connector", telemetry.Producer, "send tickets.dead", 2031, 2033,
		"messaging.system", "nats", "messaging.operation.type", "send", "messaging.destination.name", "tickets.dead")
	c := ticketed()
	c.Verdict, c.Reason, c.Hop = "dead_lettered", "ValidationFailed", "processed-invoked"
	t.ends(Delivery{Class: c, Retries: 2})
}

func ticketExpired(t *teller) {
	send := t.publish(t.accept("/v1/tickets"), "tickets", "ticketing")
	t.linked(send, "ticket-connector", telemetry.Consumer, "process tickets", 60_000, 60_002,
		append(takes("tickets"), "hopstamp.outcome", "expired")...)
	c := ticketed()
	c.Verdict, c.Reason, c.Hop = "expired", "Expired", "consumed-processed"
	t.ends(Delivery{Class: c})
}
