// SPDX-License-Identifier: Apache-2.0

//go:build crashpoints && unix

package crashpoint

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// A process dies at the named point alone, and only when its turn has come.
func TestAtKillsAtTheTurn(t *testing.T) {
	if os.Getenv("HOPSTAMP_CRASH_AT") != "" {
		At("log.taken")
		At("log.synced")
		At("log.synced")
		os.Exit(0)
	}
	for at, dies := range map[string]bool{"log.synced:2": true, "log.synced:2:1ms": true, "log.synced:3": false, "log.synced": false, "log": false} {
		child := exec.Command(os.Args[0], "-test.run", t.Name())
		child.Env = append(os.Environ(), "HOPSTAMP_CRASH_AT="+at)
		err := child.Run()
		var exit *exec.ExitError
		killed := errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL
		if killed != dies {
			t.Errorf("%s: died %v (%v), must be %v", at, killed, err, dies)
		}
	}
}

func TestEveryHurries(t *testing.T) {
	t.Setenv("HOPSTAMP_CRASH_EVERY", "flush:200ms,merge:often")
	for name, want := range map[string]time.Duration{"flush": 200 * time.Millisecond, "merge": time.Minute, "fl": time.Minute} {
		if got := Every(name, time.Minute); got != want {
			t.Errorf("%s every %v, must be %v", name, got, want)
		}
	}
}
