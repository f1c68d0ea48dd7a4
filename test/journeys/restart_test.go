// SPDX-License-Identifier: Apache-2.0

package journeys_test

import (
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/test/fates"
	"github.com/hopstamp/hopstamp/test/server"
	"github.com/hopstamp/hopstamp/test/telemetry"
)

const restartMessages = 8_000

// restartConfig lets finished journeys go early, so that some are on disk when the
// server dies while others are in memory only.
const restartConfig = fates.Config + `
track: {linger: 10s}
`

// The server is killed while half of the spans of half of the messages are there.
// Started again, it takes the rest and much of what it had already, and what it
// says is what happened: nothing is lost, nothing is counted twice.
func TestKilledAndStartedAgain(t *testing.T) {
	t.Parallel()
	s := server.Start(t, server.Options{Config: restartConfig})
	now, truth := time.Now(), fates.NewTruth()
	settled := fates.Plan{Seed: 2, Messages: restartMessages, Began: now.Add(-20 * time.Minute), Over: 10 * time.Minute}
	underWay := fates.Plan{Seed: 3, Messages: restartMessages, Began: now.Add(-2 * time.Minute), Over: time.Minute}

	send(t, s, fates.Requests(2, settled.All(), truth.Add))
	agreeWithLedger(t, s, truth)
	awaitStored(t, s)
	send(t, s, fates.Requests(3, firstHalves(underWay), func(fates.Message) {}))
	s.Kill(t)

	s.Again(t)
	send(t, s, fates.Requests(4, both(secondHalves(underWay), everyThird(settled), firstHalves(underWay)), func(fates.Message) {}))
	for m := range found(underWay) {
		truth.Add(m)
	}
	agreeWithLedger(t, s, truth)
	agreeWithCounters(t, s, truth)

	s.Stop(t)
	s.Again(t)
	agreeWithLedger(t, s, truth)
	agreeWithCounters(t, s, truth)
	agreeWithSome(t, s, settled, underWay)
}

// awaitStored until journeys were let go of and their verdicts are on disk.
func awaitStored(t *testing.T, s *server.Server) {
	t.Helper()
	server.Eventually(t, agreeWithin, func() error {
		parts, err := filepath.Glob(filepath.Join(s.Data, "verdicts", "*", "*.parquet"))
		if err == nil && len(parts) == 0 {
			err = errors.New("no verdicts are on disk")
		}
		return err
	})
}

// found are the messages that are not lost: those that began a moment ago cannot be.
func found(p fates.Plan) iter.Seq[fates.Message] {
	return func(yield func(fates.Message) bool) {
		for m := range p.All() {
			lost := slices.ContainsFunc(m.Deliveries, func(d fates.Delivery) bool { return d.Verdict == "lost" })
			if !lost && !yield(m) {
				return
			}
		}
	}
}

func firstHalves(p fates.Plan) iter.Seq[fates.Message] {
	return cut(p, func(s []telemetry.Span) []telemetry.Span { return s[:len(s)/2] })
}

func secondHalves(p fates.Plan) iter.Seq[fates.Message] {
	return cut(p, func(s []telemetry.Span) []telemetry.Span { return s[len(s)/2:] })
}

func cut(p fates.Plan, part func([]telemetry.Span) []telemetry.Span) iter.Seq[fates.Message] {
	return func(yield func(fates.Message) bool) {
		for m := range found(p) {
			m.Spans = part(m.Spans)
			if !yield(m) {
				return
			}
		}
	}
}

func everyThird(p fates.Plan) iter.Seq[fates.Message] {
	return func(yield func(fates.Message) bool) {
		number := 0
		for m := range p.All() {
			if number++; number%3 == 0 && !yield(m) {
				return
			}
		}
	}
}

func both(sequences ...iter.Seq[fates.Message]) iter.Seq[fates.Message] {
	return func(yield func(fates.Message) bool) {
		for _, sequence := range sequences {
			for m := range sequence {
				if !yield(m) {
					return
				}
			}
		}
	}
}

// agreeWithCounters: the counters go on where they were before the restart.
func agreeWithCounters(t *testing.T, s *server.Server, truth *fates.Truth) {
	t.Helper()
	server.Eventually(t, agreeWithin, func() error {
		entered, err := s.Metric("hopstamp_deliveries_total")
		if err != nil {
			return err
		}
		left, err := s.Metric("hopstamp_delivery_corrections_total")
		if err != nil {
			return err
		}
		flying, err := s.Metric("hopstamp_in_flight_deliveries")
		if err != nil {
			return err
		}
		if got := int64(entered - left + flying); got != truth.Deliveries {
			return fmt.Errorf("counters say %v - %v and %v in flight: %d deliveries, must be %d", entered, left, flying, got, truth.Deliveries)
		}
		return nil
	})
}

func agreeWithSome(t *testing.T, s *server.Server, plans ...fates.Plan) {
	t.Helper()
	for _, plan := range plans {
		number := 0
		for m := range found(plan) {
			if number++; number%(restartMessages/40) == 0 {
				agreeWithMessage(t, s, &m)
			}
		}
	}
}
