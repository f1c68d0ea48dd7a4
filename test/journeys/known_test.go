// SPDX-License-Identifier: Apache-2.0

package journeys_test

import (
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/test/fates"
	"github.com/hopstamp/hopstamp/test/server"
)

const (
	knownMessages = 100_000
	knownSample   = 200 // of them are looked at one by one
)

// A hundred thousand messages whose fate is known come over four connections, out
// of order and partly twice: the ledger and the journeys say exactly that fate.
func TestKnownFates(t *testing.T) {
	t.Parallel()
	s := server.Start(t, server.Options{Config: fates.Config})
	began := time.Now()
	plan := fates.Plan{Seed: 1, Messages: knownMessages, Began: began.Add(-20 * time.Minute), Over: 10 * time.Minute}
	truth, number := fates.NewTruth(), 0
	var sample []fates.Message
	spans, repeats := send(t, s, fates.Requests(plan.Seed, plan.All(), func(m fates.Message) {
		truth.Add(m)
		if number++; number%(knownMessages/knownSample) == 0 {
			sample = append(sample, m)
		}
	}))
	t.Logf("sent %d spans of %d messages in %v, %d requests were asked to come back", spans, number, time.Since(began).Round(time.Millisecond), repeats)

	agreeWithLedger(t, s, truth)
	t.Logf("%d deliveries are as they must be, %v after the start:\n%s", truth.Deliveries, time.Since(began).Round(time.Millisecond), totals(truth))
	for i := range sample {
		agreeWithMessage(t, s, &sample[i])
	}
	t.Logf("%d messages looked at, %v after the start", len(sample), time.Since(began).Round(time.Millisecond))
}
