// SPDX-License-Identifier: Apache-2.0

package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Guarantee: a server whose newest log message the disk damaged while it was off starts, says
// so, and waits for nobody to send something behind it.
func TestStartWithADamagedEndOfTheLog(t *testing.T) {
	t.Parallel()
	c := configured(t)
	c.Track.SnapshotEvery = time.Hour
	first := startOf(t, c, func(a *App) {
		a.folds[0].saved.logTime = time.Now().Add(time.Hour).UnixNano() // it saves nothing
	})
	send(t, first, strings.Repeat("1a", 16), time.Now())
	send(t, first, traceHex, time.Now())
	eventually(t, "counted", func() error { return deliveriesAre(first, 2) })
	if err := first.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	flipTheEnd(t, filepath.Join(c.Data, "log"))

	second := start(t, c)
	if second.folds[0].resumed {
		t.Fatal("the start found a snapshot")
	}
	if err := deliveriesAre(second, 1); err != nil {
		t.Error(err)
	}
	metrics, err := get(second, "/metrics")
	if err != nil || linesOf(metrics, "hopstamp_log_missing_messages") != "hopstamp_log_missing_messages 1\n" {
		t.Errorf("%s, %v", linesOf(metrics, "hopstamp_log_missing"), err)
	}
	status, err := get(second, "/api/v1/status")
	if err != nil || !strings.Contains(status, `"missing":1`) {
		t.Errorf("%s, %v", status, err)
	}
	send(t, second, traceHex, time.Now())
	eventually(t, "what comes is counted", func() error { return deliveriesAre(second, 2) })
}

// flipTheEnd damages a byte of the newest message of a log with one block.
func flipTheEnd(t *testing.T, dir string) {
	t.Helper()
	blocks, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", "SPANS-0", "msgs", "*.blk"))
	if err != nil || len(blocks) != 1 {
		t.Fatalf("blocks %q, %v", blocks, err)
	}
	block, err := os.ReadFile(blocks[0])
	if err != nil {
		t.Fatal(err)
	}
	block[len(block)-50] ^= 0xff
	if err := os.WriteFile(blocks[0], block, 0o600); err != nil {
		t.Fatal(err)
	}
}
