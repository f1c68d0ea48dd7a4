// SPDX-License-Identifier: Apache-2.0

package join

import (
	"math"

	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// AddLinks records what the stamp continues by link, and tells whether that is new.
//
// Those of a consumer say that, and those of a send (to the spans that created its
// messages); a link of a request says something else. One into the own trace matters only
// where no parent says it, and that of a consumer as state/drawn.go tells. A send that has a parent
// continues what was created elsewhere only as a batch does, or by what its link says.
// A link that leads nowhere tells of a message of a batch by what it says.
func (j *Joins) AddLinks(g, s uint32, r *span.Record) (changed bool) {
	if len(r.Links) == 0 || !state.Consumes(r.Stage, r.Kind) && r.Stage != span.Published {
		return false
	}
	known, regained := j.knownLinks(s, len(r.Links)), j.regained(s, len(r.Links))
	for i := range r.Links {
		link := &r.Links[i]
		if SaysNothing(r, link) {
			continue
		}
		switch e := known.find(j.state, s, link); {
		case e != 0:
			changed = j.retell(g, s, e, link) || changed
		case regained: // it is counted
		case Continues(r, link):
			known.add(link, j.addLink(g, s, link))
			changed = true
		}
	}
	return changed
}

// SaysNothing tells whether a link leads nowhere, and tells of nothing.
func SaysNothing(r *span.Record, link *span.Link) bool {
	return link.Trace == (span.TraceID{}) && state.TextsOf(link) == (state.IDs{}) || link.Trace == r.Trace && link.Span == r.Span
}

// Continues tells whether a link says what a consumer or a send continues, or tells of a
// message.
func Continues(r *span.Record, link *span.Link) bool {
	nowhere, own := link.Trace == (span.TraceID{}), link.Trace == r.Trace
	switch {
	case r.Parent == (span.ID{}), nowhere:
		return true
	case own:
		return link.Span != r.Parent
	}
	return state.Consumes(r.Stage, r.Kind) || tellsMore(r, link)
}

// tellsMore tells whether a link of a send is more than a mention of another trace.
// A relayed record has only links that are.
func tellsMore(r *span.Record, link *span.Link) bool {
	return r.Origin != 0 || r.Batch > 1 || len(r.Links) > 1 || state.TextsOf(link) != (state.IDs{})
}

// regained tells whether a link of a stamp that is not known any more may be one that led
// to what was let go of: then it is no other, and makes no batch of the stamp.
func (j *Joins) regained(s uint32, said int) bool {
	stamp := j.state.Stamps.At(s)
	if stamp.Links == 0 || said > int(stamp.Links) {
		return false
	}
	left := 0
	for e := stamp.Edges; e != 0; e = j.state.Edges.At(e).NextOfStamp {
		if e != stamp.Own {
			left++
		}
	}
	return left < int(stamp.Links)
}

// addLink makes the edge of a link. A stamp whose link leads to what was let go of
// stays linked without one. A send whose link leads nowhere stands where its parent
// is: the link only tells one of its messages from the others.
func (j *Joins) addLink(g, s uint32, link *span.Link) uint32 {
	stamp := j.state.Stamps.At(s)
	if stamp.Links < math.MaxUint16 {
		stamp.Links++
	}
	to, nowhere := uint32(0), link.Trace == (span.TraceID{})
	if !nowhere || j.state.Profiles.At(stamp.Profile).Consumes() {
		j.setLinked(g, s, true)
	}
	if !nowhere {
		if to = j.host.Group(link.Trace); to == 0 {
			return 0
		}
	}
	e := j.addEdge(g, s)
	j.state.SetText(j.state.Edges.At(e), state.TextsOf(link))
	if to != 0 {
		j.Lead(e, to, link.Span, state.ByLink)
	}
	j.ShowLink(g, j.state.Edges.At(e))
	return e
}

// HasLinks tells whether a stamp continues something by what its sender said, even if
// that is gone by now. A link of a send that leads nowhere says nothing of that.
func (j *Joins) HasLinks(s uint32) bool {
	stamp := j.state.Stamps.At(s)
	links := int(stamp.Links)
	if links == 0 || !j.state.Sends(s) {
		return links > 0
	}
	for e := stamp.Edges; e != 0; e = j.state.Edges.At(e).NextOfStamp {
		if j.state.Edges.At(e).To == 0 {
			links--
		}
	}
	return links > 0
}

// setLinked moves a stamp to where those are that continue something by link, or back.
func (j *Joins) setLinked(g, s uint32, linked bool) {
	stamp := j.state.Stamps.At(s)
	stamp.Marked = false // there is something else to follow
	if stamp.Linked == linked {
		return
	}
	group := j.state.Groups.At(g)
	j.state.Detach(group, s)
	stamp.Linked, group.Linked = linked, group.Linked || linked
	j.state.Attach(g, group, s)
}

// addEdge makes an edge that leads nowhere yet.
func (j *Joins) addEdge(g, s uint32) uint32 {
	stamp := j.state.Stamps.At(s)
	e, edge := j.state.Edges.Alloc()
	edge.From, edge.Stamp = g, s
	edge.NextOfStamp, stamp.Edges = stamp.Edges, e
	return e
}

// Lead makes an edge lead to a span, whether that is here or not.
func (j *Joins) Lead(e, to uint32, span span.ID, by state.Match) {
	target, edge := j.state.Groups.At(to), j.state.Edges.At(e)
	edge.To, edge.Target, edge.By = to, span, by
	list := &target.Dangling
	if at := j.state.Find(to, target, span, 0); at != 0 {
		list = &j.state.Stamps.At(at).In
	}
	edge.NextIn, *list = *list, e
	target.Ins++
	if to != edge.From {
		from := j.state.Groups.At(edge.From)
		from.Outs++
		if from.Held {
			j.host.HoldTarget(target, from.HeldUntil)
		}
		j.host.Joined(edge.From, to)
	}
}

// retell keeps what a link says that is said again. Of two that differ the
// greater one stands, whichever came first.
func (j *Joins) retell(g, s, e uint32, link *span.Link) (changed bool) {
	texts := state.TextsOf(link)
	known := j.state.Texts.Read(j.state.Edges.At(e).Text)
	if texts.Compare(&known) <= 0 {
		return false
	}
	j.ForgetNames(g, s)
	edge := j.state.Edges.At(e)
	j.HideLink(edge)
	j.state.SetText(edge, texts)
	j.ShowLink(g, edge)
	return true
}

// identity is what tells a link from the others of its stamp: where it leads and which
// message it names, since those of a batch may all carry the context of its send; when
// it leads nowhere, all that it says.
func identity(link *span.Link) span.Link {
	if link.Trace == (span.TraceID{}) {
		only := *link
		only.Span = span.ID{}
		return only
	}
	return span.Link{Trace: link.Trace, Span: link.Span, Key: link.Key, MessageID: link.MessageID, Coordinate: link.Coordinate}
}

// knownLinks finds the edges of a stamp by their links. The set is made only for many.
type knownLinks struct{ set map[span.Link]uint32 }

func (j *Joins) knownLinks(s uint32, more int) (k knownLinks) {
	if more <= state.FewLinks {
		return k
	}
	k.set = make(map[span.Link]uint32, more)
	for e := j.state.Stamps.At(s).Edges; e != 0; e = j.state.Edges.At(e).NextOfStamp {
		edge := j.state.Edges.At(e)
		link := j.state.LinkOf(edge, j.state.Texts.Read(edge.Text))
		k.add(&link, e)
	}
	return k
}

func (k knownLinks) add(link *span.Link, e uint32) {
	if k.set != nil {
		k.set[identity(link)] = e
	}
}

// find gives 0 when there is none.
func (k knownLinks) find(st *state.State, s uint32, link *span.Link) uint32 {
	wanted := identity(link)
	if k.set != nil {
		return k.set[wanted]
	}
	for e := st.Stamps.At(s).Edges; e != 0; e = st.Edges.At(e).NextOfStamp {
		edge := st.Edges.At(e)
		if known := st.LinkOf(edge, st.Texts.Read(edge.Text)); identity(&known) == wanted {
			return e
		}
	}
	return 0
}

// Cut removes an edge that is in no list of its target any more, from the stamp
// that it starts at.
func (j *Joins) Cut(e uint32) {
	edge := j.state.Edges.At(e)
	stamp := j.state.Stamps.At(j.state.StartOf(edge))
	if stamp.Own == e {
		stamp.Own = 0
	}
	for link := &stamp.Edges; *link != 0; link = &j.state.Edges.At(*link).NextOfStamp {
		if *link == e {
			*link = edge.NextOfStamp
			break
		}
	}
	j.HideLink(edge)
	if edge.To != 0 {
		j.Leave(edge)
	}
	j.unseek(edge)
	if edge.Text != 0 {
		j.withdrawText(edge)
		j.state.SetText(edge, state.IDs{})
	}
	j.state.Edges.Release(e)
}

// Leave forgets where an edge leads, which is not in the list of its target any more.
func (j *Joins) Leave(edge *state.Edge) {
	target := j.state.Groups.At(edge.To)
	if awaited := target.OnlyAwaited(); awaited && target.Ins == 1 && !target.Leaving && !target.Rests {
		j.host.Plan(edge.To)
	}
	target.Ins--
	if edge.From != edge.To {
		j.state.Groups.At(edge.From).Outs--
	}
	edge.To, edge.Target, edge.By = 0, span.ID{}, state.ByLink
}

// Unhook removes an edge from the list of its target.
func (j *Joins) Unhook(e uint32) {
	edge := j.state.Edges.At(e)
	if edge.To == 0 {
		return
	}
	group := j.state.Groups.At(edge.To)
	list := &group.Dangling
	if at := j.state.Find(edge.To, group, edge.Target, 0); at != 0 {
		list = &j.state.Stamps.At(at).In
	}
	for link := list; *link != 0; link = &j.state.Edges.At(*link).NextIn {
		if *link == e {
			*link = edge.NextIn
			return
		}
	}
}
