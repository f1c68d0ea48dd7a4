// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"fmt"
	"math/rand"
)

// messageID is where the message id will be patched in.
const messageID = "00000000000000000000000000000000"

// spanForm is what all spans of one kind have in common.
type spanForm struct {
	name       string // empty: the message's step
	kind       uint64 // of OTLP
	parent     int    // -1: the root
	attributes func(*rand.Rand, *Message) []attribute
}

var forms = [spanKinds]spanForm{
	accept:  {"POST /v1/messages", 2, -1, acceptAttributes},
	route:   {"", 1, accept, routeAttributes},
	publish: {"publish events", 4, route, publishAttributes},
	process: {"process events", 5, publish, processAttributes},
	deliver: {"deliver", 1, process, deliverAttributes},
	post:    {"POST", 3, deliver, postAttributes},
	receipt: {"receipt", 3, deliver, receiptAttributes},
}

func acceptAttributes(random *rand.Rand, m *Message) []attribute {
	return []attribute{
		text("http.request.method", "POST"), text("http.route", "/v1/messages"),
		text("url.path", "/v1/messages"), text("url.scheme", "https"),
		number("http.response.status_code", 202),
		text("server.address", "api.messaging.example.com"), number("server.port", 443),
		text("client.address", fmt.Sprintf("10.%d.%d.%d", random.Intn(256), random.Intn(256), random.Intn(256))),
		text("user_agent.original", userAgents[random.Intn(len(userAgents))]),
		text("network.protocol.version", "1.1"),
		text("tenant.id", m.Tenant), text("channel", m.Channel), text("region", m.Region),
	}
}

func routeAttributes(random *rand.Rand, m *Message) []attribute {
	return []attribute{
		text("tenant.id", m.Tenant), text("channel", m.Channel),
		number("message.size", int64(120+random.Intn(1900))),
		text("route.rule", fmt.Sprintf("rule-%03d", random.Intn(300))),
	}
}

func publishAttributes(random *rand.Rand, m *Message) []attribute {
	return []attribute{
		text("messaging.system", "nats"),
		text("messaging.operation.name", "publish"), text("messaging.operation.type", "send"),
		text("messaging.destination.name", "events."+m.Channel), text("messaging.message.id", messageID),
		number("messaging.message.body.size", int64(200+random.Intn(1900))),
		text("server.address", "nats-0.nats.svc"), text("tenant.id", m.Tenant),
	}
}

func processAttributes(_ *rand.Rand, m *Message) []attribute {
	return []attribute{
		text("messaging.system", "nats"),
		text("messaging.operation.name", "process"), text("messaging.operation.type", "process"),
		text("messaging.destination.name", "events."+m.Channel), text("messaging.message.id", messageID),
		text("messaging.consumer.group.name", "delivery-workers"), text("tenant.id", m.Tenant),
	}
}

func deliverAttributes(_ *rand.Rand, m *Message) []attribute {
	status := "sent"
	if m.Error {
		status = "failed"
	}
	return []attribute{
		text("tenant.id", m.Tenant), text("channel", m.Channel), text("region", m.Region),
		text("destination", m.Destination), number("retry_count", m.Retry), text("delivery.status", status),
	}
}

func postAttributes(_ *rand.Rand, m *Message) []attribute {
	host := m.Destination + ".example.net"
	attributes := []attribute{
		text("http.request.method", "POST"), text("server.address", host), number("server.port", 443),
		text("url.full", "https://"+host+"/v2/send"), number("http.response.status_code", m.HTTPStatus),
		text("network.protocol.version", "2"), text("tenant.id", m.Tenant), text("destination", m.Destination),
	}
	if m.Error {
		attributes = append(attributes, text("error.type", fmt.Sprint(m.HTTPStatus)))
	}
	return attributes
}

func receiptAttributes(random *rand.Rand, m *Message) []attribute {
	receipts := [2]string{"delivered", "read"}
	return []attribute{
		text("http.request.method", "POST"), text("server.address", "hooks."+m.Tenant+".example.org"),
		number("http.response.status_code", 200), text("receipt.type", receipts[random.Intn(2)]),
		text("tenant.id", m.Tenant), text("channel", m.Channel),
	}
}

// sampled is the span's trace flags: sampled, and the parent is known to be remote or not.
const sampled = 0x101

// encodeSpan writes a span with empty ids and times, and says where they belong.
func encodeSpan(random *rand.Rand, m *Message, slot, kind int) ([]byte, patch) {
	form := forms[kind]
	p := patch{slot: uint16(slot), kind: uint8(kind), start: int64(m.Start[kind]), duration: int64(m.Duration[kind])}
	var trace [16]byte
	var span [8]byte
	b := bytesField(nil, 1, trace[:])
	p.trace = int32(len(b) - len(trace))
	b = bytesField(b, 2, span[:])
	if form.parent >= 0 {
		b = bytesField(b, 4, span[:])
		p.parent = int32(len(b) - len(span))
	}
	name := form.name
	if name == "" {
		name = m.Step
	}
	b = bytesField(b, 5, name)
	b = varintField(b, 6, form.kind)
	b = fixed64Field(b, 7, 0)
	p.times = int32(len(b) - 8)
	b = fixed64Field(b, 8, 0)
	for _, a := range form.attributes(random, m) {
		b = attributeField(b, 9, a)
		if a.key == "messaging.message.id" {
			p.message = int32(len(b) - len(messageID))
		}
	}
	if kind == process {
		link := fixed32Field(bytesField(bytesField(nil, 1, trace[:]), 2, span[:]), 6, sampled)
		b = bytesField(b, 13, link)
		p.link = int32(len(b) - len(link) + 2)
	}
	if m.Error && (kind == deliver || kind == post) {
		status := bytesField(nil, 2, fmt.Sprintf("provider returned %d", m.HTTPStatus))
		b = bytesField(b, 15, varintField(status, 3, 2))
	}
	return fixed32Field(b, 16, sampled), p
}
