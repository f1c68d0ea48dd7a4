// SPDX-License-Identifier: Apache-2.0

package trial

import (
	"fmt"
	"strings"
	"time"

	"github.com/hopstamp/hopstamp/bench/load"
	"github.com/hopstamp/hopstamp/bench/report"
	"github.com/hopstamp/hopstamp/bench/workload"
)

// Report is one trial of all contenders.
type Report struct {
	Trial    string          `json:"trial"` // kill or saturate
	Date     time.Time       `json:"date"`
	Machine  report.Machine  `json:"machine"`
	Load     load.Options    `json:"load"`
	Workload workload.Params `json:"workload"`
	KillAt   time.Duration   `json:"kill_at_ns"`
	Outcomes []Outcome       `json:"outcomes"`
}

// Keep the report, and its numbers, in a folder.
func (r Report) Keep(folder string) (string, error) {
	return report.Keep(folder, fmt.Sprintf("%s-%s-%s", r.Date.Format(time.DateOnly), r.Machine.Commit, r.Trial), r.Markdown(), r)
}

// Markdown is the whole report.
func (r Report) Markdown() string {
	var b strings.Builder
	m := r.Machine
	fmt.Fprintf(&b, "# %s, %s\n\n", r.title(), r.Date.Format(time.DateOnly))
	fmt.Fprintf(&b, "%s, %d cores, %.0f GiB, %s; built with %s; commit %s.\n", m.Processor, m.Cores, m.MemoryGiB, m.Kernel, m.Go, m.Commit)
	rate := "as fast as they are taken"
	if r.Load.Rate > 0 {
		rate = fmt.Sprintf("%.0f spans a second", r.Load.Rate)
	}
	fmt.Fprintf(&b, "%v of load, %s, over %d connections; %s. Each contender alone on one core.\n", r.Load.Duration, rate, r.Load.Connections, r.kill())
	b.WriteString("The generator repeats each request until it is acknowledged, so everything below was. The Collector's counts\n")
	b.WriteString("are of spans, and stitched as increase() does; Hopstamp's are of deliveries. Must-keep messages failed or were late.\n\n")
	b.WriteString("| contender | acknowledged spans | told to wait | without an answer | never taken | down s | missing from the counts | series wrong | must-keep | lost | twice | incomplete (of opened) |\n")
	b.WriteString("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for _, o := range r.Outcomes {
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %.1f | %.0f of %.0f %s (%.2f %%) | %d of %d | %d | %d (%.2f %%) | %d | %d of %d (%.2f %%) |\n",
			o.Contender, o.Spans, o.Refused, o.Broken, o.GivenUp, o.Down, o.Truth-o.Counted, o.Truth, o.Unit, 100*o.MissingShare(),
			o.Wrong, o.Series, o.MustKeep, o.Lost, percent(o.Lost, o.MustKeep), o.Twice, o.Incomplete, o.Opened, percent(o.Incomplete, o.Opened))
	}
	for _, o := range r.Outcomes {
		if o.Complaint != "" {
			fmt.Fprintf(&b, "\nThe first request that %s did not take: %s\n", o.Contender, o.Complaint)
		}
	}
	return b.String()
}

func (r Report) title() string {
	if r.KillAt > 0 {
		return "One kill -9 under load: Hopstamp beside the OpenTelemetry Collector"
	}
	return "At and past saturation: Hopstamp beside the OpenTelemetry Collector"
}

func (r Report) kill() string {
	if r.KillAt > 0 {
		return fmt.Sprintf("kill -9 after %v, started again a second later", r.KillAt)
	}
	return "nobody is killed"
}

func percent(part, of int) float64 { return 100 * float64(part) / float64(max(1, of)) }
