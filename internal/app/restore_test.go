// SPDX-License-Identifier: Apache-2.0

package app

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/config"
)

// A start goes on from the snapshot: what lies before it is not folded again, and
// everything that was known, counted and remembered is still there.
func TestStartGoesOnFromTheSnapshot(t *testing.T) {
	for _, partitions := range []int{1, 3} {
		t.Run(fmt.Sprint(partitions, " partitions"), func(t *testing.T) {
			c := configured(t)
			c.Log.Partitions = partitions
			c.Track.Linger, c.Track.LingerFailed, c.Track.SnapshotEvery = time.Second, time.Second, time.Millisecond
			c.Defaults = config.Times{Deadline: time.Millisecond, GiveUp: 2 * time.Millisecond}
			first := start(t, c)
			send(t, first, traceHex, time.Now())
			send(t, first, traceHex, time.Now())
			eventually(t, "settled, stored and saved", func() error {
				for i, f := range first.folds {
					f.mu.Lock()
					saved := f.saved.position
					f.mu.Unlock()
					if parts := first.parts[i]; parts.Stats().Rows == 1 && saved >= parts.Mark() {
						return nil
					}
				}
				return errors.New("no partition has a row and saved what came of it")
			})
			before, err := get(first, "/metrics")
			if err != nil {
				t.Fatal(err)
			}
			if err := first.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
			second := start(t, c)
			resumed := false
			for _, f := range second.folds {
				resumed = resumed || f.resumed
			}
			if !resumed {
				t.Error("the start did not find the snapshot")
			}
			after, err := get(second, "/metrics")
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"hopstamp_deliveries_total{", "hopstamp_delivery_corrections_total{", "hopstamp_track_stamps_total", "hopstamp_track_duplicate_stamps_total"} {
				if was, is := linesOf(before, name), linesOf(after, name); was != is || was == "" {
					t.Errorf("before:\n%s\nafter:\n%s", was, is)
				}
			}
			send(t, second, traceHex, time.Now())
			eventually(t, "the repeated spans are late", func() error {
				body, err := get(second, "/metrics")
				if err == nil && !strings.Contains(body, "hopstamp_track_late_stamps_total 2\n") {
					err = errors.New(linesOf(body, "hopstamp_track_late"))
				}
				return err
			})
		})
	}
}
