// SPDX-License-Identifier: Apache-2.0

package track_test

import "github.com/hopstamp/hopstamp/internal/span"

// Stories of what is held for corrections in several partitions, and of what is not any more.

// holdStories are told like those of agree_test.go.
var holdStories = []longStory{
	{"A batch failed, and long after one of its messages comes the other, which it took by its key.", 2, lateOfBatch,
		map[string]int{"default[  bulk   ] 29893140 failed InternalError  consumed-processed": 2}},
	{"A consumer of two fails, another one does not, and only then the second message comes.", 8, heldNoLonger,
		map[string]int{"default[  orders   ] 29893140 processed Processed in_time ": 1, "default[  orders   ] 29893140 lost LostAtConsume  published-consumed": 1}},
	{"A phone tells of an error, then that it showed the message, and much later the message comes.", 2, lateMessage,
		map[string]int{"default[     ] 29893140 rendered Rendered in_time ": 1, "default[     ] 29893140 lost LostAtPublish  accepted-published": 1}},
	{"What a router took was let go of with its message, and the router publishes once more.", 8, publishedAfter,
		map[string]int{"default[  hop-1   ] 29893140 processed Processed in_time ": 1, "default[  hop-2   ] 29893140 lost LostAtConsume  published-consumed": 1}},
	{"A router waits for what never came when it rests for an error of its own, and then it publishes.", 3, restsAndAwaits,
		map[string]int{"default[  hop-1   ] 29893140 lost LostAtConsume  published-consumed": 1, "default[  hop-2   ] 29893140 failed InternalError  published-published": 1}},
}

func linkTo(trace span.TraceID, id byte) span.Link { return span.Link{Trace: trace, Span: missed(id)} }

func lateOfBatch(p *platform, home func(int) span.TraceID) [][]said {
	message, batch, late := home(1), home(1), home(0)
	return [][]said{{
		p.at(1600, message, missed(1), span.Published, "bulk", func(s *said) { s.MessageID = "b-1" }),
		p.at(2700, batch, span.ID{}, span.Processed, "bulk", func(s *said) {
			s.Error, s.Batch, s.Links = true, 2, []span.Link{{MessageID: "b-1"}, {Key: "b-key-2"}}
		}),
	}, 3: {
		p.at(500, late, missed(2), span.Published, "bulk", func(s *said) { s.Key = "b-key-2" }),
	}}
}

func heldNoLonger(p *platform, home func(int) span.TraceID) [][]said {
	message, failed, well, late := home(7), home(3), home(2), home(5)
	takes := func(s *said) { s.Links = []span.Link{linkTo(message, 1), linkTo(late, 2)} }
	return [][]said{{
		p.at(2800, message, missed(3), span.Published, "orders", func(s *said) { s.Span = missed(1) }),
		p.at(3300, failed, span.ID{}, span.Processed, "orders", func(s *said) { takes(s); s.Error = true }),
	}, {
		p.at(3900, well, span.ID{}, span.Processed, "orders", takes),
	}, {
		p.at(1300, late, missed(4), span.Published, "orders", func(s *said) { s.Span = missed(2) }),
	}}
}

func lateMessage(p *platform, home func(int) span.TraceID) [][]said {
	received, rendered, message := home(0), home(0), home(1)
	tells := func(s *said) { s.Kind, s.Key, s.Recipient, s.Explicit = span.Internal, "b-key-28", "user-3", true }
	return [][]said{{
		p.at(4400, received, span.ID{}, span.Received, "", func(s *said) { tells(s); s.Error = true }),
	}, {
		p.at(3800, rendered, span.ID{}, span.Rendered, "", tells),
	}, 3: {
		p.at(2500, message, span.ID{}, span.Accepted, "", func(s *said) { s.Kind, s.Key = span.Server, "b-key-28" }),
	}}
}

func publishedAfter(p *platform, home func(int) span.TraceID) [][]said {
	message, first, second := home(2), home(0), home(7)
	took := p.at(1100, first, span.ID{}, span.Processed, "hop-0", func(s *said) { s.Links = []span.Link{linkTo(message, 1)} })
	sent := p.at(1200, first, took.Span, span.Published, "hop-1", nothingElse)
	routes := p.at(2200, second, span.ID{}, span.Processed, "hop-1", func(s *said) {
		s.Links = []span.Link{{Trace: first, Span: sent.Span}}
	})
	return [][]said{{
		p.at(600, message, span.ID{}, span.Published, "hop-0", func(s *said) { s.Span = missed(1) }),
		took, sent, routes, p.at(2700, second, missed(2), span.Published, "hop-2", nothingElse),
	}, 3: {
		p.at(3000, second, routes.Span, span.Published, "hop-1", nothingElse),
	}}
}

func restsAndAwaits(p *platform, home func(int) span.TraceID) [][]said {
	first, second, never := home(0), home(2), home(1)
	routes := p.at(3700, second, span.ID{}, span.Processed, "hop-1", func(s *said) { s.Links = []span.Link{linkTo(first, 1)} })
	return [][]said{{
		p.at(3200, first, span.ID{}, span.Processed, "hop-0", func(s *said) { s.Error, s.Links = true, []span.Link{linkTo(never, 2)} }),
		routes, p.at(6100, second, missed(3), span.Published, "hop-2", func(s *said) { s.Error = true }),
	}, {
		p.at(4400, second, routes.Span, span.Published, "hop-1", nothingElse),
	}}
}
