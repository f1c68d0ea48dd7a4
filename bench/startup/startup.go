// SPDX-License-Identifier: Apache-2.0

// Package startup measures how long Hopstamp takes from its start until it is
// ready, and what it uses when nothing happens.
package startup

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/hopstamp/hopstamp/bench/contender"
)

// Measurement is one start.
type Measurement struct {
	Data      string  `json:"data"` // what it found
	DataMiB   float64 `json:"data_mib"`
	TakesMs   float64 `json:"takes_ms"` // from its start until it answers an OTLP request
	ReadyMs   float64 `json:"ready_ms"` // until /readyz answers 200
	IdleMiB   float64 `json:"idle_rss_mib"`
	IdleCores float64 `json:"idle_cores"`
}

// Idle is how long nothing happens before idle use is read.
const Idle = 10 * time.Second

// Measure starts it on the data in folder and leaves it running; the caller ends it.
func Measure(c contender.Contender, core, folder, data string) (Measurement, *contender.Running, error) {
	size, err := sizeOf(contender.DataFolder(folder))
	if err != nil {
		return Measurement{}, nil, err
	}
	running, err := c.Start(core, folder)
	if err != nil {
		return Measurement{}, nil, err
	}
	before, beforeErr := running.Usage()
	time.Sleep(Idle)
	after, afterErr := running.Usage()
	if err := errors.Join(beforeErr, afterErr); err != nil {
		running.Kill()
		return Measurement{}, nil, err
	}
	return Measurement{
		Data: data, DataMiB: float64(size) / (1 << 20), TakesMs: running.Takes.Seconds() * 1e3, ReadyMs: running.Ready.Seconds() * 1e3,
		IdleMiB: float64(after.Resident) / (1 << 20), IdleCores: (after.CPU - before.CPU).Seconds() / Idle.Seconds(),
	}, running, nil
}

// sizeOf is what a folder takes, 0 when there is none.
func sizeOf(folder string) (size int64, err error) {
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	if os.IsNotExist(err) {
		return 0, nil
	}
	return size, err
}
