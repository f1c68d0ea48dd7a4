// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"slices"

	"github.com/hopstamp/hopstamp/internal/track/gather"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// plan is how journeys of one shape are assessed: all that was found out when the first
// of them was, with stamps, texts, times and symbols left open.
type plan struct {
	shape      []uint64
	general    bool // texts decide more than the shape tells: there is no plan
	settled    bool
	lists      lists
	gathered   []gather.Node
	members    []int32
	sorted     []int32 // the node of each stamp
	root       int32   // none: no message begins
	path       int
	sampled    bool
	keyed      int32 // the node whose text is the message's key
	deliveries []planned
	named      []planName
}

// planned is one delivery.
type planned struct {
	branch  int32
	who     int32
	ordinal int
	chain   []int32
	reach   reach
	dims    dims
}

// planName is where a recipient's name stands.
type planName struct{ branch, who, node int32 }

// maxPlanned are the deliveries of a plan.
const maxPlanned = 16

// shapes are the plans made so far. They are a function of their shapes, and which are
// there changes nothing but the effort.
type shapes struct {
	shape shape
	plans []*plan  // where the hash of their shape leads, or beside it
	met   []uint32 // there: the hash of a shape that was met once
}

// maxPlans are kept at a time, of about 2 KB each; a new one takes the place of another.
const maxPlans = 1 << 11

func newShapes(paths Paths) *shapes {
	s := &shapes{plans: make([]*plan, maxPlans), met: make([]uint32, maxPlans)}
	s.shape.roles = roles{paths, map[role]uint32{}}
	return s
}

// forget drops all roles and what was made of them: there are too many, or the paths are others.
func (s *shapes) forget(st *state.State) {
	*s = *newShapes(s.shape.roles.paths)
	st.Profiles.ForgetRoles()
}

// plan finds that of a group's shape. It gives an empty one to be made when the shape is
// met again, and none while it is new: what is met only once is not worth one.
func (s *shapes) plan(st *state.State, group *state.Group, patient bool) (known *plan, fresh bool) {
	if len(s.plans) == 0 {
		return nil, false
	}
	if plain, crowded := s.shape.read(st, group, patient); !plain {
		if crowded {
			s.forget(st)
		}
		return nil, false
	}
	hash := s.shape.hash()
	at, beside := hash%maxPlans, hash%maxPlans^1
	for _, slot := range [...]uint64{at, beside} {
		if p := s.plans[slot]; p != nil && slices.Equal(p.shape, s.shape.words()) {
			return p, false
		}
	}
	if mark := uint32(hash >> 32); s.met[at] != mark {
		s.met[at] = mark
		return nil, false
	}
	if s.plans[at] != nil && s.plans[beside] == nil {
		at = beside
	}
	s.plans[at] = &plan{shape: slices.Clone(s.shape.words()), root: None}
	return s.plans[at], true
}

// begin notes the message, when its branches are known.
func (p *plan) begin(a *Assessor, path int, keyed int32) {
	p.general = p.general || p.root != None // there are several
	p.root, p.path, p.keyed, p.sampled = a.message.Root, path, keyed, a.message.sampled
}

// add notes a delivery of it.
func (p *plan) add(a *Assessor, f *Finding, b int32, ordinal int) {
	if p.general = p.general || len(p.deliveries) == maxPlanned; p.general {
		return
	}
	p.deliveries = append(p.deliveries, planned{branch: b, who: f.who, ordinal: ordinal, chain: slices.Clone(a.chain), reach: *f.reach, dims: f.dims})
}

// differ compares what two stamps say, which no shape tells.
func (a *Assessor) differ(text, other string) bool {
	if a.making != nil {
		a.making.general = true
	}
	return text != other
}

// finish takes over what was found out.
func (p *plan) finish(a *Assessor, settled bool) {
	p.general = p.general || len(a.nodes) != len(p.shape)-1 // some stand in a circle
	if p.general {
		p.deliveries = nil
		return
	}
	p.settled = settled
	p.lists.nodes, p.gathered, p.sorted = slices.Clone(a.nodes), slices.Clone(a.gathered.Nodes), slices.Clone(a.gathered.Sorted)
	for i := range p.lists.nodes {
		n := &p.lists.nodes[i]
		n.Node = &p.gathered[i]
		n.Stamp, n.Profile, n.IDs = nil, nil, nil
	}
	if p.root == None {
		return
	}
	p.members, p.lists.branches = slices.Clone(a.members), slices.Clone(a.branches)
	for b := range p.lists.branches {
		branch := &p.lists.branches[b]
		for who, name := range branch.who {
			node := slices.IndexFunc(a.nodes, func(n node) bool { return n.IDs.Recipient == name })
			p.named = append(p.named, planName{int32(b), int32(who), int32(node)})
		}
		branch.who = make([]string, len(branch.who))
	}
}

// follow assesses the journey whose shape was read as its plan says.
func (a *Assessor) follow(st *state.State, p *plan, g uint32, group *state.Group, visit func(*Finding)) (settled bool) {
	a.fill(p, g)
	if p.root == None {
		return p.settled
	}
	a.message = message{Root: p.root, path: &a.paths[p.path], sampled: p.sampled}
	a.message.begin(a, st, &a.nodes[p.root], group.First)
	f := &a.finding
	*f = Finding{message: &a.message, keyText: a.keyText(p.keyed, p.root)}
	for i := range p.deliveries {
		d := &p.deliveries[i]
		a.chain = d.chain
		f.branch, f.who, f.reach, f.dims = &a.branches[d.branch], d.who, &d.reach, d.dims
		a.conclude(st, f, d.ordinal, visit)
	}
	return p.settled
}

// fill leaves the assessor as if it had found out itself what the plan says.
func (a *Assessor) fill(p *plan, g uint32) {
	a.borrow(p)
	a.linked, a.roots, a.members, a.about.known = false, a.roots[:0], p.members, false
	a.labels.reset()
	for place, i := range p.sorted {
		n, of := &a.nodes[i], &a.shapes.shape.stamps[place]
		n.Stamp, n.Profile, n.IDs = of.stamp, &of.SharedProfile.Profile, &a.noIDs
		n.At, n.Group, n.Began, n.Ended, n.Suspect = of.at, g, of.start, of.stamp.End-of.ahead, of.suspect
		if of.stamp.Texts != 0 {
			n.IDs = &a.shapes.shape.texts[place]
		}
	}
	for _, name := range p.named {
		a.branches[name.branch].who[name.who] = a.nodes[name.node].IDs.Recipient
	}
}

// lists are what is found out of nodes and their ways: the assessor's own, or a plan's.
type lists struct {
	nodes    []node
	branches []branch
	chain    []int32
}

// borrow works with the lists of a plan until they are returned.
func (a *Assessor) borrow(p *plan) {
	if !a.borrows {
		a.owned, a.borrows = a.lists, true
	}
	a.lists = p.lists
}

func (a *Assessor) giveBack() {
	if a.borrows {
		a.lists, a.borrows = a.owned, false
	}
}

// DoWithout assesses without plans from now on.
func (a *Assessor) DoWithout() { a.shapes.plans = nil }

// Planned is how many shapes have a plan, and of how many it is known that they cannot.
func (a *Assessor) Planned() (plans, general int) {
	for _, p := range a.shapes.plans {
		switch {
		case p == nil:
		case p.general:
			general++
		default:
			plans++
		}
	}
	return plans, general
}
