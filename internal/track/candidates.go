// SPDX-License-Identifier: Apache-2.0

package track

import (
	"slices"

	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// candidate is a stamp that offers a name, and where an edge to its message leads.
type candidate struct {
	group, stamp uint32
	to           uint32
	target       span.ID
}

// candidates are the stamps that offer the names sought in the step under way, in
// one list, and which part of it belongs to a name.
type candidates struct {
	all     []candidate
	of      map[uint64][2]int
	groups  []uint32
	refused []uint32
	stirred map[uint64]bool // names whose seekers are in doubt already
	told    map[uint64]bool // names whose offers were told to other partitions
	circle  circle
}

func newCandidates() candidates {
	return candidates{of: map[uint64][2]int{}, stirred: map[uint64]bool{}, told: map[uint64]bool{}}
}

func (c *candidates) reset() {
	if len(c.of) > 0 {
		clear(c.of)
		clear(c.told)
	}
	if len(c.stirred) > 0 {
		clear(c.stirred)
	}
	c.all = c.all[:0]
	c.circle.broken = 0
}

// candidateFor is the stamp that an edge continues by the best name that leads to one.
func (t *Tracker) candidateFor(edge *state.Edge) (*candidate, state.Match) {
	for k := edge.Seeks; k != 0; k = t.state.Seeks.At(k).Worse {
		seek := t.state.Seeks.At(k)
		if found := t.chosen(edge.From, edge.Stamp, seek.By, t.offering(seek.By, seek.Name)); found != nil {
			return found, seek.By
		}
	}
	return nil, state.ByLink
}

// chosen is the candidate that a stamp continues: of those that may be, the one that
// was produced first. A conversation must be that of one message only.
func (t *Tracker) chosen(g, s uint32, by state.Match, all []candidate) (best *candidate) {
	seeker := t.state.Profiles.At(t.state.Stamps.At(s).Profile)
	refused := t.candidates.refused[:0]
	for again := true; again; {
		best = nil
		for i := range all {
			c := &all[i]
			if !t.fits(g, s, seeker, by, c) || slices.Contains(refused, c.stamp) {
				continue
			}
			if by == state.ByConversation && best != nil && best.group != c.group {
				return nil
			}
			if best == nil || t.compareCandidates(c, best) < 0 {
				best = c
			}
		}
		if again = best != nil && !t.opensCircles(s, best); again {
			refused = append(refused, best.stamp)
		}
	}
	t.candidates.refused = refused
	return best
}

// fits tells whether a stamp may continue a candidate for a name.
func (t *Tracker) fits(from, s uint32, seeker *state.Profile, by state.Match, c *candidate) bool {
	offer := t.state.Profiles.At(t.state.Stamps.At(c.stamp).Profile)
	switch by {
	case state.ByClient:
		if t.state.CompareStamps(c.group, c.stamp, from, s) >= 0 {
			return false // the first of them has nobody to continue
		}
	case state.ByCoordinate:
		if seeker.Cluster != offer.Cluster && seeker.Cluster != 0 && offer.Cluster != 0 {
			return false
		}
	case state.ByConversation: // replies and acknowledgements only
		if seeker.Stage != span.Acknowledged && seeker.Topic == offer.Topic || !t.opens(c.stamp) {
			return false
		}
	}
	return true
}

// opens tells whether a publish opens a conversation: no consumer is above it, as
// there is above a reply. Its parents may stand in a circle.
func (t *Tracker) opens(s uint32) bool {
	s = t.state.Stamps.At(s).Up
	for depth := 0; s != 0 && depth < state.MaxDepth; s, depth = t.state.Stamps.At(s).Up, depth+1 {
		if t.state.Profiles.At(t.state.Stamps.At(s).Profile).Consumes() {
			return false
		}
	}
	return true
}

// offering lists who offers a name: of each group the stamp that was first, and for
// names that mean something only together with more, the first that says that.
func (t *Tracker) offering(by state.Match, name uint64) []candidate {
	c := &t.candidates
	if part, known := c.of[name]; known {
		return c.all[part[0]:part[1]]
	}
	c.groups = c.groups[:0]
	t.state.Offers.Find(name, func(g uint32) bool { c.groups = append(c.groups, g); return false })
	from := len(c.all)
	for _, g := range c.groups {
		if len(c.groups) <= crowd {
			t.offeringIn(g, by, name)
		}
	}
	c.of[name] = [2]int{from, len(c.all)}
	return c.all[from:]
}

func (t *Tracker) offeringIn(g uint32, by state.Match, name uint64) {
	c := &t.candidates
	from := len(c.all)
	for s := t.state.Groups.At(g).Stamps; s != 0; s = t.state.Stamps.At(s).Next {
		stamp := t.state.Stamps.At(s)
		p := t.state.Profiles.At(stamp.Profile)
		offer, ok := t.offerOf(g, s, p, by, name)
		if !ok {
			continue
		}
		at := from
		for at < len(c.all) && p.Apart(by, t.state.Profiles.At(t.state.Stamps.At(c.all[at].stamp).Profile)) {
			at++
		}
		switch {
		case at == len(c.all):
			c.all = append(c.all, offer)
		case t.compareCandidates(&offer, &c.all[at]) < 0:
			c.all[at] = offer
		}
	}
}

// offerOf is a stamp as a candidate for a name. What a link of a send says is a name
// of the message that the link leads to.
func (t *Tracker) offerOf(g, s uint32, p *state.Profile, by state.Match, name uint64) (c candidate, ok bool) {
	stamp := t.state.Stamps.At(s)
	c = candidate{group: g, stamp: s, to: g, target: stamp.Span}
	texts := t.state.Texts.Read(stamp.Texts)
	if p.Offers(stamp, &texts)[by] == name {
		return c, stamp.Event == 0 || t.state.Find(g, t.state.Groups.At(g), stamp.Span, 0) != 0
	}
	for e := stamp.Edges; e != 0 && p.Produces(); e = t.state.Edges.At(e).NextOfStamp {
		edge := t.state.Edges.At(e)
		texts = t.state.Texts.Read(edge.Text)
		if p.Offers(stamp, &texts)[by] != name {
			continue
		}
		if edge.Said() && t.state.Find(edge.To, t.state.Groups.At(edge.To), edge.Target, 0) != 0 {
			c.to, c.target = edge.To, edge.Target
		}
		return c, true
	}
	return c, false
}

// compareCandidates orders them by when they were.
func (t *Tracker) compareCandidates(x, y *candidate) int {
	return t.state.CompareStamps(x.group, x.stamp, y.group, y.stamp)
}
