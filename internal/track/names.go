// SPDX-License-Identifier: Apache-2.0

package track

import (
	"github.com/hopstamp/hopstamp/internal/flat"
	"github.com/hopstamp/hopstamp/internal/span"
)

// Not every broker carries a context, and not every library writes one. Then both
// sides may still say the same of a message: its id, its key, where it lies in its
// destination, the conversation that it is part of. Such a thing is a name here.
//
// Who produces a message offers its names, and who took one and continues nothing
// that is here seeks them (see seek.go). Offers are only numbers of groups under the
// hash of a name, so that a message which nobody seeks costs little more than its
// place in a table.

// match is how a stamp was found to continue another one. They are in order of
// trust: of two that lead to different stamps, the earlier counts.
type match uint8

const (
	byLink match = iota
	byMessageID
	byKey
	byClient
	byCoordinate
	byConversation
	numMatches

	// besideIt is in place of a match where a send without links stands beside what was
	// created for it to send.
	besideIt = numMatches + 1
	// letGo is in place of a match whose message was let go of: it is not looked for again.
	letGo = numMatches
)

// names are the hashes of what a message is known by, by match; 0: not said.
type names [numMatches]uint64

func (n names) each(visit func(by match, name uint64)) {
	for by, name := range n {
		if name != 0 {
			visit(match(by), name)
		}
	}
}

// crowd is the number of traces up to which a name says something. What more of
// them offer at the same time is not the name of a message.
const crowd = 64

// nameOf hashes a name in its scope: an id and a coordinate mean something only in
// the destination of their system, a conversation in its system.
func nameOf(by match, p *profile, text string) uint64 {
	if text == "" {
		return 0
	}
	scope := uint64(by)
	switch by {
	case byMessageID, byCoordinate:
		scope |= uint64(p.System)<<36 ^ uint64(p.Topic)<<4
	case byConversation:
		scope |= uint64(p.System) << 36
	}
	return max(1, hashOf(text)^flat.Mix(scope))
}

// clientName is what clients of one recipient have in common who tell of a message.
func clientName(texts *ids) uint64 {
	if texts.key == "" {
		return 0
	}
	return max(1, hashOf(texts.key)^flat.Mix(hashOf(texts.recipient)+uint64(byClient)))
}

// shows are the names that a stamp, or a link of it, shows.
func (p *profile) shows(texts *ids) names {
	return names{
		byMessageID: nameOf(byMessageID, p, texts.message), byKey: nameOf(byKey, p, texts.key), byClient: clientName(texts),
		byCoordinate: nameOf(byCoordinate, p, texts.coordinate), byConversation: nameOf(byConversation, p, texts.conversation),
	}
}

// produces tells that the broker's names are known to it, too.
func (p *profile) produces() bool { return p.Stage == span.Published || p.Stage == span.Created }

// consumes tells whether a stamp continues a message that somebody produced.
func (p *profile) consumes() bool { return consumes(p.Stage, p.Kind) }

func consumes(stage span.Stage, kind span.Kind) bool {
	return stage >= span.Consumed || kind == span.Consumer
}

// offers are the names under which others find the message that a stamp shows these
// texts of. Whoever accepts it knows its key. A client that tells of it offers itself to
// the others of its recipient, for when nobody knows more.
func (p *profile) offers(stamp *stamp, texts *ids) names {
	switch {
	case p.beginsAlone(stamp):
		return names{byClient: clientName(texts)}
	case p.produces() && p.Kind != span.Consumer:
		shown := p.shows(texts)
		shown[byClient] = 0
		return shown
	case p.Stage != span.None && !p.consumes():
		return names{byKey: nameOf(byKey, p, texts.key)}
	}
	return names{}
}

// beginsAlone tells whether a message begins with a stamp although it is none that
// produces messages, because nothing is known of what it continues.
func (p *profile) beginsAlone(stamp *stamp) bool {
	return p.Explicit && p.Stage >= span.Consumed && stamp.parent == (span.ID{}) && stamp.event == 0
}

// learnNames takes up what a stamp and its links say of messages: a producer offers
// it, a consumer seeks it.
func (t *Tracker) learnNames(g, s uint32) {
	stamp := t.stamps.at(s)
	if stamp.texts == 0 && stamp.edges == 0 {
		return
	}
	p := t.profiles.at(stamp.profile)
	t.eachOffered(p, stamp, func(by match, name uint64) { t.offer(g, by, name) })
	if p.consumes() {
		t.seekNames(g, s, p)
	}
}

// stirEvents tells those who seek what the events of a span offer that the span is here:
// before, there was nothing to lead to.
func (t *Tracker) stirEvents(stamp *stamp) {
	for c := stamp.child; c != 0 && stamp.event == 0; c = t.stamps.at(c).sibling {
		if event := t.stamps.at(c); event.event != 0 && event.span == stamp.span {
			t.eachOffered(t.profiles.at(event.profile), event, func(_ match, name uint64) { t.stir(name) })
		}
	}
}

// eachOffered visits the names that a stamp offers, its own and those of its links.
func (t *State) eachOffered(p *profile, stamp *stamp, visit func(by match, name uint64)) {
	if p.consumes() && !p.beginsAlone(stamp) {
		return
	}
	texts := t.texts.read(stamp.texts)
	p.offers(stamp, &texts).each(visit)
	for e := stamp.edges; e != 0; e = t.edges.At(e).nextOfStamp {
		t.eachOfferedBy(t.edges.At(e), visit)
	}
}

// eachOfferedBy visits the names that a link of a stamp offers.
func (t *State) eachOfferedBy(edge *edge, visit func(by match, name uint64)) {
	if edge.text == 0 {
		return
	}
	stamp := t.stamps.at(t.startOf(edge))
	if p := t.profiles.at(stamp.profile); p.produces() {
		texts := t.texts.read(edge.text)
		p.offers(stamp, &texts).each(visit)
	}
}

// offer makes a group findable by a name, and tells those who seek it.
func (t *Tracker) offer(g uint32, by match, name uint64) {
	others, known := 0, false
	t.offers.Find(name, func(other uint32) bool {
		others++
		known = known || other == g
		return false
	})
	if !known && others < 2*crowd {
		t.offers.Add(name, g)
	}
	if by == byConversation {
		t.groups.at(g).converses = true
	}
	if others <= crowd {
		t.stir(name)
	}
}

// withdrawNames is called before a stamp is let go of.
func (t *Tracker) withdrawNames(g uint32, stamp *stamp) {
	if stamp.texts != 0 || stamp.edges != 0 {
		t.eachOffered(t.profiles.at(stamp.profile), stamp, func(_ match, name uint64) { t.offers.Remove(name, g) })
	}
}

// withdrawText does so before a link is cut.
func (t *Tracker) withdrawText(edge *edge) {
	t.eachOfferedBy(edge, func(_ match, name uint64) { t.offers.Remove(name, edge.from) })
}

// stirLink tells those who seek what a link offers that what it leads to is here: until
// then they continue the send itself.
func (t *Tracker) stirLink(edge *edge) {
	t.eachOfferedBy(edge, func(_ match, name uint64) { t.stir(name) })
}

// forgetNames takes back what a stamp and its links say of messages, because it
// turned out to say something else.
func (t *Tracker) forgetNames(g, s uint32) {
	stamp := t.stamps.at(s)
	t.eachOffered(t.profiles.at(stamp.profile), stamp, func(_ match, name uint64) {
		t.offers.Remove(name, g)
		t.stir(name)
	})
	t.unseekAll(g, s)
}

// relearnNames is called when a stamp says something new: what it took back may be
// what others of its group say, too.
func (t *Tracker) relearnNames(g, s uint32) {
	t.learnNames(g, s)
	for other := t.groups.at(g).stamps; other != 0; other = t.stamps.at(other).next {
		if other != s {
			stamp := t.stamps.at(other)
			t.eachOffered(t.profiles.at(stamp.profile), stamp, func(by match, name uint64) { t.offer(g, by, name) })
		}
	}
}
