// SPDX-License-Identifier: Apache-2.0

package receive

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/hopstamp/hopstamp/internal/receive/otlptest"
)

// slowLog stores when it is told to.
type slowLog struct {
	entered chan struct{}
	proceed chan struct{}
}

func (l *slowLog) Append(context.Context, int, []byte) error {
	l.entered <- struct{}{}
	<-l.proceed
	return nil
}

func serveSlowly(t *testing.T, change func(*Options)) (*Receiver, *slowLog) {
	t.Helper()
	log := &slowLog{make(chan struct{}), make(chan struct{})}
	o := Options{GRPCAddr: "127.0.0.1:0", HTTPAddr: "127.0.0.1:0"}
	if change != nil {
		change(&o)
	}
	r, err := New(o, log)
	if err != nil {
		t.Fatal(err)
	}
	r.Start()
	return r, log
}

func TestStopAnswersRequestsInFlight(t *testing.T) {
	t.Parallel()
	r, log := serveSlowly(t, nil)
	request := otlptest.Encode(t, otlptest.OneSpan(ptrace.SpanKindServer, "x", nil))
	answers := make(chan error, 2)
	go func() {
		response, _ := rig{Receiver: r}.post(t, "/v1/traces", request, "Content-Type", typeProtobuf)
		if response.StatusCode != http.StatusOK {
			answers <- errors.New(response.Status)
			return
		}
		answers <- nil
	}()
	go func() {
		_, err := rig{Receiver: r}.export(t, exportMethod, request)
		answers <- err
	}()
	<-log.entered
	<-log.entered
	stopped := make(chan error)
	go func() { stopped <- r.Stop(context.Background()) }()
	waitUntilRefused(t, r.HTTPAddr())
	waitUntilRefused(t, r.GRPCAddr())
	select {
	case err := <-stopped:
		t.Fatalf("stopped (%v) before its requests were answered", err)
	default:
	}
	close(log.proceed)
	for range 2 {
		if err := <-answers; err != nil {
			t.Errorf("a request in flight was answered: %v", err)
		}
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func waitUntilRefused(t *testing.T, address string) {
	t.Helper()
	eventually(t, address+" takes no connections", func() bool {
		connection, err := net.Dial("tcp", address)
		if err == nil {
			connection.Close()
		}
		return err != nil
	})
}

func TestStopDoesNotWaitForever(t *testing.T) {
	t.Parallel()
	r, log := serveSlowly(t, nil)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_, err := rig{Receiver: r}.export(t, exportMethod, otlptest.Encode(t, otlptest.OneSpan(ptrace.SpanKindServer, "x", nil)))
		if err == nil {
			t.Error("a request that was cut off was answered")
		}
	}()
	<-log.entered
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	stopped := make(chan error)
	go func() { stopped <- r.Stop(ctx) }()
	<-gone
	close(log.proceed)
	if err := <-stopped; !errors.Is(err, context.Canceled) {
		t.Errorf("stop answered %v", err)
	}
}

func TestStopWithoutStartFreesTheAddresses(t *testing.T) {
	t.Parallel()
	r, err := New(Options{GRPCAddr: "127.0.0.1:0", HTTPAddr: "127.0.0.1:0"}, &memoryLog{})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{r.GRPCAddr(), r.HTTPAddr()} {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			t.Error(err)
			continue
		}
		listener.Close()
	}
}

// While requests hold the whole budget, others are told to come back.
func TestBackPressureOfRequestsInFlight(t *testing.T) {
	t.Parallel()
	request := otlptest.Encode(t, otlptest.OneSpan(ptrace.SpanKindServer, "x", nil))
	r, log := serveSlowly(t, func(o *Options) { o.MaxRequest, o.MaxInFlight = len(request)+10, int64(len(request)+10) })
	answered := make(chan int)
	go func() {
		response, _ := rig{Receiver: r}.post(t, "/v1/traces", request, "Content-Type", typeProtobuf)
		answered <- response.StatusCode
	}()
	<-log.entered
	response, answer := rig{Receiver: r}.post(t, "/v1/traces", request, "Content-Type", typeProtobuf)
	if response.StatusCode != http.StatusTooManyRequests || response.Header.Get("Retry-After") != "1" {
		t.Errorf("answered %d %q", response.StatusCode, answer)
	}
	if _, err := (rig{Receiver: r}).export(t, exportMethod, request); err == nil {
		t.Error("the same over gRPC was taken")
	}
	close(log.proceed)
	if status := <-answered; status != http.StatusOK {
		t.Errorf("the first was answered %d", status)
	}
	if err := r.Stop(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestOptionsThatDoNotFitAreRefused(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	const free = "127.0.0.1:0"
	for why, o := range map[string]Options{
		"no address":         {GRPCAddr: free},
		"address taken":      {GRPCAddr: free, HTTPAddr: taken.Addr().String()},
		"too little flight":  {GRPCAddr: free, HTTPAddr: free, MaxRequest: 100, MaxInFlight: 99},
		"negative":           {GRPCAddr: free, HTTPAddr: free, Partitions: -1},
		"too large requests": {GRPCAddr: free, HTTPAddr: free, MaxRequest: 2 << 30},
		"unknown dimension":  {GRPCAddr: free, HTTPAddr: free, Dimensions: map[string][]string{"x": {"y"}}},
	} {
		if _, err := New(o, &memoryLog{}); err == nil {
			t.Errorf("%s: no error", why)
		}
	}
}
