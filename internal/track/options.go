// SPDX-License-Identifier: Apache-2.0

package track

import (
	"time"

	"github.com/hopstamp/hopstamp/internal/track/assess"
	"github.com/hopstamp/hopstamp/internal/track/frames"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// Path is a declared kind of journey.
type Path = assess.Path

// Match tells which messages take a path.
type Match = assess.Match

// Overflow stands for what did not fit into a bounded table.
const Overflow = state.Overflow

// ErrSnapshot is wrapped by every error of [Restore] that the snapshot itself is to
// blame for.
var ErrSnapshot = frames.ErrSnapshot

// Options are the tracker's bounds. Times are of the log's own clock.
type Options struct {
	Paths   []Path
	Default Path // deadline and give-up of the path "default"

	Linger time.Duration // how long a finished journey stays open for late spans (default 1m)
	// LingerFailed is how long one stays that did not end well, after its rows were
	// written: for what corrects it (default 24h, or Linger when that is longer).
	LingerFailed time.Duration
	Orphans      time.Duration // how long spans wait for the message they belong to (default 10m)
	Settle       time.Duration // how long a message waits for a parent span before it counts as the beginning (default 10s)
	Remember     time.Duration // how long a settled trace is remembered, so that it is not counted twice (default 30m)

	// Partitions of the log, at most span.MaxPartitions (default 1), and which of them this tracker folds.
	Partitions, Partition int

	MaxClasses int // combinations of bounded dimensions (default 100,000)
	MaxSymbols int // distinct bounded texts (default 1,000,000)
	// MaxBytes of what is held, past which what stays for corrections only is let go of,
	// the oldest first (default: no bound).
	MaxBytes int64
	MaxOpen  int // open traces up to which those that are finished stay so, at about 1 KB each (default 50,000)

	// Memory gives zeroed memory to the part of the state that grows with what is in
	// flight and holds no pointers; nil leaves it to the garbage collector. It must
	// last for as long as the function is held.
	Memory func(bytes int) []byte

	// KeepAll keeps settled journeys in the tracker: for folding a few messages of
	// the log again to look at them.
	KeepAll bool

	manyNodes int           // see large.go
	pauseEach time.Duration // likewise
}

func (o *Options) setDefaults() {
	set := func(d *time.Duration, to time.Duration) {
		if *d == 0 {
			*d = to
		}
	}
	set(&o.Linger, time.Minute)
	set(&o.LingerFailed, max(24*time.Hour, o.Linger))
	set(&o.Orphans, 10*time.Minute)
	set(&o.Settle, 10*time.Second)
	set(&o.Remember, 30*time.Minute)
	set(&o.Default.Deadline, 5*time.Second)
	set(&o.Default.GiveUp, 10*time.Minute)
	if o.MaxClasses == 0 {
		o.MaxClasses = 100_000
	}
	if o.MaxSymbols == 0 {
		o.MaxSymbols = 1_000_000
	}
	if o.MaxOpen == 0 {
		o.MaxOpen = 50_000
	}
	if o.manyNodes == 0 {
		o.manyNodes, o.pauseEach = manyNodes, pauseEach
	}
}
