// SPDX-License-Identifier: Apache-2.0

package worker

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestDelayDoublesAndHonoursRetryAfter(t *testing.T) {
	t.Parallel()
	w := &Worker{job: Job{Backoff: 500 * time.Millisecond}}
	broken := errors.New("broken")
	asked := fmt.Errorf("call: %w", &Refusal{Type: "429", RetryAfter: 20 * time.Second})
	for _, c := range []struct {
		attempt int
		err     error
		want    time.Duration
	}{
		{1, broken, 500 * time.Millisecond},
		{2, broken, time.Second},
		{4, broken, 4 * time.Second},
		{9, broken, longestBackoff},
		{1, asked, 20 * time.Second},
		{2, &Refusal{Type: "422"}, time.Second},
	} {
		if got := w.delay(c.attempt, c.err); got != c.want {
			t.Errorf("after attempt %d, %v: %v, want %v", c.attempt, c.err, got, c.want)
		}
	}
}
