// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"testing"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/hopstamp/hopstamp/internal/receive/otlptest"
	"github.com/hopstamp/hopstamp/internal/span"
)

func TestStageOfASpan(t *testing.T) {
	t.Parallel()
	const (
		internal, server, client = ptrace.SpanKindInternal, ptrace.SpanKindServer, ptrace.SpanKindClient
		producer, consumer       = ptrace.SpanKindProducer, ptrace.SpanKindConsumer
	)
	tests := []struct {
		why        string
		kind       ptrace.SpanKind
		name       string
		attributes []any
		want       span.Stage
	}{
		{"a server accepts over HTTP", server, "POST /v1/messages", []any{"http.request.method", "POST"}, span.Accepted},
		{"a server accepts over RPC", server, "chat.v1.Chat/Send", []any{"rpc.system", "grpc"}, span.Accepted},
		{"a server accepts over anything", server, "message", nil, span.Accepted},

		{"create, today", producer, "create orders", []any{"messaging.operation.type", "create"}, span.Created},
		{"create by a client", client, "create orders", []any{"messaging.operation.type", "create"}, span.Created},
		{"send by a producer", producer, "send orders", []any{"messaging.operation.type", "send"}, span.Published},
		{"send by a client", client, "send orders", []any{"messaging.operation.type", "send"}, span.Published},
		{"publish, old type", client, "x", []any{"messaging.operation.type", "publish"}, span.Published},
		{"publish, old attribute", producer, "x", []any{"messaging.operation", "publish"}, span.Published},
		{"publish, by the operation's own name", client, "x", []any{"messaging.operation.name", "publish"}, span.Published},
		{"the type goes before the name", client, "x", []any{"messaging.operation.name", "publish", "messaging.operation.type", "receive"}, span.Consumed},
		{"an unknown type leaves it to the name", client, "x", []any{"messaging.operation.name", "publish", "messaging.operation.type", "other"}, span.Published},
		{"a producer that says nothing", producer, "orders", nil, span.Published},
		{"a producer, old span name", producer, "orders publish", nil, span.Published},
		{"a client, old span name", client, "orders send", []any{"messaging.system", "rabbitmq"}, span.Published},
		{"a client, span name of today", client, "send orders", []any{"messaging.system", "rabbitmq"}, span.Published},
		{"a producer that settles", producer, "ack orders", nil, span.None},

		{"receive, today", client, "poll orders", []any{"messaging.operation.type", "receive"}, span.Consumed},
		{"receive, before", consumer, "orders receive", []any{"messaging.operation", "receive"}, span.Consumed},
		{"poll, by span name only", client, "poll orders", []any{"messaging.system", "kafka"}, span.Consumed},
		{"receive, by old span name only", consumer, "orders receive", nil, span.Consumed},
		{"receive, by span name only", consumer, "receive /chat", nil, span.Consumed},

		{"process, today", consumer, "process orders", []any{"messaging.operation.type", "process"}, span.Processed},
		{"deliver, before", consumer, "x", []any{"messaging.operation.type", "deliver"}, span.Processed},
		{"process, by old span name only", consumer, "orders process", nil, span.Processed},
		{"a consumer that says nothing", consumer, "orders", nil, span.Processed},

		{"settle", client, "ack orders", []any{"messaging.operation.type", "settle"}, span.None},
		{"settle, by name", client, "ack orders", []any{"messaging.system", "rabbitmq"}, span.None},
		{"settle, by a consumer", consumer, "commit orders", nil, span.None},

		{"an HTTP call", client, "POST", []any{"http.request.method", "POST"}, span.Invoked},
		{"an HTTP call whose name looks like messaging", client, "send email", []any{"http.request.method", "POST"}, span.Invoked},
		{"an RPC call", client, "push.v1.Push/Send", []any{"rpc.system", "grpc"}, span.Invoked},
		{"an HTTP call to a database", client, "search", []any{"http.request.method", "POST", "db.system", "elasticsearch"}, span.None},
		{"an HTTP call to a broker", client, "x", []any{"http.request.method", "POST", "messaging.system", "aws_sqs"}, span.None},
		{"a database call", client, "SELECT", []any{"db.system.name", "postgresql"}, span.None},
		{"a call of unknown nature", client, "x", nil, span.None},
		{"internal work", internal, "process orders", []any{"messaging.operation.type", "process"}, span.None},
		{"a kind that is not said", ptrace.SpanKindUnspecified, "process orders", nil, span.None},
	}
	for _, test := range tests {
		record, _, _ := decodeOne(t, otlptest.OneSpan(test.kind, test.name, otlptest.WithAttributes(test.attributes...)))
		if record.Stage != test.want || record.Explicit {
			t.Errorf("%s: stage %q explicit %v, want %q", test.why, record.Stage, record.Explicit, test.want)
		}
	}
}

func TestSaidStageWins(t *testing.T) {
	t.Parallel()
	record, _, report := decodeOne(t, otlptest.OneSpan(ptrace.SpanKindServer, "x", otlptest.WithAttributes("hopstamp.stage", "delivered")))
	if record.Stage != span.Delivered || !record.Explicit || report.odd[unknownStage] != 0 {
		t.Errorf("stage %q, explicit %v, %d unknown", record.Stage, record.Explicit, report.odd[unknownStage])
	}
	for _, wrong := range []any{"deliverd", "", 7} {
		record, _, report = decodeOne(t, otlptest.OneSpan(ptrace.SpanKindServer, "x", otlptest.WithAttributes("hopstamp.stage", wrong)))
		unknown := 1
		if wrong == "" {
			unknown = 0 // as if it were not there
		}
		if record.Stage != span.Accepted || record.Explicit || report.odd[unknownStage] != unknown {
			t.Errorf("%v: stage %q, explicit %v, %d unknown", wrong, record.Stage, record.Explicit, report.odd[unknownStage])
		}
	}
}

// A failed attempt reaches the stage all the same; that it failed is said beside.
func TestProcessedEvenIfInError(t *testing.T) {
	t.Parallel()
	record, _, _ := decodeOne(t, otlptest.OneSpan(ptrace.SpanKindConsumer, "process orders", func(s ptrace.Span) {
		s.Status().SetCode(ptrace.StatusCodeError)
	}))
	if record.Stage != span.Processed || !record.Error {
		t.Errorf("stage %q, error %v", record.Stage, record.Error)
	}
}
