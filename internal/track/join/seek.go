// SPDX-License-Identifier: Apache-2.0

package join

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
func (j *Joins) seekNames(g, s uint32, p *state.Profile) {
	stamp := j.state.Stamps.At(s)
	telling := false // some link says of which message it is
	for e := stamp.Edges; e != 0; e = j.state.Edges.At(e).NextOfStamp {
		edge := j.state.Edges.At(e)
		if edge.Text == 0 || edge.Said() || edge.By == state.LetGo {
			continue
		}
		telling = true
		if edge.Seeks == 0 {
			texts := j.state.Texts.Read(edge.Text)
			j.seekAll(e, p.Shows(&texts))
		}
	}
	if telling || stamp.Texts == 0 || stamp.Event != 0 || stamp.Own != 0 || !j.adrift(g, stamp) {
		return
	}
	texts := j.state.Texts.Read(stamp.Texts)
	if said := p.Shows(&texts); said != (state.Names{}) {
		stamp.Own = j.addEdge(g, s)
		j.seekAll(stamp.Own, said)
	}
}

// adrift tells whether a stamp continues nothing that is here, as far as its
// sender said.
func (j *Joins) adrift(g uint32, stamp *state.Stamp) bool {
	if stamp.Up != 0 && (j.state.JoinsParent(j.state.Stamps.At(stamp.Up)) || !j.state.LinksAway(stamp)) && !j.idles(g, stamp) {
		return false
	}
	for e := stamp.Edges; e != 0; e = j.state.Edges.At(e).NextOfStamp {
		if edge := j.state.Edges.At(e); edge.Said() && j.state.Leads(edge) && j.state.Find(edge.To, j.state.Groups.At(edge.To), edge.Target, 0) != 0 {
			return false
		}
	}
	return true
}

// idles tells whether all above a stamp is of no message: a loop that polls, and whatever
// runs it, or the call that handed the stamp its message (see push.go). A consumer that
// seeks or follows something itself is of one.
func (j *Joins) idles(g uint32, of *state.Stamp) bool {
	called := false
	for s, depth := of.Up, 0; s != 0; depth++ {
		stamp := j.state.Stamps.At(s)
		switch {
		case depth == state.MaxDepth:
			return false
		case j.handsOver(stamp, of):
			called = true
		case j.loops(stamp), called && j.onlyCalls(stamp):
		default:
			return false
		}
		s = stamp.Up
	}
	return !called || !j.tellsOf(g, of)
}

// loops tells whether a stamp may be a part of what polls for messages, and of none.
func (j *Joins) loops(stamp *state.Stamp) bool {
	p := j.state.Profiles.At(stamp.Profile)
	return p.Kind != span.Server && p.Kind != span.Producer && stamp.Edges == 0 && stamp.Links == 0 &&
		(p.Stage == span.None || p.Consumes() && stamp.Texts == 0 && p.Stage <= span.Processed)
}

// Rouse asks for all that a group seeks to be looked at again: what stands above who
// seeks it may be another now.
func (j *Joins) Rouse(g uint32, group *state.Group) {
	if !group.Roused {
		group.Roused = true
		j.roused = append(j.roused, g)
	}
}

func (j *Joins) reseek() {
	for _, g := range j.roused {
		group := j.state.Groups.At(g)
		group.Roused = false
		for s := group.Stamps; s != 0; s = j.state.Stamps.At(s).Next {
			stamp := j.state.Stamps.At(s)
			if j.doubtOwn(stamp); stamp.Own == 0 && stamp.Texts != 0 && !j.state.Sends(s) {
				j.seekNames(g, s, j.state.Profiles.At(stamp.Profile))
			}
		}
	}
	j.roused = j.roused[:0]
}

func (j *Joins) seekAll(e uint32, names state.Names) {
	edge := j.state.Edges.At(e)
	worse := &edge.Seeks
	for by, name := range names {
		if name == 0 {
			continue
		}
		k, seek := j.state.Seeks.Alloc()
		seek.Name, seek.Edge, seek.By = name, e, state.Match(by)
		*worse, worse = k, &seek.Worse
		if seek.Next = j.state.Sought.Get(name); seek.Next != 0 {
			j.state.Seeks.At(seek.Next).Before = k
		}
		j.state.Sought.Set(name, k)
	}
	j.Doubt(edge)
	if group := j.state.Groups.At(edge.From); !group.Seeking {
		group.Seeking = true
	}
}

// unseek ends the search of an edge.
func (j *Joins) unseek(edge *state.Edge) {
	for edge.Seeks != 0 {
		k := edge.Seeks
		seek := j.state.Seeks.At(k)
		edge.Seeks = seek.Worse
		if seek.Next != 0 {
			j.state.Seeks.At(seek.Next).Before = seek.Before
		}
		switch {
		case seek.Before != 0:
			j.state.Seeks.At(seek.Before).Next = seek.Next
		case seek.Next != 0:
			j.state.Sought.Set(seek.Name, seek.Next)
		default:
			j.state.Sought.Remove(seek.Name, k)
		}
		j.state.Seeks.Release(k)
	}
	edge.Unsure = false
}

// unseekAll ends the search of a stamp and of all its links.
func (j *Joins) unseekAll(g, s uint32) {
	stamp := j.state.Stamps.At(s)
	for next := stamp.Edges; next != 0; {
		e, edge := next, j.state.Edges.At(next)
		next = edge.NextOfStamp
		if edge.Seeks == 0 && edge.By != state.LetGo {
			continue
		}
		j.stray(g, s, e)
		j.unseek(edge)
		if edge.By = state.ByLink; edge.Text == 0 {
			j.Cut(e)
		}
	}
	j.setLinked(g, s, j.HasLinks(s))
}

// stray makes an edge that found its message lead nowhere again.
func (j *Joins) stray(g, s, e uint32) {
	edge := j.state.Edges.At(e)
	if edge.To == 0 {
		return
	}
	j.Mark(g, s) // what it was part of
	if edge.Seeks != 0 {
		j.doubtAbove(edge)
	}
	j.Unhook(e)
	j.Leave(edge)
	j.setLinked(g, s, j.HasLinks(s))
}

// LetGoOf ends the search of an edge whose message is let go of.
func (j *Joins) LetGoOf(edge *state.Edge) {
	j.Leave(edge)
	j.unseek(edge)
	edge.By = state.LetGo
}

// Doubt asks for an edge to be matched when all stamps of the step are in.
func (j *Joins) Doubt(edge *state.Edge) {
	if edge.Seeks != 0 && !edge.Unsure {
		edge.Unsure = true
		j.unsure = append(j.unsure, j.state.Seeks.At(edge.Seeks).Edge)
	}
}

// doubtOwn asks it for what a stamp seeks by itself.
func (j *Joins) doubtOwn(stamp *state.Stamp) {
	if stamp.Own != 0 {
		j.Doubt(j.state.Edges.At(stamp.Own))
	}
}

// stir asks for the same of all that seek a name.
func (j *Joins) stir(name uint64) {
	if j.state.Seeks.Live() == 0 || j.candidates.stirred[name] {
		return
	}
	j.candidates.stirred[name] = true
	for k := j.state.Sought.Get(name); k != 0; k = j.state.Seeks.At(k).Next {
		j.Doubt(j.state.Edges.At(j.state.Seeks.At(k).Edge))
	}
}

// stirGroup does so for the conversations that a group offers: which of its stamps
// begin them may have changed.
func (j *Joins) stirGroup(group *state.Group) {
	for s := group.Stamps; s != 0 && j.state.Seeks.Live() > 0; s = j.state.Stamps.At(s).Next {
		if p := j.state.Profiles.At(j.state.Stamps.At(s).Profile); p.Produces() {
			j.state.EachOffered(p, j.state.Stamps.At(s), func(by state.Match, name uint64) {
				if by == state.ByConversation {
					j.stir(name)
				}
			})
		}
	}
}

// Match finds out where the edges in doubt lead now. What was asked for while the
// stamps of the step came in did not know all who offer.
func (j *Joins) Match() {
	j.candidates.reset()
	j.reseek()
	for i := 0; i < len(j.unsure); i++ {
		e := j.unsure[i]
		if edge := j.state.Edges.At(e); edge.Unsure {
			edge.Unsure = false
			j.matchEdge(e, edge)
		}
	}
	j.unsure = j.unsure[:0]
	j.candidates.reset()
}

func (j *Joins) matchEdge(e uint32, edge *state.Edge) {
	g, s := edge.From, j.state.StartOf(edge)
	if edge.Text == 0 && !j.adrift(g, j.state.Stamps.At(s)) {
		j.host.FoundIn(g)
		j.stray(g, s, e)
		j.Cut(e)
		j.setLinked(g, s, j.HasLinks(s))
		j.Mark(g, s)
		return
	}
	found, by := j.candidateFor(edge)
	j.host.Sought(edge)
	var to uint32
	var target span.ID
	if found != nil {
		to, target = found.to, found.target
	}
	if edge.To == to && edge.Target == target && edge.By == by {
		return
	}
	j.stray(g, s, e)
	if to != 0 {
		j.setLinked(g, s, true)
		j.Lead(e, to, target, by)
	}
	j.state.Stamps.At(s).Marked = false
	j.Mark(g, s)
}
