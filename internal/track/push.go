// SPDX-License-Identifier: Apache-2.0

package track

import "github.com/hopstamp/hopstamp/internal/span"

// A platform may hand a message over by a call: the SERVER span of the endpoint stands
// above the consumer, in a trace of its own, and only the consumer shows of which message
// it is. Then the request is how that message came there, and no message that somebody
// accepted. Whether it is one depends on what it says, on what else its trace tells of
// the message, and on whether anything else is made of it. A request is no message
// either when a consumer below it says by a link which one it has.

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
		t.offers.Find(name, func(other uint32) bool {
			tells = tells || other == g
			return tells
		})
	})
	return tells
}

// left is a stamp below a node that continues something else, by a link or by a name.
type left struct {
	below int32
	stamp *stamp
}

// findCalls marks the SERVER spans that only handed over messages which continue others:
// what stood below them left, and nothing that stays does anything with a message.
func (a *assessor) findCalls(t *State) {
	found := false
	for _, l := range a.leftBelow {
		if !t.profiles.at(l.stamp.profile).consumes() {
			continue // a send of what was created elsewhere
		}
		for up := l.below; up != none; up = a.nodes[up].parent {
			if n := &a.nodes[up]; n.Kind == span.Server && !n.Explicit && n.ids.key == "" && showsID(t, l.stamp, n.ids.message) {
				n.handing, found = true, true
			}
		}
	}
	for i := len(a.nodes) - 1; found && i >= 0; i-- { // what is below one stands after it
		n := &a.nodes[i]
		n.holds = n.holds || !n.gone && n.handles()
		n.handing = n.handing && !n.holds
		if n.holds && n.parent != none {
			a.nodes[n.parent].holds = true
		}
	}
}

// showsID tells whether a stamp or one of its links shows a message id, if that is any.
func showsID(t *State, stamp *stamp, id string) bool {
	shows := id == "" || t.texts.read(stamp.texts).message == id
	for e := stamp.edges; e != 0 && !shows; e = t.edges.At(e).nextOfStamp {
		shows = t.texts.read(t.edges.At(e).text).message == id
	}
	return shows
}

// handles tells whether a node does more with a message than to accept it and to call others.
func (n *node) handles() bool {
	return n.produces() || n.Stage >= span.Consumed && n.Stage != span.Invoked || n.Explicit && n.Stage != span.None
}
