// SPDX-License-Identifier: Apache-2.0

package track

import "github.com/hopstamp/hopstamp/internal/span"

// A consumer that continues nothing which is here seeks its message by the names
// that it shows, and so does a link that says no more than a name. Either has an
// edge that leads nowhere until the message is found, and that is moved when a
// better match is. When what the sender itself said it continues arrives, the edge
// of the consumer goes.
//
// All of that happens once a step, after its stamps are in, so that what arrives
// together is matched together.

// seek is one name under which an edge looks for its message.
type seek struct {
	name         uint64
	edge         uint32
	worse        uint32 // the next name of the edge
	next, before uint32 // that are sought under the same name
	by           match
}

// seekNames makes the edges of a stamp seek. It may be called again.
func (t *Tracker) seekNames(g, s uint32, p *profile) {
	stamp := t.stamps.at(s)
	telling := false // some link says of which message it is
	for e := stamp.edges; e != 0; e = t.edges.At(e).nextOfStamp {
		edge := t.edges.At(e)
		if edge.text == 0 || edge.said() || edge.by == letGo {
			continue
		}
		telling = true
		if edge.seeks == 0 {
			texts := t.texts.read(edge.text)
			t.seekAll(e, p.shows(&texts))
		}
	}
	if telling || stamp.texts == 0 || stamp.event != 0 || stamp.own != 0 || !t.adrift(g, stamp) {
		return
	}
	texts := t.texts.read(stamp.texts)
	if said := p.shows(&texts); said != (names{}) {
		stamp.own = t.addEdge(g, s)
		t.seekAll(stamp.own, said)
	}
}

// missing tells whether a stamp seeks something that is not here.
func missing(t *State, stamp *stamp) bool {
	for e := stamp.edges; e != 0; e = t.edges.At(e).nextOfStamp {
		if edge := t.edges.At(e); edge.seeks != 0 && edge.to == 0 {
			return true
		}
	}
	return false
}

// adrift tells whether a stamp continues nothing that is here, as far as its
// sender said.
func (t *Tracker) adrift(g uint32, stamp *stamp) bool {
	if stamp.up != 0 && (t.joinsParent(t.stamps.at(stamp.up)) || !t.linksAway(stamp)) && !t.idles(g, stamp) {
		return false
	}
	for e := stamp.edges; e != 0; e = t.edges.At(e).nextOfStamp {
		if edge := t.edges.At(e); edge.said() && t.leads(edge) && t.find(edge.to, t.groups.at(edge.to), edge.target, 0) != 0 {
			return false
		}
	}
	return true
}

// idles tells whether all above a stamp is of no message: a loop that polls, and whatever
// runs it, or the call that handed the stamp its message (see push.go). A consumer that
// seeks or follows something itself is of one.
func (t *Tracker) idles(g uint32, of *stamp) bool {
	called := false
	for s, depth := of.up, 0; s != 0; depth++ {
		stamp := t.stamps.at(s)
		switch {
		case depth == maxDepth:
			return false
		case t.handsOver(stamp, of):
			called = true
		case t.loops(stamp), called && t.onlyCalls(stamp):
		default:
			return false
		}
		s = stamp.up
	}
	return !called || !t.tellsOf(g, of)
}

// loops tells whether a stamp may be a part of what polls for messages, and of none.
func (t *Tracker) loops(stamp *stamp) bool {
	p := t.profiles.at(stamp.profile)
	return p.Kind != span.Server && p.Kind != span.Producer && stamp.edges == 0 && stamp.links == 0 &&
		(p.Stage == span.None || p.consumes() && stamp.texts == 0 && p.Stage <= span.Processed)
}

// rouse asks for all that a group seeks to be looked at again: what stands above who
// seeks it may be another now.
func (t *Tracker) rouse(g uint32, group *group) {
	if !group.roused {
		group.roused = true
		t.roused = append(t.roused, g)
	}
}

func (t *Tracker) reseek() {
	for _, g := range t.roused {
		group := t.groups.at(g)
		group.roused = false
		for s := group.stamps; s != 0; s = t.stamps.at(s).next {
			stamp := t.stamps.at(s)
			if t.doubtOwn(stamp); stamp.own == 0 && stamp.texts != 0 && !t.sends(s) {
				t.seekNames(g, s, t.profiles.at(stamp.profile))
			}
		}
	}
	t.roused = t.roused[:0]
}

func (t *Tracker) seekAll(e uint32, names names) {
	edge := t.edges.At(e)
	worse := &edge.seeks
	for by, name := range names {
		if name == 0 {
			continue
		}
		k, seek := t.seeks.Alloc()
		seek.name, seek.edge, seek.by = name, e, match(by)
		*worse, worse = k, &seek.worse
		if seek.next = t.sought.Get(name); seek.next != 0 {
			t.seeks.At(seek.next).before = k
		}
		t.sought.Set(name, k)
	}
	t.doubtEdge(edge)
	if group := t.groups.at(edge.from); !group.seeking {
		group.seeking = true
	}
}

// unseek ends the search of an edge.
func (t *Tracker) unseek(edge *edge) {
	for edge.seeks != 0 {
		k := edge.seeks
		seek := t.seeks.At(k)
		edge.seeks = seek.worse
		if seek.next != 0 {
			t.seeks.At(seek.next).before = seek.before
		}
		switch {
		case seek.before != 0:
			t.seeks.At(seek.before).next = seek.next
		case seek.next != 0:
			t.sought.Set(seek.name, seek.next)
		default:
			t.sought.Remove(seek.name, k)
		}
		t.seeks.Release(k)
	}
	edge.unsure = false
}

// unseekAll ends the search of a stamp and of all its links.
func (t *Tracker) unseekAll(g, s uint32) {
	stamp := t.stamps.at(s)
	for next := stamp.edges; next != 0; {
		e, edge := next, t.edges.At(next)
		next = edge.nextOfStamp
		if edge.seeks == 0 && edge.by != letGo {
			continue
		}
		t.stray(g, s, e)
		t.unseek(edge)
		if edge.by = byLink; edge.text == 0 {
			t.cut(e)
		}
	}
	t.setLinked(g, s, t.hasLinks(s))
}

// stray makes an edge that found its message lead nowhere again.
func (t *Tracker) stray(g, s, e uint32) {
	edge := t.edges.At(e)
	if edge.to == 0 {
		return
	}
	t.mark(g, s) // what it was part of
	t.unhook(e)
	t.leave(edge)
	t.setLinked(g, s, t.hasLinks(s))
}

// letGoOf ends the search of an edge whose message is let go of.
func (t *Tracker) letGoOf(edge *edge) {
	t.leave(edge)
	t.unseek(edge)
	edge.by = letGo
}

// doubtEdge asks for an edge to be matched when all stamps of the step are in.
func (t *Tracker) doubtEdge(edge *edge) {
	if edge.seeks != 0 && !edge.unsure {
		edge.unsure = true
		t.unsure = append(t.unsure, t.seeks.At(edge.seeks).edge)
	}
}

// doubtOwn asks it for what a stamp seeks by itself.
func (t *Tracker) doubtOwn(stamp *stamp) {
	if stamp.own != 0 {
		t.doubtEdge(t.edges.At(stamp.own))
	}
}

// stir asks for the same of all that seek a name.
func (t *Tracker) stir(name uint64) {
	if t.seeks.Live() == 0 || t.candidates.stirred[name] {
		return
	}
	t.candidates.stirred[name] = true
	for k := t.sought.Get(name); k != 0; k = t.seeks.At(k).next {
		t.doubtEdge(t.edges.At(t.seeks.At(k).edge))
	}
}

// stirGroup does so for the conversations that a group offers: which of its stamps
// begin them may have changed.
func (t *Tracker) stirGroup(group *group) {
	for s := group.stamps; s != 0 && t.seeks.Live() > 0; s = t.stamps.at(s).next {
		if p := t.profiles.at(t.stamps.at(s).profile); p.produces() {
			t.eachOffered(p, t.stamps.at(s), func(by match, name uint64) {
				if by == byConversation {
					t.stir(name)
				}
			})
		}
	}
}

// matchNames finds out where the edges in doubt lead now.
func (t *Tracker) matchNames() {
	t.reseek()
	for i := 0; i < len(t.unsure); i++ {
		e := t.unsure[i]
		if edge := t.edges.At(e); edge.unsure {
			edge.unsure = false
			t.matchEdge(e, edge)
		}
	}
	t.unsure = t.unsure[:0]
	t.candidates.reset()
}

func (t *Tracker) matchEdge(e uint32, edge *edge) {
	g, s := edge.from, t.startOf(edge)
	if edge.text == 0 && !t.adrift(g, t.stamps.at(s)) {
		t.correctOthers(g)
		t.stray(g, s, e)
		t.cut(e)
		t.setLinked(g, s, t.hasLinks(s))
		t.mark(g, s)
		return
	}
	found, by := t.candidateFor(edge)
	t.answer(edge)
	var to uint32
	var target span.ID
	if found != nil {
		to, target = found.to, found.target
	}
	if edge.to == to && edge.target == target && edge.by == by {
		return
	}
	t.stray(g, s, e)
	if to != 0 {
		t.setLinked(g, s, true)
		t.lead(e, to, target, by)
	}
	t.stamps.at(s).marked = false
	t.mark(g, s)
}
