// SPDX-License-Identifier: Apache-2.0

package track

import "github.com/hopstamp/hopstamp/internal/span"

// A worker in the process that sends may run in the context of what sent the message, and
// not in that of the message: its span stands beside the send and not below it. Both show the
// id of the message, or its coordinate, and that joins them as it joins spans of two traces.
// All of it is in one part of one trace, so it is found out where that is gathered, once
// all that may have sent the message is there.

// besider is a stamp that waits for what it stands beside.
type besider struct {
	stamp, group uint32
	parent       int32
}

// nameIn is a name that a group offers; no name: the group was looked at.
type nameIn struct {
	group uint32
	name  uint64
}

// besides are those that wait while a journey is gathered.
type besides struct {
	waiting []besider
	offered map[nameIn]struct{}
	rounds  int
}

func (b *besides) reset() {
	b.waiting, b.rounds = b.waiting[:0], 0
	if len(b.offered) > 0 {
		clear(b.offered)
	}
}

// standsBeside tells whether a stamp that continues nothing but its parent may have taken
// what was sent elsewhere in its trace.
func (a *assessor) standsBeside(t *State, b besider) bool {
	stamp := t.stamps.at(b.stamp)
	p := t.profiles.at(stamp.profile)
	if stamp.texts == 0 || stamp.links > 0 && !t.keepsParent(stamp) || stamp.event != 0 || !p.takes() {
		return false
	}
	texts := t.texts.read(stamp.texts)
	if texts.message == "" && texts.coordinate == "" || a.takesFromAbove(p, &texts, b.parent) {
		return false
	}
	shown := p.shows(&texts)
	return a.offeredIn(t, b.group, shown[byMessageID]) || a.offeredIn(t, b.group, shown[byCoordinate])
}

// takes tells whether a stamp is one of taking a message.
func (p *profile) takes() bool {
	return p.Kind == span.Consumer || p.Stage == span.Consumed || p.Stage == span.Processed
}

// takesFromAbove tells whether the message that a stamp takes is the one of the nearest send
// above it. A consumer between them that sends on in its turn has taken that one.
func (a *assessor) takesFromAbove(p *profile, texts *ids, parent int32) bool {
	taken := false
	for up, depth := parent, 0; up != none; up, depth = a.nodes[up].parent, depth+1 {
		n := &a.nodes[up]
		if depth == maxDepth {
			return true
		}
		if n.produces() {
			return !taken || n.Topic == p.Topic && n.System == p.System && texts.like(n.ids) != other
		}
		taken = taken || n.takes()
	}
	return false
}

// offeredIn tells whether something is sent in a group that has a name.
func (a *assessor) offeredIn(t *State, g uint32, name uint64) bool {
	if name == 0 {
		return false
	}
	if _, known := a.besides.offered[nameIn{group: g}]; !known {
		a.besides.offered[nameIn{group: g}] = struct{}{}
		for s := t.groups.at(g).stamps; s != 0; s = t.stamps.at(s).next {
			stamp := t.stamps.at(s)
			if p := t.profiles.at(stamp.profile); p.produces() && (stamp.texts != 0 || stamp.edges != 0) {
				t.eachOffered(p, stamp, func(_ match, name uint64) { a.besides.offered[nameIn{g, name}] = struct{}{} })
			}
		}
	}
	_, offered := a.besides.offered[nameIn{g, name}]
	return offered
}

// placeBesides adds those that wait behind what sent their messages. That may stand below
// another one of them; those of which none is left to find it stay where they are.
func (a *assessor) placeBesides(t *State) {
	a.indexPlaces()
	b := &a.besides
	still, from := b.waiting[:0], len(a.nodes)
	for _, w := range b.waiting {
		switch to, by := a.sentBeside(t, w); {
		case to == none:
			still = append(still, w)
		case a.addNode(t, w.stamp, w.group, 0, to):
			a.nodes[len(a.nodes)-1].by = by
			a.leftBelow = append(a.leftBelow, left{w.parent, t.stamps.at(w.stamp)})
		}
	}
	b.waiting = still
	if b.rounds++; len(a.nodes) > from && b.rounds < maxDepth {
		return
	}
	for _, w := range b.waiting {
		a.addNode(t, w.stamp, w.group, 0, w.parent)
	}
	b.waiting = b.waiting[:0]
}

// sentBeside is the node that sent what a stamp took, in the same part of its trace.
func (a *assessor) sentBeside(t *State, w besider) (best int32, by match) {
	stamp := t.stamps.at(w.stamp)
	p, texts := t.profiles.at(stamp.profile), t.texts.read(stamp.texts)
	best = none
	for _, name := range [...]struct {
		by   match
		text string
	}{{byMessageID, texts.message}, {byCoordinate, texts.coordinate}} {
		for _, i := range a.places.outlets[outlet{p.Topic, name.text}] {
			n := &a.nodes[i]
			if name.text == "" || n.group != w.group || n.joint != a.nodes[w.parent].joint || !n.sentAs(name.by, name.text, p) {
				continue
			}
			if best == none || a.fitsBetter(n, &a.nodes[best], stamp) {
				best, by = i, name.by
			}
		}
		if best != none {
			break
		}
	}
	return best, by
}

// sentAs tells whether a node sends a message to where a consumer takes one of that name.
func (n *node) sentAs(by match, name string, consumer *profile) bool {
	if n.profile.Kind == span.Consumer || n.System != consumer.System {
		return false
	}
	if by == byMessageID {
		return n.ids.message == name
	}
	return n.ids.coordinate == name && (n.Cluster == consumer.Cluster || n.Cluster == 0 || consumer.Cluster == 0)
}
