// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track"
)

// Somebody writes into a room of 100,000 while others write to each other. Of each who is
// in the room it is known whether they got it; the others are told of at once, and the room
// is looked at a few times in ten seconds, not a thousand times.
func TestFanOutDoesNotHurtTheOthers(t *testing.T) {
	const announced, unreached, requests = 100_000, 10, 1000
	for _, linked := range []bool{false, true} {
		t.Run(fmt.Sprintf("linked %v", linked), func(t *testing.T) {
			t.Parallel()
			room, others := newPlatform(1, 0), newPlatform(2, 0)
			room.fanOutTo(announced, announced-unreached, linked)
			f := newFoldingOf(t, track.Options{Default: track.Path{Deadline: time.Minute, GiveUp: 2 * time.Minute}})
			looked, now := 0, dawn+int64(10*time.Second)
			for request := range requests {
				of := len(room.records) / requests * request
				to := of + len(room.records)/requests
				if request == requests-1 {
					to = len(room.records)
				}
				from := len(others.records)
				others.consume(others.publish(others.server(), "direct"), "worker", false)
				before := f.total
				now += int64(10 * time.Millisecond)
				f.step(batchOf(append(room.records[of:to:to], others.records[from:]...), now))
				switch told := f.total - before; {
				case told < 1:
					t.Fatalf("request %d: the message beside the room is not told of", request)
				case told > 1:
					looked++
				}
			}
			if looked > 12 {
				t.Errorf("in %d requests of 10 seconds the room was looked at %d times", requests, looked)
			}
			for range 20 {
				now += int64(10 * time.Second)
				f.tick(now)
			}
			f.finish()
			verdicts, recipients := map[journey.Verdict]int{}, map[string]bool{}
			for _, d := range f.settled {
				if d.Dims[span.Destination] == "room" {
					if listed := len(d.OtherTraces) + len(d.Positions); listed > 256 {
						t.Fatalf("the row of %q lists %d traces and log messages", d.ID, listed)
					}
					verdicts[d.Verdict]++
					recipients[d.Recipient] = true
				}
			}
			const failed = announced / 1000
			want := map[journey.Verdict]int{journey.Delivered: announced - unreached - failed, journey.Failed: failed, journey.Lost: unreached}
			if !maps.Equal(verdicts, want) || len(recipients) != announced-unreached+1 {
				t.Errorf("%v of %d recipients, want %v", verdicts, len(recipients), want)
			}
		})
	}
}

// Who looks at the message in the room sees those whom it did not reach, and how many others
// there are.
func TestTheViewOfARoomBeginsWithWhoWasNotReached(t *testing.T) {
	t.Parallel()
	const announced, unreached, failed = 5000, 10, 5
	for _, linked := range []bool{false, true} {
		p := newPlatform(1, 0)
		p.fanOutTo(announced, announced-unreached, linked)
		tracker := track.New(track.Options{})
		tracker.Step(1, batchOf(p.records, dawn+int64(10*time.Second)))
		v, _ := tracker.View(fmt.Sprintf("%x", p.records[0].Trace))
		listed, rest := len(v.Deliveries), 0
		for _, u := range v.Unlisted {
			rest += u.Count
		}
		if listed < 1000 || listed > 1001 || listed+rest != announced || len(v.Stamps) > listed+2 || len(v.Joins) != len(v.Stamps)-1 {
			t.Fatalf("linked %v: %d deliveries, %d stamps and %d joins are listed, %d deliveries are not", linked, listed, len(v.Stamps), len(v.Joins), rest)
		}
		for i, d := range v.Deliveries {
			if d.Verdict.Good() == (i < failed+unreached) {
				t.Fatalf("linked %v: delivery %d, %q, is %v", linked, i, d.ID, d.Verdict)
			}
			if at := v.Stamps[d.Hops[len(d.Hops)-1].ToStamp]; d.Recipient != "" && at.Recipient != d.Recipient {
				t.Fatalf("linked %v: the last hop of %q leads to %q", linked, d.ID, at.Recipient)
			}
		}
		if said := v.Sentence(); !strings.HasPrefix(said, "5000 deliveries: ") || !strings.Contains(said, "4985 delivered") {
			t.Errorf("linked %v: %s", linked, said)
		}
	}
}

// fanOutTo publishes a message for so many, and delivers it to those of them that are reached;
// every thousandth is not at home.
func (p *platform) fanOutTo(announced, reached int, linked bool) {
	from := p.publish(p.server(), "room")
	p.records[len(p.records)-1].Recipients, p.records[len(p.records)-1].Error = uint32(announced), false
	for i := range reached {
		p.add(from, span.Delivered, span.Consumer, "ws", func(s *said) {
			s.Recipient, s.Explicit, s.topic, s.Error = fmt.Sprint("user-", i), true, "room", i%1000 == 7
			if linked {
				s.Links = []span.Link{{Trace: from.Trace, Span: from.Span}}
				s.Trace, s.Parent = p.trace(), span.ID{}
			}
		})
	}
}
