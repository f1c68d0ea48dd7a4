// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/hopstamp/hopstamp/internal/span"
)

// at records a span of a trace under another one, or under none, some milliseconds after
// the story began.
func (p *platform) at(ms int64, trace span.TraceID, under span.ID, stage span.Stage, topic string, change func(*said)) said {
	kind := span.Consumer
	if stage == span.Published || stage == span.Created {
		kind = span.Producer
	}
	return *p.add(nil, stage, kind, "worker", func(s *said) {
		s.Trace, s.Parent, s.topic, s.system = trace, under, topic, "kafka"
		s.Start, s.End = dawn+ms*1e6, dawn+(ms+400)*1e6
		change(s)
	})
}

func (p *platform) traceAt(home, partitions int) span.TraceID {
	for {
		if id := p.trace(); span.PartitionOf(id, partitions) == home {
			return id
		}
	}
}

// missed is the id of a span that never comes, or comes later.
func missed(id byte) span.ID { return span.ID{0xff, id} }

func nothingElse(*said) {}

// longStory is what comes at each of the moments, as it is sent to several partitions.
type longStory struct {
	name       string
	partitions int
	tell       func(p *platform, home func(int) span.TraceID) [][]said
	ledger     map[string]int
}

var longStories = []longStory{
	{"What was created comes long after who took it, one by one, to a trace that had been let go of elsewhere.", 8, lateCreations,
		map[string]int{"default[  beside-on   ] 29893140 lost LostAtConsume  published-consumed": 2}},
	{"A reply was told of to all, and much later it is known what was above it.", 2, lateReply,
		map[string]int{"default[  replies   ] 29893140 lost LostAtConsume  published-consumed": 1}},
	{"A batch joins a message and a trace that waits for another one in vain.", 2, vainWait,
		map[string]int{"chat[     ] 29893140 lost LostAtDeliver  processed-delivered": 1, "default[  orders   ] 29893140 lost LostAtConsume  published-consumed": 1}},
	{"A dead letter turns out to be processed before it is driven back.", 2, correctedDeadLetter,
		map[string]int{"default[  jobs   ] 29893140 processed Processed in_time ": 1, "default[  jobs   ] 29893140 lost LostAtConsume  published-consumed": 1}},
	{"A consumer found by a name what turns out to be caused by itself.", 3, ownCause,
		map[string]int{"default[  jobs   ] 29893140 processed Processed in_time ": 1, "default[     ] 29893140 lost LostAtCreate  created": 1}},
	{"What came of a trace is let go of at its home, and its beginning comes when others still link to it.", 2, comesAgain,
		map[string]int{"default[  vendor.example   ] 29893140 failed InternalError  consumed-processed": 1,
			"chat[  vendor.example   ] 29893140 lost LostAtDeliver  invoked-delivered": 1}},
}

func lateCreations(p *platform, home func(int) span.TraceID) [][]said {
	one, other, made := home(7), home(3), home(5)
	id := func(id string) func(*said) { return func(s *said) { s.MessageID = id } }
	took, also := p.at(3800, one, span.ID{}, span.Processed, "beside", id("d-0")), p.at(3300, other, span.ID{}, span.Processed, "beside", id("d-1"))
	return [][]said{1: {
		took, p.at(3900, one, took.Span, span.Published, "beside-on", nothingElse),
		also, p.at(3400, other, also.Span, span.Published, "beside-on", nothingElse),
	}, 2: {
		p.at(2900, made, missed(1), span.Created, "beside", id("d-1")),
	}, 3: {
		p.at(2800, made, missed(1), span.Created, "beside", id("d-0")),
	}}
}

func lateReply(p *platform, home func(int) span.TraceID) [][]said {
	reply, caller, question := home(1), home(0), home(0)
	talk := func(s *said) { s.Conversation = "c-1" }
	return [][]said{{
		p.at(1800, reply, missed(1), span.Published, "replies", talk),
		p.at(1400, caller, span.ID{}, span.Processed, "replies", talk),
	}, 2: {
		p.at(900, reply, span.ID{}, span.Processed, "quotes", func(s *said) {
			s.Span, s.Links = missed(1), []span.Link{{Trace: question, Span: missed(2)}}
		}),
	}, 3: nil}
}

func vainWait(p *platform, home func(int) span.TraceID) [][]said {
	message, batch, waits, late := home(1), home(1), home(1), home(0)
	return [][]said{{
		p.at(400, message, span.ID{}, span.Accepted, "", func(s *said) { s.Kind, s.route = span.Server, "/v1/chat" }),
		p.at(1600, batch, span.ID{}, span.Processed, "orders", func(s *said) {
			s.Links = []span.Link{{Trace: message, Span: missed(1)}, {Trace: waits, Span: missed(2)}}
		}),
	}, 2: {
		p.at(3000, waits, span.ID{}, span.Processed, "orders", func(s *said) { s.Links = []span.Link{{Trace: late, Span: missed(3)}} }),
	}, 3: {
		p.at(2200, late, missed(4), span.Published, "orders", func(s *said) { s.Span = missed(3) }),
	}}
}

func correctedDeadLetter(p *platform, home func(int) span.TraceID) [][]said {
	message, failed, again, driven := home(0), home(1), home(0), home(1)
	key := func(s *said) { s.Key = "again-1" }
	dead := p.at(1700, failed, span.ID{}, span.Processed, "jobs", func(s *said) { s.Key, s.Error, s.Outcome = "again-1", true, span.OutcomeDeadLettered })
	drives := p.at(2100, driven, span.ID{}, span.Processed, "jobs.dead", key)
	return [][]said{{
		p.at(1500, message, missed(1), span.Published, "jobs", key),
		dead, p.at(1800, failed, dead.Span, span.Published, "jobs.dead", key),
	}, 2: {
		p.at(2400, again, span.ID{}, span.Processed, "jobs", key),
	}, 3: {
		drives, p.at(2200, driven, drives.Span, span.Published, "jobs", key),
	}}
}

func ownCause(p *platform, home func(int) span.TraceID) [][]said {
	message, driven, worked, failed := home(1), home(2), home(1), home(0)
	names := func(s *said) { s.MessageID, s.Key = "again-1", "again-1" }
	dead := p.at(4000, failed, span.ID{}, span.Processed, "jobs", func(s *said) {
		s.MessageID, s.Key, s.Error, s.Outcome = "again-1", "again-1", true, span.OutcomeDeadLettered
	})
	return [][]said{{
		p.at(3700, message, missed(1), span.Published, "jobs", names),
		p.at(5200, driven, missed(2), span.Published, "jobs", names),
		p.at(5500, worked, span.ID{}, span.Processed, "jobs", names),
	}, {dead}, {
		p.at(4400, failed, dead.Span, span.Published, "jobs.dead", names),
	}, {
		p.at(5000, driven, span.ID{}, span.Processed, "jobs.dead", func(s *said) { names(s); s.Span = missed(2) }),
	}}
}

func comesAgain(p *platform, home func(int) span.TraceID) [][]said {
	message, batch, again, late := home(0), home(1), home(0), home(1)
	took := p.at(1400, batch, span.ID{}, span.Processed, "orders", func(s *said) {
		s.Error, s.Links = true, []span.Link{{Trace: message, Span: missed(1)}, {Trace: again, Span: missed(2)}}
	})
	call := func(s *said) { s.Kind, s.server = span.Client, "vendor.example" }
	return [][]said{{
		p.at(600, message, missed(3), span.Published, "orders", func(s *said) { s.Span = missed(1) }),
		took, p.at(4500, again, missed(2), span.Invoked, "", call),
	}, {
		p.at(2600, late, span.ID{}, span.Accepted, "", func(s *said) { s.Kind, s.route = span.Server, "/v1/chat" }),
	}, {
		p.at(2000, batch, took.Span, span.Invoked, "", call),
	}, {
		p.at(3800, again, span.ID{}, span.Processed, "orders", func(s *said) {
			s.Span, s.Links = missed(2), []span.Link{{Trace: late, Span: missed(4)}}
		}),
	}}
}

// TestPartitionsAgreeAfterLong tells stories of which parts come so late that some
// partition has let go of what came before, as far as nobody needed it.
func TestPartitionsAgreeAfterLong(t *testing.T) {
	t.Parallel()
	for _, story := range slices.Concat(longStories, holdStories) {
		for seed := range uint64(5) {
			p := newPlatform(seed, 0)
			parts := story.tell(p, func(home int) span.TraceID { return p.traceAt(home, story.partitions) })
			for _, partitions := range []int{1, story.partitions} {
				if ledger, _ := takeLong(t, partitions, seed, parts); !maps.Equal(ledger, story.ledger) {
					t.Errorf("%s %d partitions count %v instead of %v", story.name, partitions, ledger, story.ledger)
				}
			}
		}
	}
}
