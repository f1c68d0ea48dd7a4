// SPDX-License-Identifier: Apache-2.0

package fates

import (
	"fmt"

	"github.com/hopstamp/hopstamp/test/telemetry"
)

// The path chat: one message to several people, over sockets, until it is rendered
// on the device of each.

func chatted() Class {
	return Class{Path: "chat", Channel: "websocket", Destination: "websocket-connector"}
}

// fanOut brings a message up to the sockets, for so many recipients.
func (t *teller) fanOut(recipients int) (gateway telemetry.Link) {
	request := t.accept("/v1/chat")
	t.child(request, "gateway", telemetry.Internal, "route", 0, 1, "hopstamp.stage", "routed", "hopstamp.recipients", recipients)
	send := t.publish(request, "chat", "websocket")
	return t.child(send, "socket-gateway", telemetry.Consumer, "process chat", 10, 60, takes("chat")...)
}

func (t *teller) recipient(n int) string { return fmt.Sprintf("%s-user-%d", t.Key, n) }

func (t *teller) deliver(gateway telemetry.Link, n int) telemetry.Link {
	return t.child(gateway, "socket-gateway", telemetry.Internal, "write", 20+n, 21+n,
		"hopstamp.stage", "delivered", "hopstamp.recipient", t.recipient(n))
}

// show is what a device tells: spans in a trace of its own.
func (t *teller) show(delivered telemetry.Link, n, from int) (rendered int) {
	rendered = from + 10 + t.upTo(80)
	received := t.linked(delivered, "device", telemetry.Consumer, "receive", from, from+1,
		"hopstamp.stage", "received", "hopstamp.recipient", t.recipient(n))
	t.child(received, "device", telemetry.Internal, "render", from+5, rendered, "hopstamp.stage", "rendered")
	return rendered
}

func (t *teller) rendered(n int, timeliness string, at int) {
	c := chatted()
	c.Verdict, c.Reason, c.Timeliness = "rendered", "Rendered", timeliness
	t.ends(Delivery{Class: c, Recipient: t.recipient(n), Latency: milliseconds(at)})
}

// chatToThree is seen by the first, muted by the second, and never written to the
// socket of the third.
func chatToThree(t *teller) {
	gateway := t.fanOut(3)
	t.rendered(1, "in_time", t.show(t.deliver(gateway, 1), 1, 30+t.upTo(2000)))

	t.linked(t.deliver(gateway, 2), "device", telemetry.Consumer, "receive", 70, 71,
		"hopstamp.stage", "received", "hopstamp.recipient", t.recipient(2), "hopstamp.outcome", "suppressed")
	muted := chatted()
	muted.Verdict, muted.Reason, muted.Hop = "suppressed", "Suppressed", "delivered-received"
	t.ends(Delivery{Class: muted, Recipient: t.recipient(2)})

	missing := chatted()
	missing.Verdict, missing.Reason, missing.Hop = "stuck", "StuckAtDeliver", "processed-delivered"
	t.ends(Delivery{Class: missing})
}

// chatToTwo is seen by both, by the second only after the deadline.
func chatToTwo(t *teller) {
	gateway := t.fanOut(2)
	t.rendered(1, "in_time", t.show(t.deliver(gateway, 1), 1, 30+t.upTo(2000)))
	t.rendered(2, "late", t.show(t.deliver(gateway, 2), 2, 5000+t.upTo(9000)))
}

func chatNeverPublished(t *teller) {
	t.accept("/v1/chat")
	t.ends(Delivery{Class: Class{Path: "chat", Verdict: "stuck", Reason: "StuckAtPublish", Hop: "accepted-published"}})
}

func chatNeverConsumed(t *teller) {
	t.publish(t.accept("/v1/chat"), "chat", "websocket")
	c := chatted()
	c.Verdict, c.Reason, c.Hop = "stuck", "StuckAtConsume", "published-consumed"
	t.ends(Delivery{Class: c})
}
