// SPDX-License-Identifier: Apache-2.0

package config

import (
	"errors"
	"fmt"
	"net"

	"github.com/hopstamp/hopstamp/internal/span"
)

// Validate joins everything that is wrong with the configuration, each with its place.
func (c *Config) Validate() error {
	var problems []error
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	for _, address := range []struct{ key, value string }{{"listen", c.Listen}, {"otlp.grpc", c.OTLP.GRPC}, {"otlp.http", c.OTLP.HTTP}} {
		if _, _, err := net.SplitHostPort(address.value); err != nil {
			wrong("%s: %q is not host:port", address.key, address.value)
		}
	}
	if c.Data == "" {
		wrong("data: name the folder that holds the data")
	}
	if c.Log.Fsync != "always" && c.Log.Fsync != "interval" {
		wrong("log.fsync: %q is neither always nor interval", c.Log.Fsync)
	}
	if c.Log.Partitions < 1 || c.Log.Partitions > span.MaxPartitions {
		wrong("log.partitions: %d; there may be 1 to %d", c.Log.Partitions, span.MaxPartitions)
	}
	positive := map[string]int64{
		"otlp.max_request_bytes": int64(c.OTLP.MaxRequest), "otlp.max_in_flight_bytes": c.OTLP.MaxInFlight,
		"log.max_age": int64(c.Log.MaxAge), "log.max_bytes": c.Log.MaxBytes, "store.max_age": int64(c.Store.MaxAge), "store.max_bytes": c.Store.MaxBytes,
		"metrics.every": int64(c.Metrics.Every), "metrics.max_age": int64(c.Metrics.MaxAge), "metrics.max_bytes": c.Metrics.MaxBytes,
		"track.linger": int64(c.Track.Linger), "track.snapshot_every": int64(c.Track.SnapshotEvery), "track.orphans": int64(c.Track.Orphans), "track.max_bytes": c.Track.MaxBytes,
		"track.max_classes": int64(c.Track.MaxClasses), "track.history": int64(c.Track.History),
		"sample.delay": int64(c.Sample.Delay), "sample.slow_floor": int64(c.Sample.SlowFloor),
		"sample.max_age": int64(c.Sample.MaxAge), "sample.max_bytes": c.Sample.MaxBytes,
	}
	for key, value := range positive {
		if value <= 0 {
			wrong("%s: must be more than 0", key)
		}
	}
	if c.Log.MaxAge < c.Sample.Delay {
		wrong("log.max_age: %v is shorter than sample.delay (%v), after which the spans of kept messages are copied", c.Log.MaxAge, c.Sample.Delay)
	}
	if c.Track.LingerFailed < c.Track.Linger {
		wrong("track.linger_failed: %v is shorter than track.linger, %v", c.Track.LingerFailed, c.Track.Linger)
	}
	problems = append(problems, c.Defaults.validate("defaults"))
	problems = append(problems, validatePaths(c.Paths)...)
	problems = append(problems, c.Sample.validate()...)
	return errors.Join(problems...)
}

func validatePaths(paths []Path) (problems []error) {
	seen := map[string]bool{"default": true}
	for i := range paths {
		p := &paths[i]
		place := fmt.Sprintf("paths[%d] %q", i, p.Name)
		switch {
		case p.Name == "":
			problems = append(problems, fmt.Errorf("%s: has no name", place))
		case seen[p.Name]:
			problems = append(problems, fmt.Errorf("%s: the name is taken", place))
		}
		seen[p.Name] = true
		if p.Match == (Match{}) {
			problems = append(problems, fmt.Errorf("%s: match says nothing; give service, route, name or destination", place))
		}
		if _, err := p.UntilStage(); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", place, err))
		}
		if _, err := p.StageOrder(); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", place, err))
		}
		problems = append(problems, p.Times.validate(place))
	}
	return problems
}

func (t Times) validate(place string) error {
	switch {
	case t.Deadline <= 0:
		return fmt.Errorf("%s: deadline must be more than 0", place)
	case t.GiveUp < t.Deadline:
		return fmt.Errorf("%s: give_up %v comes before the deadline %v", place, t.GiveUp, t.Deadline)
	}
	return nil
}

// UntilStage is the stage that fulfils the path; None for auto.
func (p *Path) UntilStage() (span.Stage, error) {
	if p.Until == "" || p.Until == "auto" {
		return span.None, nil
	}
	stage, ok := span.ParseStage(p.Until)
	if !ok {
		return span.None, fmt.Errorf("until: %q is neither auto nor a stage (%s)", p.Until, span.StageNames())
	}
	return stage, nil
}

// StageOrder is the declared stages.
func (p *Path) StageOrder() (order []span.Stage, err error) {
	for _, name := range p.Stages {
		stage, ok := span.ParseStage(name)
		if !ok {
			return nil, fmt.Errorf("stages: %q is not a stage (%s)", name, span.StageNames())
		}
		if len(order) > 0 && stage <= order[len(order)-1] {
			return nil, fmt.Errorf("stages: %q cannot come after %q", name, order[len(order)-1])
		}
		order = append(order, stage)
	}
	return order, nil
}
