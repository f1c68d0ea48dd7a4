// SPDX-License-Identifier: Apache-2.0

package journeys_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/hopstamp/hopstamp/test/server"
)

// The reply comes back over another destination with nothing but the conversation of the request.
func requestReply(t *testing.T, k kindsOf) {
	said := []any{"messaging.system", "rabbitmq", "messaging.message.conversation_id", "c-1"}
	asked, answered := append(slices.Clone(said), "messaging.destination.name", "quotes"), append(slices.Clone(said), "messaging.destination.name", "quote-replies")
	accepted, publish := k.request("quote-1", "quotes", 500, slices.Clone(said)...)
	price := newSpan("pricing", "process", kindConsumer, "process quotes", k.ago(400), k.ago(350), asked...).linkedTo(publish)
	reply := newSpan("pricing", "reply", kindProducer, "send quote-replies", k.ago(355), k.ago(352), answered...).under(price)
	taken := newSpan("quote taken", "process", kindConsumer, "process quote-replies", k.ago(300), k.ago(280), answered...)
	export(t, k.Server, service("shop").sends(accepted, publish, taken), service("pricing").sends(price, reply))
	m, printed := await(t, k.Server, "quote-1", func(m *server.Message) error {
		if len(m.Stamps) != 5 {
			return fmt.Errorf("%d stamps, must be 5", len(m.Stamps))
		}
		return verdict("processed", "Processed", "")(m)
	})
	joinedBy(t, &m, "conversation_id", "weak")
	prints(t, printed, "joined by conversation id (weak)", "joined by link (certain)")
	if d := m.Deliveries[0]; d.LatencyUS != 220_000 || d.Destination != "quote-replies" {
		t.Errorf("%+v, must be good when the reply was taken, after 220 ms", d)
	}
}

// A job is dead-lettered, mended, and driven back: one journey whose verdict is corrected.
func redriven(t *testing.T, k kindsOf) {
	said := []any{"messaging.system", "rabbitmq", "messaging.message.id", "job-1"}
	jobs, dead := append(slices.Clone(said), "messaging.destination.name", "jobs"), append(slices.Clone(said), "messaging.destination.name", "jobs.dead")
	accepted, publish := k.request("job-1", "jobs", 900, slices.Clone(said)...)
	failing := newSpan("job worker", "process", kindConsumer, "process jobs", k.ago(800), k.ago(700),
		append(slices.Clone(jobs), "hopstamp.outcome", "dead_lettered", "hopstamp.error.category", "validation")...).linkedTo(publish).failed()
	buried := newSpan("job worker", "bury", kindProducer, "send jobs.dead", k.ago(710), k.ago(705), dead...).under(failing)
	export(t, k.Server, service("gateway").sends(accepted, publish), service("worker").sends(failing, buried))
	_, printed := await(t, k.Server, "job-1", verdict("dead_lettered", "ValidationFailed", "consumed-processed"))
	prints(t, printed, "Dead lettered: the content was refused as invalid.\n")

	redrive := newSpan("redrive", "process", kindConsumer, "process jobs.dead", k.ago(500), k.ago(490), dead...).linkedTo(buried)
	again := newSpan("redrive", "publish", kindProducer, "send jobs", k.ago(498), k.ago(495), jobs...).under(redrive)
	done := newSpan("job worker again", "process", kindConsumer, "process jobs", k.ago(400), k.ago(300), jobs...).linkedTo(again)
	export(t, k.Server, service("operator").sends(redrive, again), service("worker").sends(done))
	m, printed := await(t, k.Server, "job-1", verdict("processed", "Processed", ""))
	prints(t, printed, "Processed 600 ms after it was accepted")
	traces := slices.Compact(slices.Sorted(slices.Values(m.Traces)))
	if len(traces) != 4 || len(m.Stamps) != 7 {
		t.Errorf("%d stamps in traces %v, must be 7 in 4", len(m.Stamps), m.Traces)
	}
	ledger, err := server.Ask[server.Ledger](k.Server, "/ledger", "by", "verdict", "destination", "jobs")
	if err != nil || ledger.Total != 1 || len(ledger.Rows) != 1 || ledger.Rows[0]["verdict"] != "processed" {
		t.Errorf("the ledger is %+v, %v; must be one that is processed", ledger, err)
	}
}
