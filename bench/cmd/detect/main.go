// SPDX-License-Identifier: Apache-2.0

// Command detect measures how soon Hopstamp says that a deadline has passed, with many
// messages in flight. It fails when that takes more than a second of the log's time.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/hopstamp/hopstamp/bench/contender"
	"github.com/hopstamp/hopstamp/bench/detect"
	"github.com/hopstamp/hopstamp/bench/workload"
)

func main() {
	binary := flag.String("hopstamp", "../bin/hopstamp", "the binary")
	config := flag.String("config", "configs/always.yaml", "its configuration")
	core := flag.String("core", "0", "core that it runs on")
	messages := flag.Int("messages", 100_000, "in flight")
	rate := flag.Int("rate", 0, "messages that begin in a second; 0: as fast as they are taken")
	deadline := flag.Duration("deadline", workload.Deadline, "of every message; when it is longer than they take to begin, none is stuck before all are in flight")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server := detect.Server{Deadline: *deadline, Rate: *rate}
	if err := run(ctx, *binary, *config, *core, server, *messages); err != nil {
		fmt.Fprintln(os.Stderr, "detect:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, binary, config, core string, server detect.Server, messages int) error {
	w, err := workload.New(workload.Standard())
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "hopstamp-detect-")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(folder)
	if config, err = withDeadline(config, folder, server.Deadline); err != nil {
		return err
	}
	running, err := contender.Hopstamp("hopstamp", binary, config, 0).Start(core, folder)
	if err != nil {
		return err
	}
	defer running.Stop(time.Minute)
	server.URL, server.OTLP = running.URL(), "http://"+running.OTLP("http")+"/v1/traces"
	m, err := server.Measure(ctx, w, messages)
	if err != nil {
		return err
	}
	fmt.Printf("%d messages in flight, all stuck: at worst a passed deadline was not shown for %v of the log's time, "+
		"%v by the wall; the API never knew less than /metrics by more than %d (%d looks)\n",
		m.InFlight, max(0, m.LogTime).Round(time.Millisecond), m.WallTime.Round(time.Millisecond), m.APIBehind, m.Looks)
	if m.LogTime > detect.Budget || m.APIBehind > 0 {
		return fmt.Errorf("that is more than %v, or the API trails", detect.Budget)
	}
	return nil
}

// withDeadline writes the configuration with another deadline for all paths that have
// none of their own.
func withDeadline(config, folder string, deadline time.Duration) (string, error) {
	text, err := os.ReadFile(config)
	if err != nil {
		return "", fmt.Errorf("read the configuration: %w", err)
	}
	text = fmt.Appendf(text, "defaults: {deadline: %v, give_up: %v}\n", deadline, deadline+10*time.Minute)
	path := filepath.Join(folder, "config.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return "", fmt.Errorf("write the configuration: %w", err)
	}
	return path, nil
}
