// SPDX-License-Identifier: Apache-2.0

package track

import "github.com/hopstamp/hopstamp/internal/span"

// findRoots decides with which spans messages begin. It answers false when that
// has to wait: a publish whose parent span has not arrived may be only the middle.
//
// A message begins with the topmost span that says so (a path matches it, or it
// shows a message key, an id or a stage outright) and, failing that, with the
// topmost SERVER span above a publish, or with the publish itself.
func (a *assessor) findRoots(t *Tracker, patient bool) (settled bool) {
	a.roots = a.roots[:0]
	settled = true
	for i := range a.nodes {
		if t.begins(&a.nodes[i]) {
			a.nodes[i].root = int32(i)
		}
	}
	for i := range a.nodes {
		if a.nodes[i].Stage != span.Published {
			continue
		}
		root, complete := a.rootOfPublish(int32(i))
		if !complete && patient {
			settled = false
			continue
		}
		a.nodes[root].root = root
	}
	for i := range a.nodes {
		a.nodes[i].level = a.levelOf(int32(i))
	}
	a.assignRoots()
	return settled
}

// begins tells whether a span by itself says that a message begins with it.
func (t *Tracker) begins(n *node) bool {
	if n.Stage == span.None || n.Stage >= span.Published || n.via != 0 {
		return n.Explicit && n.Stage >= span.Consumed && n.stamp.parent == (span.ID{}) && n.edges == 0 && n.event == 0
	}
	return n.Explicit || n.ids.key != "" || n.ids.message != "" || t.matchPath(n.profile) != len(t.paths)-1
}

// matchPath is the index of the first path that takes a message which begins so;
// the last one, the default, takes all.
func (t *Tracker) matchPath(p *profile) int {
	for i := range t.paths[:len(t.paths)-1] {
		if t.paths[i].matches(p) {
			return i
		}
	}
	return len(t.paths) - 1
}

// rootOfPublish is the span that begins the message which a publish belongs to.
// It is not complete when a span above it is still missing.
func (a *assessor) rootOfPublish(publish int32) (root int32, complete bool) {
	root, complete = publish, true
	said := false
	a.above(publish, func(i int32, n *node) bool {
		if n.root == i && i != publish {
			root, said = i, true
		}
		if n.Kind == span.Server && !said {
			root = i
		}
		complete = n.parent != none || n.stamp.parent == (span.ID{}) && n.via == 0 && n.edges == 0
		return false
	})
	return root, complete || said
}

// levelOf counts the publishes above a node.
func (a *assessor) levelOf(i int32) (level int32) {
	a.above(a.nodes[i].parent, func(_ int32, n *node) bool {
		if n.Stage == span.Published {
			level++
		}
		return false
	})
	return level
}

// assignRoots gives every node the topmost beginning above it. What joins by a
// link to a span that never arrived belongs to the trace's message, when it has
// just one.
func (a *assessor) assignRoots() {
	for i := range a.nodes {
		top := none
		a.above(int32(i), func(j int32, above *node) bool {
			if above.root == j {
				top = j
			}
			return false
		})
		if top == int32(i) {
			a.roots = append(a.roots, top)
		}
		a.rootOf = append(a.rootOf, top)
	}
	for i := range a.nodes {
		n := &a.nodes[i]
		if n.root = a.rootOf[i]; n.root == none && len(a.roots) == 1 && a.joined(int32(i)) {
			n.root = a.roots[0]
		}
	}
	a.rootOf = a.rootOf[:0]
}

// joined tells whether a node came here through a link.
func (a *assessor) joined(i int32) (byLink bool) {
	a.above(i, func(_ int32, n *node) bool {
		byLink = n.via != 0
		return byLink
	})
	return byLink
}
