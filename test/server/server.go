// SPDX-License-Identifier: Apache-2.0

// Package server runs the built hopstamp as a user would: a process with flags on
// free ports and a folder of its own, asked over HTTP. It knows nothing of the
// code inside. A [Server] belongs to one test, which ends it; what the process wrote
// is shown when the test fails. Methods that take the test end it on failure.
package server

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Options of a server. The zero value is `hopstamp serve` with a folder of its own.
type Options struct {
	Command []string // default serve
	Config  string   // YAML; empty: none
	Data    string   // folder; default a new one
}

// Server is a running hopstamp.
type Server struct {
	URL  string // of the web and the HTTP interface: http://host:port
	OTLP string // URL of OTLP over HTTP, /v1/traces included
	GRPC string // host:port of OTLP over gRPC
	Data string

	args    []string
	process *exec.Cmd
	exited  chan struct{}
	output  *transcript
}

// startWithin bounds how long a busy machine may take to start the process.
const startWithin = 60 * time.Second

// Start runs hopstamp until the test ends, and returns when it says that it is up
// and /readyz agrees.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	s := Prepare(t, o)
	s.Again(t)
	return s
}

// Prepare everything but the process, for tests that start it themselves.
func Prepare(t testing.TB, o Options) *Server {
	t.Helper()
	s := &Server{Data: o.Data, output: &transcript{}}
	if s.Data == "" {
		s.Data = t.TempDir()
	}
	s.args = append(s.args, o.Command...)
	if len(o.Command) == 0 {
		s.args = []string{"serve"}
	}
	s.args = append(s.args, "--listen", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0", "--data", s.Data)
	if o.Config != "" {
		file := filepath.Join(t.TempDir(), "hopstamp.yaml")
		if err := os.WriteFile(file, []byte(o.Config), 0o600); err != nil {
			t.Fatal(err)
		}
		s.args = append(s.args, "--config", file)
	}
	t.Cleanup(func() {
		s.end()
		if t.Failed() {
			t.Logf("hopstamp %s wrote:\n%s", strings.Join(s.args, " "), s.output)
		}
	})
	return s
}

// Again starts the process once more on the same folder, after Stop or Kill.
func (s *Server) Again(t testing.TB) {
	t.Helper()
	if err := s.Launch(); err != nil {
		t.Fatal(err)
	}
	s.AwaitReady(t)
}

// Launch starts the process, with more variables in its environment, and returns
// when it says that it is up. It may not be ready then: it may still replay its log.
func (s *Server) Launch(environment ...string) error {
	s.process = exec.Command(binary(), s.args...)
	s.process.Env = append(withoutOpenTelemetry(os.Environ()), environment...)
	s.process.Stderr = s.output
	stdout, err := s.process.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.process.Start(); err != nil {
		return fmt.Errorf("start %s: %w", binary(), err)
	}
	process, exited, up := s.process, make(chan struct{}), make(chan addresses, 1)
	s.exited = exited
	go func() {
		s.read(stdout, up)
		_ = process.Wait() // how it ended is in ProcessState
		close(exited)
	}()
	select {
	case at := <-up:
		s.URL, s.GRPC, s.OTLP = at.web, at.grpc, at.http
		return nil
	case <-exited:
		return fmt.Errorf("hopstamp ended before it was up: %v", process.ProcessState)
	case <-time.After(startWithin):
		return fmt.Errorf("hopstamp did not say within %v that it is up", startWithin)
	}
}

type addresses struct{ web, grpc, http string }

// read copies what the process says, and finds the addresses in it.
func (s *Server) read(stdout io.Reader, up chan<- addresses) {
	var at addresses
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		s.output.line(lines.Text())
		words := strings.Fields(lines.Text())
		if len(words) != 2 {
			continue
		}
		switch words[0] {
		case "open":
			at.web = words[1]
		case "OTLP/gRPC":
			at.grpc = words[1]
		case "OTLP/HTTP":
			at.http = words[1]
			up <- at
		}
	}
}

// Stop asks the process to end, as Ctrl-C does, and expects that it ends well.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatalf("stop hopstamp: %v", err)
	}
	if code := s.Wait(t, 30*time.Second); code != 0 {
		t.Fatalf("hopstamp ended with code %d when it was asked to stop", code)
	}
}

// Kill ends the process without a chance to tidy up, as a power cut does.
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	if err := s.process.Process.Kill(); err != nil {
		t.Fatalf("kill hopstamp: %v", err)
	}
	<-s.exited
}

// Wait for the process to end by itself; its exit code.
func (s *Server) Wait(t testing.TB, within time.Duration) int {
	t.Helper()
	select {
	case <-s.exited:
	case <-time.After(within):
		t.Fatalf("hopstamp did not end within %v", within)
	}
	return s.process.ProcessState.ExitCode()
}

// Ended tells whether the process has ended.
func (s *Server) Ended() bool {
	select {
	case <-s.exited:
		return true
	default:
		return false
	}
}

// Exited is closed when the process that was launched last has ended.
func (s *Server) Exited() <-chan struct{} { return s.exited }

// Output is what all its processes wrote so far.
func (s *Server) Output() string { return s.output.String() }

// end is for the cleanup: whatever state the test left the process in.
func (s *Server) end() {
	if s.process == nil || s.process.Process == nil || s.exited == nil || s.Ended() {
		return
	}
	_ = s.process.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-s.exited:
	case <-time.After(20 * time.Second):
		_ = s.process.Process.Kill()
		<-s.exited
	}
}

// Command runs another command of hopstamp, and answers what it wrote and its exit code.
func Command(t testing.TB, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	var out, problems bytes.Buffer
	command := exec.CommandContext(ctx, binary(), args...)
	command.Stdout, command.Stderr = &out, &problems
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("run hopstamp %s: %v", strings.Join(args, " "), err)
	}
	return out.String(), problems.String(), command.ProcessState.ExitCode()
}

// withoutOpenTelemetry keeps the settings of whoever runs the tests out of them.
func withoutOpenTelemetry(environment []string) (clean []string) {
	for _, variable := range environment {
		if !strings.HasPrefix(variable, "OTEL_") {
			clean = append(clean, variable)
		}
	}
	return clean
}

// transcript is what a process wrote, from both of its outputs.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *transcript) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func (w *transcript) line(text string) { _, _ = w.Write([]byte(text + "\n")) }

func (w *transcript) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}
