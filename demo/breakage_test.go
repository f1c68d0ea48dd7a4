// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/hopstamp/hopstamp/demo/directory"
	"github.com/hopstamp/hopstamp/demo/fault"
	"github.com/hopstamp/hopstamp/demo/message"
	"github.com/hopstamp/hopstamp/demo/telemetry"
)

// Each fault shows, in spans alone, what it promises. The platforms run side by side, each with a
// fault that is there from the start.
func TestEachFaultShowsItsEffect(t *testing.T) {
	t.Parallel()
	effects := map[string]func(*testing.T, *observed){
		fault.SchemaDrift:     schemaDriftEndsAmongTheDeadLetters,
		fault.SilentPublisher: silentPublisherLeavesNoErrorAnywhere,
		fault.RateLimit:       rateLimitMakesRetries,
		fault.SlowConsumer:    slowConsumerMakesMessagesWait,
		fault.BadNetwork:      badNetworkDelaysAndLoses,
	}
	platforms := map[string]*observed{}
	for _, info := range Faults() {
		platforms[info.Name] = observe(t, Options{Rate: 40, Faults: info.Name})
	}
	for _, info := range Faults() {
		t.Run(info.Name, func(t *testing.T) {
			effects[info.Name](t, platforms[info.Name])
			told := platforms[info.Name].told.String()
			if !strings.Contains(told, info.Name) || !strings.Contains(told, " ON ") || !strings.Contains(told, info.Story) {
				t.Errorf("the fault was not told:\n%s", told)
			}
		})
	}
}

func failed(span tracetest.SpanStub) bool { return span.Status.Code == codes.Error }

// The ticketing vendor refuses every ticket: three attempts, each with its 422, then a dead letter.
func schemaDriftEndsAmongTheDeadLetters(t *testing.T, platform *observed) {
	t.Helper()
	deadLettered := func(all spans) spans {
		return all.where(telemetry.Outcome.String(telemetry.OutcomeDeadLettered))
	}
	platform.until(t, "a dead letter", func(all spans) bool { return len(deadLettered(all)) > 0 })
	all := platform.stop(t)

	last := deadLettered(all)[0]
	if last.Name != "process deliver.ticketing" || !failed(last) || !has(last, telemetry.ErrorCategory.String("validation")) {
		t.Errorf("dead letter of %s with status %v and %v", last.Name, last.Status, last.Attributes)
	}
	attempts := all.named(last.Name).where(attributeOf(last, "messaging.message.id"))
	if len(attempts) != 3 {
		t.Errorf("%d attempts, want 3", len(attempts))
	}
	for retry := range attempts {
		attempt := attempts.where(telemetry.Retry.Int(retry))
		if len(attempt) != 1 || !failed(attempt[0]) {
			t.Fatalf("%d failed attempts say retry %d, want 1", len(attempt), retry)
		}
		calls := all.childrenOf(attempt[0]).where(semconv.HTTPResponseStatusCode(422), semconv.ErrorTypeKey.String("422"))
		if len(calls) != 1 || !strings.Contains(calls[0].Status.Description, "severity") {
			t.Errorf("attempt %d: want one call refused for severity, got %v", retry, calls)
		}
	}
	if len(all.childrenOf(last).named("send deadletter.ticketing")) != 1 {
		t.Error("nothing was sent to the dead letters")
	}
}

// In one region messages are accepted and never published, and nothing says so.
func silentPublisherLeavesNoErrorAnywhere(t *testing.T, platform *observed) {
	t.Helper()
	unpublished := func(all spans, region string) int {
		roots, sends := 0, 0
		for _, channel := range message.Channels() {
			roots += len(all.named("POST " + channel.Route()).where(telemetry.Region.String(region)))
			sends += len(all.named("send " + channel.Subject()).where(telemetry.Region.String(region)))
		}
		return roots - sends
	}
	platform.until(t, "accepted messages without a send", func(all spans) bool { return unpublished(all, directory.Asia) >= 10 })
	all := platform.stop(t)
	for _, region := range []string{directory.Europe, directory.America} {
		if got := unpublished(all, region); got != 0 {
			t.Errorf("region %s: %d messages were not published, want 0", region, got)
		}
	}
	for _, span := range all {
		if failed(span) {
			t.Errorf("%s ended in error: %s", span.Name, span.Status.Description)
		}
	}
}

// The push provider answers 429; a later attempt at the same message gets through.
func rateLimitMakesRetries(t *testing.T, platform *observed) {
	t.Helper()
	recovered := func(all spans) bool {
		for _, late := range all.named("process deliver.push").where(telemetry.Retry.Int(1)) {
			first := all.named(late.Name).where(telemetry.Retry.Int(0), attributeOf(late, "messaging.message.id"))
			if !failed(late) && len(first) == 1 && failed(first[0]) && late.StartTime.Sub(first[0].EndTime) >= time.Second &&
				len(all.childrenOf(first[0]).where(semconv.HTTPResponseStatusCode(429))) == 1 {
				return true
			}
		}
		return false
	}
	platform.until(t, "a message that got through after a 429", recovered)
	for _, span := range platform.stop(t) {
		if failed(span) && service(span) != "quickconnect-push" {
			t.Errorf("%s of %s ended in error: %s", span.Name, service(span), span.Status.Description)
		}
	}
}

// The CRM's queue backs up: the wait between send and process grows, and no span fails.
func slowConsumerMakesMessagesWait(t *testing.T, platform *observed) {
	t.Helper()
	longestWait := func(all spans, channel message.Channel) time.Duration {
		longest := time.Duration(0)
		for _, send := range all.named("send " + channel.Subject()) {
			for _, process := range all.named("process " + channel.Subject()).where(attributeOf(send, "messaging.message.id")) {
				longest = max(longest, process.StartTime.Sub(send.EndTime))
			}
		}
		return longest
	}
	platform.until(t, "a message that waited for two seconds", func(all spans) bool {
		return longestWait(all, message.CRM) > 2*time.Second
	})
	all := platform.stop(t)
	if slow, other := longestWait(all, message.CRM), longestWait(all, message.Ticketing); other > slow/2 {
		t.Errorf("tickets waited %v too, CRM %v", other, slow)
	}
	for _, span := range all {
		if failed(span) {
			t.Errorf("%s ended in error: %s", span.Name, span.Status.Description)
		}
	}
}

// On phones of one region messages arrive late, or never though they were written to the socket.
func badNetworkDelaysAndLoses(t *testing.T, platform *observed) {
	t.Helper()
	platform.until(t, "late and lost messages", func(all spans) bool {
		late, lost := lateAndLost(all)
		return len(late) >= 5 && len(lost) >= 2
	})
	late, lost := lateAndLost(platform.stop(t))
	for _, deliver := range append(late, lost...) {
		if !has(deliver, telemetry.Region.String(directory.America)) || has(deliver, telemetry.Device.String("web")) {
			t.Errorf("trouble for %v, who is not on a phone in region us", value(deliver, telemetry.Recipient).AsString())
		}
	}
}

// lateAndLost finds the deliveries that arrived a second late or more, and those that never will: a
// socket keeps the order, so what is overtaken by a later delivery to the same user is gone.
func lateAndLost(all spans) (late, lost spans) {
	latest := map[string]time.Time{}
	var open spans
	for _, deliver := range all.where(telemetry.Stage.String(telemetry.StageDelivered)) {
		recipient := value(deliver, telemetry.Recipient).AsString()
		received := all.childrenOf(deliver).where(telemetry.Stage.String(telemetry.StageReceived))
		if len(received) == 0 && !failed(deliver) {
			open = append(open, deliver)
		}
		if len(received) == 0 {
			continue
		}
		if received[0].StartTime.Sub(deliver.EndTime) > time.Second {
			late = append(late, deliver)
		}
		if deliver.StartTime.After(latest[recipient]) {
			latest[recipient] = deliver.StartTime
		}
	}
	for _, deliver := range open {
		if deliver.StartTime.Before(latest[value(deliver, telemetry.Recipient).AsString()]) {
			lost = append(lost, deliver)
		}
	}
	return late, lost
}
