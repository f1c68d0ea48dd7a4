// SPDX-License-Identifier: Apache-2.0

// Command startup measures how soon Hopstamp is ready and what it uses when idle:
// on the data in -folder, or on none.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/hopstamp/hopstamp/bench/contender"
	"github.com/hopstamp/hopstamp/bench/startup"
)

func main() {
	binary := flag.String("hopstamp", "../bin/hopstamp", "the binary that is measured")
	config := flag.String("config", "configs/always.yaml", "its configuration")
	folder := flag.String("folder", "", "has the data in the folder data in it; without it Hopstamp starts on none")
	core := flag.String("core", "0", "core that it runs on")
	times := flag.Int("times", 3, "how many starts")
	flag.Parse()
	c := contender.Hopstamp("hopstamp", *binary, *config, 0)
	for range *times {
		if err := start(c, *core, *folder); err != nil {
			fmt.Fprintln(os.Stderr, "startup:", err)
			os.Exit(1)
		}
	}
}

func start(c contender.Contender, core, folder string) error {
	if folder == "" {
		empty, err := os.MkdirTemp("", "hopstamp-startup-")
		if err != nil {
			return fmt.Errorf("make an empty folder: %w", err)
		}
		defer os.RemoveAll(empty)
		folder = empty
	}
	m, running, err := startup.Measure(c, core, folder, folder)
	if err != nil {
		return err
	}
	running.Stop(time.Minute)
	fmt.Printf("%.0f MiB of data: takes spans after %.0f ms, ready after %.0f ms; after %v idle %.0f MiB resident, %.3f cores\n",
		m.DataMiB, m.TakesMs, m.ReadyMs, startup.Idle, m.IdleMiB, m.IdleCores)
	return nil
}
