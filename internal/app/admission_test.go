// SPDX-License-Identifier: Apache-2.0

package app

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/config"
)

// Past the limit of memory senders are told to wait; time goes on meanwhile, what it
// settles makes room, and then they are let in again.
func TestMemoryHasALimit(t *testing.T) {
	c := configured(t)
	c.Track.Linger, c.Track.LingerFailed = time.Millisecond, time.Millisecond
	c.Defaults = config.Times{Deadline: time.Millisecond, GiveUp: 2 * time.Second}
	a := start(t, c)
	send(t, a, traceHex, time.Now())
	f := a.folds[0]
	eventually(t, "held", func() error {
		if f.held.Load() == 0 {
			return errors.New("nothing is held")
		}
		return nil
	})
	f.mu.Lock()
	empty := f.tracker.Bytes() - 1 // a little less than with the message
	f.mu.Unlock()
	f.maxBytes = empty
	if _, err := get(a, "/readyz"); err == nil || !strings.Contains(err.Error(), "track.max_bytes") {
		t.Fatalf("past its memory the server says %v", err)
	}
	eventually(t, "room again", func() error {
		_, err := get(a, "/readyz")
		return err
	})
}
