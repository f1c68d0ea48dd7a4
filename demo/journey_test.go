// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/hopstamp/hopstamp/demo/message"
	"github.com/hopstamp/hopstamp/demo/telemetry"
)

// On a calm day, every message of every channel leaves a whole journey: stopping drains the platform,
// so this holds for all of them, not for most.
func TestEveryMessageLeavesAWholeJourney(t *testing.T) {
	t.Parallel()
	platform := observe(t, Options{Rate: 40, Faults: "none"})
	platform.until(t, "ten messages of every channel", func(all spans) bool {
		for _, channel := range message.Channels() {
			if len(all.named("POST "+channel.Route())) < 10 {
				return false
			}
		}
		return true
	})
	all := platform.stop(t)
	for _, span := range all {
		if span.Status.Code == codes.Error {
			t.Errorf("%s of %s ended in error: %s", span.Name, service(span), span.Status.Description)
		}
	}
	for _, channel := range message.Channels() {
		for _, root := range all.named("POST " + channel.Route()) {
			checkJourney(t, all, root, channel)
		}
	}
}

func checkJourney(t *testing.T, all spans, root tracetest.SpanStub, channel message.Channel) {
	t.Helper()
	if root.Parent.IsValid() || root.SpanKind != trace.SpanKindServer || service(root) != "quickconnect-ingress" {
		t.Errorf("%s: want a SERVER root of the ingress", root.Name)
	}
	for _, key := range []string{"http.route", "tenant.id", "hopstamp.region", "messaging.message.id"} {
		if value(root, attribute.Key(key)).AsString() == "" {
			t.Errorf("%s has no %s", root.Name, key)
		}
	}
	steps := all.childrenOf(root)
	for _, stage := range []string{telemetry.StageNormalized, telemetry.StageEnriched, telemetry.StageRouted} {
		if got := len(steps.where(telemetry.Stage.String(stage))); got != 1 {
			t.Errorf("%s: %d spans say %s, want 1", root.Name, got, stage)
		}
	}
	sends := steps.named("send " + channel.Subject())
	if len(sends) != 1 || sends[0].SpanKind != trace.SpanKindProducer {
		t.Fatalf("%s: want one PRODUCER child, got %d", root.Name, len(sends))
	}
	if !has(sends[0], semconv.MessagingSystemKey.String("nats"), semconv.MessagingOperationTypeSend,
		semconv.MessagingDestinationName(channel.Subject()), attributeOf(root, "messaging.message.id")) {
		t.Errorf("%s does not describe its message: %v", sends[0].Name, sends[0].Attributes)
	}
	checkProcess(t, all, root, sends[0], channel)
}

func checkProcess(t *testing.T, all spans, root, send tracetest.SpanStub, channel message.Channel) {
	t.Helper()
	attempts := all.childrenOf(send)
	if channel == message.Ticketing || channel == message.CRM {
		attempts = all.linkedTo(send)
	}
	attempts = attempts.named("process " + channel.Subject())
	if len(attempts) != 1 || attempts[0].SpanKind != trace.SpanKindConsumer {
		t.Fatalf("%s: want one CONSUMER joined to it, got %d", send.Name, len(attempts))
	}
	if !has(attempts[0], semconv.MessagingOperationTypeProcess, telemetry.Retry.Int(0),
		attributeOf(root, "messaging.message.id")) || value(attempts[0], "messaging.consumer.group.name").AsString() == "" {
		t.Errorf("%s does not describe its message: %v", attempts[0].Name, attempts[0].Attributes)
	}
	if channel == message.WebSocket {
		checkRecipients(t, all, root, attempts[0])
		return
	}
	calls := all.childrenOf(attempts[0])
	if len(calls) != 1 || calls[0].SpanKind != trace.SpanKindClient {
		t.Fatalf("%s: want one CLIENT child, got %d", attempts[0].Name, len(calls))
	}
	if value(calls[0], "http.response.status_code").AsInt64()/100 != 2 || value(calls[0], "server.address").AsString() == "" ||
		value(calls[0], telemetry.Destination).AsString() == "" {
		t.Errorf("%s does not describe its call: %v", calls[0].Name, calls[0].Attributes)
	}
}

func checkRecipients(t *testing.T, all spans, root, process tracetest.SpanStub) {
	t.Helper()
	announced := value(all.childrenOf(root).named("route")[0], telemetry.Recipients).AsInt64()
	delivered := all.childrenOf(process).where(telemetry.Stage.String(telemetry.StageDelivered))
	if announced == 0 || int(announced) != len(delivered) {
		t.Errorf("announced %d recipients, delivered to %d", announced, len(delivered))
	}
	for _, deliver := range delivered {
		for _, stage := range []string{telemetry.StageReceived, telemetry.StageRendered} {
			seen := all.childrenOf(deliver).where(telemetry.Stage.String(stage),
				attributeOf(deliver, telemetry.Recipient), attributeOf(deliver, telemetry.Device))
			if len(seen) != 1 || service(seen[0]) != "quickconnect-client" {
				t.Errorf("%d spans of the device say %s, want 1", len(seen), stage)
			}
		}
	}
}
