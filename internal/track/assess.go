// SPDX-License-Identifier: Apache-2.0

package track

import (
	"encoding/hex"
	"strconv"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// assessor holds what is needed to assess one group, and nothing between two.
//
//	gather   the stamps of the group and of those joined to it, in canonical order
//	roots    which of them begin a message
//	split    each message into trunk and branches, branches into recipients
//	judge    each delivery
type assessor struct {
	nodes    []node
	parts    []part
	bySpan   map[spanKey]int32
	roots    []int32
	rootOf   []int32
	members  []int32 // nodes of the message under way
	leaves   []int32
	branches []branch
	chain    []int32
	order    []int32
	hops     []journey.Hop
	label    []byte
}

// finding is one delivery as it is known now. It is valid during the visit.
type finding struct {
	*message
	judgement
	id     uint64 // of the delivery's label
	label  []byte // the delivery's id
	key    int    // length of the message's key at the front of label
	branch *branch
	who    int32
	reach  *reach
	class  journey.Class
}

// assess calls visit for every delivery of the messages that begin in a group. It
// answers false when a message has to wait for a span that may come above it.
func (a *assessor) assess(t *Tracker, g uint32, patient bool, visit func(*finding)) (settled bool) {
	if a.bySpan == nil {
		a.bySpan = map[spanKey]int32{}
	}
	a.gather(t, g)
	settled = a.findRoots(t, patient)
	for _, root := range a.roots {
		a.members = a.members[:0]
		for i := range a.nodes {
			if a.nodes[i].root == root {
				a.members = append(a.members, int32(i))
			}
		}
		a.assessMessage(t, root, t.groups.at(g).first, visit)
	}
	return settled
}

func (a *assessor) assessMessage(t *Tracker, root int32, first int64, visit func(*finding)) {
	n := &a.nodes[root]
	m := &message{root: root, path: &t.paths[t.matchPath(n.profile)], start: n.start, base: min(n.start, first), now: t.now}
	a.split()
	key := a.key(root)
	f := finding{message: m}
	for b := range a.branches {
		f.branch = &a.branches[b]
		a.chainOf(f.branch)
		a.assessBranch(t, int32(b), &f, key, visit)
	}
}

// assessBranch visits the named recipients of a branch, then the expected ones.
func (a *assessor) assessBranch(t *Tracker, b int32, f *finding, key string, visit func(*finding)) {
	var common, own reach
	common.reset()
	tell := func(who int32, ordinal int) {
		f.who = who
		f.judgement = a.judge(f.message, f.branch, f.reach)
		f.class = a.classOf(f)
		a.writeLabel(t, f, key, ordinal)
		visit(f)
	}
	next := int32(0) // recipients named above the branch have no run of their own
	a.runsOf(b, func(who int32, stamps []int32) {
		into := &common
		if who != none {
			for ; next < who; next++ {
				f.reach = &common
				tell(next, 0)
			}
			own = common
			into, next = &own, who+1
		}
		for _, i := range stamps {
			into.add(a, i)
		}
		if who != none {
			f.reach = &own
			tell(who, 0)
		}
	})
	f.reach = &common
	for ; int(next) < len(f.branch.who); next++ {
		tell(next, 0)
	}
	for ordinal := range f.branch.anonymous {
		tell(none, ordinal+1)
	}
}

// key of a message: what its first stamps say, or an id that the broker gave it,
// or the trace. An id of digits only is a coordinate in some queue, not an id.
func (a *assessor) key(root int32) string {
	id := ""
	for _, i := range a.members {
		n := &a.nodes[i]
		if n.ids.key != "" {
			return n.ids.key
		}
		if id == "" && n.ids.message != "" && n.Stage <= span.Published && !isNumber(n.ids.message) {
			id = n.ids.message
		}
	}
	if id != "" {
		return id
	}
	n := &a.nodes[root]
	if len(a.roots) > 1 {
		return hex.EncodeToString(n.span[:])
	}
	return ""
}

func isNumber(text string) bool {
	_, err := strconv.ParseUint(text, 10, 64)
	return err == nil
}

// writeLabel makes the delivery's id: key, slash, recipient; without one the topic,
// told apart by consumer and ordinal where that is needed.
func (a *assessor) writeLabel(t *Tracker, f *finding, key string, ordinal int) {
	label := a.label[:0]
	if key == "" {
		trace := t.groups.at(a.nodes[f.root].group).trace
		label = hex.AppendEncode(label, trace[:])
	}
	label = append(label, key...)
	f.key = len(label)
	label = append(label, '/')
	switch {
	case f.who != none:
		label = append(label, f.branch.who[f.who]...)
	case f.branch.leaf != none:
		label = append(label, t.Symbols.Text(a.topic(f.branch))...)
	}
	if f.branch.shared {
		label = append(append(label, '@'), t.Symbols.Text(f.branch.consumer)...)
	}
	if f.branch.ordinal > 0 {
		label = strconv.AppendInt(append(label, '~'), int64(f.branch.ordinal+1), 10)
	}
	if f.who == none && (f.branch.anonymous > 1 || len(f.branch.who) > 0) {
		label = strconv.AppendInt(append(label, '#'), int64(ordinal+len(f.branch.who)), 10)
	}
	a.label, f.label, f.id = label, label, xxhash.Sum64(label)
}

// classOf takes each dimension from the recipient's stamps, else from the
// branch's, else from the trunk's. A message that says no destination goes where
// its call went, and without a call to the topic it was published to.
func (a *assessor) classOf(f *finding) journey.Class {
	class := journey.Class{Path: f.path.name}
	var server, topic span.Symbol
	rank := [span.NumDims]int{}
	for _, i := range a.members {
		n := &a.nodes[i]
		r := f.rank(a, n)
		if r == 0 || f.branch.leaf != none && a.otherLeaf(i, f.branch) {
			continue
		}
		for d, symbol := range n.Dims {
			if symbol != 0 && r > rank[d] {
				class.Dims[d], rank[d] = symbol, r
			}
		}
		if n.Stage == span.Invoked && server == 0 {
			server = n.Server
		}
	}
	if class.Dims[span.Destination] == 0 {
		if topic = a.topic(f.branch); server != 0 {
			topic = server
		}
		class.Dims[span.Destination] = topic
	}
	return class
}

// rank is how much a node says about the delivery: 0 nothing, 3 most.
func (f *finding) rank(a *assessor, n *node) int {
	switch {
	case n.branch == trunk:
		return 1
	case n.branch == aside || &a.branches[n.branch] != f.branch:
		return 0
	case n.who == none:
		return 2
	case n.who == f.who:
		return 3
	}
	return 0
}

// hopsOf lists the passages of the delivery: the stamps that stand for its stages,
// those before the last publish in order of time, the rest in order of stage.
func (a *assessor) hopsOf(f *finding) []journey.Hop {
	a.hops = a.hops[:0]
	previous, covered := none, a.nodes[f.root].start
	pass := func(i int32) {
		n := &a.nodes[i]
		hop := journey.Hop{HopID: journey.HopID{To: n.Stage}, FromStamp: int(previous), ToStamp: int(i)}
		hop.Work = time.Duration(max(0, n.end-n.start))
		if previous != none {
			before := &a.nodes[previous]
			hop.From = before.Stage
			hop.Wait = time.Duration(max(0, n.start-before.end))
		}
		hop.Own = time.Duration(max(0, n.end-max(covered, n.start)))
		covered = max(covered, n.end)
		previous = i
		a.hops = append(a.hops, hop)
	}
	for _, i := range a.chain {
		pass(i)
	}
	for stage := span.Created; stage < span.NumStages; stage++ {
		if i := f.reach.good[stage]; i != none {
			pass(i)
		} else if i := f.reach.bad[stage]; i != none && f.judgement.verdict.Bad() {
			pass(i)
		}
	}
	return a.hops
}
