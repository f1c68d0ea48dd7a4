// SPDX-License-Identifier: Apache-2.0

package app

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/config"
)

// After a crash senders need not wait until the log is folded again, unless partitions
// have to tell each other first. The server says that it is not ready until it is.
func TestDataIsTakenWhileTheLogIsReplayed(t *testing.T) {
	t.Parallel()
	const missing = "message 3 of 10"
	all := folds{{maxBytes: 1}}
	all[0].target.Store(10)
	all[0].folded.Store(3)
	if err := all.admit(); err != nil {
		t.Errorf("data is not taken: %v", err)
	}
	if err := all.ready(); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("during a replay the server says %v", err)
	}
	all = append(all, &fold{maxBytes: 1})
	if err := all.admit(); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("beside a partition that is replayed the other takes data: %v", err)
	}
	all[0].folded.Store(10)
	if err := errors.Join(all.admit(), all.ready()); err != nil {
		t.Errorf("after the replay the server says %v", err)
	}
}

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
