// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"testing"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/hopstamp/hopstamp/internal/receive/otlptest"
	"github.com/hopstamp/hopstamp/internal/span"
)

func TestIdentityOfAMessage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		why            string
		attributes     []any
		id, coordinate string
	}{
		{"names of today", []any{"kafka.offset", 17, "messaging.destination.partition.id", "3"}, "", "3:17"},
		{"names of 1.44", []any{"messaging.kafka.offset", 17, "messaging.destination.partition.id", "3"}, "", "3:17"},
		{"names of 1.18", []any{"messaging.kafka.message.offset", 17, "messaging.kafka.source.partition", 3}, "", "3:17"},
		{"names of 1.17", []any{"messaging.kafka.message.offset", 17, "messaging.kafka.destination.partition", 3}, "", "3:17"},
		{"names before", []any{"messaging.kafka.message.offset", "17", "messaging.kafka.partition", 3}, "", "3:17"},
		{"the first message of all", []any{"kafka.offset", 0, "messaging.destination.partition.id", "0"}, "", "0:0"},
		{"an id beside a coordinate", []any{"messaging.message.id", "m-1", "kafka.offset", 17, "messaging.kafka.partition", 3}, "m-1", "3:17"},
		{"an offset as the id", []any{"messaging.message.id", "17", "kafka.offset", 17, "messaging.kafka.partition", 3}, "", "3:17"},
		{"a coordinate as the id", []any{"messaging.message.id", "3:17", "kafka.offset", 17, "messaging.kafka.partition", 3}, "", "3:17"},
		{"an offset as the id, of an unknown partition", []any{"messaging.message.id", "17", "kafka.offset", 17}, "", ""},
		{"an offset of an unknown partition", []any{"messaging.message.id", "m-1", "kafka.offset", 17}, "m-1", ""},
		{"a partition without an offset", []any{"messaging.message.id", "m-1", "messaging.destination.partition.id", "3"}, "m-1", ""},
		{"not acknowledged, so there is no offset", []any{"kafka.offset", -1, "messaging.kafka.partition", 3}, "", ""},
		{"not assigned, so there is no partition", []any{"kafka.offset", 17, "messaging.kafka.partition", -1}, "", ""},

		{"only an id, and Kafka has none", []any{"messaging.system", "kafka", "messaging.message.id", "17", "messaging.kafka.partition", 3}, "", "3:17"},
		{"Kafka, and the partition is not known", []any{"messaging.system", "kafka", "messaging.message.id", "17"}, "17", ""},
		{"Kafka, and an id of the sender", []any{"messaging.system", "kafka", "messaging.message.id", "17a", "messaging.kafka.partition", 3}, "17a", ""},
		{"a number as the id elsewhere", []any{"messaging.system", "nats", "messaging.message.id", "17", "messaging.destination.partition.id", "3"}, "17", ""},
		{"a number as the id", []any{"messaging.message.id", "17"}, "17", ""},

		{"a tag by the name of today", []any{"rabbitmq.message.delivery_tag", 5, "messaging.client.id", "c-1"}, "", "#5@c-1"},
		{"a tag by the name of 1.44", []any{"messaging.rabbitmq.message.delivery_tag", 5, "messaging.client_id", "c-1"}, "", "#5@c-1"},
		{"a tag of the client for .NET", []any{"messaging.rabbitmq.delivery_tag", "5", "messaging.consumer.id", "c-1"}, "", "#5@c-1"},
		{"a tag of an instance", []any{"rabbitmq.message.delivery_tag", 5, "messaging.message.id", "m-1"}, "m-1", "#5@pod-7"},
		{"a tag as the id", []any{"rabbitmq.message.delivery_tag", 5, "messaging.message.id", "5"}, "", "#5@pod-7"},
		{"an offset tells more than a tag", []any{"rabbitmq.message.delivery_tag", 5, "kafka.offset", 17, "messaging.kafka.partition", 3}, "", "3:17"},
	}
	for _, test := range tests {
		traces := otlptest.OneSpan(ptrace.SpanKindConsumer, "orders process", otlptest.WithAttributes(test.attributes...))
		otlptest.SetAttributes(traces.ResourceSpans().At(0).Resource().Attributes(), "service.instance.id", "pod-7")
		record, _, _ := decodeOne(t, traces)
		if record.MessageID != test.id || record.Coordinate != test.coordinate {
			t.Errorf("%s: id %q coordinate %q, want %q and %q", test.why, record.MessageID, record.Coordinate, test.id, test.coordinate)
		}
	}
}

func TestADeliveryTagOfNobodyIsNoCoordinate(t *testing.T) {
	t.Parallel()
	record, _, _ := decodeOne(t, otlptest.OneSpan(ptrace.SpanKindConsumer, "x", otlptest.WithAttributes("rabbitmq.message.delivery_tag", 5)))
	if record.Coordinate != "" || record.MessageID != "" {
		t.Errorf("coordinate %q, id %q", record.Coordinate, record.MessageID)
	}
}

// What its message is, an event says itself; where that holds, its span does.
func TestIdentityOfAnEvent(t *testing.T) {
	t.Parallel()
	traces := otlptest.OneSpan(ptrace.SpanKindConsumer, "poll", func(s ptrace.Span) {
		otlptest.SetAttributes(s.Attributes(), "messaging.system", "kafka", "messaging.destination.name", "orders",
			"messaging.destination.partition.id", "3", "kafka.offset", 17, "kafka.cluster.id", "c")
		s.TraceState().FromRaw("ot=th:8")
		for _, attributes := range [][]any{{"kafka.offset", 18}, nil} {
			event := s.Events().AppendEmpty()
			event.SetTimestamp(otlptest.BaseTime)
			otlptest.SetAttributes(event.Attributes(), append(attributes, "hopstamp.stage", "enriched")...)
		}
	})
	otlptest.SetAttributes(traces.ResourceSpans().At(0).Resource().Attributes(), "host.name", "h")
	record, batch, _ := decodeOne(t, traces)
	own, none := &batch.Records[1], &batch.Records[2]
	if own.Coordinate != "3:18" || own.System != record.System || own.Topic != record.Topic || own.Cluster != record.Cluster || own.Cluster == 0 {
		t.Errorf("event with an offset: %+v", own)
	}
	if none.Coordinate != "" || none.Topic != 0 {
		t.Errorf("event without: %+v", none)
	}
	if batch.Text(none.Host) != "h" || none.Threshold != 1<<55 {
		t.Errorf("event on host %q with threshold %d", batch.Text(none.Host), none.Threshold)
	}
}

func TestWhoseClock(t *testing.T) {
	t.Parallel()
	all := []any{"service.instance.id", "instance", "k8s.pod.name", "pod", "container.id", "container", "k8s.pod.uid", "uid",
		"host.name", "name", "k8s.node.name", "node", "k8s.node.uid", "node uid", "host.id", "id"}
	for n, want := range []string{"gateway", "instance", "pod", "container", "uid", "name", "node", "node uid", "id"} {
		traces := otlptest.OneSpan(ptrace.SpanKindServer, "x", otlptest.WithAttributes("host.name", "of the span"))
		otlptest.SetAttributes(traces.ResourceSpans().At(0).Resource().Attributes(), all[:2*n]...)
		record, batch, _ := decodeOne(t, traces)
		if got := batch.Text(record.Host); got != want {
			t.Errorf("%v: host %q, want %q", all[:2*n], got, want)
		}
	}
}

func TestHostsOfOneRequest(t *testing.T) {
	t.Parallel()
	traces := otlptest.Platform(1)
	for i, resource := range traces.ResourceSpans().All() {
		if i < 2 {
			otlptest.SetAttributes(resource.Resource().Attributes(), "host.id", "h-1")
		}
	}
	_, batch, _ := decodeOne(t, traces)
	var got []string
	for i := range batch.Records {
		got = append(got, batch.Text(batch.Records[i].Host))
	}
	if got[0] != "h-1" || got[3] != "h-1" || got[4] != "delivery-7c9d8f6b5-00001" || span.Symbol(0) == batch.Records[6].Host {
		t.Errorf("hosts %q", got)
	}
}
