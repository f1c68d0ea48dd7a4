// SPDX-License-Identifier: Apache-2.0

// Package count folds what tracking tells into numbers: the ledger, exact integer
// counts of deliveries by class, verdict and event minute, and the latency
// histograms of paths and hops. It is pure: no clock, lock, goroutine or disk;
// whoever shares a counter between goroutines locks around it.
package count

import (
	"slices"

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

// cell is a tally in the ledger's own words.
type cell struct {
	minute     int64
	class      uint32
	verdict    journey.Verdict
	reason     journey.Reason
	timeliness journey.Timeliness
	hop        journey.HopID
	estimated  bool
}

// total is what the cumulative metrics are kept by.
type total struct {
	class      uint32
	verdict    journey.Verdict
	timeliness journey.Timeliness
	hop        journey.HopID // of those on the way; else zero
}

// slot is the moves of one cell. An entry finds it with one look into a map and
// finds the rest from there.
type slot struct {
	cell
	Moves
	changed Moves // since the last TakeChanges
	total   int   // in totals
	dirty   bool  // listed in the ledger's dirty slots
}

// Ledger is the exact count of every delivery.
type Ledger struct {
	window int64 // minutes kept
	now    int64 // minute of the log's time

	slots   map[cell]*slot
	pages   map[int64][]*slot // by minute, for questions; the window's only
	dirty   []*slot
	totals  []Moves
	totalOf map[total]int

	all            Moves
	pending, stuck int64

	classes []Class
	ids     map[Class]uint32
	foreign []uint32 // class ids of the tracker, plus one, to ours; 0: not met yet
}

// NewLedger keeps the given number of minutes; what is older is in the stored parts only.
func NewLedger(minutes int64) *Ledger {
	return &Ledger{window: minutes, slots: map[cell]*slot{}, pages: map[int64][]*slot{}, totalOf: map[total]int{}, ids: map[Class]uint32{}}
}

// Apply enters what a step of tracking told. classOf gives the words of a
// tracker's class; it is asked once for each.
func (l *Ledger) Apply(entries []journey.Entry, classOf func(journey.ClassID) Class) {
	for i := range entries {
		s, moves := l.slot(l.cellOf(&entries[i], classOf)), movesOf(&entries[i])
		s.add(moves)
		l.sum(s, moves)
		s.changed.add(moves)
		if !s.dirty {
			s.dirty = true
			l.dirty = append(l.dirty, s)
		}
	}
}

// ApplyStored enters into the sums over all time what a step told whose changes are
// stored, and loaded, already.
func (l *Ledger) ApplyStored(entries []journey.Entry, classOf func(journey.ClassID) Class) {
	for i := range entries {
		l.sum(l.slot(l.cellOf(&entries[i], classOf)), movesOf(&entries[i]))
	}
}

// Load enters a row that was stored. The sums over all time are given apart when
// they were restored from a snapshot; else they are those of the rows.
func (l *Ledger) Load(r Row, summed bool) {
	s := l.slot(cell{r.Minute, l.classID(r.Class), r.Verdict, r.Reason, r.Timeliness, r.Hop, r.Estimated})
	s.add(r.Moves)
	if !summed {
		l.sum(s, r.Moves)
	}
}

func (l *Ledger) cellOf(e *journey.Entry, classOf func(journey.ClassID) Class) cell {
	return cell{e.Minute, l.translate(e.Class, classOf), e.Verdict, e.Reason, e.Timeliness, e.Hop, e.Estimated}
}

func movesOf(e *journey.Entry) Moves {
	if e.Delta > 0 {
		return Moves{Entered: uint64(e.Delta)}
	}
	return Moves{Left: uint64(-e.Delta)}
}

// sum adds to the sums over all time.
func (l *Ledger) sum(s *slot, moves Moves) {
	l.all.add(moves)
	l.totals[s.total].add(moves)
	switch s.verdict {
	case journey.Pending:
		l.pending += moves.Count()
	case journey.Stuck:
		l.stuck += moves.Count()
	}
}

// slot finds or makes the slot of a cell. One whose minute fell out of the window
// serves the totals and the store, and is in no page.
func (l *Ledger) slot(c cell) *slot {
	if s := l.slots[c]; s != nil {
		return s
	}
	t := total{class: c.class, verdict: c.verdict, timeliness: c.timeliness}
	if c.verdict.OnTheWay() {
		t.hop = c.hop
	}
	s := &slot{cell: c, total: l.placeOf(t)}
	if c.minute > l.now-l.window {
		l.slots[c] = s
		l.pages[c.minute] = append(l.pages[c.minute], s)
	}
	return s
}

// placeOf a sum in the totals.
func (l *Ledger) placeOf(t total) int {
	at, ok := l.totalOf[t]
	if !ok {
		at = len(l.totals)
		l.totals = append(l.totals, Moves{})
		l.totalOf[t] = at
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
	for minute, page := range l.pages {
		if minute > l.now-l.window {
			continue
		}
		for _, s := range page {
			delete(l.slots, s.cell)
		}
		delete(l.pages, minute)
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

// Changed tells whether TakeChanges has anything to give.
func (l *Ledger) Changed() bool { return len(l.dirty) > 0 }

// TakeChanges gives what was entered since it was asked last, for the store. What
// came and went again in between is a change, too: the totals count it.
func (l *Ledger) TakeChanges() []Row {
	rows := make([]Row, 0, len(l.dirty))
	for _, s := range l.dirty {
		rows = append(rows, l.row(&s.cell, s.changed))
		s.changed, s.dirty = Moves{}, false
	}
	l.dirty = l.dirty[:0]
	slices.SortFunc(rows, compareRows)
	return rows
}

func (l *Ledger) row(c *cell, moves Moves) Row {
	return Row{Minute: c.minute, Class: l.classes[c.class], Verdict: c.verdict, Reason: c.reason,
		Timeliness: c.timeliness, Hop: c.hop, Estimated: c.estimated, Moves: moves}
}

// Deliveries is how many deliveries are known since the ledger began.
func (l *Ledger) Deliveries() int64 { return l.all.Count() }

// Totals calls each with the sums over all minutes since the ledger began, those
// that fell out of the window included. Hop is set for those on the way only.
func (l *Ledger) Totals(each func(c Class, v journey.Verdict, t journey.Timeliness, hop journey.HopID, m Moves)) {
	for t, at := range l.totalOf {
		each(l.classes[t.class], t.verdict, t.timeliness, t.hop, l.totals[at])
	}
}

// OnTheWay is how many deliveries are pending or stuck, and how many of them are stuck.
func (l *Ledger) OnTheWay() (inFlight, stuck int64) { return l.pending + l.stuck, l.stuck }
