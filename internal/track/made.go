// SPDX-License-Identifier: Apache-2.0

package track

import (
	"math"
	"slices"

	"github.com/hopstamp/hopstamp/internal/span"
)

// A send that neither links to the spans which created its messages nor counts them may stand
// beside those, below the same span. Where it is the only one that they can be of, and began
// after they did, it is their send, and gathered once behind each as one is that links to them.
// Two that show the same message id are of one message. Where several sends may be of what was
// created, or one may be of only some of it, nobody can tell of which.

// made is what was created for one destination and sent there, below one span.
type made struct {
	created []maker
	sent    []maker // neither linked nor counted
	counted bool    // another send only counts its messages: see findSenders
	unclear bool    // nobody can tell which of them sent what
}

// maker is a stamp that creates a message or sends some.
type maker struct {
	stamp      uint32
	node       int32 // of a creation; none: there is no room for it
	start, end int64
	message    string
	one        bool // it is of no more than one message
}

// addMade adds stamps below one node, or below a span that is not here, some of which
// create messages.
func (a *assessor) addMade(t *State, g uint32, parent int32, stamps []uint32) {
	all, order := map[destination]*made{}, []destination{}
	for _, s := range stamps {
		stamp := t.stamps.at(s)
		p := t.profiles.at(stamp.profile)
		to := destination{system: p.System, topic: p.Topic}
		if p.produces() && all[to] == nil {
			all[to], order = &made{}, append(order, to)
		}
		if p.produces() && all[to].takes(t, p, s, stamp) {
			continue // where it stands is not known yet
		}
		from := len(a.nodes)
		a.addStamp(t, s, g, parent)
		if p.Stage == span.Created && len(a.nodes) > from && unsent(t, stamp) {
			c := makerOf(t, s, stamp)
			c.node = int32(from)
			all[to].created = append(all[to].created, c)
		}
	}
	for _, to := range order {
		a.matchMade(t, g, parent, all[to])
	}
}

// takes keeps a send for later that may be of what was created.
func (m *made) takes(t *State, p *profile, s uint32, stamp *stamp) bool {
	if p.Stage != span.Published || p.consumes() || stamp.links > 0 || stamp.edges != 0 || stamp.linked {
		return false
	}
	if stamp.batch > 1 {
		m.counted = true
		return false
	}
	m.sent = append(m.sent, makerOf(t, s, stamp))
	return true
}

func makerOf(t *State, s uint32, stamp *stamp) maker {
	m := maker{stamp: s, node: none, start: stamp.start, end: stamp.end, message: t.texts.read(stamp.texts).message}
	m.one = stamp.batch == 1 || m.message != ""
	return m
}

// unsent tells whether no send is known to be of what a stamp created.
func unsent(t *State, stamp *stamp) bool {
	for s := stamp.child; s != 0; s = t.stamps.at(s).sibling {
		if t.profiles.stage(t.stamps.at(s).profile) == span.Published {
			return false
		}
	}
	for e := stamp.in; e != 0; e = t.edges.At(e).nextIn {
		if t.sends(t.startOf(t.edges.At(e))) {
			return false
		}
	}
	return true
}

// matchMade finds which sends are of what was created, and adds them where they stand.
func (a *assessor) matchMade(t *State, g uint32, parent int32, m *made) {
	if !m.counted {
		a.matchIDs(t, g, m)
		a.matchRest(t, g, m)
	}
	for _, s := range m.sent {
		from := len(a.nodes)
		a.addStamp(t, s.stamp, g, parent)
		if m.unclear && len(a.nodes) > from {
			a.nodes[from].blurred = true
		}
	}
}

// matchIDs adds the sends that show the id of a creation behind it.
func (a *assessor) matchIDs(t *State, g uint32, m *made) {
	named := map[string]int{}
	for i := range m.created {
		c := &m.created[i]
		if first, known := named[c.message]; c.message != "" && (!known || t.compareStamps(g, c.stamp, g, m.created[first].stamp) < 0) {
			named[c.message] = i
		}
	}
	matched := map[int]bool{}
	m.sent = slices.DeleteFunc(m.sent, func(s maker) bool {
		i, known := named[s.message]
		if known {
			matched[i] = true
			a.addSendOf(t, g, s, m.created[i], byMessageID, 1)
		}
		return known
	})
	left := m.created[:0]
	for i, c := range m.created {
		if !matched[i] {
			left = append(left, c)
		}
	}
	m.created = left
}

// matchRest adds the only send that is left behind what can only be of it. Where there is a
// doubt, all that it may be of are in doubt.
func (a *assessor) matchRest(t *State, g uint32, m *made) {
	last, lastUnnamed := int64(math.MinInt64), int64(math.MinInt64)
	for _, s := range m.sent {
		last = max(last, s.end)
		if s.message == "" {
			lastUnnamed = max(lastUnnamed, s.end)
		}
	}
	m.created = slices.DeleteFunc(m.created, func(c maker) bool { return c.start > last || c.message != "" && c.start > lastUnnamed })
	if len(m.sent) == 0 || len(m.created) == 0 {
		return
	}
	if s := m.sent[0]; len(m.sent) == 1 && s.isOf(m.created) {
		for _, c := range m.created {
			a.addSendOf(t, g, s, c, besideIt, len(m.created))
		}
		m.sent = nil
		return
	}
	for _, c := range m.created {
		a.nodes[c.node].blurred = true
	}
	m.unclear = true
}

// isOf tells whether a send can be of all that was created, and of nothing less.
func (s *maker) isOf(created []maker) bool {
	return (len(created) == 1 || !s.one) && !slices.ContainsFunc(created, func(c maker) bool { return c.start > s.start })
}

// addSendOf adds a send behind a span that created one of the messages that it is of.
func (a *assessor) addSendOf(t *State, g uint32, s, c maker, by match, of int) {
	if !a.addNode(t, s.stamp, g, 0, c.node) {
		return
	}
	i := int32(len(a.nodes) - 1)
	n, above := &a.nodes[i], &a.nodes[c.node]
	n.by, n.of = by, int32(of)
	if of == 1 {
		return
	}
	for _, b := range above.span {
		n.copy = (n.copy ^ uint64(b)) * 0x100000001b3
	}
	n.common, n.sent = true, i
	texts := t.texts.read(n.stamp.texts)
	texts.override(ids{key: above.ids.key, message: above.ids.message, coordinate: above.ids.coordinate})
	a.texts = append(a.texts, texts)
	n.ids = &a.texts[len(a.texts)-1]
}
