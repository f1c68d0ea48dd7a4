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
	"github.com/hopstamp/hopstamp/internal/track/assess"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// Wanted tells whether a delivery that is told of may be wanted, before the effort
// of writing it out.
type Wanted func(class journey.Class, tally *journey.Tally, started int64) bool

// Select writes out the deliveries that the tracker holds and that match, newest
// first, at most limit messages' worth. Those of which rows were given, and which are
// held for corrections, are left out.
func (t *Tracker) Select(match Wanted, limit int) []journey.Delivery {
	defer t.assessor.Leave()
	type place struct {
		started int64
		group   uint32
	}
	var places []place
	for g := uint32(1); g <= t.state.Groups.Highest(); g++ {
		newest, wanted := int64(math.MinInt64), false
		t.state.EachTold(g, func(known *state.Told) {
			if match(t.state.Classes.Class(known.Tally.Class), &known.Tally, known.Started) {
				newest, wanted = max(newest, known.Started), true
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

func (t *Tracker) writeOut(found []journey.Delivery, g uint32, match Wanted) []journey.Delivery {
	group := t.state.Groups.At(g)
	t.recall(group)
	t.assessor.Assess(&t.state, g, t.patient(group), func(f *assess.Finding) {
		known := t.toldOf(f.ID)
		if known != nil && !known.Written && (match == nil || match(f.Class, &known.Tally, known.Started)) {
			found = append(found, t.assessor.Delivery(&t.state, f, known.Updated))
		}
	})
	t.refreeze()
	return found
}

func (t *Tracker) patient(group *state.Group) bool {
	return t.state.LogTime < group.First+int64(t.options.Settle)
}

// View writes out the journey known by an id: a message key, a message id, a
// conversation id or a trace id in hex. Of several, the newest.
func (t *Tracker) View(id string) (v journey.View, ok bool) {
	defer t.assessor.Leave()
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
	group := t.state.Groups.At(g)
	if !t.others.Ours(group) {
		return v, false, false
	}
	defer t.refreeze()
	root, list := assess.None, newListing()
	t.assessor.Assess(&t.state, g, t.patient(group), func(f *assess.Finding) {
		if root != f.Root {
			shows := t.assessor.Shows(f, id)
			if root != assess.None && !shows {
				return // another message of the same trace
			}
			root, shown, list = f.Root, shows, newListing()
		}
		list.add(&t.assessor, f)
	})
	if root == assess.None {
		return v, false, false
	}
	chosen, unlisted := list.choose()
	t.recall(group)
	described := false
	t.assessor.Assess(&t.state, g, t.patient(group), func(f *assess.Finding) {
		if f.Root != root {
			return
		}
		if !described {
			v, described = t.assessor.Describe(&t.state, f, chosen), true
			v.Unlisted = unlisted
		}
		if chosen.Has(f) {
			v.Deliveries = append(v.Deliveries, t.viewed(f))
		}
	})
	if chosen != nil {
		troubledFirst(v.Deliveries)
	}
	return v, true, shown
}

// lookUp is the group of a trace, else the newest that shows an id; 0 when there is none.
func (t *Tracker) lookUp(id string) (g uint32, ofTrace bool) {
	var trace span.TraceID
	if len(id) == 2*len(trace) {
		if _, err := hex.Decode(trace[:], []byte(strings.ToLower(id))); err == nil {
			if g = t.state.GroupOf(&trace); g != 0 {
				return g, true
			}
		}
	}
	return t.joins.Newest(id), false
}

// homes are the groups in which messages may have begun that a group is of, those first that
// continue nothing. They are many where a span covers many messages; not all are looked at.
func (t *Tracker) homes(g uint32) (homes []uint32) {
	reached, others := []uint32{g}, []uint32(nil)
	for i := 0; i < len(reached); i++ {
		group := t.state.Groups.At(reached[i])
		if group.Outs == 0 {
			homes = append(homes, group.Number)
			continue
		}
		others = append(others, group.Number)
		for s := group.Stamps; s != 0; s = t.state.Stamps.At(s).Next {
			for e := t.state.Stamps.At(s).Edges; e != 0 && len(reached) < mostHomes; e = t.state.Edges.At(e).NextOfStamp {
				if to := t.state.Edges.At(e).To; to != 0 && !slices.Contains(reached, to) {
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
func (t *Tracker) viewed(f *assess.Finding) journey.Delivery {
	updated, stored := t.state.LogTime, false
	if known := t.toldOf(f.ID); known != nil {
		updated, stored = known.Updated, known.Written
	}
	d := t.assessor.Delivery(&t.state, f, updated)
	d.Stored = stored
	for i, hop := range t.assessor.HopsOf(f) {
		d.Hops[i].ToStamp = t.assessor.StampAt(hop.ToStamp)
		if hop.FromStamp >= 0 {
			d.Hops[i].FromStamp = t.assessor.StampAt(hop.FromStamp)
		}
	}
	return d
}
