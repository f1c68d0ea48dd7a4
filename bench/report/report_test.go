// SPDX-License-Identifier: Apache-2.0

package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/bench/ledger"
	"github.com/hopstamp/hopstamp/bench/measure"
)

// measured are three runs of Hopstamp and one of a Collector that costs ten times the median.
func measured() []measure.Measurement {
	exact := &ledger.Check{Sent: 3, Counted: 3}
	return []measure.Measurement{
		{Contender: "collector", Protocol: "http", TotalCost: 10, LoadCost: 8, SpansPerSecond: 100, PeakMiB: 400},
		{Contender: "hopstamp", Protocol: "http", TotalCost: 5, Ledger: exact},
		{Contender: "hopstamp", Protocol: "http", TotalCost: 1, LoadCost: 2, SpansPerSecond: 500, PeakMiB: 100, Ledger: exact},
		{Contender: "hopstamp", Protocol: "http", TotalCost: 0.9, Ledger: exact},
		{Contender: "hopstamp", Protocol: "grpc", TotalCost: 7, Ledger: exact},
	}
}

func TestMedianIsOneWholeRunOfEachContenderAndProtocol(t *testing.T) {
	t.Parallel()
	medians := Medians(measured())
	if len(medians) != 3 || medians[1].TotalCost != 1 || medians[1].SpansPerSecond != 500 || medians[2].Protocol != "grpc" {
		t.Errorf("medians are %+v", medians)
	}
}

func TestRatiosCompareWithinOneProtocol(t *testing.T) {
	t.Parallel()
	ratios := Ratios(Medians(measured()), map[string]float64{"collector": 0.1})
	want := Ratio{Contender: "hopstamp", To: "collector", Protocol: "http", TotalCost: 0.1, LoadCost: 0.25, Speed: 5, Memory: 0.25, Budget: 0.1}
	if len(ratios) != 1 || ratios[0] != want {
		t.Errorf("ratios are %+v, want %+v", ratios, want)
	}
}

func TestMissedBudgetAndWrongCountsAreSaid(t *testing.T) {
	t.Parallel()
	r := Report{Ratios: []Ratio{{TotalCost: 0.2, Budget: 0.1}}, Failures: []string{"one is lost"}}
	text := r.Markdown()
	for _, want := range []string{"MISSED", "**FAILED** one is lost"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report does not say %q", want)
		}
	}
	if strings.Contains(text, "Every run was exact") {
		t.Error("the report calls a failed run exact")
	}
}

func TestReportIsKeptUnderItsDateAndCommit(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	r := Report{Date: time.Date(2026, 11, 2, 3, 4, 5, 0, time.UTC), Machine: Machine{Commit: "abc1234"}}
	for range 2 {
		if path, err := r.Keep(folder); err != nil || filepath.Base(path) != "2026-11-02-abc1234.md" {
			t.Fatalf("kept as %s, %v", path, err)
		}
	}
	lines, err := os.ReadFile(filepath.Join(folder, "results.jsonl"))
	if err != nil || strings.Count(string(lines), "\n") != 2 {
		t.Errorf("the numbers of two reports are %q, %v", lines, err)
	}
}
