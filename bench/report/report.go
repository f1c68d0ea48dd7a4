// SPDX-License-Identifier: Apache-2.0

// Package report turns measurements into a table that says what was measured, on
// what and how, and keeps it.
package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/hopstamp/hopstamp/bench/load"
	"github.com/hopstamp/hopstamp/bench/measure"
	"github.com/hopstamp/hopstamp/bench/startup"
	"github.com/hopstamp/hopstamp/bench/workload"
)

// Report is one call of the comparison.
type Report struct {
	Date     time.Time             `json:"date"`
	Machine  Machine               `json:"machine"`
	Load     load.Options          `json:"load"`
	Workload workload.Params       `json:"workload"`
	Settles  time.Duration         `json:"settles_ns"` // Hopstamp, after the load
	Runs     int                   `json:"runs"`
	Medians  []measure.Measurement `json:"medians"`
	Ratios   []Ratio               `json:"ratios"`
	Starts   []startup.Measurement `json:"starts"`
	// WhereTimeGoes is one or more blocks of text, each with a heading.
	WhereTimeGoes []Block `json:"-"`
	// Failures are what was not exact; empty is good.
	Failures []string `json:"failures"`
}

// Block is text as a program wrote it.
type Block struct{ Heading, Text string }

// Medians reduces runs of the same contender and protocol to the one whose total
// cost is the median, in the order of their first runs. Taking one run whole keeps
// its numbers consistent with each other.
func Medians(all []measure.Measurement) []measure.Measurement {
	var order [][2]string
	groups := map[[2]string][]measure.Measurement{}
	for _, m := range all {
		key := [2]string{m.Contender, m.Protocol}
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], m)
	}
	var medians []measure.Measurement
	for _, key := range order {
		group := groups[key]
		slices.SortFunc(group, func(a, b measure.Measurement) int { return cmp.Compare(a.TotalCost, b.TotalCost) })
		medians = append(medians, group[len(group)/2])
	}
	return medians
}

// Ratio is how one contender compares with another in the same protocol.
type Ratio struct {
	Contender string  `json:"contender"`
	To        string  `json:"to"`
	Protocol  string  `json:"protocol"`
	TotalCost float64 `json:"total_cost"`
	LoadCost  float64 `json:"load_cost"`
	Speed     float64 `json:"speed"`
	Memory    float64 `json:"memory"`
	Budget    float64 `json:"budget"` // of TotalCost
}

// Ratios compares each Hopstamp with each contender that a budget names.
func Ratios(medians []measure.Measurement, budgets map[string]float64) []Ratio {
	var ratios []Ratio
	for _, m := range medians {
		for _, to := range medians {
			budget, named := budgets[to.Contender]
			if m.Ledger == nil || !named || m.Protocol != to.Protocol {
				continue
			}
			ratios = append(ratios, Ratio{
				Contender: m.Contender, To: to.Contender, Protocol: m.Protocol, Budget: budget,
				TotalCost: m.TotalCost / to.TotalCost, LoadCost: m.LoadCost / to.LoadCost,
				Speed: m.SpansPerSecond / to.SpansPerSecond, Memory: m.PeakMiB / to.PeakMiB,
			})
		}
	}
	return ratios
}

// Keep keeps the report under its date and commit.
func (r Report) Keep(folder string) (string, error) {
	return Keep(folder, r.Date.Format(time.DateOnly)+"-"+r.Machine.Commit, r.Markdown(), r)
}

// Keep writes <name>.md into folder and appends the numbers to results.jsonl there.
func Keep(folder, name, markdown string, numbers any) (string, error) {
	line, err := json.Marshal(numbers)
	if err != nil {
		return "", fmt.Errorf("encode the result: %w", err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", fmt.Errorf("make the folder of results: %w", err)
	}
	path := filepath.Join(folder, name+".md")
	if err := os.WriteFile(path, []byte(markdown), 0o644); err != nil {
		return "", fmt.Errorf("keep the result: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(folder, "results.jsonl"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return "", fmt.Errorf("keep the numbers: %w", err)
	}
	_, err = file.Write(append(line, '\n'))
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return path, err
}
