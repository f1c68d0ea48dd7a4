// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"testing"
	"time"
)

func TestSnapshotsAreTakenWhenTheySaveWork(t *testing.T) {
	t.Parallel()
	const every, size = time.Minute, 32 << 20
	for name, is := range map[string]struct {
		age     time.Duration
		behind  int64
		due     bool
		settled int64
	}{
		"fresh":                                {time.Second, size / 2, false, 0},
		"fresh, but much is behind":            {time.Second, replayAtMost, true, 0},
		"old":                                  {every, size, true, 0},
		"old, but hardly anything is behind":   {every, size/littleBehind - 1, false, 0},
		"nothing is behind":                    {9 * every, 0, false, 0},
		"very old, hardly anything is behind":  {10 * every, 1, true, 0},
		"old enough, just enough is behind it": {every, size / littleBehind, true, 0},
		"old, and much was let go of since":    {every, 0, true, size/littleBehind/settledWorth + 1},
	} {
		s := saved{logTime: 5, bytes: size, behind: is.behind, settled: is.settled}
		if due := s.due(5+int64(is.age), every, 1<<40); due != is.due {
			t.Errorf("%s: due %v", name, due)
		}
	}
	for behind, due := range map[int64]bool{3*replayAtMost - 1: false, 3 * replayAtMost: true} {
		large := saved{bytes: 3 * replayAtMost, behind: behind}
		if large.due(1, every, 1<<40) != due {
			t.Errorf("a state of %d bytes with %d of log behind it: due %v", large.bytes, behind, !due)
		}
		if !large.due(1, every, 8*replayAtMost) {
			t.Errorf("the log holds %d bytes, and with %d of them to be folded again no snapshot is due", 8*replayAtMost, behind)
		}
	}
}

// A server that stops while it saves says nothing of it: what it saved before stands.
func TestASnapshotThatAStopCutsOffIsNoFailure(t *testing.T) {
	t.Parallel()
	for stopping, failures := range map[bool]uint64{true: 0, false: 1} {
		a := start(t, configured(t))
		f := a.folds[0]
		ctx, stop := context.WithCancel(t.Context())
		if stopping {
			stop()
		} else if err := a.log.Close(); err != nil {
			t.Fatal(err)
		}
		f.mu.Lock()
		f.saved = saved{logTime: -1 << 62}
		f.saveWhenDue(ctx)
		if f.saved.failures != failures || f.saved.count != 0 {
			t.Errorf("stopping %v: %d failures, %d snapshots", stopping, f.saved.failures, f.saved.count)
		}
		f.mu.Unlock()
		stop()
	}
}
