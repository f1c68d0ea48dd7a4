// SPDX-License-Identifier: Apache-2.0

package track

import (
	"cmp"
	"encoding/hex"
	"math"
	"slices"
	"strings"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// Wanted tells whether a delivery that is told of may be wanted, before the effort
// of writing it out.
type Wanted func(class journey.Class, tally *journey.Tally, started int64) bool

// Select writes out the deliveries that the tracker holds and that match, newest
// first, at most limit messages' worth. Those of which rows were given, and which are
// held for corrections, are left out.
func (t *Tracker) Select(match Wanted, limit int) []journey.Delivery {
	defer t.assessor.leave()
	type place struct {
		started int64
		group   uint32
	}
	var places []place
	for g := uint32(1); g <= t.groups.highest(); g++ {
		newest, wanted := int64(math.MinInt64), false
		t.eachTold(g, func(known *told) {
			if match(t.Classes.Class(known.tally.Class), &known.tally, known.started) {
				newest, wanted = max(newest, known.started), true
			}
		})
		if wanted {
			places = append(places, place{newest, g})
		}
	}
	slices.SortFunc(places, func(x, y place) int { return cmp.Or(cmp.Compare(y.started, x.started), cmp.Compare(x.group, y.group)) })
	var found []journey.Delivery
	for _, p := range places[:min(limit, len(places))] {
		found = t.writeOut(found, p.group, match)
	}
	return found
}

// eachTold visits what was told of a group and has no row, without opening it.
func (t *State) eachTold(g uint32, visit func(*told)) {
	home := *t.groups.homes.At(g)
	if home == 0 {
		return // nobody has the number
	}
	if home&frozenHome != 0 {
		c, group := newCursor(t.groups.frozen.Slot(home.slot())), group{}
		flags := c.head(&group)
		if group.rests {
			return // there are rows of all
		}
		for left := flags / groupTold; left > 0; left-- {
			t.peeked = told{}
			c.told(&group, &t.peeked, uint64(len(t.Classes.all)))
			if !t.peeked.written {
				visit(&t.peeked)
			}
		}
		return
	}
	for e := t.groups.at(g).told; e != 0; {
		known := t.told.At(e)
		if !known.written {
			visit(known)
		}
		e = known.next
	}
}

func (t *Tracker) writeOut(found []journey.Delivery, g uint32, match Wanted) []journey.Delivery {
	group := t.groups.at(g)
	t.recall(group)
	t.assessor.assess(&t.State, g, t.patient(group), func(f *finding) {
		known := t.toldOf(f.id)
		if known != nil && !known.written && (match == nil || match(f.class, &known.tally, known.started)) {
			found = append(found, t.assessor.delivery(&t.State, f, known.updated))
		}
	})
	t.refreeze()
	return found
}

func (t *Tracker) patient(group *group) bool {
	return t.now < group.first+int64(t.options.Settle)
}

// View writes out the journey known by an id: a message key, a message id, a
// conversation id or a trace id in hex. Of several, the newest.
func (t *Tracker) View(id string) (v journey.View, ok bool) {
	defer t.assessor.leave()
	g, ofTrace := t.lookUp(id)
	if g == 0 {
		return v, false
	}
	homes := t.homes(g)
	if ofTrace {
		homes = slices.Insert(homes, 0, g) // what begins in it before what it continues
	}
	for _, home := range homes {
		view, known, shown := t.viewIn(home, id)
		if known && (shown || !ok) {
			v, ok = view, true
		}
		if shown || ok && ofTrace { // a trace may be of any of them
			break
		}
	}
	return v, ok
}

// viewIn writes out one of the messages that begin in a group: one that shows an id, if any does.
func (t *Tracker) viewIn(g uint32, id string) (v journey.View, known, shown bool) {
	root := none
	group := t.groups.at(g)
	if !t.ours(group) {
		return v, false, false
	}
	t.assessor.assess(&t.State, g, t.patient(group), func(f *finding) {
		if root != f.root {
			shows := t.assessor.shows(f, id)
			if root != none && !shows {
				return // another message of the same trace
			}
			v, root, shown = t.assessor.describe(&t.State, f), f.root, shows
		}
		v.Deliveries = append(v.Deliveries, t.viewed(f, group))
	})
	t.refreeze()
	return v, root != none, shown
}

// lookUp is the group of a trace, else the newest that shows an id; 0 when there is none.
func (t *Tracker) lookUp(id string) (g uint32, ofTrace bool) {
	var trace span.TraceID
	if len(id) == 2*len(trace) {
		if _, err := hex.Decode(trace[:], []byte(strings.ToLower(id))); err == nil {
			if g = t.groupOf(&trace); g != 0 {
				return g, true
			}
		}
	}
	return t.newest(id), false
}

// homes are the groups in which messages may have begun that a group is of, those first that
// continue nothing. They are many where a span covers many messages; not all are looked at.
func (t *Tracker) homes(g uint32) (homes []uint32) {
	reached, others := []uint32{g}, []uint32(nil)
	for i := 0; i < len(reached); i++ {
		group := t.groups.at(reached[i])
		if group.outs == 0 {
			homes = append(homes, group.number)
			continue
		}
		others = append(others, group.number)
		for s := group.stamps; s != 0; s = t.stamps.at(s).next {
			for e := t.stamps.at(s).edges; e != 0 && len(reached) < mostHomes; e = t.edges.At(e).nextOfStamp {
				if to := t.edges.At(e).to; to != 0 && !slices.Contains(reached, to) {
					reached = append(reached, to)
				}
			}
		}
	}
	return append(homes, others...)
}

// mostHomes bounds the groups that are looked at for one message.
const mostHomes = 64

// viewed is a delivery whose hops point at the stamps of the view.
func (t *Tracker) viewed(f *finding, group *group) journey.Delivery {
	updated, stored := t.now, false
	for e := group.told; e != 0; {
		known := t.told.At(e)
		if known.id == f.id {
			updated, stored = known.updated, known.written
		}
		e = known.next
	}
	d := t.assessor.delivery(&t.State, f, updated)
	d.Stored = stored
	for i, hop := range t.assessor.hopsOf(f) {
		d.Hops[i].ToStamp = t.assessor.memberAt(hop.ToStamp)
		if hop.FromStamp >= 0 {
			d.Hops[i].FromStamp = t.assessor.memberAt(hop.FromStamp)
		}
	}
	return d
}
