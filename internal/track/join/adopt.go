// SPDX-License-Identifier: Apache-2.0

package join

import (
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// Adopt takes under a new stamp those that waited for it, spans and links.
func (j *Joins) Adopt(g uint32, group *state.Group, s uint32) {
	stamp := j.state.Stamps.At(s)
	if stamp.Event != 0 {
		return
	}
	if stamp.Span != (span.ID{}) && j.state.Awaited(g, group, stamp.Span) {
		j.adoptFrom(&group.Tops, s, stamp)
		j.adoptFrom(&group.Loose, s, stamp)
		j.markAdopted(g, stamp)
		if group.Converses && stamp.Child != 0 {
			j.stirGroup(group)
		}
		if group.Seeking && stamp.Child != 0 {
			j.Rouse(g, group)
		}
	}
	for link := &group.Dangling; *link != 0; {
		e := *link
		edge := j.state.Edges.At(e)
		if edge.Target != stamp.Span {
			link = &edge.NextIn
			continue
		}
		*link = edge.NextIn
		edge.NextIn, stamp.In = stamp.In, e
		j.doubtOwn(j.state.Stamps.At(j.state.StartOf(edge)))
		j.stirLink(edge)
		if edge.From == g {
			j.MarkAbove(g, edge.Stamp)
		}
	}
}

func (j *Joins) adoptFrom(list *uint32, s uint32, stamp *state.Stamp) {
	for link := list; *link != 0; {
		c := *link
		child := j.state.Stamps.At(c)
		if child.Parent != stamp.Span || c == s {
			link = &child.Sibling
			continue
		}
		*link = child.Sibling
		child.Up, child.Sibling, stamp.Child = s, stamp.Child, c
		j.doubtOwn(child)
	}
}
