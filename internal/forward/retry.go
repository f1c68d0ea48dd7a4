// SPDX-License-Identifier: Apache-2.0

package forward

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"
)

const (
	firstPause = time.Second
	// longestPause is the most between two tries unless the backend asks for
	// more, and longestAfter the most it is granted.
	longestPause = time.Minute
	longestAfter = time.Hour
	// sayEvery is after how many tries in vain it is said again.
	sayEvery = 10
)

// retry spaces tries: exponentially, with jitter, and never sooner than asked for.
type retry struct {
	backoff backoff.ExponentialBackOff
	clock   func() time.Time
	began   time.Time
	tries   int
}

func newRetry(o Options) *retry { return &retry{backoff: doubling(longestPause), clock: o.clock} }

// doubling are pauses from firstPause on.
func doubling(longest time.Duration) backoff.ExponentialBackOff {
	return backoff.ExponentialBackOff{InitialInterval: firstPause, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: longest}
}

// space tells how long to wait after one more try in vain.
func (r *retry) space(a answer) time.Duration {
	if r.tries == 0 {
		r.began = r.clock()
	}
	r.tries++
	return max(r.backoff.NextBackOff(), a.pause())
}

// loud tells whether the last try in vain is worth a line in the log.
func (r *retry) loud() bool { return r.tries%sayEvery == 1 }

// pause is how long the backend is left alone because it asked for that.
func (a answer) pause() time.Duration { return min(a.after, longestAfter) }

func wait(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
