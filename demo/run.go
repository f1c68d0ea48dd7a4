// SPDX-License-Identifier: Apache-2.0

// Package demo is quickconnect: a small but real platform for real-time messages that Hopstamp can
// be watched at. It accepts messages over HTTP, brings them through its own broker to phones,
// browsers and other companies' systems, and breaks in five ways on a schedule. It knows Hopstamp
// only as an OpenTelemetry endpoint. README.md draws it.
package demo

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/hopstamp/hopstamp/demo/fault"
	"github.com/hopstamp/hopstamp/demo/telemetry"
)

const (
	defaultRate = 20
	statusEvery = 10 * time.Second
	// drainTimeout bounds how long the end waits for messages under way, and for the last spans.
	drainTimeout = 2 * time.Second
	flushTimeout = 2 * time.Second
)

//go:embed hopstamp.yaml
var config string

// Config returns the hopstamp configuration that fits the platform.
func Config() []byte { return []byte(config) }

// Options say what to run. The zero value of each field is its default.
type Options struct {
	OTLPEndpoint string        // where telemetry goes: host:port of OTLP/gRPC, in plain text
	Rate         float64       // messages offered per second, 20 by default
	Faults       string        // "none", a fault's name, or "story": each in turn, the default
	For          time.Duration // how long to offer messages; 0 is until ctx ends
	Out          io.Writer     // where the story is told; nowhere by default
	Seed         int64         // of everything random but the ids
	DataDir      string        // of the broker's store; by default a temporary folder, removed at the end
}

// FaultInfo describes a fault for those who choose one.
type FaultInfo struct {
	Name  string
	Story string // what happens, in one line
}

// Faults returns the faults that Options.Faults may name, in the order of the story.
func Faults() []FaultInfo {
	var infos []FaultInfo
	for _, f := range fault.All() {
		infos = append(infos, FaultInfo{Name: f.Name, Story: f.Story})
	}
	return infos
}

// Run runs the platform until ctx ends or o.For has passed, then lets messages under way arrive
// and sends the last spans, both for a bounded time. It returns an error only when the platform
// cannot start, or was asked for something that it does not know.
func Run(ctx context.Context, o Options) error {
	return run(ctx, o, telemetry.OTLP(o.OTLPEndpoint), fault.Times{
		Lead: 5 * time.Second, Calm: 20 * time.Second, Last: 60 * time.Second,
	})
}

// run is Run with an exporter and a schedule of the caller's choice.
func run(ctx context.Context, o Options, exporter telemetry.NewExporter, times fault.Times) (err error) {
	o = o.withDefaults()
	events, known := fault.Schedule(o.Faults, times)
	if !known {
		return fmt.Errorf("fault %q is unknown: want none, story or one of %s", o.Faults, names())
	}
	if o.Rate < 0 {
		return fmt.Errorf("rate %v is negative: want messages per second", o.Rate)
	}
	teller := newTeller(o.Out)
	p, err := start(ctx, o, exporter, teller.note)
	if err != nil && ctx.Err() != nil {
		return nil // called off before it was up
	}
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, p.stop())
		teller.status(p.tally)
	}()

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if o.For > 0 {
		ctx, cancel = context.WithTimeout(ctx, o.For)
		defer cancel()
	}
	teller.opening(o, p)
	var story sync.WaitGroup
	defer story.Wait()
	story.Go(func() {
		fault.Play(ctx, events, func(e fault.Event) {
			p.breakOrMend(e)
			teller.change(e)
		})
	})
	teller.statusUntil(ctx, p.tally)
	return nil
}

func (o Options) withDefaults() Options {
	if o.Rate == 0 {
		o.Rate = defaultRate
	}
	if o.Faults == "" {
		o.Faults = fault.EachInTurn
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	return o
}

func names() string {
	var all []string
	for _, f := range fault.All() {
		all = append(all, f.Name)
	}
	return strings.Join(all, ", ")
}
