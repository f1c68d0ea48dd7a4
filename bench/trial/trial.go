// SPDX-License-Identifier: Apache-2.0

// Package trial puts a contender through something hard, a kill -9 in the middle of
// the load or more than it can take, and counts what of the acknowledged is gone
// afterwards. The generator runs in this process. Runs must not overlap.
package trial

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/hopstamp/hopstamp/bench/contender"
	"github.com/hopstamp/hopstamp/bench/load"
	"github.com/hopstamp/hopstamp/bench/workload"
)

// Trial is what every contender goes through.
type Trial struct {
	Core     string // of the contender
	Folder   string // of the runs; each run has its own in it
	Workload *workload.Workload
	Load     load.Options
	KillAt   time.Duration // after the load began; 0: nobody is killed
	DownFor  time.Duration // before it is started again
}

// Outcome is what is left. Counts are of the contender's own unit: spans for the
// Collector, deliveries for Hopstamp.
type Outcome struct {
	Contender  string  `json:"contender"`
	Unit       string  `json:"unit"`
	Spans      int64   `json:"acknowledged_spans"`
	Refused    int64   `json:"refused"` // requests that were told to come again
	Broken     int64   `json:"broken"`  // requests without an answer
	GivenUp    int64   `json:"given_up"`
	Down       float64 `json:"down_s"` // from the kill until it took requests again
	Truth      float64 `json:"truth"`
	Counted    float64 `json:"counted"`
	Series     int     `json:"series"`
	Wrong      int     `json:"wrong_series"`
	MustKeep   int     `json:"must_keep"`
	Lost       int     `json:"must_keep_lost"`
	Twice      int     `json:"must_keep_twice"`
	Opened     int     `json:"opened"` // must-keep messages whose spans were looked at
	Incomplete int     `json:"incomplete"`
	Complaint  string  `json:"complaint,omitempty"`
}

// Exact says that nothing is missing and nothing is counted twice.
func (o Outcome) Exact() bool {
	return o.Counted == o.Truth && o.Wrong+o.Lost+o.Twice+o.Incomplete == 0 && o.GivenUp == 0
}

// MissingShare of the counts; negative when more was counted than there was.
func (o Outcome) MissingShare() float64 { return (o.Truth - o.Counted) / max(1, o.Truth) }

// Run a contender through the trial, then kill it.
func (t Trial) Run(ctx context.Context, c contender.Contender) (Outcome, error) {
	folder := filepath.Join(t.Folder, c.Name)
	if err := os.RemoveAll(folder); err != nil {
		return Outcome{}, fmt.Errorf("empty the folder of %s: %w", c.Name, err)
	}
	running, err := c.Start(t.Core, folder)
	if err != nil {
		return Outcome{}, err
	}
	life := &life{running: running, check: checkOf(c, folder)}
	defer func() { life.running.Kill() }()
	result, err := t.undergo(ctx, life)
	if err != nil {
		return Outcome{}, fmt.Errorf("%s: %w", c.Name, err)
	}
	o := Outcome{Contender: c.Name, Spans: result.Spans, Refused: result.Refused, Broken: result.Broken, GivenUp: result.GivenUp,
		Complaint: result.Complaint, Down: life.down.Seconds()}
	if err := pause(ctx, c.Settles); err != nil {
		return o, err
	}
	if err := life.check.fill(ctx, life.running, t.Workload, result.Blocks, &o); err != nil {
		return o, fmt.Errorf("%s: %w", c.Name, err)
	}
	return o, nil
}

// life of a contender, that may end and begin again.
type life struct {
	running *contender.Running
	check   check
	down    time.Duration
}

// undergo the load, and the kill.
func (t Trial) undergo(ctx context.Context, l *life) (load.Result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	options := t.Load
	options.Address = l.running.OTLP(options.Protocol)
	var result load.Result
	loaded := make(chan error, 1)
	go func() {
		var err error
		result, err = load.New(t.Workload, options).Run(ctx)
		loaded <- err
	}()
	var killed error
	if t.KillAt > 0 {
		killed = t.kill(ctx, l)
	}
	if killed != nil {
		cancel()
	}
	return result, errors.Join(killed, <-loaded)
}

// kill it when the time has come, and start it again.
func (t Trial) kill(ctx context.Context, l *life) error {
	for began := time.Now(); ; { // looks at the counts as Prometheus would
		left := t.KillAt - time.Since(began)
		if left <= 0 {
			break
		}
		if err := pause(ctx, min(left, scrapeEvery)); err != nil {
			return err
		}
		if time.Since(began) < t.KillAt {
			if err := l.check.look(ctx, l.running); err != nil {
				return err
			}
		}
	}
	l.running.Kill()
	died := time.Now()
	if err := pause(ctx, t.DownFor); err != nil {
		return err
	}
	again, err := l.running.Again()
	if err != nil {
		return err
	}
	l.running, l.down = again, time.Since(died)
	return nil
}

// scrapeEvery is how often counts are looked at during the load.
const scrapeEvery = 15 * time.Second

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
