// SPDX-License-Identifier: Apache-2.0

package join

import "github.com/hopstamp/hopstamp/internal/track/state"

// crowd is the number of traces up to which a name says something. What more of
// them offer at the same time is not the name of a message.
const crowd = 64

// LearnNames takes up what a stamp and its links say of messages: a producer offers
// it, a consumer seeks it.
func (j *Joins) LearnNames(g, s uint32) {
	stamp := j.state.Stamps.At(s)
	if stamp.Texts == 0 && stamp.Edges == 0 {
		return
	}
	p := j.state.Profiles.At(stamp.Profile)
	j.state.EachOffered(p, stamp, func(by state.Match, name uint64) { j.offer(g, by, name) })
	if p.Consumes() {
		j.seekNames(g, s, p)
	}
}

// StirEvents tells those who seek what the events of a span offer that the span is here:
// before, there was nothing to lead to.
func (j *Joins) StirEvents(stamp *state.Stamp) {
	for c := stamp.Child; c != 0 && stamp.Event == 0; c = j.state.Stamps.At(c).Sibling {
		if event := j.state.Stamps.At(c); event.Event != 0 && event.Span == stamp.Span {
			j.state.EachOffered(j.state.Profiles.At(event.Profile), event, func(_ state.Match, name uint64) { j.stir(name) })
		}
	}
}

// offer makes a group findable by a name, and tells those who seek it.
func (j *Joins) offer(g uint32, by state.Match, name uint64) {
	others, known := 0, false
	j.state.Offers.Find(name, func(other uint32) bool {
		others++
		known = known || other == g
		return false
	})
	if !known && others < 2*crowd {
		j.state.Offers.Add(name, g)
	}
	if by == state.ByConversation {
		j.state.Groups.At(g).Converses = true
	}
	if others <= crowd {
		j.stir(name)
	}
}

// WithdrawNames is called before a stamp is let go of.
func (j *Joins) WithdrawNames(g uint32, stamp *state.Stamp) {
	if stamp.Texts != 0 || stamp.Edges != 0 {
		j.state.EachOffered(j.state.Profiles.At(stamp.Profile), stamp, func(_ state.Match, name uint64) { j.state.Offers.Remove(name, g) })
	}
}

// withdrawText does so before a link is cut.
func (j *Joins) withdrawText(edge *state.Edge) {
	j.state.EachOfferedBy(edge, func(_ state.Match, name uint64) { j.state.Offers.Remove(name, edge.From) })
}

// stirLink tells those who seek what a link offers that what it leads to is here: until
// then they continue the send itself.
func (j *Joins) stirLink(edge *state.Edge) {
	j.state.EachOfferedBy(edge, func(_ state.Match, name uint64) { j.stir(name) })
}

// ForgetNames takes back what a stamp and its links say of messages, because it
// turned out to say something else.
func (j *Joins) ForgetNames(g, s uint32) {
	stamp := j.state.Stamps.At(s)
	j.state.EachOffered(j.state.Profiles.At(stamp.Profile), stamp, func(_ state.Match, name uint64) {
		j.state.Offers.Remove(name, g)
		j.stir(name)
	})
	j.unseekAll(g, s)
}

// RelearnNames is called when a stamp says something new: what it took back may be
// what others of its group say, too.
func (j *Joins) RelearnNames(g, s uint32) {
	j.LearnNames(g, s)
	for other := j.state.Groups.At(g).Stamps; other != 0; other = j.state.Stamps.At(other).Next {
		if other != s {
			stamp := j.state.Stamps.At(other)
			j.state.EachOffered(j.state.Profiles.At(stamp.Profile), stamp, func(by state.Match, name uint64) { j.offer(g, by, name) })
		}
	}
}
