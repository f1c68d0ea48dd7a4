// SPDX-License-Identifier: Apache-2.0

package join

import (
	"slices"

	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// Candidate is a stamp that offers a name, and where an edge to its message leads.
type Candidate struct {
	Group, Stamp uint32
	to           uint32
	target       span.ID
}

// candidates are the stamps that offer the names sought in the step under way, in
// one list, and which part of it belongs to a name.
type candidates struct {
	all     []Candidate
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

// Tells answers once in a step that those who seek a name elsewhere are to be told who offers
// it here.
func (j *Joins) Tells(name uint64) bool {
	told := j.candidates.told[name]
	j.candidates.told[name] = true
	return !told
}

// Forget is called when offers may have changed since they were listed.
func (j *Joins) Forget() { j.candidates.reset() }

// candidateFor is the stamp that an edge continues by the best name that leads to one.
func (j *Joins) candidateFor(edge *state.Edge) (*Candidate, state.Match) {
	for k := edge.Seeks; k != 0; k = j.state.Seeks.At(k).Worse {
		seek := j.state.Seeks.At(k)
		if found := j.chosen(edge.From, edge.Stamp, seek.By, j.Offering(seek.By, seek.Name)); found != nil {
			return found, seek.By
		}
	}
	return nil, state.ByLink
}

// chosen is the candidate that a stamp continues: of those that may be, the one that
// was produced first. A conversation must be that of one message only.
func (j *Joins) chosen(g, s uint32, by state.Match, all []Candidate) (best *Candidate) {
	seeker := j.state.Profiles.At(j.state.Stamps.At(s).Profile)
	refused := j.candidates.refused[:0]
	for again := true; again; {
		best = nil
		for i := range all {
			c := &all[i]
			if !j.fits(g, s, seeker, by, c) || slices.Contains(refused, c.Stamp) {
				continue
			}
			if by == state.ByConversation && best != nil && best.Group != c.Group {
				return nil
			}
			if best == nil || j.compareCandidates(c, best) < 0 {
				best = c
			}
		}
		if again = best != nil && !j.opensCircles(s, best); again {
			refused = append(refused, best.Stamp)
		}
	}
	j.candidates.refused = refused
	return best
}

// fits tells whether a stamp may continue a candidate for a name.
func (j *Joins) fits(from, s uint32, seeker *state.Profile, by state.Match, c *Candidate) bool {
	offer := j.state.Profiles.At(j.state.Stamps.At(c.Stamp).Profile)
	switch by {
	case state.ByClient:
		if j.state.CompareStamps(c.Group, c.Stamp, from, s) >= 0 {
			return false // the first of them has nobody to continue
		}
	case state.ByCoordinate:
		if seeker.Cluster != offer.Cluster && seeker.Cluster != 0 && offer.Cluster != 0 {
			return false
		}
	case state.ByConversation: // replies and acknowledgements only
		if seeker.Stage != span.Acknowledged && seeker.Topic == offer.Topic || !j.opens(c.Stamp) {
			return false
		}
	}
	return true
}

// opens tells whether a publish opens a conversation: no consumer is above it, as
// there is above a reply. Its parents may stand in a circle.
func (j *Joins) opens(s uint32) bool {
	s = j.state.Stamps.At(s).Up
	for depth := 0; s != 0 && depth < state.MaxDepth; s, depth = j.state.Stamps.At(s).Up, depth+1 {
		if j.state.Profiles.At(j.state.Stamps.At(s).Profile).Consumes() {
			return false
		}
	}
	return true
}

// Offering lists who offers a name: of each group the stamp that was first, and for
// names that mean something only together with more, the first that says that.
func (j *Joins) Offering(by state.Match, name uint64) []Candidate {
	c := &j.candidates
	if part, known := c.of[name]; known {
		return c.all[part[0]:part[1]]
	}
	c.groups = c.groups[:0]
	j.state.Offers.Find(name, func(g uint32) bool { c.groups = append(c.groups, g); return false })
	from := len(c.all)
	for _, g := range c.groups {
		if len(c.groups) <= crowd {
			j.offeringIn(g, by, name)
		}
	}
	c.of[name] = [2]int{from, len(c.all)}
	return c.all[from:]
}

func (j *Joins) offeringIn(g uint32, by state.Match, name uint64) {
	c := &j.candidates
	from := len(c.all)
	for s := j.state.Groups.At(g).Stamps; s != 0; s = j.state.Stamps.At(s).Next {
		stamp := j.state.Stamps.At(s)
		p := j.state.Profiles.At(stamp.Profile)
		offer, ok := j.offerOf(g, s, p, by, name)
		if !ok {
			continue
		}
		at := from
		for at < len(c.all) && p.Apart(by, j.state.Profiles.At(j.state.Stamps.At(c.all[at].Stamp).Profile)) {
			at++
		}
		switch {
		case at == len(c.all):
			c.all = append(c.all, offer)
		case j.compareCandidates(&offer, &c.all[at]) < 0:
			c.all[at] = offer
		}
	}
}

// offerOf is a stamp as a candidate for a name. What a link of a send says is a name
// of the message that the link leads to.
func (j *Joins) offerOf(g, s uint32, p *state.Profile, by state.Match, name uint64) (c Candidate, ok bool) {
	stamp := j.state.Stamps.At(s)
	c = Candidate{Group: g, Stamp: s, to: g, target: stamp.Span}
	texts := j.state.Texts.Read(stamp.Texts)
	if p.Offers(stamp, &texts)[by] == name {
		return c, stamp.Event == 0 || j.state.Find(g, j.state.Groups.At(g), stamp.Span, 0) != 0
	}
	for e := stamp.Edges; e != 0 && p.Produces(); e = j.state.Edges.At(e).NextOfStamp {
		edge := j.state.Edges.At(e)
		texts = j.state.Texts.Read(edge.Text)
		if p.Offers(stamp, &texts)[by] != name {
			continue
		}
		if edge.Said() && j.state.Find(edge.To, j.state.Groups.At(edge.To), edge.Target, 0) != 0 {
			c.to, c.target = edge.To, edge.Target
		}
		return c, true
	}
	return c, false
}

// compareCandidates orders them by when they were.
func (j *Joins) compareCandidates(x, y *Candidate) int {
	return j.state.CompareStamps(x.Group, x.Stamp, y.Group, y.Stamp)
}
