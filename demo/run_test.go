// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"context"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"gopkg.in/yaml.v3"

	"github.com/hopstamp/hopstamp/demo/message"
)

// countingCollector is an OTLP endpoint that counts the spans of each service.
type countingCollector struct {
	collector.UnimplementedTraceServiceServer
	spans atomic.Int64
}

func (c *countingCollector) Export(_ context.Context, request *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	for _, resource := range request.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			c.spans.Add(int64(len(scope.Spans)))
		}
	}
	return &collector.ExportTraceServiceResponse{}, nil
}

// Run sends real OTLP, returns by itself when its time is over, and leaves nothing behind: no
// goroutine, no folder. It isn't parallel, so that what it finds running is its own.
func TestRunEndsCleanly(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	received := &countingCollector{}
	server := grpc.NewServer()
	collector.RegisterTraceServiceServer(server, received)
	go func() { _ = server.Serve(listener) }()
	defer server.Stop()

	told := &lockedBuffer{}
	err = Run(t.Context(), Options{OTLPEndpoint: listener.Addr().String(), Rate: 40, For: time.Second, Out: told})
	if err != nil {
		t.Fatalf("run: %v", err)
	}
	if received.spans.Load() < 100 {
		t.Errorf("the collector received %d spans, want hundreds", received.spans.Load())
	}
	if strings.Contains(told.String(), "not getting through") {
		t.Errorf("telemetry got through, and yet:\n%s", told)
	}
	left, err := os.ReadDir(temporary)
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// Without a collector the platform works on, says so once, and still ends in bounded time.
func TestRunGoesOnWithoutACollector(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := listener.Addr().String()
	_ = listener.Close()

	told := &lockedBuffer{}
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() {
		result <- Run(ctx, Options{OTLPEndpoint: nobody, Rate: 20, Faults: "none", Out: told, DataDir: t.TempDir()})
	}()
	deadline := time.Now().Add(20 * time.Second)
	for !strings.Contains(told.String(), "not getting through") {
		if time.Now().After(deadline) {
			t.Fatalf("the lost collector was never told:\n%s", told)
		}
		time.Sleep(50 * time.Millisecond)
	}
	cancel()
	if err := <-result; err != nil {
		t.Errorf("run: %v", err)
	}
	if got := strings.Count(told.String(), "not getting through"); got != 1 {
		t.Errorf("told %d times, want once:\n%s", got, told)
	}
}

// Whoever calls it off while it starts gets no error, and nothing is left.
func TestRunCalledOffAtOnce(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Run(ctx, Options{OTLPEndpoint: "127.0.0.1:1"}); err != nil {
		t.Errorf("run: %v, want nil", err)
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestRunRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	if err := Run(t.Context(), Options{Faults: "gremlins"}); err == nil || !strings.Contains(err.Error(), "schema-drift") {
		t.Errorf("unknown fault: %v, want an error that names the known ones", err)
	}
	if err := Run(t.Context(), Options{Rate: -1}); err == nil {
		t.Error("negative rate: want an error")
	}
}

// The configuration has one path for each channel's route.
func TestConfigMatchesEveryRoute(t *testing.T) {
	t.Parallel()
	var config struct {
		Paths []struct {
			Name  string
			Match struct{ Service, Route string }
			Until string
		}
	}
	if err := yaml.Unmarshal(Config(), &config); err != nil {
		t.Fatal(err)
	}
	for _, channel := range message.Channels() {
		matched := 0
		for _, path := range config.Paths {
			if path.Match.Route == channel.Route() && path.Match.Service == "quickconnect-ingress" {
				matched++
			}
		}
		if matched != 1 {
			t.Errorf("%d paths match %s, want 1", matched, channel.Route())
		}
	}
}

// quickconnect knows Hopstamp only as an OpenTelemetry endpoint, and by the names of its attributes.
func TestImportsNothingOfHopstamp(t *testing.T) {
	t.Parallel()
	const module = "github.com/hopstamp/hopstamp/"
	listed, err := exec.Command("go", "list", "-deps", "-test", module+"demo/...").Output()
	if err != nil {
		t.Fatalf("list the dependencies: %v", err)
	}
	packages := strings.Fields(string(listed))
	if !slices.Contains(packages, module+"demo/broker") {
		t.Fatal("the list lacks our own packages")
	}
	for _, path := range packages {
		if strings.HasPrefix(path, module) && !strings.HasPrefix(path, module+"demo") && path != module+"wire" {
			t.Errorf("depends on %s", path)
		}
	}
}
