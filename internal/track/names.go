// SPDX-License-Identifier: Apache-2.0

package track

import "github.com/hopstamp/hopstamp/internal/track/state"

// crowd is the number of traces up to which a name says something. What more of
// them offer at the same time is not the name of a message.
const crowd = 64

// learnNames takes up what a stamp and its links say of messages: a producer offers
// it, a consumer seeks it.
func (t *Tracker) learnNames(g, s uint32) {
	stamp := t.state.Stamps.At(s)
	if stamp.Texts == 0 && stamp.Edges == 0 {
		return
	}
	p := t.state.Profiles.At(stamp.Profile)
	t.state.EachOffered(p, stamp, func(by state.Match, name uint64) { t.offer(g, by, name) })
	if p.Consumes() {
		t.seekNames(g, s, p)
	}
}

// stirEvents tells those who seek what the events of a span offer that the span is here:
// before, there was nothing to lead to.
func (t *Tracker) stirEvents(stamp *state.Stamp) {
	for c := stamp.Child; c != 0 && stamp.Event == 0; c = t.state.Stamps.At(c).Sibling {
		if event := t.state.Stamps.At(c); event.Event != 0 && event.Span == stamp.Span {
			t.state.EachOffered(t.state.Profiles.At(event.Profile), event, func(_ state.Match, name uint64) { t.stir(name) })
		}
	}
}

// offer makes a group findable by a name, and tells those who seek it.
func (t *Tracker) offer(g uint32, by state.Match, name uint64) {
	others, known := 0, false
	t.state.Offers.Find(name, func(other uint32) bool {
		others++
		known = known || other == g
		return false
	})
	if !known && others < 2*crowd {
		t.state.Offers.Add(name, g)
	}
	if by == state.ByConversation {
		t.state.Groups.At(g).Converses = true
	}
	if others <= crowd {
		t.stir(name)
	}
}

// withdrawNames is called before a stamp is let go of.
func (t *Tracker) withdrawNames(g uint32, stamp *state.Stamp) {
	if stamp.Texts != 0 || stamp.Edges != 0 {
		t.state.EachOffered(t.state.Profiles.At(stamp.Profile), stamp, func(_ state.Match, name uint64) { t.state.Offers.Remove(name, g) })
	}
}

// withdrawText does so before a link is cut.
func (t *Tracker) withdrawText(edge *state.Edge) {
	t.state.EachOfferedBy(edge, func(_ state.Match, name uint64) { t.state.Offers.Remove(name, edge.From) })
}

// stirLink tells those who seek what a link offers that what it leads to is here: until
// then they continue the send itself.
func (t *Tracker) stirLink(edge *state.Edge) {
	t.state.EachOfferedBy(edge, func(_ state.Match, name uint64) { t.stir(name) })
}

// forgetNames takes back what a stamp and its links say of messages, because it
// turned out to say something else.
func (t *Tracker) forgetNames(g, s uint32) {
	stamp := t.state.Stamps.At(s)
	t.state.EachOffered(t.state.Profiles.At(stamp.Profile), stamp, func(_ state.Match, name uint64) {
		t.state.Offers.Remove(name, g)
		t.stir(name)
	})
	t.unseekAll(g, s)
}

// relearnNames is called when a stamp says something new: what it took back may be
// what others of its group say, too.
func (t *Tracker) relearnNames(g, s uint32) {
	t.learnNames(g, s)
	for other := t.state.Groups.At(g).Stamps; other != 0; other = t.state.Stamps.At(other).Next {
		if other != s {
			stamp := t.state.Stamps.At(other)
			t.state.EachOffered(t.state.Profiles.At(stamp.Profile), stamp, func(by state.Match, name uint64) { t.offer(g, by, name) })
		}
	}
}
