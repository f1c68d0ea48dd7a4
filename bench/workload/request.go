// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"encoding/binary"
	"fmt"
	"math/rand"
)

// Waves is in how many waves the spans of a message arrive, one for each service.
const Waves = 4

// wave is what one service reports.
type wave struct {
	service  string
	spans    []int
	requests int // of Batch spans, for one block
}

var waves = [Waves]wave{
	{"ingress-api", []int{accept, route, publish}, 3},
	{"stream-router", []int{process}, 1},
	{"delivery", []int{deliver, post}, 2},
	{"receipt-tracker", []int{receipt}, 1},
}

// RequestsPerBlock is how many requests carry one block.
const RequestsPerBlock = SpansPerMessage

// WaveRequests are the first request of a wave in a block, and the first after it.
func WaveRequests(w int) (first, end int) {
	for i := range w {
		first += waves[i].requests
	}
	return first, first + waves[w].requests
}

// Request is one encoded ExportTraceServiceRequest, a template to be patched.
type Request struct {
	Spans   int
	buffer  []byte
	patches []patch
}

// encodeRequest writes the spans that the wave's service reports for the slots.
func encodeRequest(random *rand.Rand, messages []Message, w wave, pod int, slots []int) *Request {
	r := &Request{}
	scope := bytesField(nil, 1, "messaging/"+w.service)
	spans := bytesField(nil, 1, bytesField(scope, 2, "0.3.1"))
	for _, slot := range slots {
		for _, kind := range w.spans {
			encoded, p := encodeSpan(random, &messages[slot], slot, kind)
			spans = bytesField(spans, 2, encoded)
			p.shift(int32(len(spans) - len(encoded)))
			r.patches = append(r.patches, p)
		}
	}
	resource := bytesField(nil, 1, encodeResource(w.service, pod))
	resource = bytesField(resource, 2, spans)
	before := len(resource) - len(spans)
	resource = bytesField(resource, 3, "https://opentelemetry.io/schemas/1.37.0")
	r.buffer = bytesField(nil, 1, resource)
	before += len(r.buffer) - len(resource)
	for i := range r.patches {
		r.patches[i].shift(int32(before))
	}
	r.Spans = len(r.patches)
	return r
}

func encodeResource(service string, pod int) []byte {
	var b []byte
	for _, a := range []attribute{
		text("service.name", service), text("service.version", "1.42.0"), text("service.namespace", "messaging"),
		text("service.instance.id", fmt.Sprintf("%s-7c9d8f6b5-%05d", service, pod)),
		text("deployment.environment.name", "production"), text("k8s.namespace.name", "messaging"),
		text("telemetry.sdk.language", "go"), text("telemetry.sdk.name", "opentelemetry"),
		text("telemetry.sdk.version", "1.38.0"),
	} {
		b = attributeField(b, 1, a)
	}
	return b
}

// patch says where the ids and times of one span are. Offsets are of bytes, 0: there is none.
type patch struct {
	trace    int32 // 16 bytes of trace id; the span id is 18 after it
	parent   int32 // 8 bytes of the parent's span id
	times    int32 // 8 bytes of start; the end is 9 after it
	link     int32 // 16 bytes of the link's trace id; its span id is 18 after it
	message  int32 // 32 hexadecimal characters of the message id
	slot     uint16
	kind     uint8
	start    int64 // nanoseconds after the base time, or before it
	duration int64
}

func (p *patch) shift(by int32) {
	p.trace += by
	p.times += by
	for _, offset := range []*int32{&p.parent, &p.link, &p.message} {
		if *offset != 0 {
			*offset += by
		}
	}
}

// write puts the ids of message number and the times after base (Unix nanoseconds) into b.
func (p *patch) write(b []byte, ids messageIDs, base int64) {
	ids.putSpan(b[p.trace:], int(p.kind))
	if p.parent != 0 {
		binary.BigEndian.PutUint64(b[p.parent:], ids.span(forms[p.kind].parent))
	}
	start := uint64(base + p.start)
	binary.LittleEndian.PutUint64(b[p.times:], start)
	binary.LittleEndian.PutUint64(b[p.times+9:], start+uint64(p.duration))
	if p.link != 0 {
		ids.putSpan(b[p.link:], publish)
	}
	if p.message != 0 {
		ids.putMessage(b[p.message:])
	}
}
