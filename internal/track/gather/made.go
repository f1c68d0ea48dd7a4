// SPDX-License-Identifier: Apache-2.0

package gather

import (
	"math"
	"slices"

	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
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
func (all *Gathering) addMade(st *state.State, g uint32, parent int32, stamps []uint32) {
	byPlace, order := map[state.Destination]*made{}, []state.Destination{}
	for _, s := range stamps {
		stamp := st.Stamps.At(s)
		p := st.Profiles.At(stamp.Profile)
		to := state.Destination{System: p.System, Topic: p.Topic}
		if p.Produces() && byPlace[to] == nil {
			byPlace[to], order = &made{}, append(order, to)
		}
		if p.Produces() && byPlace[to].takes(st, p, s, stamp) {
			continue // where it stands is not known yet
		}
		from := len(all.Nodes)
		all.addStamp(st, s, g, parent)
		if p.Stage == span.Created && len(all.Nodes) > from && unsent(st, stamp) {
			c := makerOf(st, s, stamp)
			c.node = int32(from)
			byPlace[to].created = append(byPlace[to].created, c)
		}
	}
	for _, to := range order {
		all.matchMade(st, g, parent, byPlace[to])
	}
}

// takes keeps a send for later that may be of what was created.
func (m *made) takes(st *state.State, p *state.Profile, s uint32, stamp *state.Stamp) bool {
	if p.Stage != span.Published || p.Consumes() || stamp.Links > 0 || stamp.Edges != 0 || stamp.Linked {
		return false
	}
	if stamp.Batch > 1 {
		m.counted = true
		return false
	}
	m.sent = append(m.sent, makerOf(st, s, stamp))
	return true
}

func makerOf(st *state.State, s uint32, stamp *state.Stamp) maker {
	m := maker{stamp: s, node: None, start: stamp.Start, end: stamp.End, message: st.Texts.Read(stamp.Texts).Message}
	m.one = stamp.Batch == 1 || m.message != ""
	return m
}

// unsent tells whether no send is known to be of what a stamp created.
func unsent(st *state.State, stamp *state.Stamp) bool {
	for s := stamp.Child; s != 0; s = st.Stamps.At(s).Sibling {
		if st.Profiles.Stage(st.Stamps.At(s).Profile) == span.Published {
			return false
		}
	}
	for e := stamp.In; e != 0; e = st.Edges.At(e).NextIn {
		if st.Sends(st.StartOf(st.Edges.At(e))) {
			return false
		}
	}
	return true
}

// matchMade finds which sends are of what was created, and adds them where they stand.
func (all *Gathering) matchMade(st *state.State, g uint32, parent int32, m *made) {
	if !m.counted {
		all.matchIDs(st, g, m)
		all.matchRest(st, g, m)
	}
	for _, s := range m.sent {
		from := len(all.Nodes)
		all.addStamp(st, s.stamp, g, parent)
		if m.unclear && len(all.Nodes) > from {
			all.Nodes[from].Blurred = true
		}
	}
}

// matchIDs adds the sends that show the id of a creation behind it.
func (all *Gathering) matchIDs(st *state.State, g uint32, m *made) {
	named := map[string]int{}
	for i := range m.created {
		c := &m.created[i]
		if first, known := named[c.message]; c.message != "" && (!known || st.CompareStamps(g, c.stamp, g, m.created[first].stamp) < 0) {
			named[c.message] = i
		}
	}
	matched := map[int]bool{}
	m.sent = slices.DeleteFunc(m.sent, func(s maker) bool {
		i, known := named[s.message]
		if known {
			matched[i] = true
			all.addSendOf(st, g, s, m.created[i], state.ByMessageID, 1)
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
func (all *Gathering) matchRest(st *state.State, g uint32, m *made) {
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
			all.addSendOf(st, g, s, c, state.BesideIt, len(m.created))
		}
		m.sent = nil
		return
	}
	for _, c := range m.created {
		all.Nodes[c.node].Blurred = true
	}
	m.unclear = true
}

// isOf tells whether a send can be of all that was created, and of nothing less.
func (s *maker) isOf(created []maker) bool {
	return (len(created) == 1 || !s.one) && !slices.ContainsFunc(created, func(c maker) bool { return c.start > s.start })
}

// addSendOf adds a send behind a span that created one of the messages that it is of.
func (all *Gathering) addSendOf(st *state.State, g uint32, s, c maker, by state.Match, of int) {
	if !all.addNode(st, s.stamp, g, 0, c.node) {
		return
	}
	i := int32(len(all.Nodes) - 1)
	n, above := &all.Nodes[i], &all.Nodes[c.node]
	n.By, n.Of = by, int32(of)
	if of == 1 {
		return
	}
	for _, b := range above.Span {
		n.copy = (n.copy ^ uint64(b)) * 0x100000001b3
	}
	n.Common, n.sent = true, i
	texts := st.Texts.Read(n.Stamp.Texts)
	texts.Override(state.IDs{Key: above.IDs.Key, Message: above.IDs.Message, Coordinate: above.IDs.Coordinate})
	all.texts = append(all.texts, texts)
	n.IDs = &all.texts[len(all.texts)-1]
}
