// SPDX-License-Identifier: Apache-2.0

package journeys_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/test/server"
)

const correctedConfig = `
defaults: {deadline: 500ms, give_up: 1s}
log: {partitions: 3}
track: {linger: 1s, linger_failed: 1h, snapshot_every: 1s}
`

// An order is lost for all that is known, another one is dead-lettered, and both are let
// go of and stored. The server is killed. Then the telemetry of the one's consumer comes
// after all, and the other is driven back: in memory, in a part and after another kill the
// ledger and the list say the same, and each is there once.
func TestCorrectedAfterItWasStored(t *testing.T) {
	t.Parallel()
	s := server.Start(t, server.Options{Config: correctedConfig})
	began := time.Now()
	ago := func(ms int) time.Time { return began.Add(-time.Duration(ms) * time.Millisecond) }
	rabbit := func(topic, id string, more ...any) []any {
		return append([]any{"messaging.system", "rabbitmq", "messaging.destination.name", topic, "messaging.message.id", id}, more...)
	}
	cut := newSpan("cut off", "publish", kindProducer, "send mails", ago(900), ago(895), rabbit("mails", "mail-1")...)
	publish := newSpan("buried", "publish", kindProducer, "send jobs", ago(900), ago(895), rabbit("jobs", "job-1")...)
	failing := newSpan("buried worker", "process", kindConsumer, "process jobs", ago(800), ago(700),
		rabbit("jobs", "job-1", "hopstamp.outcome", "dead_lettered")...).linkedTo(publish).failed()
	bury := newSpan("buried worker", "bury", kindProducer, "send jobs.dead", ago(710), ago(705), rabbit("jobs.dead", "job-1")...).under(failing)
	export(t, s, service("sender").sends(cut, publish), service("worker").sends(failing, bury))
	listed(t, s, map[string]string{"mail-1": "lost", "job-1": "dead_lettered"})
	stored(t, s, 2)
	s.Kill(t)

	s.Again(t)
	listed(t, s, map[string]string{"mail-1": "lost", "job-1": "dead_lettered"})
	late := newSpan("cut off worker", "process", kindConsumer, "process mails", ago(880), ago(860), rabbit("mails", "mail-1")...).linkedTo(cut)
	take := newSpan("redrive", "process", kindConsumer, "process jobs.dead", ago(10), ago(8), rabbit("jobs.dead", "job-1")...).linkedTo(bury)
	again := newSpan("redrive", "publish", kindProducer, "send jobs", ago(9), ago(8), rabbit("jobs", "job-1")...).under(take)
	done := newSpan("redriven", "process", kindConsumer, "process jobs", ago(7), ago(1), rabbit("jobs", "job-1")...).linkedTo(again)
	export(t, s, service("worker").sends(late, done), service("operator").sends(take, again))
	all := map[string]string{"mail-1": "processed", "job-1": "processed"}
	listed(t, s, all)
	stored(t, s, 6) // what was, what takes it back, and what is
	listed(t, s, all)
	s.Kill(t)

	s.Again(t)
	listed(t, s, all)
	left, err := s.Metric("hopstamp_delivery_corrections_total")
	if err != nil || left < 2 {
		t.Errorf("%v deliveries were corrected, %v", left, err)
	}
}

// listed until the list and the ledger say what became of some messages, by all verdicts.
func listed(t *testing.T, s *server.Server, want map[string]string) {
	t.Helper()
	server.Eventually(t, agreeWithin, func() error {
		for _, verdict := range []string{"", "lost", "dead_lettered", "processed"} {
			rows, err := server.Ask[server.List[server.Delivery]](s, "/deliveries", "verdict", verdict)
			if err != nil {
				return err
			}
			expected := map[string]string{}
			for key, is := range want {
				if verdict == "" || verdict == is {
					expected[key] = is
				}
			}
			have := map[string]string{}
			for _, d := range rows.Items {
				have[d.Key] = d.Verdict
			}
			if len(rows.Items) != len(expected) || fmt.Sprint(have) != fmt.Sprint(expected) {
				return fmt.Errorf("verdict %q lists %+v, must be %v", verdict, rows.Items, expected)
			}
			ledger, err := server.Ask[server.Ledger](s, "/ledger", "by", "verdict", "verdict", verdict)
			if err != nil || int(ledger.Total) != len(expected) {
				return fmt.Errorf("the ledger of verdict %q is %+v, %w; must be %d", verdict, ledger, err, len(expected))
			}
		}
		for key, verdict := range want {
			m, err := s.Message(key)
			if err != nil || len(m.Deliveries) != 1 || m.Deliveries[0].Verdict != verdict {
				return fmt.Errorf("message %s has %+v, %w; must be one that is %s", key, m.Deliveries, err, verdict)
			}
		}
		return nil
	})
}

// stored until parts have so many rows, and all that is held waits for corrections only.
func stored(t *testing.T, s *server.Server, rows float64) {
	t.Helper()
	server.Eventually(t, agreeWithin, func() error {
		have, err := s.Metric("hopstamp_store_rows")
		if err == nil && have != rows {
			err = fmt.Errorf("%v rows are in parts, must be %v", have, rows)
		}
		return err
	})
}
