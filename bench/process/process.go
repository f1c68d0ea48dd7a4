// SPDX-License-Identifier: Apache-2.0

// Package process runs a program on one core and reads what it costs from /proc.
// Linux with taskset. A Process belongs to the goroutine that started it; Usage
// and Peak may be read by any.
package process

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// Process is a program that was started.
type Process struct {
	command *exec.Cmd
	exited  chan struct{}
}

// Start runs a program on a core with GOMAXPROCS=1. What it says goes to the log file.
func Start(core, log string, environment []string, arguments ...string) (*Process, error) {
	file, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open the log of %s: %w", arguments[0], err)
	}
	defer file.Close()
	p := &Process{exited: make(chan struct{})}
	p.command = exec.Command("taskset", append([]string{"-c", core}, arguments...)...)
	p.command.Env = append(append(os.Environ(), "GOMAXPROCS=1"), environment...)
	p.command.Stdout, p.command.Stderr = file, file
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", arguments[0], err)
	}
	go func() {
		p.command.Wait() // how it ended is seen by whoever needs an answer from it
		close(p.exited)
	}()
	return p, nil
}

// Await asks until ready says yes, the program ends or the time is over.
func (p *Process) Await(limit time.Duration, ready func() bool) error {
	over := time.After(limit)
	for !ready() {
		select {
		case <-p.exited:
			return fmt.Errorf("%s ended: %v", p.command.Args[3], p.command.ProcessState)
		case <-over:
			return fmt.Errorf("%s is not ready after %v", p.command.Args[3], limit)
		case <-time.After(2 * time.Millisecond):
		}
	}
	return nil
}

// Usage until now.
func (p *Process) Usage() (Usage, error) { return read(p.command.Process.Pid) }

// Peak is the most memory that was resident, in bytes.
func (p *Process) Peak() (int64, error) { return peak(p.command.Process.Pid) }

// Kill ends it as a crash would, and waits until it has ended.
func (p *Process) Kill() {
	p.command.Process.Signal(syscall.SIGKILL)
	<-p.exited
}

// Stop asks it to end, and kills it when it has not after a while.
func (p *Process) Stop(limit time.Duration) {
	p.command.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.exited:
	case <-time.After(limit):
		p.Kill()
	}
}
