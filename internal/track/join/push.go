// SPDX-License-Identifier: Apache-2.0

package join

import (
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// A platform may hand a message over by a call: the SERVER span of the endpoint stands
// above the consumer, in a trace of its own, and only the consumer shows of which message
// it is. Then the request is how that message came there, and no message that somebody
// accepted. Whether it is one depends on what it says, on what else its trace tells of
// the message, and on whether anything else is made of it. A request is no message
// either when a consumer below it says by a link which one it has.

// handsOver tells whether a SERVER span may be no more than the call that hands a
// consumer below it the message that the consumer shows.
func (j *Joins) handsOver(server, taker *state.Stamp) bool {
	p := j.state.Profiles.At(server.Profile)
	if p.Kind != span.Server || p.Explicit || !j.state.Profiles.At(taker.Profile).Takes() || server.Edges != 0 || server.Links != 0 {
		return false
	}
	texts, shown := j.state.Texts.Read(server.Texts), j.state.Texts.Read(taker.Texts)
	if shown.Message == "" && shown.Coordinate == "" && shown.Key == "" {
		return false
	}
	return texts.Key == "" && (texts.Message == "" || texts.Message == shown.Message)
}

// onlyCalls tells whether a stamp may be the other side of such a call.
func (j *Joins) onlyCalls(stamp *state.Stamp) bool {
	p := j.state.Profiles.At(stamp.Profile)
	return p.Stage == span.Invoked && p.Kind == span.Client && !p.Explicit && stamp.Texts == 0 && stamp.Edges == 0
}

// tellsOf tells whether a group offers what a stamp of it shows: who accepts a message
// and works on it at once has a consumer beside its publish, which is no other message.
func (j *Joins) tellsOf(g uint32, stamp *state.Stamp) (tells bool) {
	texts := j.state.Texts.Read(stamp.Texts)
	shown := j.state.Profiles.At(stamp.Profile).Shows(&texts)
	shown[state.ByConversation] = 0 // many messages may be part of it
	shown.Each(func(_ state.Match, name uint64) {
		j.state.Offers.Find(name, func(other uint32) bool {
			tells = tells || other == g
			return tells
		})
	})
	return tells
}
