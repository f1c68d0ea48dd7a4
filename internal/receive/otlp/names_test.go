// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"testing"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/hopstamp/hopstamp/internal/receive/otlptest"
	"github.com/hopstamp/hopstamp/internal/span"
)

// Every name of every generation is read as what it means today.
func TestNamesOfAllGenerations(t *testing.T) {
	t.Parallel()
	text := func(of func(*span.Record) span.Symbol) func(*span.Record, *span.Batch) any {
		return func(r *span.Record, b *span.Batch) any { return b.Text(of(r)) }
	}
	topic := text(func(r *span.Record) span.Symbol { return r.Topic })
	group := text(func(r *span.Record) span.Symbol { return r.Group })
	server := text(func(r *span.Record) span.Symbol { return r.Server })
	messageID := func(r *span.Record, _ *span.Batch) any { return r.MessageID }
	conversation := func(r *span.Record, _ *span.Batch) any { return r.Conversation }
	status := func(r *span.Record, _ *span.Batch) any { return int(r.HTTPStatus) }
	retry := func(r *span.Record, _ *span.Batch) any { return int(r.Retry) }
	stage := func(r *span.Record, _ *span.Batch) any { return r.Stage.String() }
	tests := []struct {
		name  string
		value any
		field func(*span.Record, *span.Batch) any
		want  any
	}{
		{"hopstamp.stage", "routed", stage, "routed"},
		{"hopstamp.message.key", "k-1", func(r *span.Record, _ *span.Batch) any { return r.Key }, "k-1"},
		{"hopstamp.recipient", "u-1", func(r *span.Record, _ *span.Batch) any { return r.Recipient }, "u-1"},
		{"hopstamp.recipients", 250, func(r *span.Record, _ *span.Batch) any { return int(r.Recipients) }, 250},
		{"hopstamp.outcome", "suppressed", func(r *span.Record, _ *span.Batch) any { return r.Outcome.String() }, "suppressed"},
		{"hopstamp.error.category", "auth", func(r *span.Record, _ *span.Batch) any { return r.Category.String() }, "auth"},
		{"hopstamp.tenant", "acme", text(func(r *span.Record) span.Symbol { return r.Dims[span.Tenant] }), "acme"},
		{"hopstamp.channel", "push", text(func(r *span.Record) span.Symbol { return r.Dims[span.Channel] }), "push"},
		{"hopstamp.destination", "crm", text(func(r *span.Record) span.Symbol { return r.Dims[span.Destination] }), "crm"},
		{"hopstamp.region", "eu", text(func(r *span.Record) span.Symbol { return r.Dims[span.Region] }), "eu"},
		{"hopstamp.device", "ios", text(func(r *span.Record) span.Symbol { return r.Dims[span.Device] }), "ios"},
		{"hopstamp.provider", "apns", text(func(r *span.Record) span.Symbol { return r.Dims[span.Provider] }), "apns"},

		{"hopstamp.retry", 2, retry, 2},
		{"hopstamp.retry", "2", retry, 2},
		{"hopstamp.retry", -2, retry, 0},
		{"hopstamp.retry", "two", retry, 0},
		{"http.request.resend_count", 3, retry, 3},
		{"http.resend_count", 3, retry, 3},
		{"http.retry_count", 3, retry, 3},
		{"messaging.servicebus.message.delivery_count", 3, retry, 2},
		{"messaging.gcp_pubsub.message.delivery_attempt", 1, retry, 0},

		{"messaging.system", "kafka", text(func(r *span.Record) span.Symbol { return r.System }), "kafka"},
		{"messaging.destination.name", "orders", topic, "orders"},
		{"messaging.destination", "orders", topic, "orders"},
		{"messaging.source.name", "orders", topic, "orders"},
		{"messaging.destination_publish.name", "orders", topic, "orders"},
		{"messaging.message.id", "m-1", messageID, "m-1"},
		{"messaging.message_id", "m-1", messageID, "m-1"},
		{"messaging.message.conversation_id", "c-1", conversation, "c-1"},
		{"messaging.conversation_id", "c-1", conversation, "c-1"},
		{"messaging.consumer.group.name", "g", group, "g"},
		{"messaging.kafka.consumer_group", "g", group, "g"},
		{"messaging.kafka.consumer.group", "g", group, "g"},
		{"messaging.rocketmq.client_group", "g", group, "g"},
		{"messaging.eventhubs.consumer.group", "g", group, "g"},
		{"messaging.batch.message_count", 500, func(r *span.Record, _ *span.Batch) any { return int(r.Batch) }, 500},
		{"kafka.cluster.id", "MkU3OE", text(func(r *span.Record) span.Symbol { return r.Cluster }), "MkU3OE"},
		{"messaging.kafka.cluster.id", "MkU3OE", text(func(r *span.Record) span.Symbol { return r.Cluster }), "MkU3OE"},
		{"messaging.operation.type", "receive", stage, "consumed"},
		{"messaging.operation.type", "send", stage, "published"},
		{"messaging.operation.type", "publish", stage, "published"},
		{"messaging.operation", "publish", stage, "published"},
		{"messaging.operation", "receive", stage, "consumed"},
		{"messaging.operation.name", "poll", stage, "consumed"},

		{"http.request.method", "GET", stage, "invoked"},
		{"http.method", "GET", stage, "invoked"},
		{"rpc.system.name", "grpc", stage, "invoked"},
		{"rpc.system", "grpc", stage, "invoked"},
		{"http.response.status_code", 429, status, 429},
		{"http.status_code", 429, status, 429},
		{"http.status_code", "429", status, 429},
		{"http.status_code", 70000, status, 0},
		{"http.route", "/v1", text(func(r *span.Record) span.Symbol { return r.Route }), "/v1"},
		{"server.address", "h.example", server, "h.example"},
		{"net.peer.name", "h.example", server, "h.example"},
		{"net.sock.peer.name", "h.example", server, "h.example"},
		{"url.full", "https://h.example:8443/x", server, "h.example"},
		{"http.url", "https://u:p@h.example/x", server, "h.example"},
		{"error.type", "TimeoutError", text(func(r *span.Record) span.Symbol { return r.ErrorType }), "TimeoutError"},
	}
	for _, test := range tests {
		record, batch, _ := decodeOne(t, otlptest.OneSpan(ptrace.SpanKindClient, "call", otlptest.WithAttributes(test.name, test.value)))
		if got := test.field(record, batch); got != test.want {
			t.Errorf("%s = %v: got %v, want %v", test.name, test.value, got, test.want)
		}
	}
}

func TestTheNameOfTodayWins(t *testing.T) {
	t.Parallel()
	for _, pairs := range [][]any{
		{"messaging.destination.name", "today", "messaging.destination", "old"},
		{"messaging.destination", "old", "messaging.destination.name", "today"},
		{"messaging.destination", "old", "messaging.destination.name", "today", "messaging.source.name", "older"},
	} {
		record, batch, _ := decodeOne(t, otlptest.OneSpan(ptrace.SpanKindProducer, "send", otlptest.WithAttributes(pairs...)))
		if got := batch.Text(record.Topic); got != "today" {
			t.Errorf("%v: topic %q", pairs, got)
		}
	}
}

func TestDimensionSources(t *testing.T) {
	t.Parallel()
	sources := map[string][]string{
		"tenant":   {"hopstamp.tenant", "tenant.id", "customer.id"},
		"device":   {"messaging.client.id", "messaging.message.body.size"},
		"region":   {"messaging.destination.subscription.name"},
		"provider": {"hopstamp.provider", "messaging.kafka.consumer_group"},
	}
	tests := []struct {
		why            string
		resource, span []any
		dimension      span.Dim
		want           string
	}{
		{"first of the list", nil, []any{"customer.id", "c", "hopstamp.tenant", "h", "tenant.id", "t"}, span.Tenant, "h"},
		{"second of the list", nil, []any{"customer.id", "c", "tenant.id", "t"}, span.Tenant, "t"},
		{"the span before the resource", []any{"hopstamp.tenant", "of the resource"}, []any{"customer.id", "c"}, span.Tenant, "c"},
		{"the resource when the span has none", []any{"tenant.id", "of the resource"}, nil, span.Tenant, "of the resource"},
		{"an empty text is none", nil, []any{"hopstamp.tenant", "", "tenant.id", "t"}, span.Tenant, "t"},
		{"a number is written out", nil, []any{"tenant.id", 42}, span.Tenant, "42"},
		{"a truth is written out", nil, []any{"tenant.id", true}, span.Tenant, "true"},
		{"a fraction is written out", nil, []any{"tenant.id", 1.5}, span.Tenant, "1.5"},
		{"a list is none", nil, []any{"tenant.id", []any{"a"}, "customer.id", "c"}, span.Tenant, "c"},
		{"an old name of a listed one", nil, []any{"messaging.client_id", "old"}, span.Device, "old"},
		{"an old name that is listed itself", nil, []any{"messaging.consumer.group.name", "today"}, span.Provider, ""},
		{"a name older than the listed one", nil, []any{"messaging.kafka.consumer.group", "older"}, span.Provider, "older"},
		{"an older name of a listed one", nil, []any{"messaging.consumer.id", "older"}, span.Device, "older"},
		{"the oldest name of a listed one", nil, []any{"messaging.kafka.client_id", "oldest"}, span.Device, "oldest"},
		{"the old name of the second", nil, []any{"messaging.message_payload_size_bytes", 10}, span.Device, "10"},
		{"another old name of the second", nil, []any{"messaging.message.payload_size_bytes", 10}, span.Device, "10"},
		{"a subscription", nil, []any{"messaging.servicebus.destination.subscription_name", "s"}, span.Region, "s"},
		{"not listed: our own attribute", nil, []any{"hopstamp.provider", "apns"}, span.Provider, "apns"},
	}
	decoder, batch := NewDecoder(newTable(t, sources)), new(span.Batch)
	for _, test := range tests {
		traces := otlptest.OneSpan(ptrace.SpanKindInternal, "work", otlptest.WithAttributes(test.span...))
		otlptest.SetAttributes(traces.ResourceSpans().At(0).Resource().Attributes(), test.resource...)
		if err := decoder.Decode(otlptest.Encode(t, traces), batch); err != nil {
			t.Fatal(err)
		}
		if got := batch.Text(batch.Records[0].Dims[test.dimension]); got != test.want {
			t.Errorf("%s: %s is %q, want %q", test.why, test.dimension, got, test.want)
		}
	}
}

func TestUnknownDimensionIsRefused(t *testing.T) {
	t.Parallel()
	for _, sources := range []map[string][]string{{"tenants": {"tenant.id"}}, {"tenant": {""}}, {"tenant": make([]string, 300)}} {
		if _, err := NewTable(sources); err == nil {
			t.Errorf("%v: no error", sources)
		}
	}
}
