// SPDX-License-Identifier: Apache-2.0

package fates

import "github.com/hopstamp/hopstamp/test/telemetry"

// The path default: services that nobody told anything of Hopstamp. A job
// publishes, a worker takes it; there is no request and no attribute of ours.

func (t *teller) publishOrder() telemetry.Link {
	t.tenant = ""
	return t.root("shop", telemetry.Producer, "send orders", 0, 2, "messaging.system", "kafka", "messaging.operation.type", "send",
		"messaging.destination.name", "orders", "messaging.message.id", t.Key)
}

func (t *teller) processed(until int) {
	t.ends(Delivery{Latency: milliseconds(until), Class: Class{
		Path: "default", Destination: "orders", Verdict: "processed", Reason: "Processed", Timeliness: "in_time"}})
}

func order(t *teller) {
	from := 3 + t.upTo(2000)
	to := from + t.upTo(1000)
	t.child(t.publishOrder(), "billing", telemetry.Consumer, "process orders", from, to, takes("orders")...)
	t.processed(to)
}

func orderToTwoServices(t *teller) {
	send := t.publishOrder()
	for _, service := range []string{"billing", "shipping"} {
		from := 3 + t.upTo(2000)
		to := from + t.upTo(1000)
		t.linked(send, service, telemetry.Consumer, "process orders", from, to, takes("orders")...)
		t.processed(to)
	}
}
