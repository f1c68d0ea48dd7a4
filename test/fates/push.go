// SPDX-License-Identifier: Apache-2.0

package fates

import "github.com/hopstamp/hopstamp/test/telemetry"

// The path push: a request, a publish, a worker in the same trace that calls the
// push provider.

func (t *teller) accept(route string) telemetry.Link {
	return t.root("gateway", telemetry.Server, "POST "+route, 0, 4,
		"http.request.method", "POST", "http.route", route, "hopstamp.message.key", t.Key, "hopstamp.tenant", t.tenant)
}

// publish may begin in the same tick of a coarse clock as the request that it is part of.
func (t *teller) publish(request telemetry.Link, topic, channel string) telemetry.Link {
	return t.child(request, "gateway", telemetry.Producer, "send "+topic, t.random.IntN(2), 3,
		"messaging.system", "nats", "messaging.operation.type", "send", "messaging.destination.name", topic,
		"messaging.message.id", t.Key, "hopstamp.channel", channel, "hopstamp.destination", channel+"-connector")
}

func takes(topic string) []any {
	return []any{"messaging.system", "nats", "messaging.operation.type", "process", "messaging.destination.name", topic}
}

// call is an outbound HTTP call that is answered with a status.
func (t *teller) call(process telemetry.Link, service, host string, from, to, status int) {
	t.child(process, service, telemetry.Client, "POST", from, to,
		"http.request.method", "POST", "server.address", host, "http.response.status_code", status)
	if status >= 400 {
		t.failed()
	}
}

func (t *teller) pushed() Class {
	return Class{Path: "push", Channel: "push", Destination: "push-connector"}
}

func (t *teller) pushAttempt(send telemetry.Link, from, to, status int) {
	process := t.child(send, "push-worker", telemetry.Consumer, "process push", from, to, takes("push")...)
	if status >= 400 {
		t.failed()
	}
	t.call(process, "push-worker", "provider.example", from+1, to-1, status)
}

func (t *teller) sent(c Class, timeliness string, retries, until int) {
	c.Verdict, c.Reason, c.Timeliness = "sent", "Sent", timeliness
	t.ends(Delivery{Class: c, Retries: retries, Latency: milliseconds(until)})
}

func pushInTime(t *teller) {
	from := 5 + t.upTo(2000)
	to := from + 2 + t.upTo(900)
	t.pushAttempt(t.publish(t.accept("/v1/push"), "push", "push"), from, to, 200)
	t.sent(t.pushed(), "in_time", 0, to)
}

func pushLate(t *teller) {
	from := 3000 + t.upTo(5000)
	to := from + 2 + t.upTo(500)
	t.pushAttempt(t.publish(t.accept("/v1/push"), "push", "push"), from, to, 200)
	t.sent(t.pushed(), "late", 0, to)
}

func pushFailed(t *teller) {
	from := 5 + t.upTo(100)
	t.pushAttempt(t.publish(t.accept("/v1/push"), "push", "push"), from, from+2+t.upTo(50), 429)
	c := t.pushed()
	c.Verdict, c.Reason, c.Hop = "failed", "RateLimited", "processed-invoked"
	t.ends(Delivery{Class: c})
}

func pushRetried(t *teller) {
	send := t.publish(t.accept("/v1/push"), "push", "push")
	first := 5 + t.upTo(100)
	t.pushAttempt(send, first, first+50, 503)
	second := first + 50 + t.upTo(1500)
	t.pushAttempt(send, second, second+40, 200)
	t.sent(t.pushed(), "in_time", 1, second+40)
}

func pushNeverPublished(t *teller) {
	t.accept("/v1/push")
	t.ends(Delivery{Class: Class{Path: "push", Verdict: "lost", Reason: "LostAtPublish", Hop: "accepted-published"}})
}

func pushNeverConsumed(t *teller) {
	t.publish(t.accept("/v1/push"), "push", "push")
	c := t.pushed()
	c.Verdict, c.Reason, c.Hop = "lost", "LostAtConsume", "published-consumed"
	t.ends(Delivery{Class: c})
}
