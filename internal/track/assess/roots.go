// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"slices"

	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// findRoots decides with which spans messages begin. It answers false when that
// has to wait: a publish or a step whose parent span has not arrived may be only
// the middle.
//
// A message begins with the topmost span that says so (a path matches it, or it
// shows a message key, an id or a stage outright) and, failing that, with the
// topmost SERVER span above a publish, or with the publish itself. Below it another one
// begins only with a request that shows another key, made to process the first.
func (a *Assessor) findRoots(st *state.State, patient bool) (settled bool) {
	settled = true
	a.findCalls(st)
	a.survey(st)
	for i := range a.nodes {
		n := &a.nodes[i]
		if n.begins && !n.whole && patient && !a.firm(n) {
			n.begins, settled = false, false
		}
	}
	for i := range a.nodes {
		n := &a.nodes[i]
		if n.Gone || n.said != None || n.Stage != span.Published && !n.guessed() {
			continue
		}
		if !n.whole && patient {
			settled = false
			continue
		}
		root := n.server
		if root == None {
			root = int32(i)
			if n.created != None && n.created == n.Continues {
				root = n.created
			}
			if n.Stage != span.Published {
				continue // a consumer alone: what it continues is not known
			}
		}
		a.nodes[root].begins = true
	}
	a.assignRoots()
	return settled
}

// guessed tells that a link to a missing span brought the node under its parent.
func (n *node) guessed() bool { return n.Via != 0 && n.Continues != None }

// begins tells whether a span by itself says that a message begins with it.
func (a *Assessor) begins(n *node) bool {
	if n.Stage == span.None || n.Stage >= span.Published || n.Via != 0 {
		return n.BeginsAlone(n.Stamp) && !n.Linked
	}
	return !n.handing && (n.Explicit || n.IDs.Key != "" || n.IDs.Message != "" || a.paths.match(n.Profile) != len(a.paths)-1)
}

// firm tells whether a message begins with the span even if it has a parent that
// was not sent to us, such as a browser's.
func (a *Assessor) firm(n *node) bool {
	return n.Kind == span.Server || a.paths.match(n.Profile) != len(a.paths)-1
}

// assignRoots gives every node the topmost beginning above it, and lists the
// members of each message in canonical order.
func (a *Assessor) assignRoots() {
	a.roots, a.rooted = a.roots[:0], 0
	for i := range a.nodes {
		n := &a.nodes[i]
		if n.Continues != None && !n.fresh {
			n.root = a.nodes[n.Continues].root
		}
		if n.root == None && n.begins && !n.Gone {
			n.root = int32(i)
			a.roots = append(a.roots, n.root)
		}
		if n.root != None && !n.Gone {
			a.rooted++
		}
	}
	if len(a.roots) > 1 {
		slices.SortFunc(a.roots, func(x, y int32) int { return int(a.nodes[x].Place - a.nodes[y].Place) })
	}
}

// listMembers sorts the nodes of all messages into one list, message by message.
// It gives the end of each in the list.
func (a *Assessor) listMembers() {
	if len(a.roots) == 1 && a.rooted == len(a.gathered.Sorted) {
		a.byMessage = append(a.byMessage[:0], a.gathered.Sorted...)
		a.ends = append(a.ends[:0], int32(len(a.gathered.Sorted)))
		return
	}
	a.ends = slices.Grow(a.ends[:0], len(a.roots))[:len(a.roots)]
	for ordinal, root := range a.roots {
		a.nodes[root].branches = int32(ordinal) // the message's number, for a moment
		a.ends[ordinal] = 0
	}
	total := int32(0)
	for _, i := range a.gathered.Sorted {
		if root := a.nodes[i].root; root != None {
			a.ends[a.nodes[root].branches]++
			total++
		}
	}
	a.byMessage = slices.Grow(a.byMessage[:0], int(total))[:total]
	from := int32(0)
	for ordinal := range a.ends { // counts become beginnings
		from, a.ends[ordinal] = from+a.ends[ordinal], from
	}
	for _, i := range a.gathered.Sorted {
		if root := a.nodes[i].root; root != None {
			end := &a.ends[a.nodes[root].branches]
			a.byMessage[*end] = i
			*end++ // and beginnings ends
		}
	}
	for _, root := range a.roots {
		a.nodes[root].branches = None
	}
}
