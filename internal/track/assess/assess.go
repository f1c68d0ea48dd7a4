// SPDX-License-Identifier: Apache-2.0

// Package assess finds out what is known of the deliveries of a message: a function of
// the stamps that are held, of the paths and of the log's time, whatever came first.
// It changes nothing of what is held, but that groups which it looks at are thawed; what
// passed between hosts it shows the clocks when it is asked to.
//
//	gather   the stamps of a group and of those joined to it, by the package of that name
//	roots    which of them begin a message
//	split    each message into trunk and branches, branches into recipients
//	judge    each delivery
//	rows     as what it is written out
package assess

import (
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/clocks"
	"github.com/hopstamp/hopstamp/internal/track/gather"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// Assessor holds what is needed to assess one group and, between two, only plans.
type Assessor struct {
	paths     Paths
	clocks    *clocks.Clocks
	home      span.TraceID
	shapes    *shapes
	making    *plan // for the shape of the group; none: nil
	lists           // of a plan while it is followed, else
	owned     lists // these
	borrows   bool
	gathered  gather.Gathering
	noIDs     state.IDs
	learned   bool // the clocks were shown the message under way
	linked    bool // a link or a name brought some node here
	roots     []int32
	rooted    int     // nodes that belong to a message
	ends      []int32 // of each message in byMessage
	byMessage []int32
	members   []int32 // nodes of the message under way
	publishes []int32
	unsent    []int32             // creations that no send links to
	openTo    []state.Destination // where sends go of which nothing tells what they sent
	bulk      bool                // some publish covers messages that nothing tells apart
	parts     []part
	takers    []int32            // the nodes that took them
	partOf    []int32            // by taker
	taken     map[toConsumer]int // messages

	partNamed    map[namedPart]int32
	branchOfPart map[int32]int32
	onward       map[onward]struct{}
	topics       map[span.Symbol]int
	whoIndex     map[named]int32
	trunk        []int32
	shared       []int32 // what the branch under way has of the trunk
	order        []int32
	hops         []journey.Hop
	label        []byte
	labels       labels
	message      message
	about        about
	rows         rows
	ofMany       ofMany
	described    []int32 // stamps of the description made last, by place; -1: left out
	inBranch     int32   // the branch under way,
	inCommon     []int32 // and what all of its recipients have in common
	positions    []journey.Position
	groups       []span.TraceID
	finding      Finding
	lost         *state.LostLinks
	common       reach // of all recipients of the branch under way
	own          reach // of one
}

// New makes an assessor that has no paths yet, see Use.
func New(clocks *clocks.Clocks) Assessor {
	return Assessor{
		clocks: clocks, gathered: gather.New(), labels: labels{index: map[uint64]int32{}},
		taken: map[toConsumer]int{}, branchOfPart: map[int32]int32{}, partNamed: map[namedPart]int32{},
		onward: map[onward]struct{}{}, topics: map[span.Symbol]int{}, whoIndex: map[named]int32{},
	}
}

// Use takes other paths.
func (a *Assessor) Use(st *state.State, to Paths) {
	a.paths, a.shapes = to, newShapes(to)
	a.shapes.forget(st)
}

// Declared are the paths, in order, and the default one last.
func (a *Assessor) Declared() []Path {
	declared := make([]Path, 0, len(a.paths))
	for i := range a.paths {
		declared = append(declared, a.paths[i].Path)
	}
	return declared
}

// Finding is one delivery as it is known now. It is valid during the visit.
type Finding struct {
	*message
	judgement
	ID      uint64 // of the delivery's label
	label   []byte // the delivery's id
	key     int    // length of the message's key at the front of label
	keyText string // the message's key; "": its trace
	apart   bool   // a message that begins elsewhere may have the same key, and the same beginning here
	branch  *branch
	who     int32
	own     []int32 // nodes of this recipient alone
	reach   *reach
	dims    dims
	Class   journey.Class
}

// Assess calls visit for every delivery of the messages that begin in a group. It
// answers false when a message has to wait for a span that may come above it.
func (a *Assessor) Assess(st *state.State, g uint32, patient bool, visit func(*Finding)) (settled bool) {
	group := st.Groups.At(g)
	a.home, a.lost, a.making = group.Trace, &st.LostLinks, nil
	switch known, fresh := a.shapes.plan(st, group, patient); {
	case fresh:
		a.making = known
	case known != nil && !known.general:
		return a.follow(st, known, g, group, visit)
	}
	settled = a.assessAnew(st, g, patient, visit)
	if a.making != nil {
		a.making.finish(a, settled)
	}
	return settled
}

// assessAnew does so without a plan.
func (a *Assessor) assessAnew(st *state.State, g uint32, patient bool, visit func(*Finding)) (settled bool) {
	a.giveBack()
	a.gather(st, g)
	settled = a.findRoots(st, patient)
	a.listMembers()
	a.labels.reset()
	from := int32(0)
	for ordinal, root := range a.roots {
		to := a.ends[ordinal]
		a.members = a.byMessage[from:to]
		a.assessMessage(st, root, st.Groups.At(g).First, visit)
		from = to
	}
	return settled
}

func (a *Assessor) assessMessage(st *state.State, root int32, first int64, visit func(*Finding)) {
	n := &a.nodes[root]
	a.about.known = false
	m := &a.message
	path := a.paths.match(n.Profile)
	*m = message{Root: root, path: &a.paths[path]}
	m.begin(a, st, n, first)
	a.split()
	a.sortRuns()
	f := &a.finding // not on the stack: visit may be anything, so it would escape
	keyed := a.keyed()
	*f = Finding{message: m, keyText: a.keyText(keyed, root), apart: keyed != None && n.Joint != None && n.Common}
	if a.making != nil {
		a.making.begin(a, path, keyed)
	}
	from := 0
	for b := range a.branches {
		f.branch = &a.branches[b]
		a.enter(int32(b))
		a.chainOf(f.branch)
		from = a.assessBranch(st, int32(b), from, f, visit)
	}
}

// assessBranch visits the named recipients of a branch, then the expected ones.
func (a *Assessor) assessBranch(st *state.State, b int32, from int, f *Finding, visit func(*Finding)) int {
	who, to := a.nextRun(b, from)
	if who != None {
		to = from // no stamps are common to all
	}
	common, own := &a.common, &a.own
	common.reset()
	common.addAll(a, a.order[from:to])
	a.inBranch, a.inCommon = b, a.order[from:to]
	dims := a.commonDims(a.order[from:to], f.branch)
	from = to
	who, to = a.nextRun(b, from)
	for next := range int32(len(f.branch.who)) {
		f.who, f.reach, f.dims, f.own = next, common, dims, nil
		if who == next { // others are named above the branch and have no stamps of their own
			*own = *common
			f.reach, f.own = own, a.order[from:to]
			own.addAll(a, f.own)
			f.dims.take(a, a.order[from:to])
			from = to
			who, to = a.nextRun(b, from)
		}
		a.note(f, b, 0)
		a.conclude(st, f, 0, visit)
	}
	f.who, f.reach, f.dims, f.own = None, common, dims, nil
	for ordinal := range f.branch.anonymous {
		a.note(f, b, ordinal+1)
		a.conclude(st, f, ordinal+1, visit)
	}
	return from
}

// note adds a delivery to the plan that is made.
func (a *Assessor) note(f *Finding, b int32, ordinal int) {
	if a.making != nil {
		a.making.add(a, f, b, ordinal)
	}
}

// conclude judges one delivery and visits it.
func (a *Assessor) conclude(st *state.State, f *Finding, ordinal int, visit func(*Finding)) {
	f.judgement = a.judge(f.message, f.branch, f.reach)
	f.Class = a.classOf(f)
	a.writeLabel(st, f, ordinal)
	visit(f)
}

// NextLook is when time alone changes the verdict; 0: never.
func (f *Finding) NextLook() int64 {
	switch f.Verdict {
	case journey.Pending:
		return f.passing(f.path.Deadline)
	case journey.Stuck:
		return f.passing(f.path.GiveUp)
	}
	return 0
}

// passing is when it shows that so much time is over.
func (f *Finding) passing(limit time.Duration) int64 {
	at := f.base + int64(limit)
	if at > f.now {
		return at
	}
	return min(f.again, at+int64(state.HeardWithin))
}

// Expectant tells whether stamps are here that may belong to a message: something is
// missing above them, or they continue what is here.
func (a *Assessor) Expectant(st *state.State, group *state.Group) bool {
	if a.linked {
		return true
	}
	for i := range a.nodes {
		if n := &a.nodes[i]; !n.whole && (n.Continues == None || n.Own != 0) {
			return true
		}
	}
	for s := group.Loose; s != 0; s = st.Stamps.At(s).Sibling {
		if missing(st, st.Stamps.At(s)) {
			return true
		}
	}
	return false
}

// Gathered is how many stamps and copies of them the last assessment gathered.
func (a *Assessor) Gathered() int { return len(a.nodes) }

// missing tells whether a stamp seeks something that is not here.
func missing(st *state.State, stamp *state.Stamp) bool {
	for e := stamp.Edges; e != 0; e = st.Edges.At(e).NextOfStamp {
		if edge := st.Edges.At(e); edge.Seeks != 0 && edge.To == 0 {
			return true
		}
	}
	return false
}
