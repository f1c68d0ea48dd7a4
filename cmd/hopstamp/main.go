// SPDX-License-Identifier: Apache-2.0

// Command hopstamp follows every message of a real-time platform from accepted to
// seen. This folder turns flags into options; signals live only here.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// version is set when a release is built.
var version = "0.1.0-dev"

// Exit codes, for scripts.
const (
	exitOK      = 0
	exitFailed  = 1
	exitUnknown = 3 // hopstamp message: nothing is known by the id
)

// errUnknown ends a command with exitUnknown.
var errUnknown = errors.New("unknown")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:]))
}

func run(ctx context.Context, args []string) int {
	root := &cobra.Command{
		Use:           "hopstamp",
		Short:         "Follow every message from accepted to seen",
		Long:          "Hopstamp follows every message of a real-time platform from \"accepted\" to \"seen by\nthe user\", gives every delivery a verdict and says what part of the way makes it wait.",
		Version:       version,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(serveCommand(), demoCommand(), messageCommand(), checkCommand())
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errUnknown):
		return exitUnknown
	}
	fmt.Fprintln(os.Stderr, "hopstamp:", err)
	return exitFailed
}
