// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"math"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track"
)

// script reads a sequence of records and ticks out of any bytes. Ids come from a
// small set, so that parents and links meet, also themselves.
type script struct{ bytes []byte }

func (s *script) next() byte {
	if len(s.bytes) == 0 {
		return 0
	}
	b := s.bytes[0]
	s.bytes = s.bytes[1:]
	return b
}

func (s *script) record() (r said) {
	shape, ids, times := s.next(), s.next(), s.next()
	r.Trace[15], r.Span[7], r.Parent[7] = 1+shape&3, 1+ids&7, ids>>3&7
	r.Stage = span.Stage(s.next() % uint8(span.NumStages))
	r.Kind = span.Kind(shape >> 2 & 7 % 6)
	if shape&0x20 != 0 {
		r.Outcome = span.Outcome(times % 5)
	}
	r.Error, r.Explicit = shape&0x40 != 0, shape&0x80 != 0
	r.Event = uint16(times & 1)
	r.Start = dawn + int64(times)*1e8
	r.End = r.Start + int64(ids)*1e7
	switch times {
	case 255:
		r.Start, r.End = math.MinInt64, math.MaxInt64
	case 254:
		r.Start, r.End = math.MaxInt64, math.MinInt64
	case 253:
		r.Start, r.End = 0, -1
	}
	s.texts(&r)
	return r
}

// apart is the record with a start that no record of another span or event has. Rows of one
// id are told apart by when their messages began, in nanoseconds.
func (s said) apart() said {
	own := int64(s.Trace[15])<<8 | int64(s.Span[7])<<4 | int64(s.Event)
	if s.Start == math.MaxInt64 {
		own = -own
	}
	s.Start += own
	return s
}

func (s *script) texts(r *said) {
	bits := s.next()
	name := string(rune('a' + bits&3))
	r.service, r.topic = name, name
	if bits&4 != 0 {
		r.Recipient = name
	}
	if bits&8 != 0 {
		r.Recipients = uint32(bits)
	}
	if bits&16 != 0 {
		r.MessageID = name
	}
	if bits&32 != 0 {
		r.route = "/v1/chat"
	}
	for range bits >> 6 {
		to := s.next()
		link := span.Link{Trace: span.TraceID{15: to & 3}, Span: span.ID{7: to >> 2 & 7}}
		if to >= 128 {
			link.MessageID, link.Recipient = string(rune('a'+to&1)), name
		}
		r.Links = append(r.Links, link)
	}
	s.names(&r.Record)
}

// names are what a message may be known by, and what makes others doubt.
func (s *script) names(r *span.Record) {
	bits := s.next()
	name := string(rune('a' + bits&1))
	for i, text := range [...]*string{&r.Key, &r.Conversation, &r.Coordinate} {
		if bits&(2<<i) != 0 {
			*text = name
		}
	}
	r.Partial = bits&16 != 0
	r.DroppedLinks, r.Batch = uint32(bits>>5&1), uint32(bits>>6)
}

// FuzzTracker folds anything. No input may count a delivery below nothing, tell of
// one without an id of its own, look at more than it may, or leave anything behind in the
// end.
func FuzzTracker(f *testing.F) {
	f.Add([]byte("a platform"))
	f.Add([]byte{0x0c, 0x01, 1, 6, 0, 0x15, 0x0a, 2, 8, 0x40, 0x05, 0x15, 0x0b, 3, 8, 0x40, 0x09})
	f.Fuzz(func(t *testing.T, bytes []byte) {
		if len(bytes) > 1<<11 {
			return
		}
		s := script{bytes}
		fold := newFoldingOf(t, pausing(uint64(len(bytes))))
		fold.shared = true // the ids of messages come from the same small set
		if len(bytes)%2 == 1 {
			fold.tracker.FreezeAfter(0)
		}
		now, most := dawn, 0
		var batch []said
		for len(s.bytes) > 0 {
			switch what := s.next(); {
			case what < 200:
				batch = append(batch, s.record().apart())
				most += track.MaxCopies * (1 + len(batch[len(batch)-1].Links))
			case what < 240:
				fold.step(batchOf(batch, now))
				fold.check()
				if nodes := fold.tracker.Gathered(); nodes > most {
					t.Fatalf("one assessment gathered %d stamps, at most %d are to be looked at", nodes, most)
				}
				batch = batch[:0]
			default:
				now += int64(time.Second) << (what - 240)
				fold.step(&span.Batch{Received: now, Symbols: []string{""}, Throttled: len(bytes)%3 == 2 && what%2 == 1})
				fold.check()
			}
		}
		fold.step(batchOf(batch, now))
		fold.finish()
	})
}
