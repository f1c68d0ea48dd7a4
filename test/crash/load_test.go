// SPDX-License-Identifier: Apache-2.0

package crash_test

import (
	"slices"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/test/fates"
	"github.com/hopstamp/hopstamp/test/telemetry"
)

// load is what a number of exporters send, each its requests in order, and what must
// become known of it. It is never changed, so that rounds can share it.
//
// A message comes from one exporter. Half of the messages come whole, so that their
// journeys are finished and on disk while others arrive; of the rest the end comes
// some requests after the beginning, often on the other side of a crash. What is
// sent, and in which order the parts of a message arrive, is the same in every round;
// so every number that does not count time or repeats has to be the same too.
type load struct {
	exporters [][][]telemetry.Span
	truth     *fates.Truth
	spans     int             // distinct
	settled   int             // deliveries that go to disk when their time has come
	wrong     []fates.Message // some of those of which every span must be kept
}

const (
	exporters   = 3
	messages    = 2400
	perRequest  = 36 // spans, or a few more
	putOff      = 6  // requests between the parts of a message
	loadSeed    = 11
	beganBefore = 40 * time.Minute
	beganDuring = 20 * time.Minute
)

// newLoad makes messages that began long enough ago that no deadline passes while
// they arrive. No time in it is finer than a minute, nor depends on the round.
func newLoad() *load {
	l := &load{truth: fates.NewTruth(), exporters: make([][][]telemetry.Span, exporters)}
	began := time.Now().Add(-beganBefore).Truncate(time.Minute)
	plan := fates.Plan{Seed: loadSeed, Messages: messages, Began: began, Over: beganDuring}
	senders, number := [exporters]sequence{}, 0
	for m := range plan.All() {
		l.truth.Add(m)
		l.spans += len(m.Spans)
		if !slices.ContainsFunc(m.Deliveries, func(d fates.Delivery) bool { return d.Verdict == "stuck" }) {
			l.settled += len(m.Deliveries)
		}
		if v := m.Deliveries[0].Verdict; (v == "failed" || v == "lost" || v == "stuck") && len(m.Deliveries) == 1 && number%(messages/openedMessages/10) == 0 && len(l.wrong) < openedMessages {
			l.wrong = append(l.wrong, m)
		}
		senders[number%exporters].add(m, number%2 == 0)
		number++
	}
	for n := range senders {
		l.exporters[n] = senders[n].done()
	}
	return l
}

// sequence of the requests of one exporter.
type sequence struct {
	requests [][]telemetry.Span
	filling  []telemetry.Span
	later    []part // oldest first
}

// part of a message that is to come in a request.
type part struct {
	request int
	spans   []telemetry.Span
}

// add a message, whole or in two parts.
func (s *sequence) add(m fates.Message, whole bool) {
	end := len(m.Spans)
	if at := cut(&m); !whole && at < end {
		s.later = append(s.later, part{len(s.requests) + putOff, m.Spans[at:]})
		end = at
	}
	s.filling = append(s.filling, m.Spans[:end]...)
	if len(s.filling) >= perRequest {
		s.send()
	}
}

// cut is where a message may be parted: after its publish, on the paths that wait
// for hours. The others are given up by then, and what comes later would be late.
func cut(m *fates.Message) int {
	published := slices.IndexFunc(m.Spans, func(s telemetry.Span) bool { return s.Kind == telemetry.Producer })
	if path := m.Deliveries[0].Path; published < 0 || path != "chat" && path != "tickets" {
		return len(m.Spans)
	}
	return published + 1
}

func (s *sequence) send() {
	for len(s.later) > 0 && s.later[0].request <= len(s.requests) {
		s.filling = append(s.filling, s.later[0].spans...)
		s.later = s.later[1:]
	}
	s.requests = append(s.requests, s.filling)
	s.filling = nil
}

func (s *sequence) done() [][]telemetry.Span {
	for len(s.filling) > 0 || len(s.later) > 0 {
		s.send()
	}
	return s.requests
}

// What is cut apart is whole again in the end, every span once.
func TestLoadIsWhole(t *testing.T) {
	t.Parallel()
	l, seen, requests := newLoad(), map[telemetry.Link]int{}, 0
	for _, sent := range l.exporters {
		requests += len(sent)
		for _, request := range sent {
			for i := range request {
				seen[request[i].Context()]++
			}
		}
	}
	for link, times := range seen {
		if times != 1 {
			t.Errorf("span %v is sent %d times", link, times)
		}
	}
	if len(seen) != l.spans || l.settled == 0 || int64(l.settled) >= l.truth.Deliveries {
		t.Errorf("%d spans of %d are sent, %d deliveries of %d go to disk", len(seen), l.spans, l.settled, l.truth.Deliveries)
	}
	t.Logf("%d spans in %d requests, %d deliveries, %d of which go to disk", l.spans, requests, l.truth.Deliveries, l.settled)
}
