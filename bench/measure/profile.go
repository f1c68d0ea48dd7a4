// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/hopstamp/hopstamp/bench/contender"
	"github.com/hopstamp/hopstamp/bench/load"
)

// ErrNoProfile says that the binary does not write CPU profiles.
var ErrNoProfile = errors.New("the binary has no --cpu-profile")

// Profile is where the time went, by `go tool pprof -top`.
type Profile struct {
	Load load.Result // of the run that was profiled
	All  string      // functions
	Own  string      // functions of the project, by what they and what they call take
}

// Profile loads Hopstamp in a run of its own, so that profiling costs no measured run anything.
func (b Bench) Profile(ctx context.Context, c contender.Contender, binary string) (p Profile, err error) {
	help, err := exec.CommandContext(ctx, binary, "serve", "--help").Output()
	if err != nil || !bytes.Contains(help, []byte("--cpu-profile")) {
		return p, ErrNoProfile
	}
	folder := filepath.Join(b.Folder, "profile")
	if err := os.RemoveAll(folder); err != nil {
		return p, fmt.Errorf("empty the folder of the profile: %w", err)
	}
	file := filepath.Join(folder, "cpu.prof")
	if p.Load, err = b.profileTo(ctx, c, folder, file); err != nil {
		return p, err
	}
	if p.All, err = top(ctx, binary, file, "-nodecount=30"); err != nil {
		return p, err
	}
	p.Own, err = top(ctx, binary, file, "-cum", "-nodecount=40", "-show=github.com/hopstamp")
	return p, err
}

func (b Bench) profileTo(ctx context.Context, c contender.Contender, folder, file string) (load.Result, error) {
	running, err := c.Start(b.Core, folder, "--cpu-profile", file)
	if err != nil {
		return load.Result{}, err
	}
	options := b.Load
	options.Address = running.OTLP(options.Protocol)
	options.Duration = min(options.Duration, 20*time.Second)
	result, err := load.New(b.Workload, options).Run(ctx)
	if err == nil {
		err = sleep(ctx, c.Settles) // put-off work is work
	}
	running.Stop(time.Minute) // the profile is written at the end
	return result, err
}

func top(ctx context.Context, binary, file string, flags ...string) (string, error) {
	arguments := append(append([]string{"tool", "pprof", "-top"}, flags...), binary, file)
	out, err := exec.CommandContext(ctx, "go", arguments...).Output()
	if err != nil {
		return "", fmt.Errorf("read the profile: %w", err)
	}
	return string(out), nil
}
