// SPDX-License-Identifier: Apache-2.0

package track

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/hopstamp/hopstamp/internal/span"
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
func (t *Tracker) candidateFor(edge *edge) (*candidate, match) {
	for k := edge.seeks; k != 0; k = t.seeks.At(k).worse {
		seek := t.seeks.At(k)
		if found := t.chosen(edge.from, edge.stamp, seek.by, t.offering(seek.by, seek.name)); found != nil {
			return found, seek.by
		}
	}
	return nil, byLink
}

// chosen is the candidate that a stamp continues: of those that may be, the one that
// was produced first. A conversation must be that of one message only.
func (t *Tracker) chosen(g, s uint32, by match, all []candidate) (best *candidate) {
	seeker := t.profiles.at(t.stamps.at(s).profile)
	refused := t.candidates.refused[:0]
	for again := true; again; {
		best = nil
		for i := range all {
			c := &all[i]
			if !t.fits(g, s, seeker, by, c) || slices.Contains(refused, c.stamp) {
				continue
			}
			if by == byConversation && best != nil && best.group != c.group {
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
func (t *Tracker) fits(from, s uint32, seeker *profile, by match, c *candidate) bool {
	offer := t.profiles.at(t.stamps.at(c.stamp).profile)
	switch by {
	case byClient:
		if t.compareStamps(c.group, c.stamp, from, s) >= 0 {
			return false // the first of them has nobody to continue
		}
	case byCoordinate:
		if seeker.Cluster != offer.Cluster && seeker.Cluster != 0 && offer.Cluster != 0 {
			return false
		}
	case byConversation: // replies and acknowledgements only
		if seeker.Stage != span.Acknowledged && seeker.Topic == offer.Topic || !t.opens(c.stamp) {
			return false
		}
	}
	return true
}

// opens tells whether a publish opens a conversation: no consumer is above it, as
// there is above a reply. Its parents may stand in a circle.
func (t *Tracker) opens(s uint32) bool {
	s = t.stamps.at(s).up
	for depth := 0; s != 0 && depth < maxDepth; s, depth = t.stamps.at(s).up, depth+1 {
		if t.profiles.at(t.stamps.at(s).profile).consumes() {
			return false
		}
	}
	return true
}

// offering lists who offers a name: of each group the stamp that was first, and for
// names that mean something only together with more, the first that says that.
func (t *Tracker) offering(by match, name uint64) []candidate {
	c := &t.candidates
	if part, known := c.of[name]; known {
		return c.all[part[0]:part[1]]
	}
	c.groups = c.groups[:0]
	t.offers.Find(name, func(g uint32) bool { c.groups = append(c.groups, g); return false })
	from := len(c.all)
	for _, g := range c.groups {
		if len(c.groups) <= crowd {
			t.offeringIn(g, by, name)
		}
	}
	c.of[name] = [2]int{from, len(c.all)}
	return c.all[from:]
}

func (t *Tracker) offeringIn(g uint32, by match, name uint64) {
	c := &t.candidates
	from := len(c.all)
	for s := t.groups.at(g).stamps; s != 0; s = t.stamps.at(s).next {
		stamp := t.stamps.at(s)
		p := t.profiles.at(stamp.profile)
		offer, ok := t.offerOf(g, s, p, by, name)
		if !ok {
			continue
		}
		at := from
		for at < len(c.all) && p.apart(by, t.profiles.at(t.stamps.at(c.all[at].stamp).profile)) {
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
func (t *Tracker) offerOf(g, s uint32, p *profile, by match, name uint64) (c candidate, ok bool) {
	stamp := t.stamps.at(s)
	c = candidate{group: g, stamp: s, to: g, target: stamp.span}
	texts := t.texts.read(stamp.texts)
	if p.offers(stamp, &texts)[by] == name {
		return c, stamp.event == 0 || t.find(g, t.groups.at(g), stamp.span, 0) != 0
	}
	for e := stamp.edges; e != 0 && p.produces(); e = t.edges.At(e).nextOfStamp {
		edge := t.edges.At(e)
		texts = t.texts.read(edge.text)
		if p.offers(stamp, &texts)[by] != name {
			continue
		}
		if edge.said() && t.find(edge.to, t.groups.at(edge.to), edge.target, 0) != 0 {
			c.to, c.target = edge.to, edge.target
		}
		return c, true
	}
	return c, false
}

// apart tells whether two offers of a name in one group are different ones.
func (p *profile) apart(by match, other *profile) bool {
	switch by {
	case byCoordinate:
		return p.Cluster != other.Cluster
	case byConversation:
		return p.Topic != other.Topic
	}
	return false
}

// compareCandidates orders them by when they were.
func (t *Tracker) compareCandidates(x, y *candidate) int {
	return t.compareStamps(x.group, x.stamp, y.group, y.stamp)
}

// compareStamps orders stamps of any groups by when they were and by their ids.
func (t *State) compareStamps(g, s, otherGroup, otherStamp uint32) int {
	x, y := t.stamps.at(s), t.stamps.at(otherStamp)
	if order := cmp.Compare(x.start, y.start); order != 0 {
		return order
	}
	if g != otherGroup {
		one, other := t.groups.at(g).trace, t.groups.at(otherGroup).trace
		return bytes.Compare(one[:], other[:])
	}
	return cmp.Or(bytes.Compare(x.span[:], y.span[:]), cmp.Compare(x.event, y.event))
}
