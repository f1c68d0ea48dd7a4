// SPDX-License-Identifier: Apache-2.0

package track

import "github.com/hopstamp/hopstamp/internal/span"

// A platform may hand a message over by a call: the SERVER span of the endpoint stands
// above the consumer, in a trace of its own, and only the consumer shows of which message
// it is. Then the request is how that message came there, and no message that somebody
// accepted. Whether it is one depends on what it says, on what else its trace tells of
// the message, and on whether anything else is made of it.

// handsOver tells whether a SERVER span may be no more than the call that hands a
// consumer below it the message that the consumer shows.
func (t *Tracker) handsOver(server, taker *stamp) bool {
	p := t.profiles.at(server.profile)
	if p.Kind != span.Server || p.Explicit || !t.profiles.at(taker.profile).takes() || server.edges != 0 || server.links != 0 {
		return false
	}
	texts, shown := t.texts.read(server.texts), t.texts.read(taker.texts)
	if shown.message == "" && shown.coordinate == "" && shown.key == "" {
		return false
	}
	return texts.key == "" && (texts.message == "" || texts.message == shown.message)
}

// onlyCalls tells whether a stamp may be the other side of such a call.
func (t *Tracker) onlyCalls(stamp *stamp) bool {
	p := t.profiles.at(stamp.profile)
	return p.Stage == span.Invoked && p.Kind == span.Client && !p.Explicit && stamp.texts == 0 && stamp.edges == 0
}

// tellsOf tells whether a group offers what a stamp of it shows: who accepts a message
// and works on it at once has a consumer beside its publish, which is no other message.
func (t *Tracker) tellsOf(g uint32, stamp *stamp) (tells bool) {
	texts := t.texts.read(stamp.texts)
	shown := t.profiles.at(stamp.profile).shows(&texts)
	shown[byConversation] = 0 // many messages may be part of it
	shown.each(func(_ match, name uint64) {
		t.offers.find(name, func(other uint32) bool {
			tells = tells || other == g
			return tells
		})
	})
	return tells
}

// findCalls marks the SERVER spans that only handed over messages which continue others:
// what stood below them left by its name, and nothing that stays publishes.
func (a *assessor) findCalls() {
	found := false
	for _, i := range a.leftBelow {
		for up := i; up != none; up = a.nodes[up].parent {
			if n := &a.nodes[up]; n.Kind == span.Server && !n.Explicit && n.ids.key == "" {
				n.handing, found = true, true
			}
		}
	}
	for i := 0; found && i < len(a.nodes); i++ {
		if n := &a.nodes[i]; n.produces() && !n.gone {
			for up := n.parent; up != none; up = a.nodes[up].parent {
				a.nodes[up].handing = false
			}
		}
	}
}
