// SPDX-License-Identifier: Apache-2.0

// Package count folds what tracking tells into numbers: the ledger, exact integer
// counts of deliveries by class, verdict and event minute, and the latency
// histograms of paths and hops. It is pure: no clock, lock, goroutine or disk;
// whoever shares a counter between goroutines locks around it.
package count

import (
	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// Class is one combination of the bounded dimensions, in words.
type Class struct {
	Path string
	Dims [span.NumDims]string
}

// Row is one line of the ledger: how many deliveries ever came under a tally, and
// how many left it again because more became known. Their difference is the count.
type Row struct {
	Minute     int64 // of the message's start, since 1970
	Class      Class
	Verdict    journey.Verdict
	Reason     journey.Reason
	Timeliness journey.Timeliness
	Hop        journey.HopID
	Estimated  bool // by sampling before us
	Moves
}

// Moves are how many deliveries entered and left; both only grow.
type Moves struct{ Entered, Left uint64 }

// Count of deliveries that are there.
func (m Moves) Count() int64 { return int64(m.Entered - m.Left) }

func (m *Moves) add(other Moves) {
	m.Entered += other.Entered
	m.Left += other.Left
}

// total is what the cumulative metrics are kept by.
type total struct {
	class      uint32
	verdict    journey.Verdict
	timeliness journey.Timeliness
	hop        journey.HopID // of those on the way; else zero
}

// Ledger is the exact count of every delivery.
type Ledger struct {
	window int64 // minutes kept
	now    int64 // minute of the log's time

	pages   map[int64]*page // by minute; the window's only
	recent  [4]*page        // of pages, those used last, by the lowest bits of their minute
	strays  []change        // to be stored, of minutes that have no page
	totals  []Moves
	totalOf map[total]uint32 // places in totals
	names   []total          // of the totals

	all            Moves
	pending, stuck int64

	classes []Class
	ids     map[Class]uint32
	order   []uint32 // the classes in the order of rows, as far as it is known,
	ranks   []uint32 // and the place of each in it
	foreign []uint32 // class ids of the tracker, plus one, to ours; 0: not met yet
	tallies []tally  // of the entries under way
}

// NewLedger keeps the given number of minutes; what is older is in the stored parts only.
func NewLedger(minutes int64) *Ledger {
	return &Ledger{window: minutes, pages: map[int64]*page{}, totalOf: map[total]uint32{}, ids: map[Class]uint32{}}
}

// Apply enters what a step of tracking told. classOf gives the words of a
// tracker's class; it is asked once for each.
func (l *Ledger) Apply(entries []journey.Entry, classOf func(journey.ClassID) Class) {
	l.tallies = l.tallies[:0]
	for i := range entries {
		l.tallies = append(l.tallies, l.tallyOf(&entries[i], classOf))
	}
	l.fetch(entries)
	for i := range entries {
		e := &entries[i]
		l.enter(e.Minute, l.tallies[i], movesOf(e))
	}
}

// fetch reads the slots that entries most likely go to. The
// tables are far larger than caches are; reads that depend on nothing wait for memory
// together, while each entry would wait by itself.
//
//go:noinline
func (l *Ledger) fetch(entries []journey.Entry) (sum uint64) {
	for i := range entries {
		if p := l.recent[entries[i].Minute&int64(len(l.recent)-1)]; p != nil {
			s := &p.slots[p.home(l.tallies[i])]
			sum += uint64(s.tally) + uint64(s.total) // its first and its last bytes
		}
	}
	return sum
}

// ApplyStored enters into the sums over all time what a step told whose changes are
// stored, and loaded, already.
func (l *Ledger) ApplyStored(entries []journey.Entry, classOf func(journey.ClassID) Class) {
	for i := range entries {
		t := l.tallyOf(&entries[i], classOf)
		l.sum(t.verdict(), l.placeOf(t), movesOf(&entries[i]))
	}
}

// Load enters a row that was stored. The sums over all time are given apart when
// they were restored from a snapshot; else they are those of the rows.
func (l *Ledger) Load(r Row, summed bool) {
	t := tallyOf(l.classID(r.Class), r.Verdict, r.Reason, r.Timeliness, r.Hop, r.Estimated)
	if p := l.page(r.Minute); p != nil {
		p.slots[l.place(p, t)].moves.add(r.Moves)
	}
	if !summed {
		l.sum(t.verdict(), l.placeOf(t), r.Moves)
	}
}

func (l *Ledger) tallyOf(e *journey.Entry, classOf func(journey.ClassID) Class) tally {
	return tallyOf(l.translate(e.Class, classOf), e.Verdict, e.Reason, e.Timeliness, e.Hop, e.Estimated)
}

func movesOf(e *journey.Entry) Moves {
	if e.Delta > 0 {
		return Moves{Entered: uint64(e.Delta)}
	}
	return Moves{Left: uint64(-e.Delta)}
}

// enter adds to a tally, to the sums over all time and to what is to be stored. A
// minute that fell out of the window has no page, only the other two.
func (l *Ledger) enter(minute int64, t tally, moves Moves) {
	p := l.page(minute)
	if p == nil {
		l.sum(t.verdict(), l.placeOf(t), moves)
		l.strays = append(l.strays, change{minute, t, moves})
		return
	}
	at := l.place(p, t)
	s := &p.slots[at]
	s.moves.add(moves)
	l.sum(t.verdict(), s.total-1, moves)
	p.change(at, moves)
}

// sum adds to the sums over all time.
func (l *Ledger) sum(v journey.Verdict, total uint32, moves Moves) {
	l.all.add(moves)
	l.totals[total].add(moves)
	switch v {
	case journey.Pending:
		l.pending += moves.Count()
	case journey.Stuck:
		l.stuck += moves.Count()
	}
}

// page finds or makes the page of a minute; nil: it fell out of the window.
func (l *Ledger) page(minute int64) *page {
	recent := &l.recent[minute&int64(len(l.recent)-1)]
	if p := *recent; p != nil && p.minute == minute {
		return p
	}
	if minute <= l.now-l.window {
		return nil
	}
	p := l.pages[minute]
	if p == nil {
		p = newPage(minute)
		l.pages[minute] = p
	}
	*recent = p
	return p
}

// place finds or makes the slot of a tally.
func (l *Ledger) place(p *page, t tally) uint32 {
	at := p.find(t)
	if p.slots[at].total == 0 {
		at = p.add(t, l.placeOf(t)+1)
	}
	return at
}

// placeOf the sum of a tally in the totals.
func (l *Ledger) placeOf(t tally) uint32 {
	sum := total{class: t.class(), verdict: t.verdict(), timeliness: t.timeliness()}
	if sum.verdict.OnTheWay() {
		sum.hop = t.hop()
	}
	return l.totalAt(sum)
}

func (l *Ledger) totalAt(sum total) uint32 {
	at, ok := l.totalOf[sum]
	if !ok {
		at = uint32(len(l.totals))
		l.totals, l.names = append(l.totals, Moves{}), append(l.names, sum)
		l.totalOf[sum] = at
	}
	return at
}

// Advance tells the log's time, in nanoseconds, and drops the minutes that fell
// out of the window. It is the log's time and not the newest message's, because a
// sender whose clock is far ahead must not empty the ledger.
func (l *Ledger) Advance(now int64) {
	minute := now / 60e9
	if minute <= l.now {
		return
	}
	l.now = minute
	l.recent = [len(l.recent)]*page{}
	var gone []*page
	for minute, p := range l.pages {
		if minute <= l.now-l.window {
			gone = append(gone, p)
			delete(l.pages, minute)
		}
	}
	for _, p := range gone {
		l.strays = p.takeChanges(l.strays)
	}
}

func (l *Ledger) translate(id journey.ClassID, classOf func(journey.ClassID) Class) uint32 {
	for int(id) >= len(l.foreign) {
		l.foreign = append(l.foreign, 0)
	}
	if l.foreign[id] == 0 {
		l.foreign[id] = l.classID(classOf(id)) + 1
	}
	return l.foreign[id] - 1
}

func (l *Ledger) classID(c Class) uint32 {
	id, ok := l.ids[c]
	if !ok {
		id = uint32(len(l.classes))
		l.classes = append(l.classes, c)
		l.ids[c] = id
	}
	return id
}

func (l *Ledger) row(minute int64, t tally, moves Moves) Row {
	return Row{Minute: minute, Class: l.classes[t.class()], Verdict: t.verdict(), Reason: t.reason(),
		Timeliness: t.timeliness(), Hop: t.hop(), Estimated: t&1 != 0, Moves: moves}
}

// Deliveries is how many deliveries are known since the ledger began.
func (l *Ledger) Deliveries() int64 { return l.all.Count() }

// Totals calls each with the sums over all minutes since the ledger began, those
// that fell out of the window included. Hop is set for those on the way only.
func (l *Ledger) Totals(each func(c Class, v journey.Verdict, t journey.Timeliness, hop journey.HopID, m Moves)) {
	for at := range l.names {
		c, v, timeliness, hop := l.TotalName(at)
		each(c, v, timeliness, hop, l.totals[at])
	}
}

// TotalMoves copies the moves of what Totals tells of. Each has its place for good, and
// new ones come at the end; TotalName tells of what they are.
func (l *Ledger) TotalMoves(into []Moves) []Moves { return append(into[:0], l.totals...) }

// TotalName is of what the sum at a place is.
func (l *Ledger) TotalName(place int) (Class, journey.Verdict, journey.Timeliness, journey.HopID) {
	t := &l.names[place]
	return l.classes[t.class], t.verdict, t.timeliness, t.hop
}

// OnTheWay is how many deliveries are pending or stuck, and how many of them are stuck.
func (l *Ledger) OnTheWay() (inFlight, stuck int64) { return l.pending + l.stuck, l.stuck }
