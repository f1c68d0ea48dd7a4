// SPDX-License-Identifier: Apache-2.0

// Package config is the one YAML file that configures Hopstamp. The structs below
// are its manual: each field says its meaning, unit, default and consequence. The
// JSON schema in docs/reference is generated from them.
package config

//go:generate go run ./generate

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"gopkg.in/yaml.v3"
)

// Config is the whole configuration. A server without a file runs on Default.
type Config struct {
	// Listen is the address of the web UI and the HTTP interface. Default 127.0.0.1:7070.
	Listen string `yaml:"listen" json:"listen,omitempty"`

	// Data is the folder that holds everything: log, parts and metrics. Default ./hopstamp-data.
	Data string `yaml:"data" json:"data,omitempty"`

	// OTLP is where telemetry comes in.
	OTLP OTLP `yaml:"otlp" json:"otlp,omitempty"`

	// Paths are the kinds of journeys that messages take. The first that matches a
	// message's first span wins; what matches none is on the path "default".
	Paths []Path `yaml:"paths" json:"paths,omitempty"`

	// Defaults are the times of every path that says none itself, and of the path "default".
	Defaults Times `yaml:"defaults" json:"defaults,omitempty"`

	// Dimensions says which span or resource attributes the bounded dimensions
	// (tenant, channel, destination, region, device, provider) are taken from, the
	// first found. A dimension that is not listed keeps its defaults.
	Dimensions map[string][]string `yaml:"dimensions" json:"dimensions,omitempty"`

	// Log is the durable log of everything that was received.
	Log Log `yaml:"log" json:"log,omitempty"`

	// Store is the verdicts and the ledger on disk.
	Store Limits `yaml:"store" json:"store,omitempty"`

	// Metrics is the embedded Prometheus database.
	Metrics Metrics `yaml:"metrics" json:"metrics,omitempty"`

	// Track bounds what is kept in memory of messages under way.
	Track Track `yaml:"track" json:"track,omitempty"`

	// Sample is of which messages the spans are kept.
	Sample Sample `yaml:"sample" json:"sample,omitempty"`
}

// OTLP is the receivers.
type OTLP struct {
	// GRPC is the address for OTLP over gRPC. Default 127.0.0.1:4317.
	GRPC string `yaml:"grpc" json:"grpc,omitempty"`
	// HTTP is the address for OTLP over HTTP. Default 127.0.0.1:4318.
	HTTP string `yaml:"http" json:"http,omitempty"`
	// MaxRequest is how many bytes one request may have after decompression. A larger
	// one is refused for good. Default 8388608 (8 MiB).
	MaxRequest int `yaml:"max_request_bytes" json:"max_request_bytes,omitempty"`
	// MaxInFlight is how many bytes of requests may wait to be stored. Past that
	// senders are told to come back later. Default 67108864 (64 MiB).
	MaxInFlight int64 `yaml:"max_in_flight_bytes" json:"max_in_flight_bytes,omitempty"`
}

// Path is a declared kind of journey.
type Path struct {
	// Name of the path; unique, and not "default".
	Name string `yaml:"name" json:"name"`
	// Match tells which messages take it.
	Match Match `yaml:"match" json:"match"`
	// Until is the stage that fulfils a delivery. "auto", the default: delivered where
	// the message announces recipients or shows a delivered stamp, else the end of
	// the consumer's process span without error.
	Until string `yaml:"until" json:"until,omitempty"`
	// Stages are those that a healthy journey passes, in order; used to name the hop
	// that a stuck message did not get past. Default: the usual order.
	Stages []string `yaml:"stages" json:"stages,omitempty"`

	Times `yaml:",inline"`
}

// Match tells which messages take a path, by the span that the message begins
// with. All fields that are given must be equal; at least one must be given.
type Match struct {
	// Service is service.name of the span's resource.
	Service string `yaml:"service" json:"service,omitempty"`
	// Route is http.route.
	Route string `yaml:"route" json:"route,omitempty"`
	// Name is the span's name.
	Name string `yaml:"name" json:"name,omitempty"`
	// Destination is messaging.destination.name, for messages that begin with a publish.
	Destination string `yaml:"destination" json:"destination,omitempty"`
}

// Times are what is expected of a path.
type Times struct {
	// Deadline: fulfilled after it is late, not fulfilled by it is stuck. Default 5s.
	Deadline time.Duration `yaml:"deadline" json:"deadline,omitempty" jsonschema:"type=string"`
	// GiveUp: what is not fulfilled by then is lost. Default 10m.
	GiveUp time.Duration `yaml:"give_up" json:"give_up,omitempty" jsonschema:"type=string"`
}

// Log is the durable log.
type Log struct {
	// Fsync: "always" acknowledges a request only when it is on the disk; "interval"
	// lets the last second be lost when the power fails (never when only this
	// program dies), for less disk work. Default always.
	Fsync string `yaml:"fsync" json:"fsync,omitempty"`
	// Partitions of the log by trace id. Default 1, which one machine is best with.
	Partitions int `yaml:"partitions" json:"partitions,omitempty"`

	Limits `yaml:",inline"`
}

// Limits keep a folder from filling the disk; what is oldest goes first.
type Limits struct {
	// MaxAge of what is kept. Default 24h for the log, 168h for the store, the metrics and kept spans.
	MaxAge time.Duration `yaml:"max_age" json:"max_age,omitempty" jsonschema:"type=string"`
	// MaxBytes that it may take. Default 4294967296 (4 GiB) for the log, 1073741824 (1 GiB)
	// for the store and for kept spans, 536870912 (512 MiB) for the metrics.
	MaxBytes int64 `yaml:"max_bytes" json:"max_bytes,omitempty"`
}

// Metrics is the embedded Prometheus database.
type Metrics struct {
	// Every is how often the server's own metrics are stored. Default 5s.
	Every time.Duration `yaml:"every" json:"every,omitempty" jsonschema:"type=string"`

	Limits `yaml:",inline"`
}

// Track bounds tracking. The times are of the log's own clock.
type Track struct {
	// Linger is how long a finished journey stays open in memory for late spans. Default 1m.
	Linger time.Duration `yaml:"linger" json:"linger,omitempty" jsonschema:"type=string"`
	// LingerFailed is how long one that did not end well may still be corrected after that:
	// by a dead letter that is driven back, or by telemetry that was cut off. What became of
	// it is shown and stored before, and replaced. Past half of MaxBytes the oldest of these
	// are let go of first. At least Linger. Default 24h.
	LingerFailed time.Duration `yaml:"linger_failed" json:"linger_failed,omitempty" jsonschema:"type=string"`
	// Orphans is how long spans wait for the message that they belong to. What found it
	// stays for as long as the message is on its way. Default 10m.
	Orphans time.Duration `yaml:"orphans" json:"orphans,omitempty" jsonschema:"type=string"`
	// MaxBytes that what is on the way, and what is remembered of what was, may take in
	// memory; past that senders are told to come back later. A message in flight takes
	// about 200. Each partition of the log has an equal share of it and lets go of its own,
	// so that, when memory is short, which corrections come too late depends on their
	// number. Default 2147483648 (2 GiB).
	MaxBytes int64 `yaml:"max_bytes" json:"max_bytes,omitempty"`
	// MaxClasses is how many combinations of the bounded dimensions are counted apart.
	// What comes later counts under "(overflow)". Default 100000.
	MaxClasses int `yaml:"max_classes" json:"max_classes,omitempty"`
	// SnapshotEvery is how often, at least, the state is saved, so that a start need not
	// fold the whole log again. Default 1m.
	SnapshotEvery time.Duration `yaml:"snapshot_every" json:"snapshot_every,omitempty" jsonschema:"type=string"`
	// History is how far back the ledger answers from memory. Default 26h.
	History time.Duration `yaml:"history" json:"history,omitempty" jsonschema:"type=string"`
}

// Default is the configuration of a server that was told nothing.
func Default() Config {
	return Config{
		Listen:   "127.0.0.1:7070",
		Data:     "./hopstamp-data",
		OTLP:     OTLP{GRPC: "127.0.0.1:4317", HTTP: "127.0.0.1:4318", MaxRequest: 8 << 20, MaxInFlight: 64 << 20},
		Defaults: Times{Deadline: 5 * time.Second, GiveUp: 10 * time.Minute},
		Dimensions: map[string][]string{
			"tenant":      {"hopstamp.tenant", "tenant.id", "customer.id"},
			"channel":     {"hopstamp.channel"},
			"destination": {"hopstamp.destination"},
			"region":      {"hopstamp.region", "cloud.region"},
			"device":      {"hopstamp.device", "device.model.identifier"},
			"provider":    {"hopstamp.provider"},
		},
		Log:     Log{Fsync: "always", Partitions: 1, Limits: Limits{MaxAge: 24 * time.Hour, MaxBytes: 4 << 30}},
		Store:   Limits{MaxAge: 7 * 24 * time.Hour, MaxBytes: 1 << 30},
		Metrics: Metrics{Every: 5 * time.Second, Limits: Limits{MaxAge: 7 * 24 * time.Hour, MaxBytes: 512 << 20}},
		Track: Track{Linger: time.Minute, LingerFailed: 24 * time.Hour, Orphans: 10 * time.Minute, MaxBytes: 2 << 30, MaxClasses: 100_000,
			SnapshotEvery: time.Minute, History: 26 * time.Hour},
		Sample: defaultSample(),
	}
}

// Load reads a file over the defaults. An unknown key, a wrong type or a value
// that cannot work is an error that names the place.
func Load(path string) (Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("read configuration: %w", err)
	}
	c, err := Parse(data)
	if err != nil {
		return Config{}, fmt.Errorf("configuration %s: %w", path, err)
	}
	return c, nil
}

// Parse reads YAML over the defaults and validates it.
func Parse(data []byte) (Config, error) {
	c := Default()
	dimensions := c.Dimensions
	c.Dimensions = nil
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return Config{}, err
	}
	for name, sources := range c.Dimensions {
		if _, ok := dimensions[name]; !ok {
			return Config{}, fmt.Errorf("dimensions: %q is not a dimension; there are tenant, channel, destination, region, device, provider", name)
		}
		dimensions[name] = sources
	}
	c.Dimensions = dimensions
	for i := range c.Paths {
		c.Paths[i].inherit(c.Defaults)
	}
	for i := range c.Sample.Forward {
		c.Sample.Forward[i].complete()
	}
	return c, c.Validate()
}

// inherit fills the times that a path does not say itself.
func (p *Path) inherit(t Times) {
	if p.Deadline == 0 {
		p.Deadline = t.Deadline
	}
	if p.GiveUp == 0 {
		p.GiveUp = max(t.GiveUp, p.Deadline)
	}
}
