// SPDX-License-Identifier: Apache-2.0

package journeys_test

import (
	"context"
	"iter"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/test/server"
	"github.com/hopstamp/hopstamp/test/telemetry"
)

const (
	connections = 4 // half over HTTP, half over gRPC
	sendWithin  = 100 * time.Second
)

// send requests over several connections at once, each until it was taken. It
// answers how many spans were sent and how often the server asked to come back.
func send(t *testing.T, s *server.Server, requests iter.Seq[[]telemetry.Span]) (spans, repeats int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), sendWithin)
	defer cancel()
	queue := make(chan []telemetry.Span)
	var sent, repeated atomic.Int64
	var senders sync.WaitGroup
	for n := range connections {
		sender := connect(t, s, n)
		senders.Go(func() {
			defer sender.Close()
			for request := range queue {
				if err := sender.Send(ctx, request); err != nil {
					t.Error(err)
					cancel()
				}
				sent.Add(int64(len(request)))
			}
			repeated.Add(int64(sender.Repeats))
		})
	}
	for request := range requests {
		if ctx.Err() != nil {
			break
		}
		queue <- request
	}
	close(queue)
	senders.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return sent.Load(), repeated.Load()
}

func connect(t *testing.T, s *server.Server, n int) *telemetry.Sender {
	t.Helper()
	if n%2 == 0 {
		return telemetry.OverHTTP(s.OTLP)
	}
	sender, err := telemetry.OverGRPC(s.GRPC)
	if err != nil {
		t.Fatal(err)
	}
	return sender
}
