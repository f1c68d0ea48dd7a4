// SPDX-License-Identifier: Apache-2.0

package assess

// Place is where a delivery stands in the assessment of its message.
type Place struct {
	id          uint64
	branch, who int32
}

// PlaceOf is that of a delivery of the branch under way.
func (a *Assessor) PlaceOf(f *Finding) Place { return Place{f.ID, a.inBranch, f.who} }

// Chosen are those deliveries of a message that are described; nil: all.
type Chosen struct {
	ids map[uint64]bool
	at  map[[2]int32]bool // branch and recipient; none: some recipient of the branch
}

// NewChosen chooses none yet.
func NewChosen() *Chosen { return &Chosen{map[uint64]bool{}, map[[2]int32]bool{}} }

// Add chooses one. It answers false when that was chosen before.
func (c *Chosen) Add(p Place) bool {
	if c.ids[p.id] {
		return false
	}
	c.ids[p.id] = true
	c.at[[2]int32{p.branch, p.who}] = true
	c.at[[2]int32{p.branch, None}] = true
	return true
}

// Has tells whether a delivery was chosen.
func (c *Chosen) Has(f *Finding) bool { return c == nil || c.ids[f.ID] }

// shows tells whether a node is of a delivery that was chosen, or of none in particular.
func (c *Chosen) shows(a *Assessor, n *node) bool {
	switch {
	case c == nil:
		return true
	case n.branch >= 0:
		return c.at[[2]int32{n.branch, n.who}]
	case !n.leaf || n.branches == None:
		return true
	}
	for b := n.branches; b != None; b = a.branches[b].next {
		if c.at[[2]int32{b, None}] {
			return true
		}
	}
	return false
}
