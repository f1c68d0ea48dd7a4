// SPDX-License-Identifier: Apache-2.0

package journeys_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/test/server"
)

// kindsConfig gives up soon where a kind needs it, and never hurries the others.
const kindsConfig = `
paths:
  - name: ticks
    match: {destination: ticks}
    deadline: 500ms
  - name: sampled
    match: {destination: sampled}
    deadline: 500ms
  - name: archive
    match: {destination: archive}
    deadline: 500ms
    give_up: 1s
  - name: chat
    match: {destination: rooms}
    until: rendered
    deadline: 5m
  - name: parcels
    match: {destination: parcels}
    deadline: 500ms
  - name: payments
    match: {destination: payments}
    deadline: 500ms
    give_up: 1s
defaults: {deadline: 5m, give_up: 10m}
sample: {delay: 1s}
track: {linger: 10s}
`

// Of each kind of delivery that the tracker tells apart there is one, sent as plain
// OTLP/JSON: what the HTTP interface answers and what `hopstamp message` prints must
// say how it was joined, what became of it, and how sure that is. -v shows the prints.
func TestKinds(t *testing.T) {
	t.Parallel()
	s := server.Start(t, server.Options{Config: kindsConfig})
	for _, kind := range []struct {
		name string
		tell func(*testing.T, kindsOf)
	}{
		{"linked", linked}, {"batched", batched}, {"id-joined", idJoined}, {"coordinates", coordinates}, {"beacon", beacon},
		{"links-dropped", linksDropped}, {"sampled-upstream", sampledUpstream}, {"corrected", corrected}, {"kept", kept},
		{"request-reply", requestReply}, {"dead-letter-redriven", redriven},
		{"sent-together", sentTogether}, {"counted-batch", countedBatch}, {"poll-loop", pollLoop}, {"callback", callback},
	} {
		t.Run(kind.name, func(t *testing.T) { kind.tell(t, kindsOf{s, time.Now()}) })
	}
}

// kindsOf is the server that a kind is told to, and when that began.
type kindsOf struct {
	*server.Server
	began time.Time
}

// ago is a moment of the story, in milliseconds before it began to be told.
func (k kindsOf) ago(ms int) time.Time { return k.began.Add(-time.Duration(ms) * time.Millisecond) }

// request is a request that publishes: an accepted span with a key and a published one
// below it, which says more of the topic when it is said here.
func (k kindsOf) request(key, topic string, ago int, published ...any) (accepted, publish fieldSpan) {
	accepted = newSpan(key, "accept", kindServer, "POST /"+topic, k.ago(ago), k.ago(ago-10), "http.request.method", "POST", "hopstamp.message.key", key,
		"messaging.destination.name", topic)
	publish = newSpan(key, "publish", kindProducer, "send "+topic, k.ago(ago-4), k.ago(ago-8), append(published, "messaging.destination.name", topic)...)
	return accepted, publish.under(accepted)
}

// await a message until it is as asked for, and what `hopstamp message` prints of it then.
func await(t *testing.T, s *server.Server, key string, so func(*server.Message) error) (m server.Message, printed string) {
	t.Helper()
	server.Eventually(t, agreeWithin, func() (err error) {
		if m, err = s.Message(key); err == nil {
			if err = so(&m); err != nil {
				err = fmt.Errorf("%s: %w\n%s %+v %+v", key, err, m.Sentence, m.Deliveries, m.Joins)
			}
		}
		return err
	})
	out, problems, code := server.Command(t, "message", key, "--server", s.URL)
	if code != 0 {
		t.Fatalf("hopstamp message %s: exit code %d: %s", key, code, problems)
	}
	t.Logf("hopstamp message %s\n%s", key, out)
	return m, out
}

// prints checks that each text stands in what was printed.
func prints(t *testing.T, printed string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(printed, text) {
			t.Errorf("hopstamp message does not print %q", text)
		}
	}
}

// verdict is a check for one delivery with a verdict, a reason and a hop.
func verdict(verdict, reason, hop string) func(*server.Message) error {
	return func(m *server.Message) error {
		if len(m.Deliveries) != 1 {
			return fmt.Errorf("%d deliveries, must be one", len(m.Deliveries))
		}
		if d := m.Deliveries[0]; d.Verdict != verdict || d.Reason != reason || d.Hop != hop {
			return fmt.Errorf("%s %s at %q, must be %s %s at %q", d.Verdict, d.Reason, d.Hop, verdict, reason, hop)
		}
		return nil
	}
}

// joinedBy checks that a message has a join by a rule with some confidence.
func joinedBy(t *testing.T, m *server.Message, rule, confidence string) {
	t.Helper()
	if !slices.ContainsFunc(m.Joins, func(j server.Join) bool { return j.Rule == rule && j.Confidence == confidence }) {
		t.Errorf("joins %+v, one must be by %s and %s", m.Joins, rule, confidence)
	}
}

// The consumer starts a trace of its own and links to the send. Its span comes first.
func linked(t *testing.T, k kindsOf) {
	accepted, publish := k.request("linked", "orders", 500)
	work := newSpan("linked worker", "process", kindConsumer, "process orders", k.ago(300), k.ago(100), "messaging.destination.name", "orders").linkedTo(publish)
	export(t, k.Server, service("worker").sends(work))
	export(t, k.Server, service("gateway").sends(accepted, publish))
	m, printed := await(t, k.Server, "linked", verdict("processed", "Processed", ""))
	joinedBy(t, &m, "link", "certain")
	if d := m.Deliveries[0]; d.LatencyUS != 400_000 || d.Timeliness != "in_time" || len(m.Traces) != 2 {
		t.Errorf("%+v in traces %v, must take 400 ms in two", d, m.Traces)
	}
	prints(t, printed, "Processed 400 ms after it was accepted, in time", "joined by link (certain)", "published → consumed", "wait 192 ms")
}

// One process span covers three messages of three requests. Its links say the id that each has.
func batched(t *testing.T, k kindsOf) {
	work := newSpan("batcher", "process", kindConsumer, "process bulk", k.ago(300), k.ago(100), "messaging.system", "kafka",
		"messaging.destination.name", "bulk", "messaging.batch.message_count", 3)
	for i := range 3 {
		id := fmt.Sprint("bulk-", i+1)
		publish := newSpan(id, "publish", kindProducer, "send bulk", k.ago(500), k.ago(490), "messaging.system", "kafka",
			"messaging.destination.name", "bulk", "messaging.message.id", id)
		export(t, k.Server, service("shop").sends(publish))
		work = work.linkedTo(publish, "messaging.message.id", id)
	}
	export(t, k.Server, service("batcher").sends(work))
	for i := range 3 {
		m, printed := await(t, k.Server, fmt.Sprint("bulk-", i+1), verdict("processed", "Processed", ""))
		joinedBy(t, &m, "link", "certain")
		if n := m.Stamps[len(m.Stamps)-1].Shared; n != 3 || len(m.Stamps) != 2 {
			t.Errorf("%d stamps, the last shared by %d; must be two and 3", len(m.Stamps), n)
		}
		prints(t, printed, "shared by 3 messages", "joined by link (certain)")
	}
}

// No context is propagated: both sides say the same message id.
func idJoined(t *testing.T, k kindsOf) {
	same := []any{"messaging.system", "rabbitmq", "messaging.destination.name", "invoices", "messaging.message.id", "invoice-9"}
	publish := newSpan("invoice", "publish", kindProducer, "send invoices", k.ago(500), k.ago(490), same...)
	work := newSpan("invoice worker", "process", kindConsumer, "process invoices", k.ago(300), k.ago(100), same...)
	export(t, k.Server, service("billing").sends(publish))
	export(t, k.Server, service("printer").sends(work))
	m, printed := await(t, k.Server, "invoice-9", verdict("processed", "Processed", ""))
	joinedBy(t, &m, "message_id", "certain")
	prints(t, printed, "joined by message id (certain)")
}

// No context and no id, but both sides say partition and offset.
func coordinates(t *testing.T, k kindsOf) {
	accepted, publish := k.request("event-1041", "events", 500, "messaging.system", "kafka", "messaging.destination.partition.id", "3",
		"messaging.kafka.message.offset", 1041)
	work := newSpan("event worker", "process", kindConsumer, "process events", k.ago(300), k.ago(100), "messaging.system", "kafka",
		"messaging.destination.name", "events", "messaging.destination.partition.id", "3", "messaging.kafka.offset", 1041)
	export(t, k.Server, service("worker").sends(work), service("gateway").sends(accepted, publish))
	m, printed := await(t, k.Server, "event-1041", verdict("processed", "Processed", ""))
	joinedBy(t, &m, "coordinates", "probable")
	prints(t, printed, "joined by coordinates (probable)")
}

// A phone knows the key of the message that it shows, and nothing else.
func beacon(t *testing.T, k kindsOf) {
	accepted, publish := k.request("chat-5", "rooms", 500)
	push := newSpan("chat-5", "push", kindConsumer, "process rooms", k.ago(400), k.ago(380), "messaging.destination.name", "rooms").under(publish)
	shown := newSpan("phone", "shown", kindClient, "show message", k.ago(200), k.ago(190), "hopstamp.message.key", "chat-5", "hopstamp.stage", "rendered")
	export(t, k.Server, service("gateway").sends(accepted, publish), service("pusher").sends(push))
	export(t, k.Server, service("phone").sends(shown))
	m, printed := await(t, k.Server, "chat-5", verdict("rendered", "Rendered", ""))
	joinedBy(t, &m, "message_id", "certain")
	prints(t, printed, "Rendered", "joined by message id (certain)")
}

// A consumer that covers more messages than it can link to may have taken what nobody else took.
func linksDropped(t *testing.T, k kindsOf) {
	same := []any{"messaging.system", "kafka", "messaging.destination.name", "ticks"}
	seen := newSpan("tick-1", "publish", kindProducer, "send ticks", k.ago(300), k.ago(298), append(same, "messaging.message.id", "tick-1")...)
	unseen := newSpan("tick-2", "publish", kindProducer, "send ticks", k.ago(300), k.ago(298), append(same, "messaging.message.id", "tick-2")...)
	poll := newSpan("ticker", "process", kindConsumer, "process ticks", k.ago(200), k.ago(100), append(same, "messaging.batch.message_count", 500)...).linkedTo(seen)
	poll.DroppedLinks = 499
	export(t, k.Server, service("exchange").sends(seen, unseen), service("ticker").sends(poll))
	await(t, k.Server, "tick-1", verdict("processed", "Processed", ""))
	_, printed := await(t, k.Server, "tick-2", verdict("unverifiable", "LinksDropped", "published-consumed"))
	prints(t, printed, "Unverifiable: ", "lost links")
}

// Only one trace of two was sent: what is missing may be in the other, and counts are estimates.
func sampledUpstream(t *testing.T, k kindsOf) {
	publish := newSpan("sampled-1", "publish", kindProducer, "send sampled", k.ago(300), k.ago(298), "messaging.system", "nats",
		"messaging.destination.name", "sampled", "messaging.message.id", "sampled-1")
	publish.TraceState = "ot=th:8"
	export(t, k.Server, service("edge").sends(publish))
	m, printed := await(t, k.Server, "sampled-1", verdict("unverifiable", "UpstreamSampled", "published-consumed"))
	if !m.Deliveries[0].Estimated {
		t.Error("the delivery does not say that it stands for others")
	}
	prints(t, printed, "Unverifiable: ", "sampled before they came here", "counted as an estimate")
	for path, exact := range map[string]bool{"sampled": false, "default": true} {
		ledger, err := server.Ask[server.Ledger](k.Server, "/ledger", "by", "path,verdict", "path", path)
		if err != nil || ledger.Exact != exact || len(ledger.Rows) == 0 || (ledger.Rows[0]["estimated"] == true) == exact {
			t.Errorf("the ledger of path %s is %+v, %v; exact must be %v", path, ledger, err, exact)
		}
	}
}

// What was given up on comes after all: late, and the ledger has the correction.
func corrected(t *testing.T, k kindsOf) {
	publish := newSpan("note-1", "publish", kindProducer, "send archive", k.ago(300), k.ago(298), "messaging.system", "nats",
		"messaging.destination.name", "archive", "messaging.message.id", "note-1")
	export(t, k.Server, service("notes").sends(publish))
	_, printed := await(t, k.Server, "note-1", verdict("lost", "LostAtConsume", "published-consumed"))
	prints(t, printed, "Lost: it was published and never consumed and was given up after 1 s.")

	now := time.Now()
	work := newSpan("note worker", "process", kindConsumer, "process archive", now.Add(-20*time.Millisecond), now,
		"messaging.destination.name", "archive").linkedTo(publish)
	export(t, k.Server, service("archiver").sends(work))
	m, printed := await(t, k.Server, "note-1", verdict("processed", "Processed", ""))
	if m.Deliveries[0].Timeliness != "late" {
		t.Errorf("it is %s, must be late", m.Deliveries[0].Timeliness)
	}
	prints(t, printed, "Processed", "late (deadline 500 ms)")
	server.Eventually(t, agreeWithin, func() error {
		left, err := k.Metric(`hopstamp_delivery_corrections_total{channel="",destination="archive",path="archive",tenant="",timeliness="",verdict="lost"`)
		if err == nil && left != 1 {
			err = fmt.Errorf("%v deliveries left the verdict lost, must be one", left)
		}
		return err
	})
	ledger, err := server.Ask[server.Ledger](k.Server, "/ledger", "by", "verdict,timeliness", "path", "archive")
	if err != nil || ledger.Total != 1 || !ledger.Exact || len(ledger.Rows) != 1 || ledger.Rows[0]["verdict"] != "processed" {
		t.Errorf("the ledger is %+v, %v; must be one that is processed late", ledger, err)
	}
}

// The spans of what failed are kept, with the reason and the threshold, once no retry
// can mend it any more: at give_up.
func kept(t *testing.T, k kindsOf) {
	accepted, publish := k.request("refused-1", "payments", 500)
	work := newSpan("payments worker", "process", kindConsumer, "process payments", k.ago(300), k.ago(100), "messaging.destination.name", "payments",
		"hopstamp.outcome", "failed").linkedTo(publish).failed()
	call := newSpan("payments worker", "call", kindClient, "POST", k.ago(280), k.ago(120), "http.request.method", "POST",
		"http.response.status_code", 422, "error.type", "422", "server.address", "bank.example").under(work).failed()
	export(t, k.Server, service("gateway").sends(accepted, publish), service("payer").sends(work, call))
	_, printed := await(t, k.Server, "refused-1", func(m *server.Message) error {
		return errors.Join(verdict("failed", "ValidationFailed", "processed-invoked")(m), isKept(m))
	})
	prints(t, printed, "Failed: the content was refused as invalid, bank.example answered HTTP 422.", "spans kept: failed: ValidationFailed")
	server.Eventually(t, agreeWithin, func() error {
		spans, err := server.Ask[server.List[server.Span]](k.Server, "/messages/refused-1/spans")
		if err == nil && len(spans.Items) != 4 {
			err = fmt.Errorf("%d spans, must be 4", len(spans.Items))
		}
		for _, span := range spans.Items {
			if !strings.HasPrefix(span.Kept, "failed: ") || !strings.Contains(string(span.OTLP), `"traceState":"ot=th:0;rv:`) || span.Weight != 1 {
				err = fmt.Errorf("%s: kept %q, weight %v\n%s", span.Name, span.Kept, span.Weight, span.OTLP)
			}
		}
		return err
	})
	spans := k.Get(t, "/api/v1/messages/refused-1/spans")
	t.Logf("/api/v1/messages/refused-1/spans\n%s", spans.Body)
}

func isKept(m *server.Message) error {
	if m.Deliveries[0].Kept == "" {
		return errors.New("its spans are not kept")
	}
	return nil
}
