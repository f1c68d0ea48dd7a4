// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track"
)

// shown is one stamp of a trace, and an id that it shows.
type shown struct {
	stage span.Stage
	kind  span.Kind
	topic string
	say   func(*said, string)
}

func sayKey(s *said, id string)          { s.Key = id }
func sayMessage(s *said, id string)      { s.MessageID = id }
func sayConversation(s *said, id string) { s.Conversation = id }

// traceThatShows is an accepted request, whose trace begins with number, and under it a
// stamp that shows an id.
func traceThatShows(number byte, what shown, id string) []said {
	p := newPlatform(1, 0)
	root := p.server()
	p.records[0].Error, p.records[0].MessageID = false, ""
	sent := p.add(root, span.Published, span.Producer, "api", func(s *said) { s.topic, s.system, s.MessageID = "orders", "kafka", "" })
	p.add(sent, what.stage, what.kind, "worker", func(s *said) {
		s.topic, s.system, s.Error, s.MessageID = what.topic, "kafka", false, ""
		what.say(s, id)
	})
	for i := range p.records {
		p.records[i].Trace[0] = number
	}
	return p.records
}

// TestIDsLeadToMessages looks for a message by an id that a stamp of it shows, whether
// it offers the id or not, while it is open, frozen and restored, and when it is gone.
// Of two that show it the newer is found.
func TestIDsLeadToMessages(t *testing.T) {
	t.Parallel()
	for name, what := range map[string]shown{
		"key of an accepted":          {span.Accepted, span.Server, "", sayKey},
		"message id of an accepted":   {span.Accepted, span.Server, "", sayMessage},
		"key of a publish":            {span.Published, span.Producer, "orders", sayKey},
		"message id of a publish":     {span.Published, span.Producer, "orders", sayMessage},
		"conversation of a publish":   {span.Published, span.Producer, "orders", sayConversation},
		"message id of a consumer":    {span.Processed, span.Consumer, "orders", sayMessage},
		"key of a consumer":           {span.Processed, span.Consumer, "orders", sayKey},
		"message id of work under it": {span.None, span.Internal, "", sayMessage},
	} {
		tracker := track.New(track.Options{})
		find := func(when string, want byte) {
			t.Helper()
			view, ok := tracker.View("id-1")
			if ok != (want != 0) || ok && view.Traces[0][0] != want {
				t.Errorf("%s, %s: found %v in %v, want it in %d", name, when, ok, view.Traces, want)
			}
		}
		find("before", 0)
		tracker.Step(1, batchOf(traceThatShows(1, what, "id-1"), dawn+4e9))
		tracker.Step(2, batchOf(traceThatShows(3, what, "id-2"), dawn+5e9))
		find("open", 1)
		other := what
		if other.topic != "" {
			other.topic = "retries"
		}
		tracker.Step(3, batchOf(traceThatShows(2, other, "id-1"), dawn+6e9))
		find("shown again", 2)
		tracker.FreezeAfter(0)
		tracker.FreezeAll()
		find("frozen", 2)
		tracker = restart(t, tracker, track.Options{})
		find("restored", 2)
		tracker.Tick(4, dawn+int64(time.Hour))
		tracker.Tick(5, dawn+int64(30*time.Hour))
		find("gone", 0)
		if leaks := tracker.Leaks(); leaks != "" {
			t.Errorf("%s: the tracker holds %s", name, leaks)
		}
	}
}
