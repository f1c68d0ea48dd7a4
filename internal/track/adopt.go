// SPDX-License-Identifier: Apache-2.0

package track

import (
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// adopt takes under a new stamp those that waited for it, spans and links.
func (t *Tracker) adopt(g uint32, group *state.Group, s uint32) {
	stamp := t.state.Stamps.At(s)
	if stamp.Event != 0 {
		return
	}
	if stamp.Span != (span.ID{}) && t.state.Awaited(g, group, stamp.Span) {
		t.adoptFrom(&group.Tops, s, stamp)
		t.adoptFrom(&group.Loose, s, stamp)
		t.markAdopted(g, stamp)
		if group.Converses && stamp.Child != 0 {
			t.stirGroup(group)
		}
		if group.Seeking && stamp.Child != 0 {
			t.rouse(g, group)
		}
	}
	for link := &group.Dangling; *link != 0; {
		e := *link
		edge := t.state.Edges.At(e)
		if edge.Target != stamp.Span {
			link = &edge.NextIn
			continue
		}
		*link = edge.NextIn
		edge.NextIn, stamp.In = stamp.In, e
		t.doubtOwn(t.state.Stamps.At(t.state.StartOf(edge)))
		t.stirLink(edge)
		if edge.From == g {
			t.markAbove(g, edge.Stamp)
		}
	}
}

func (t *Tracker) adoptFrom(list *uint32, s uint32, stamp *state.Stamp) {
	for link := list; *link != 0; {
		c := *link
		child := t.state.Stamps.At(c)
		if child.Parent != stamp.Span || c == s {
			link = &child.Sibling
			continue
		}
		*link = child.Sibling
		child.Up, child.Sibling, stamp.Child = s, stamp.Child, c
		t.doubtOwn(child)
	}
}
