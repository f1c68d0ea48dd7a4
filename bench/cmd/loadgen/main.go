// SPDX-License-Identifier: Apache-2.0

// Command loadgen sends the load to any OTLP receiver.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/hopstamp/hopstamp/bench/load"
	"github.com/hopstamp/hopstamp/bench/workload"
)

func main() {
	p, o := workload.Standard(), load.Standard()
	flag.Uint64Var(&p.Seed, "seed", p.Seed, "other seed, other messages")
	flag.IntVar(&p.Batch, "batch", p.Batch, "spans in a request and messages in a block, a multiple of 6")
	flag.IntVar(&p.Ring, "ring", p.Ring, "distinct blocks")
	flag.IntVar(&p.Pods, "pods", p.Pods, "instances of each service")
	flag.StringVar(&o.Address, "address", "127.0.0.1:4318", "of the receiver")
	flag.StringVar(&o.Protocol, "protocol", o.Protocol, "http or grpc")
	flag.IntVar(&o.Connections, "connections", o.Connections, "each with one request in flight")
	flag.Int64Var(&o.Blocks, "blocks", 0, "stop after this many blocks; 0: by -duration alone")
	flag.DurationVar(&o.Duration, "duration", o.Duration, "begin no message after it")
	flag.Float64Var(&o.Rate, "rate", 0, "spans a second; 0: as fast as they are accepted")
	flag.DurationVar(&o.StageLag, "stage-lag", o.StageLag, "mean time between the waves of a message")
	flag.Float64Var(&o.Duplicates, "duplicates", 0, "share of requests that are sent twice")
	flag.DurationVar(&o.RetryFor, "retry-for", o.RetryFor, "send a request that fails again for so long")
	flag.Parse()
	if err := run(p, o); err != nil {
		fmt.Fprintln(os.Stderr, "loadgen:", err)
		os.Exit(1)
	}
}

func run(p workload.Params, o load.Options) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	w, err := workload.New(p)
	if err != nil {
		return err
	}
	result, err := load.New(w, o).Run(ctx)
	fmt.Println(result)
	if result.Complaint != "" {
		fmt.Println("first error:", result.Complaint)
	}
	for outcome, count := range w.Outcomes(result.Blocks) {
		fmt.Printf("expect %s %s: %d\n", outcome.Verdict, outcome.Timeliness, count)
	}
	return err
}
