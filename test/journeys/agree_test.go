// SPDX-License-Identifier: Apache-2.0

package journeys_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/test/fates"
	"github.com/hopstamp/hopstamp/test/server"
)

// agreeWithin bounds how long the server may take to know everything that it was sent.
const agreeWithin = 45 * time.Second

// everything are the dimensions that the truth knows.
var everything = []string{"path", "tenant", "channel", "destination", "verdict", "reason", "hop", "timeliness", "minute"}

// agreeWithLedger waits until the ledger says the truth, by everything at once and
// by some dimensions at a time.
func agreeWithLedger(t *testing.T, s *server.Server, truth *fates.Truth) {
	t.Helper()
	server.Eventually(t, agreeWithin, func() error { return compareLedger(s, truth, everything) })
	for _, by := range [][]string{{"path"}, {"verdict"}, {"timeliness"}, {"reason"}, {"path", "verdict", "timeliness", "reason"}} {
		if err := compareLedger(s, truth, by); err != nil {
			t.Error(err)
		}
	}
}

func compareLedger(s *server.Server, truth *fates.Truth, by []string) error {
	ledger, err := server.Ask[server.Ledger](s, "/ledger", "by", strings.Join(by, ","), "since", "6h")
	if err != nil {
		return err
	}
	counted := map[string]int64{}
	for _, row := range ledger.Rows {
		line := fates.Line(by, func(dimension string) string { return fmt.Sprint(row[dimension]) })
		count, _ := row["count"].(float64)
		counted[line] += int64(count)
	}
	if differences := fates.Differences(truth.Ledger(by...), counted); len(differences) > 0 {
		return fmt.Errorf("the ledger by %v differs:\n%s", by, strings.Join(differences, "\n"))
	}
	if ledger.Total != truth.Deliveries || !ledger.Exact {
		return fmt.Errorf("the ledger's total is %d, exact %v; must be %d and exact", ledger.Total, ledger.Exact, truth.Deliveries)
	}
	return nil
}

// agreeWithMessage asks for a message by its key and by each of its traces.
func agreeWithMessage(t *testing.T, s *server.Server, m *fates.Message) {
	t.Helper()
	ids := []string{m.Key}
	for _, trace := range m.Traces {
		ids = append(ids, trace.String())
	}
	for _, id := range ids {
		got, err := s.Message(id)
		if err != nil {
			t.Errorf("%s %s, asked as %s: %v", m.Fate, m.Key, id, err)
			continue
		}
		if err := compareMessage(m, &got); err != nil {
			t.Errorf("%s %s, asked as %s: %v\n%s", m.Fate, m.Key, id, err, got.Sentence)
		}
	}
}

func compareMessage(m *fates.Message, got *server.Message) error {
	var problems []error
	if got.Key != m.Key || !got.Started.Equal(m.Started) || !got.Complete {
		problems = append(problems, fmt.Errorf("key %s, started %v, complete %v; must be %s, %v and complete",
			got.Key, got.Started, got.Complete, m.Key, m.Started))
	}
	var want, have []string
	for _, d := range m.Deliveries {
		want = append(want, fmt.Sprintf("%+v for %q, %d retries, %v", d.Class, d.Recipient, d.Retries, d.Latency))
	}
	for _, d := range got.Deliveries {
		class := fates.Class{Path: d.Path, Tenant: d.Tenant, Channel: d.Channel, Destination: d.Destination,
			Verdict: d.Verdict, Reason: d.Reason, Hop: d.Hop, Timeliness: d.Timeliness}
		have = append(have, fmt.Sprintf("%+v for %q, %d retries, %v", class, d.Recipient, d.Retries, time.Duration(d.LatencyUS)*time.Microsecond))
		if (d.LatencyUS > 0) != (d.Fulfilled != nil) {
			problems = append(problems, fmt.Errorf("%s: latency %d µs, but fulfilled %v", d.ID, d.LatencyUS, d.Fulfilled))
		}
	}
	slices.Sort(want)
	slices.Sort(have)
	if !slices.Equal(want, have) {
		problems = append(problems, fmt.Errorf("deliveries\n  %s\nmust be\n  %s", strings.Join(have, "\n  "), strings.Join(want, "\n  ")))
	}
	traces := []string{}
	for _, trace := range m.Traces {
		traces = append(traces, trace.String())
	}
	slices.Sort(traces)
	slices.Sort(got.Traces)
	if !slices.Equal(traces, got.Traces) {
		problems = append(problems, fmt.Errorf("traces %v, must be %v", got.Traces, traces))
	}
	if len(got.Stamps) != len(m.Spans) {
		problems = append(problems, fmt.Errorf("%d stamps of %d spans", len(got.Stamps), len(m.Spans)))
	}
	return errors.Join(problems...)
}

// totals of the truth, for the log of the test.
func totals(truth *fates.Truth) string {
	var lines []string
	by := truth.Ledger("path", "verdict", "timeliness", "reason")
	for _, line := range slices.Sorted(maps.Keys(by)) {
		lines = append(lines, fmt.Sprintf("%8d %s", by[line], line))
	}
	return strings.Join(lines, "\n")
}
