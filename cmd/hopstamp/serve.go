// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/hopstamp/hopstamp/internal/app"
	"github.com/hopstamp/hopstamp/internal/config"
)

// serverFlags are those of every command that starts a server. Each overrides the
// configuration file when it is given.
type serverFlags struct {
	config, data, listen, grpc, http string
	profile                          string
	verbose                          bool
}

func (f *serverFlags) register(command *cobra.Command) {
	defaults := config.Default()
	flags := command.Flags()
	flags.StringVar(&f.config, "config", "", "configuration `file` (YAML); see docs/reference/configuration.md")
	flags.StringVar(&f.data, "data", defaults.Data, "`folder` that holds everything")
	flags.StringVar(&f.listen, "listen", defaults.Listen, "`address` of the web UI and the HTTP interface")
	flags.StringVar(&f.grpc, "otlp-grpc", defaults.OTLP.GRPC, "`address` for OTLP over gRPC")
	flags.StringVar(&f.http, "otlp-http", defaults.OTLP.HTTP, "`address` for OTLP over HTTP")
	flags.StringVar(&f.profile, "cpu-profile", "", "write a CPU profile to a `file` until the server stops")
	flags.BoolVar(&f.verbose, "verbose", false, "log more than warnings")
}

// load reads the file over base and puts the given flags over both.
func (f *serverFlags) load(command *cobra.Command, base []byte) (config.Config, error) {
	c, err := config.Parse(base)
	if f.config != "" {
		c, err = config.Load(f.config)
	}
	if err != nil {
		return c, err
	}
	for _, flag := range []struct {
		name  string
		value string
		into  *string
	}{{"data", f.data, &c.Data}, {"listen", f.listen, &c.Listen}, {"otlp-grpc", f.grpc, &c.OTLP.GRPC}, {"otlp-http", f.http, &c.OTLP.HTTP}} {
		if command.Flags().Changed(flag.name) {
			*flag.into = flag.value
		}
	}
	return c, c.Validate()
}

func (f *serverFlags) logger() *slog.Logger {
	level := slog.LevelWarn
	if f.verbose {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}

func serveCommand() *cobra.Command {
	var flags serverFlags
	command := &cobra.Command{
		Use:   "serve",
		Short: "Start the server",
		Long: "Start the server. It takes OTLP traces, keeps everything in one folder, and answers on\n" +
			"one address. Without a file it runs on defaults that are safe on a laptop.\n" +
			"SIGHUP reads the configuration file again: new paths and defaults apply at once, or\n" +
			"not at all when anything in it is wrong.",
		Example: "  hopstamp serve\n  hopstamp serve --config hopstamp.yaml --data /var/lib/hopstamp --listen 127.0.0.1:7070",
		Args:    cobra.NoArgs,
	}
	flags.register(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		c, err := flags.load(command, nil)
		if err != nil {
			return err
		}
		reload := func() (config.Config, error) { return flags.load(command, nil) }
		return flags.serve(command.Context(), app.Options{Config: c}, reload, nil)
	}
	return command
}

// beside is what runs as long as the server does; when it returns, the server stops too.
type beside func(context.Context, *app.App) error

// serve runs a server, and what is beside it if anything is, until ctx ends.
func (f *serverFlags) serve(ctx context.Context, options app.Options, reload func() (config.Config, error), with beside) error {
	began := time.Now()
	stopProfile, err := startProfile(f.profile)
	if err != nil {
		return err
	}
	defer stopProfile()
	options.Version, options.Logger = version, f.logger()
	a, err := app.New(ctx, options)
	if err != nil {
		return err
	}
	if err = start(ctx, a); err == nil {
		web, grpc, http := a.Addresses()
		fmt.Printf("Hopstamp %s is up after %d ms\n\n", version, time.Since(began).Milliseconds())
		fmt.Printf("  open        http://%s\n  OTLP/gRPC   %s\n  OTLP/HTTP   http://%s/v1/traces\n  data        %s\n\n", web, grpc, http, options.Config.Data)
		err = wait(ctx, a, options.Logger, reload, with)
	}
	stopping, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	if stopErr := a.Stop(stopping); err == nil {
		err = stopErr
	}
	return err
}

// start says so when it takes longer than usual.
func start(ctx context.Context, a *app.App) error {
	long := time.AfterFunc(time.Second, func() {
		fmt.Println("Reading what was known before: it takes some seconds when much was on its way.")
	})
	defer long.Stop()
	return a.Start(ctx)
}

// wait until ctx ends, a step fails, or what runs beside is done.
func wait(ctx context.Context, a *app.App, logger *slog.Logger, reload func() (config.Config, error), with beside) error {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	besideCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	if with != nil {
		go func() { done <- with(besideCtx, a) }()
	}
	for {
		select {
		case <-ctx.Done():
			if with != nil {
				return <-done
			}
			return nil
		case err := <-done:
			return err
		case err := <-a.Failed():
			return err
		case <-hangup:
			reconfigure(a, logger, reload)
		}
	}
}

// reconfigure applies the file again, all of it or nothing.
func reconfigure(a *app.App, logger *slog.Logger, reload func() (config.Config, error)) {
	c, err := reload()
	if err == nil {
		err = a.Reload(c)
	}
	if err != nil {
		logger.Error("the configuration was not changed", "error", err)
		return
	}
	logger.Warn("the configuration was read again and applied")
}
