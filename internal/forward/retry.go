// SPDX-License-Identifier: Apache-2.0

package forward

import (
	"context"
	"log/slog"
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

// retry spaces the tries of one item: exponentially, with jitter, and never
// sooner than the backend asked for.
type retry struct {
	backoff backoff.ExponentialBackOff
	wait    func(context.Context, time.Duration) error
	clock   func() time.Time
	began   time.Time
	tries   int
}

func newRetry(o Options) *retry {
	return &retry{
		backoff: backoff.ExponentialBackOff{
			InitialInterval: firstPause, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: longestPause,
		},
		wait: o.wait, clock: o.clock,
	}
}

// pause returns when to try again, or ctx's error.
func (r *retry) pause(ctx context.Context, logger *slog.Logger, a answer) error {
	pause := max(r.backoff.NextBackOff(), min(a.after, longestAfter))
	if r.tries == 0 {
		r.began = r.clock()
	}
	if r.tries%sayEvery == 0 {
		logger.Warn("forwarding waits and tries again", "reason", a.reason, "answer", a.words, "pause", pause, "tries", r.tries+1)
	}
	r.tries++
	return r.wait(ctx, pause)
}

// over says that it worked after all.
func (r *retry) over(logger *slog.Logger) {
	if r.tries > 0 {
		logger.Info("forwarding goes on", "tries", r.tries, "after", r.clock().Sub(r.began))
	}
}

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
