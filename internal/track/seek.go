// SPDX-License-Identifier: Apache-2.0

package track

import (
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// A consumer that continues nothing which is here seeks its message by the names
// that it shows, and so does a link that says no more than a name. Either has an
// edge that leads nowhere until the message is found, and that is moved when a
// better match is. When what the sender itself said it continues arrives, the edge
// of the consumer goes.
//
// All of that happens once a step, after its stamps are in, so that what arrives
// together is matched together.

// seekNames makes the edges of a stamp seek. It may be called again.
func (t *Tracker) seekNames(g, s uint32, p *state.Profile) {
	stamp := t.state.Stamps.At(s)
	telling := false // some link says of which message it is
	for e := stamp.Edges; e != 0; e = t.state.Edges.At(e).NextOfStamp {
		edge := t.state.Edges.At(e)
		if edge.Text == 0 || edge.Said() || edge.By == state.LetGo {
			continue
		}
		telling = true
		if edge.Seeks == 0 {
			texts := t.state.Texts.Read(edge.Text)
			t.seekAll(e, p.Shows(&texts))
		}
	}
	if telling || stamp.Texts == 0 || stamp.Event != 0 || stamp.Own != 0 || !t.adrift(g, stamp) {
		return
	}
	texts := t.state.Texts.Read(stamp.Texts)
	if said := p.Shows(&texts); said != (state.Names{}) {
		stamp.Own = t.addEdge(g, s)
		t.seekAll(stamp.Own, said)
	}
}

// adrift tells whether a stamp continues nothing that is here, as far as its
// sender said.
func (t *Tracker) adrift(g uint32, stamp *state.Stamp) bool {
	if stamp.Up != 0 && (t.state.JoinsParent(t.state.Stamps.At(stamp.Up)) || !t.state.LinksAway(stamp)) && !t.idles(g, stamp) {
		return false
	}
	for e := stamp.Edges; e != 0; e = t.state.Edges.At(e).NextOfStamp {
		if edge := t.state.Edges.At(e); edge.Said() && t.state.Leads(edge) && t.state.Find(edge.To, t.state.Groups.At(edge.To), edge.Target, 0) != 0 {
			return false
		}
	}
	return true
}

// idles tells whether all above a stamp is of no message: a loop that polls, and whatever
// runs it, or the call that handed the stamp its message (see push.go). A consumer that
// seeks or follows something itself is of one.
func (t *Tracker) idles(g uint32, of *state.Stamp) bool {
	called := false
	for s, depth := of.Up, 0; s != 0; depth++ {
		stamp := t.state.Stamps.At(s)
		switch {
		case depth == state.MaxDepth:
			return false
		case t.handsOver(stamp, of):
			called = true
		case t.loops(stamp), called && t.onlyCalls(stamp):
		default:
			return false
		}
		s = stamp.Up
	}
	return !called || !t.tellsOf(g, of)
}

// loops tells whether a stamp may be a part of what polls for messages, and of none.
func (t *Tracker) loops(stamp *state.Stamp) bool {
	p := t.state.Profiles.At(stamp.Profile)
	return p.Kind != span.Server && p.Kind != span.Producer && stamp.Edges == 0 && stamp.Links == 0 &&
		(p.Stage == span.None || p.Consumes() && stamp.Texts == 0 && p.Stage <= span.Processed)
}

// rouse asks for all that a group seeks to be looked at again: what stands above who
// seeks it may be another now.
func (t *Tracker) rouse(g uint32, group *state.Group) {
	if !group.Roused {
		group.Roused = true
		t.roused = append(t.roused, g)
	}
}

func (t *Tracker) reseek() {
	for _, g := range t.roused {
		group := t.state.Groups.At(g)
		group.Roused = false
		for s := group.Stamps; s != 0; s = t.state.Stamps.At(s).Next {
			stamp := t.state.Stamps.At(s)
			if t.doubtOwn(stamp); stamp.Own == 0 && stamp.Texts != 0 && !t.state.Sends(s) {
				t.seekNames(g, s, t.state.Profiles.At(stamp.Profile))
			}
		}
	}
	t.roused = t.roused[:0]
}

func (t *Tracker) seekAll(e uint32, names state.Names) {
	edge := t.state.Edges.At(e)
	worse := &edge.Seeks
	for by, name := range names {
		if name == 0 {
			continue
		}
		k, seek := t.state.Seeks.Alloc()
		seek.Name, seek.Edge, seek.By = name, e, state.Match(by)
		*worse, worse = k, &seek.Worse
		if seek.Next = t.state.Sought.Get(name); seek.Next != 0 {
			t.state.Seeks.At(seek.Next).Before = k
		}
		t.state.Sought.Set(name, k)
	}
	t.doubtEdge(edge)
	if group := t.state.Groups.At(edge.From); !group.Seeking {
		group.Seeking = true
	}
}

// unseek ends the search of an edge.
func (t *Tracker) unseek(edge *state.Edge) {
	for edge.Seeks != 0 {
		k := edge.Seeks
		seek := t.state.Seeks.At(k)
		edge.Seeks = seek.Worse
		if seek.Next != 0 {
			t.state.Seeks.At(seek.Next).Before = seek.Before
		}
		switch {
		case seek.Before != 0:
			t.state.Seeks.At(seek.Before).Next = seek.Next
		case seek.Next != 0:
			t.state.Sought.Set(seek.Name, seek.Next)
		default:
			t.state.Sought.Remove(seek.Name, k)
		}
		t.state.Seeks.Release(k)
	}
	edge.Unsure = false
}

// unseekAll ends the search of a stamp and of all its links.
func (t *Tracker) unseekAll(g, s uint32) {
	stamp := t.state.Stamps.At(s)
	for next := stamp.Edges; next != 0; {
		e, edge := next, t.state.Edges.At(next)
		next = edge.NextOfStamp
		if edge.Seeks == 0 && edge.By != state.LetGo {
			continue
		}
		t.stray(g, s, e)
		t.unseek(edge)
		if edge.By = state.ByLink; edge.Text == 0 {
			t.cut(e)
		}
	}
	t.setLinked(g, s, t.hasLinks(s))
}

// stray makes an edge that found its message lead nowhere again.
func (t *Tracker) stray(g, s, e uint32) {
	edge := t.state.Edges.At(e)
	if edge.To == 0 {
		return
	}
	t.mark(g, s) // what it was part of
	if edge.Seeks != 0 {
		t.doubtAbove(edge)
	}
	t.unhook(e)
	t.leave(edge)
	t.setLinked(g, s, t.hasLinks(s))
}

// letGoOf ends the search of an edge whose message is let go of.
func (t *Tracker) letGoOf(edge *state.Edge) {
	t.leave(edge)
	t.unseek(edge)
	edge.By = state.LetGo
}

// doubtEdge asks for an edge to be matched when all stamps of the step are in.
func (t *Tracker) doubtEdge(edge *state.Edge) {
	if edge.Seeks != 0 && !edge.Unsure {
		edge.Unsure = true
		t.unsure = append(t.unsure, t.state.Seeks.At(edge.Seeks).Edge)
	}
}

// doubtOwn asks it for what a stamp seeks by itself.
func (t *Tracker) doubtOwn(stamp *state.Stamp) {
	if stamp.Own != 0 {
		t.doubtEdge(t.state.Edges.At(stamp.Own))
	}
}

// stir asks for the same of all that seek a name.
func (t *Tracker) stir(name uint64) {
	if t.state.Seeks.Live() == 0 || t.candidates.stirred[name] {
		return
	}
	t.candidates.stirred[name] = true
	for k := t.state.Sought.Get(name); k != 0; k = t.state.Seeks.At(k).Next {
		t.doubtEdge(t.state.Edges.At(t.state.Seeks.At(k).Edge))
	}
}

// stirGroup does so for the conversations that a group offers: which of its stamps
// begin them may have changed.
func (t *Tracker) stirGroup(group *state.Group) {
	for s := group.Stamps; s != 0 && t.state.Seeks.Live() > 0; s = t.state.Stamps.At(s).Next {
		if p := t.state.Profiles.At(t.state.Stamps.At(s).Profile); p.Produces() {
			t.state.EachOffered(p, t.state.Stamps.At(s), func(by state.Match, name uint64) {
				if by == state.ByConversation {
					t.stir(name)
				}
			})
		}
	}
}

// matchNames finds out where the edges in doubt lead now. What was asked for while the
// stamps of the step came in did not know all who offer.
func (t *Tracker) matchNames() {
	t.candidates.reset()
	t.reseek()
	for i := 0; i < len(t.unsure); i++ {
		e := t.unsure[i]
		if edge := t.state.Edges.At(e); edge.Unsure {
			edge.Unsure = false
			t.matchEdge(e, edge)
		}
	}
	t.unsure = t.unsure[:0]
	t.candidates.reset()
}

func (t *Tracker) matchEdge(e uint32, edge *state.Edge) {
	g, s := edge.From, t.state.StartOf(edge)
	if edge.Text == 0 && !t.adrift(g, t.state.Stamps.At(s)) {
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
	if edge.To == to && edge.Target == target && edge.By == by {
		return
	}
	t.stray(g, s, e)
	if to != 0 {
		t.setLinked(g, s, true)
		t.lead(e, to, target, by)
	}
	t.state.Stamps.At(s).Marked = false
	t.mark(g, s)
}
