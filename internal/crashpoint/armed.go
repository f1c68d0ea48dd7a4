// SPDX-License-Identifier: Apache-2.0

//go:build crashpoints && unix

package crashpoint

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// passed counts how often the point in HOPSTAMP_CRASH_AT was passed by this process.
// It is a variable because a point is a place in the sources and belongs to no value.
var passed atomic.Int64

// At kills the process when it is its turn to die here.
func At(name string) {
	point, turn, _ := strings.Cut(os.Getenv("HOPSTAMP_CRASH_AT"), ":")
	if point != name {
		return
	}
	turn, wait, _ := strings.Cut(turn, ":")
	if n, err := strconv.ParseInt(turn, 10, 64); err != nil || passed.Add(1) != n {
		return
	}
	pause, _ := time.ParseDuration(wait) // none when it is not given
	time.Sleep(pause)
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL) // a process may always kill itself
	select {}                                      // until the signal arrives, nothing more is done here
}

// Every is the period in HOPSTAMP_CRASH_EVERY, or the usual one.
func Every(name string, usual time.Duration) time.Duration {
	for entry := range strings.SplitSeq(os.Getenv("HOPSTAMP_CRASH_EVERY"), ",") {
		if period, ok := strings.CutPrefix(entry, name+":"); ok {
			if d, err := time.ParseDuration(period); err == nil && d > 0 {
				return d
			}
		}
	}
	return usual
}
