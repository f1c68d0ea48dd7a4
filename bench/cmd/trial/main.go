// SPDX-License-Identifier: Apache-2.0

// Command trial puts Hopstamp and the OpenTelemetry Collector through a kill -9 in the
// middle of the load, or through more than they can take, and says what of the
// acknowledged is missing afterwards. It fails when Hopstamp's is not all there. See
// kill.sh and saturate.sh, which build what it needs.
package main

import (
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
	"github.com/hopstamp/hopstamp/bench/report"
	"github.com/hopstamp/hopstamp/bench/trial"
	"github.com/hopstamp/hopstamp/bench/workload"
)

// plan is what the flags ask for.
type plan struct {
	trial                        trial.Trial
	name                         string
	hopstamp, collector, configs string
	results, only                string
	settle                       time.Duration
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, parse()); err != nil {
		fmt.Fprintln(os.Stderr, "trial:", err)
		stop()
		os.Exit(1)
	}
}

func parse() plan {
	p := plan{trial: trial.Trial{Load: load.Standard(), DownFor: time.Second}}
	t := &p.trial
	t.Load.RetryFor = 2 * time.Minute
	flag.StringVar(&p.name, "name", "trial", "of the trial, in the name of its report")
	flag.StringVar(&p.hopstamp, "hopstamp", "../bin/hopstamp", "the binary")
	flag.StringVar(&p.collector, "collector", "out/collector/otelcol-peer", "the Collector, built from collector/builder.yaml")
	flag.StringVar(&p.configs, "configs", "configs", "folder of the configurations")
	flag.StringVar(&t.Folder, "out", "out/trials", "folder for logs and data of the runs")
	flag.StringVar(&p.results, "results", "results", "folder of the reports")
	flag.StringVar(&t.Core, "core", "0", "core of the contender; the generator should have another to itself")
	flag.DurationVar(&t.Load.Duration, "duration", time.Minute, "how long messages are begun")
	flag.Float64Var(&t.Load.Rate, "rate", 0, "spans a second; 0: as fast as they are accepted")
	flag.IntVar(&t.Load.Connections, "connections", t.Load.Connections, "each with one request in flight")
	flag.StringVar(&t.Load.Protocol, "protocol", t.Load.Protocol, "http or grpc")
	flag.DurationVar(&t.KillAt, "kill-at", 0, "kill -9 so long after the load began; 0: never")
	flag.DurationVar(&p.settle, "settle", 35*time.Second, "how long the Collector has to decide, and to give its metrics on: it does every 15 s, and new series first as 0")
	flag.StringVar(&p.only, "only", "", "only the contender whose name contains this")
	flag.Parse()
	return p
}

func run(ctx context.Context, p plan) error {
	w, err := workload.New(workload.Standard())
	if err != nil {
		return err
	}
	p.trial.Workload = w
	r := trial.Report{Trial: p.name, Date: time.Now().UTC(), Machine: report.ReadMachine(p.hopstamp), Load: p.trial.Load, Workload: w.Params, KillAt: p.trial.KillAt}
	exact := true
	for _, c := range p.contenders() {
		o, err := p.trial.Run(ctx, c)
		if err != nil {
			return err
		}
		fmt.Printf("%+v\n", o)
		r.Outcomes = append(r.Outcomes, o)
		exact = exact && (!c.Hopstamp || o.Exact())
	}
	path, err := r.Keep(p.results)
	if err != nil {
		return err
	}
	fmt.Printf("\n%s\nkept as %s\n", r.Markdown(), path)
	if !exact {
		return fmt.Errorf("something that Hopstamp acknowledged is missing, or counted twice")
	}
	return os.RemoveAll(p.trial.Folder)
}

func (p plan) contenders() (chosen []contender.Contender) {
	for _, c := range []contender.Contender{
		contender.Collector("collector", p.collector, filepath.Join(p.configs, "kept.yaml"), p.settle),
		contender.Hopstamp("hopstamp", p.hopstamp, filepath.Join(p.configs, "always.yaml"), 2*time.Second),
	} {
		if strings.Contains(c.Name, p.only) {
			chosen = append(chosen, c)
		}
	}
	return chosen
}
