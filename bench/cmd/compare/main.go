// SPDX-License-Identifier: Apache-2.0

// Command compare measures Hopstamp beside the OpenTelemetry Collector on the same
// bytes and writes a report. It fails when a count is not exact. See run.sh, which
// builds what it needs.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/hopstamp/hopstamp/bench/contender"
	"github.com/hopstamp/hopstamp/bench/load"
	"github.com/hopstamp/hopstamp/bench/measure"
	"github.com/hopstamp/hopstamp/bench/workload"
)

// plan is what the flags ask for.
type plan struct {
	hopstamp, collector      string
	discard                  string
	configs, folder, results string
	core                     string
	protocols                []string
	runs                     int
	settle                   time.Duration
	load                     load.Options
	profile, starts          bool
	only                     string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	p, err := parse()
	if err == nil {
		err = compare(ctx, p)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		stop()
		os.Exit(1)
	}
}

func parse() (plan, error) {
	p := plan{load: load.Standard()}
	flag.StringVar(&p.hopstamp, "hopstamp", "../bin/hopstamp", "the binary that is measured")
	flag.StringVar(&p.collector, "collector", "out/collector/otelcol-peer", "the Collector, built from collector/builder.yaml")
	flag.StringVar(&p.discard, "discard", "out/bin/discard", "the receiver that throws away what it reads")
	flag.StringVar(&p.configs, "configs", "configs", "folder of the configurations")
	flag.StringVar(&p.folder, "out", "out/runs", "folder for logs and data of the runs")
	flag.StringVar(&p.results, "results", "", "folder of the reports (default results, with -quick out/results)")
	flag.StringVar(&p.core, "core", "0", "core of the contender; the generator should have another to itself")
	flag.IntVar(&p.runs, "runs", 1, "runs of each contender")
	flag.DurationVar(&p.load.Duration, "duration", p.load.Duration, "how long messages are begun")
	flag.Float64Var(&p.load.Rate, "rate", 0, "spans a second; 0: as fast as they are accepted")
	flag.Float64Var(&p.load.Duplicates, "duplicates", 0, "share of requests that are sent twice")
	flag.DurationVar(&p.settle, "settle", 100*time.Second, "how long Hopstamp's put-off work goes on after the load (spans that are kept are copied 90 s after they came)")
	flag.BoolVar(&p.profile, "profile", true, "one more run of Hopstamp, for a CPU profile")
	flag.BoolVar(&p.starts, "starts", true, "measure start-up too, and exactness after kill -9")
	flag.StringVar(&p.only, "only", "", "only contenders whose name contains this")
	protocol := flag.String("protocol", "http", "http, grpc or both")
	quick := flag.Bool("quick", false, "12 s of load and 20 s to settle: to see that it works, not to publish")
	flag.Parse()
	published := "results"
	if *quick {
		p.load.Duration, p.settle = 12*time.Second, 20*time.Second
		published = "out/results"
	}
	p.results = cmp.Or(p.results, published)
	protocols, ok := map[string][]string{"http": {"http"}, "grpc": {"grpc"}, "both": {"http", "grpc"}}[*protocol]
	if !ok {
		return p, fmt.Errorf("-protocol must be http, grpc or both, not %q", *protocol)
	}
	p.protocols = protocols
	return p, nil
}

// The names of the contenders.
const (
	discard    = "discard"
	decodeOnly = "collector-decode"
	both       = "collector-both"
	scraped    = "collector-both-scraped"
	always     = "hopstamp-always"
	interval   = "hopstamp-interval"
)

// budgets are how much of another's total CPU Hopstamp may use.
func budgets() map[string]float64 {
	return map[string]float64{both: 0.1, scraped: 0.1, decodeOnly: 3, discard: 3}
}

// contenders are those that the plan asks for, in a protocol. The Collector decides on a trace after
// ten seconds and gives its metrics on every fifteen.
func (p plan) contenders(protocol string) []contender.Contender {
	config := func(file string) string { return filepath.Join(p.configs, file) }
	all := []contender.Contender{
		contender.Discard(discard, p.discard), // speaks HTTP alone
		contender.Collector(decodeOnly, p.collector, config("decode.yaml"), 3*time.Second),
		contender.Collector(both, p.collector, config("both.yaml"), 17*time.Second),
		contender.Collector(scraped, p.collector, config("both.yaml"), 17*time.Second).WithScraper(scraped),
		p.server(always, "always.yaml"),
		p.server(interval, "interval.yaml"),
	}
	var chosen []contender.Contender
	for _, c := range all {
		if strings.Contains(c.Name, p.only) && (c.Name != discard || protocol == "http") {
			chosen = append(chosen, c)
		}
	}
	return chosen
}

func (p plan) server(name, config string) contender.Contender {
	return contender.Hopstamp(name, p.hopstamp, filepath.Join(p.configs, config), p.settle).WithScraper(name)
}

// bench is what the runs share, in one protocol.
func (p plan) bench(w *workload.Workload, protocol string) measure.Bench {
	options := p.load
	options.Protocol = protocol
	return measure.Bench{Core: p.core, Folder: p.folder, Workload: w, Load: options}
}
