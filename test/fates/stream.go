// SPDX-License-Identifier: Apache-2.0

package fates

import (
	"iter"
	"math/rand/v2"
	"time"

	"github.com/hopstamp/hopstamp/test/telemetry"
)

// Plan says which messages to tell.
type Plan struct {
	Seed     uint64
	Messages int
	Began    time.Time     // of the first message
	Over     time.Duration // in which the messages began, evenly
}

// How spans travel.
const (
	perRequest  = 500    // spans
	window      = 20_000 // spans that may overtake each other
	twiceOneIn  = 30     // requests are sent twice
	twiceBehind = 20     // requests later
)

// All tells the messages in order of time.
func (p Plan) All() iter.Seq[Message] {
	return func(yield func(Message) bool) {
		for n := range p.Messages {
			if !yield(tell(p.Seed, n, p.Began.Add(p.Over*time.Duration(n)/time.Duration(p.Messages)))) {
				return
			}
		}
	}
}

// Requests are the spans of messages as they reach a server: batched, not in
// order, and some batches twice. visit is shown every message.
func Requests(seed uint64, messages iter.Seq[Message], visit func(Message)) iter.Seq[[]telemetry.Span] {
	return func(yield func([]telemetry.Span) bool) {
		s := shuffler{random: rand.New(rand.NewPCG(seed, 1)), yield: yield}
		for m := range messages {
			visit(m)
			s.waiting = append(s.waiting, m.Spans...)
			if len(s.waiting) >= 2*window && !s.emit(window) {
				return
			}
		}
		if s.emit(len(s.waiting)) {
			s.repeatAll()
		}
	}
}

// shuffler lets spans overtake each other.
type shuffler struct {
	random  *rand.Rand
	waiting []telemetry.Span
	twice   [][]telemetry.Span // requests to be sent again, oldest first
	yield   func([]telemetry.Span) bool
}

func (s *shuffler) emit(spans int) bool {
	s.random.Shuffle(len(s.waiting), func(i, j int) { s.waiting[i], s.waiting[j] = s.waiting[j], s.waiting[i] })
	for spans > 0 {
		request := append([]telemetry.Span(nil), s.waiting[:min(perRequest, spans)]...)
		s.waiting, spans = s.waiting[len(request):], spans-len(request)
		if !s.yield(request) {
			return false
		}
		if s.random.IntN(twiceOneIn) == 0 {
			s.twice = append(s.twice, request)
		}
		if len(s.twice) > 0 && s.random.IntN(twiceBehind) == 0 {
			again := s.twice[0]
			if s.twice = s.twice[1:]; !s.yield(again) {
				return false
			}
		}
	}
	s.waiting = append([]telemetry.Span(nil), s.waiting...)
	return true
}

func (s *shuffler) repeatAll() {
	for _, request := range s.twice {
		if !s.yield(request) {
			return
		}
	}
}
