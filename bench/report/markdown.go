// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"strings"
	"time"
)

// Markdown is the whole report.
func (r Report) Markdown() string {
	var b strings.Builder
	r.writeHead(&b)
	r.writeCosts(&b)
	r.writeRatios(&b)
	r.writeExactness(&b)
	r.writeStarts(&b)
	r.writeBlocks(&b)
	return b.String()
}

func (r Report) writeHead(b *strings.Builder) {
	m := r.Machine
	fmt.Fprintf(b, "# Hopstamp beside the OpenTelemetry Collector, %s\n\n", r.Date.Format(time.DateOnly))
	fmt.Fprintf(b, "%s, %d cores, %.0f GiB, %s; built with %s; commit %s.\n", m.Processor, m.Cores, m.MemoryGiB, m.Kernel, m.Go, m.Commit)
	fmt.Fprintf(b, "%v of load, runs: %d (the median by total cost is shown), %d connections, %d spans a request.\n",
		r.Load.Duration, r.Runs, r.Load.Connections, r.Workload.Batch)
	fmt.Fprintf(b, "The contender is alone on one core with GOMAXPROCS=1. \"Total\" is from the first span until the put-off\n")
	fmt.Fprintf(b, "work after the load is done (Hopstamp: %v). \"Others\" is the cores that the rest of the machine used: noise.\n\n", r.Settles)
}

func (r Report) writeCosts(b *strings.Builder) {
	b.WriteString("| contender | protocol | spans/s | CPU-s per million spans: load | total | peak RSS MiB | refused | request p50 / p99 ms | generator | others |\n")
	b.WriteString("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for _, m := range r.Medians {
		fmt.Fprintf(b, "| %s | %s | %.0f | %.2f | %.2f | %.0f | %d | %.1f / %.1f | %.2f | %.2f |\n", m.Contender, m.Protocol,
			m.SpansPerSecond, m.LoadCost, m.TotalCost, m.PeakMiB, m.Refused, m.MedianMs, m.P99Ms, m.GeneratorCores, m.OtherCores)
	}
	for _, m := range r.Medians {
		if m.Scrapes+m.ScrapeFailures > 0 {
			fmt.Fprintf(b, "\n%s (%s) was scraped %d times, and %d scrapes failed.\n", m.Contender, m.Protocol, m.Scrapes, m.ScrapeFailures)
		}
		if m.Complaint != "" {
			fmt.Fprintf(b, "\nThe first request that %s (%s) did not take: %s\n", m.Contender, m.Protocol, m.Complaint)
		}
	}
}

func (r Report) writeRatios(b *strings.Builder) {
	b.WriteString("\n## Ratios\n\n| | to | protocol | total CPU | budget | | CPU under load | spans/s | peak RSS |\n")
	b.WriteString("| --- | --- | --- | ---: | ---: | --- | ---: | ---: | ---: |\n")
	for _, x := range r.Ratios {
		kept := "kept"
		if x.TotalCost > x.Budget {
			kept = "MISSED"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %.2f | %.2f | %s | %.2f | %.2f | %.2f |\n",
			x.Contender, x.To, x.Protocol, x.TotalCost, x.Budget, kept, x.LoadCost, x.Speed, x.Memory)
	}
}

func (r Report) writeExactness(b *strings.Builder) {
	b.WriteString("\n## Exactness\n\nThe ledger, asked from outside, beside the truth of the load:\n\n")
	for _, m := range r.Medians {
		if m.Ledger != nil {
			fmt.Fprintf(b, "- %s, %s: %s\n", m.Contender, m.Protocol, m.Ledger)
		}
	}
	for _, failure := range r.Failures {
		fmt.Fprintf(b, "- **FAILED** %s\n", failure)
	}
	if len(r.Failures) > 0 {
		return
	}
	b.WriteString("\nEvery run was exact.\n")
	if len(r.Starts) > 0 {
		b.WriteString("It still was after each start below.\n")
	}
}

func (r Report) writeStarts(b *strings.Builder) {
	if len(r.Starts) == 0 {
		return
	}
	b.WriteString("\n## Start-up\n\n| data | MiB of data | start to OTLP ms | to /readyz ms | idle RSS MiB | idle cores |\n| --- | ---: | ---: | ---: | ---: | ---: |\n")
	for _, s := range r.Starts {
		fmt.Fprintf(b, "| %s | %.0f | %.0f | %.0f | %.0f | %.3f |\n", s.Data, s.DataMiB, s.TakesMs, s.ReadyMs, s.IdleMiB, s.IdleCores)
	}
}

func (r Report) writeBlocks(b *strings.Builder) {
	b.WriteString("\n## Where the time goes\n")
	for _, block := range r.WhereTimeGoes {
		fmt.Fprintf(b, "\n%s\n", block.Heading)
		if block.Text != "" {
			fmt.Fprintf(b, "\n```\n%s\n```\n", strings.TrimSpace(block.Text))
		}
	}
}
