// SPDX-License-Identifier: Apache-2.0

package contract_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"

	"github.com/hopstamp/hopstamp/test/fates"
	"github.com/hopstamp/hopstamp/test/server"
)

// Counters and histograms of ours go on after a restart, whatever ended the process:
// none falls, none forgets a series or says that its counting began anew, and those
// that count what was sent say what was sent.
func TestCountersGoOn(t *testing.T) {
	t.Parallel()
	k := startKnown(t)
	if answer := k.Post(t, []byte("no protobuf"), "Content-Type", "application/x-protobuf"); answer.Status != 400 {
		t.Fatalf("what is not readable is answered with %d", answer.Status)
	}
	before := countedBy(t, k.Server)
	if len(before) < 50 {
		t.Fatalf("only %d series count", len(before))
	}
	for range 3 {
		k.Kill(t)
		k.Again(t)
		before = k.goesOn(t, k.Server, before)
	}
	k.Stop(t)
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(k.Data)); err != nil {
		t.Fatal(err)
	}
	k.goesOn(t, server.Start(t, server.Options{Config: fates.Config, Data: copied}), before)
	k.Again(t)
	k.goesOn(t, k.Server, before)
	for _, name := range []string{"deliveries_total", "track_stamps_total", "receive_spans_total", "receive_requests_total", "receive_request_seconds", "log_commits_total"} {
		if got := k.resets(t, name); got != 0 {
			t.Errorf("%v resets of %s are stored, must be none", got, name)
		}
	}
}

// resets are how often a counter is stored to have fallen. What was sampled last may not
// be stored yet, and of one sample alone there is no answer.
func (k known) resets(t *testing.T, counter string) (resets float64) {
	t.Helper()
	server.Eventually(t, within, func() (err error) {
		resets, err = ask(k.Server, "sum(resets(hopstamp_"+counter+"[10m]))")
		return err
	})
	return resets
}

// goesOn compares what is counted with what was counted before.
func (k known) goesOn(t *testing.T, s *server.Server, before map[string]*dto.Metric) map[string]*dto.Metric {
	t.Helper()
	after := countedBy(t, s)
	for series, was := range before {
		is := after[series]
		if is == nil {
			t.Errorf("%s is gone", series)
			continue
		}
		if is.GetCounter().GetValue() < was.GetCounter().GetValue() || is.GetHistogram().GetSampleCount() < was.GetHistogram().GetSampleCount() ||
			is.GetHistogram().GetSampleSum() < was.GetHistogram().GetSampleSum() {
			t.Errorf("%s fell from %v to %v", series, was, is)
		}
		if is.GetCounter().GetCreatedTimestamp().String() != was.GetCounter().GetCreatedTimestamp().String() ||
			is.GetHistogram().GetCreatedTimestamp().String() != was.GetHistogram().GetCreatedTimestamp().String() {
			t.Errorf("%s began at another time: %v, %v", series, was, is)
		}
	}
	for series, want := range map[string]int{
		"hopstamp_receive_spans_total": len(k.spans), "hopstamp_track_stamps_total": len(k.spans), "hopstamp_track_duplicate_stamps_total": 0,
		"hopstamp_receive_refused_requests_total malformed": 1,
	} {
		if got := after[series].GetCounter().GetValue(); got != float64(want) {
			t.Errorf("%s is %v, must be %d", series, got, want)
		}
	}
	return after
}

// countedBy a server are its counters and histograms, by their names and labels.
func countedBy(t *testing.T, s *server.Server) map[string]*dto.Metric {
	t.Helper()
	counted := map[string]*dto.Metric{}
	for name, family := range protobufMetrics(t, s) {
		for _, metric := range family.GetMetric() {
			if strings.HasPrefix(name, "hopstamp_") && (metric.Counter != nil || metric.Histogram != nil) {
				for _, label := range metric.GetLabel() {
					name += " " + label.GetValue()
				}
				counted[name] = metric
				name = family.GetName()
			}
		}
	}
	return counted
}

// Without the file, or with one that is not readable, the server starts and says so.
// What the log decides does not need it.
func TestCountersThatAreNotReadable(t *testing.T) {
	t.Parallel()
	k := startKnown(t)
	file := filepath.Join(k.Data, "counters")
	for said, damage := range map[string]func() error{
		"remembers no counters": func() error { return os.Remove(file) },
		"are not readable":      func() error { return os.WriteFile(file, []byte("half of someth"), 0o600) },
	} {
		countedBy(t, k.Server)
		k.Kill(t)
		if err := damage(); err != nil {
			t.Fatal(err)
		}
		k.Again(t)
		after := countedBy(t, k.Server)
		if got := after["hopstamp_receive_spans_total"].GetCounter().GetValue(); got != 0 {
			t.Errorf("%s: %v spans are remembered", said, got)
		}
		if got := after["hopstamp_track_stamps_total"].GetCounter().GetValue(); got != float64(len(k.spans)) {
			t.Errorf("%s: %v stamps, must be %d", said, got, len(k.spans))
		}
		if !strings.Contains(k.Output(), said) {
			t.Errorf("%q is not said", said)
		}
	}
}
