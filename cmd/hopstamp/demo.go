// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hopstamp/hopstamp/demo"
	"github.com/hopstamp/hopstamp/internal/app"
	"github.com/hopstamp/hopstamp/internal/config"
)

func demoCommand() *cobra.Command {
	var flags serverFlags
	options := demo.Options{Out: os.Stdout}
	command := &cobra.Command{
		Use:   "demo",
		Short: "Start the server and a little platform whose messages it follows",
		Long: "Start the server and quickconnect, a small but real messaging platform that knows Hopstamp\n" +
			"only through OpenTelemetry. Faults happen on a schedule that is printed.\n\nFaults:\n" + faults(),
		Example: "  hopstamp demo\n  hopstamp demo --rate 100 --faults schema-drift --for 2m",
		Args:    cobra.NoArgs,
	}
	flags.register(command)
	command.Flags().Float64Var(&options.Rate, "rate", 20, "messages per second")
	command.Flags().StringVar(&options.Faults, "faults", "story", "none, story (one after the other), or the `name` of a fault")
	command.Flags().DurationVar(&options.For, "for", 0, "stop after this long; 0: when interrupted")
	command.RunE = func(command *cobra.Command, _ []string) error {
		reload := func() (config.Config, error) { return flags.load(command, demo.Config()) }
		c, err := reload()
		if err != nil {
			return err
		}
		platform := func(ctx context.Context, a *app.App) error {
			_, options.OTLPEndpoint, _ = a.Addresses()
			return demo.Run(ctx, options)
		}
		return flags.serve(command.Context(), app.Options{Config: c, Demo: true}, reload, linger(platform))
	}
	return command
}

// linger lets the last telemetry of the platform be counted before the server stops.
func linger(platform beside) beside {
	return func(ctx context.Context, a *app.App) error {
		err := platform(ctx, a)
		if err == nil && ctx.Err() == nil {
			time.Sleep(time.Second)
		}
		return err
	}
}

func faults() string {
	var out strings.Builder
	for _, f := range demo.Faults() {
		fmt.Fprintf(&out, "  %-18s %s\n", f.Name, f.Story)
	}
	return out.String()
}
