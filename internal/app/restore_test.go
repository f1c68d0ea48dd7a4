// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"errors"
	"fmt"
	"os"
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

// Senders do not have to wait until a large state is read again: what they give goes into the
// log, and is folded behind what was there. Who asks for anything else is told why not.
func TestSpansAreTakenWhileTheStateIsRead(t *testing.T) {
	t.Parallel()
	c := configured(t)
	first := start(t, c)
	send(t, first, traceHex, time.Now())
	eventually(t, "counted", func() error { return deliveriesAre(first, 1) })
	second, err := New(t.Context(), Options{Config: cut(t, c), Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := second.Stop(context.Background()); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	second.answer()
	send(t, second, strings.Repeat("1a", 16), time.Now())
	for _, path := range []string{"/healthz", "/"} {
		if _, err := get(second, path); err != nil {
			t.Error(err)
		}
	}
	for _, path := range []string{"/readyz", "/metrics", "/api/v1/ledger", "/prometheus/api/v1/labels"} {
		if _, err := get(second, path); err == nil || !strings.Contains(err.Error(), "503") || !strings.Contains(strings.ToLower(err.Error()), errRestoring.Error()) {
			t.Errorf("%s before anything is known: %v", path, err)
		}
	}
	if err := second.resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "both counted", func() error { return deliveriesAre(second, 2) })
	eventually(t, "nothing is behind", func() error { // what came meanwhile is taken off again, too
		f := second.folds[0]
		if lag := f.appended.Load() - f.consumed.Load(); lag != 0 || !f.replayed() {
			return fmt.Errorf("%d bytes behind, replayed %t", lag, f.replayed())
		}
		return nil
	})
}

// deliveriesAre compares how many deliveries a server knows.
func deliveriesAre(a *App, want int64) error {
	if got := a.folds[0].pulse.Load().deliveries; got != want {
		return fmt.Errorf("%d deliveries instead of %d", got, want)
	}
	return nil
}

// A start without a snapshot has the sums of what is stored before it folds the log that
// led to them. What it saves on its way there must not be taken for what was known so far.
func TestNothingIsCountedTwiceAfterAStartWithoutASnapshot(t *testing.T) {
	t.Parallel()
	c := configured(t)
	c.Track.Linger, c.Track.LingerFailed, c.Track.SnapshotEvery = time.Second, time.Second, time.Hour
	c.Defaults = config.Times{Deadline: time.Millisecond, GiveUp: 2 * time.Millisecond}
	first := startOf(t, c, func(a *App) {
		a.folds[0].saved.logTime = time.Now().Add(time.Hour).UnixNano() // it saves nothing
	})
	send(t, first, traceHex, time.Now())
	eventually(t, "settled and stored", func() error {
		if first.parts[0].Stats().Rows != 1 {
			return errors.New("there is no row")
		}
		return nil
	})
	want := countedOf(t, first)
	again := cut(t, c)
	second := start(t, again) // it is ready when it folded the log to its end
	if second.folds[0].resumed {
		t.Fatal("the start found a snapshot")
	}
	if got := countedOf(t, second); got != want {
		t.Errorf("before:\n%s\nafter a start without a snapshot:\n%s", want, got)
	}
	third := start(t, cut(t, again))
	if got := countedOf(t, third); got != want {
		t.Errorf("before:\n%s\nafter two starts, the first without a snapshot:\n%s", want, got)
	}
}

// cut is the configuration of a server that finds what another one has on its disk now.
func cut(t *testing.T, c config.Config) config.Config {
	t.Helper()
	data := t.TempDir()
	if err := os.CopyFS(data, os.DirFS(c.Data)); err != nil {
		t.Fatal(err)
	}
	c.Data = data
	return c
}

// countedOf is what a server counts of deliveries.
func countedOf(t *testing.T, a *App) string {
	t.Helper()
	body, err := get(a, "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	return linesOf(body, "hopstamp_deliveries_total{") + linesOf(body, "hopstamp_delivery_corrections_total{")
}
