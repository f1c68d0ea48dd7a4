// SPDX-License-Identifier: Apache-2.0

package journeys_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/test/server"
	"github.com/hopstamp/hopstamp/test/telemetry"
)

// A span is seen by those who ask a moment after it was taken.
func TestNewestIsVisible(t *testing.T) {
	t.Parallel()
	s := server.Start(t, server.Options{})
	sender := telemetry.OverHTTP(s.OTLP)
	defer sender.Close()
	for n := range 5 {
		now := time.Now()
		trace := telemetry.TraceID{1, byte(n + 1)}
		span := telemetry.Span{Service: "shop", Trace: trace, ID: telemetry.SpanID{1}, Kind: telemetry.Producer, Name: "send orders",
			Start: now.Add(-time.Millisecond), End: now, Attributes: []any{"messaging.destination.name", "orders"}}
		if err := sender.Send(t.Context(), []telemetry.Span{span}); err != nil {
			t.Fatal(err)
		}
		taken := time.Now()
		server.Eventually(t, 10*time.Second, func() error {
			m, err := s.Message(trace.String())
			if err == nil && (len(m.Deliveries) != 1 || m.Deliveries[0].Verdict != "pending") {
				err = fmt.Errorf("deliveries %+v, must be one that is pending", m.Deliveries)
			}
			return err
		})
		t.Logf("seen %v after it was taken", time.Since(taken).Round(time.Millisecond))
	}
}
