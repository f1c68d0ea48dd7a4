// SPDX-License-Identifier: Apache-2.0

package track

import (
	"bytes"
	"cmp"

	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// again takes in a record of a span that is known. Sent twice alike, it says
// nothing new. When the two differ, the greater one stands, whichever came first:
// the one that ended later, because a sender that corrects itself does so later.
// Links add up.
func (t *Tracker) again(g, s uint32, r *span.Record) {
	stamp := t.state.Stamps.At(s)
	order := t.compare(r, stamp)
	if r.Origin != 0 {
		t.joins.MarkGroup(g) // somebody needs it for longer
	}
	if order == 0 {
		t.count(&t.counts.Duplicates, r)
	} else {
		t.count(&t.counts.Differing, r)
	}
	if order > 0 {
		t.joins.Mark(g, s) // what it was part of
		t.joins.MarkDrawn(g, s)
		t.joins.MarkLinkedBelow(g, stamp) // they may be of two messages, or not any more
		t.replace(g, s, r)
	}
	t.reportLost(g, s, r)
	if changed := t.joins.AddLinks(g, s, r); changed || order > 0 {
		stamp.Marked = false
		t.joins.RelearnNames(g, s)
		t.joins.Rouse(g, t.state.Groups.At(g))
		t.joins.Mark(g, s)
		t.joins.MarkAbove(g, s) // a link that is new may have drawn it away
		if t.state.Groups.At(g).Relays != 0 {
			t.others.News(g, s, 0)
		}
	}
}

// replace writes a record over a stamp and moves it to its place in the forest.
func (t *Tracker) replace(g, s uint32, r *span.Record) {
	group, stamp := t.state.Groups.At(g), t.state.Stamps.At(s)
	t.joins.ForgetNames(g, s)
	var hidden uint64
	t.joins.HideIDs(g, group, stamp, &hidden)
	group.Shown, group.ShownElse, group.ShownLate = 0, true, false
	t.state.TextBytes -= t.state.Texts.Size(stamp.Texts)
	t.state.Texts.Release(stamp.Texts)
	stamp.Texts = 0
	t.state.Profiles.Release(stamp.Profile)
	t.state.Detach(group, s)
	t.write(group, stamp, r)
	stamp.Linked = t.joins.HasLinks(s)
	group.Linked = group.Linked || stamp.Linked
	t.state.Attach(g, group, s)
	t.joins.ShowIDs(g, group, s, r)
}

// compare orders what a record says against what a stamp holds. Texts are compared
// as texts: symbols depend on who came first.
func (t *Tracker) compare(r *span.Record, s *state.Stamp) int {
	known := *t.state.Profiles.At(s.Profile)
	profile, texts := state.ProfileOf(r, t.translated), t.state.Texts.Read(s.Texts)
	said := state.SaidBy(r)
	dims, _ := state.DimsOf(r, t.translated)
	order := cmp.Or(cmp.Compare(r.End, s.End), cmp.Compare(r.Start, s.Start), bytes.Compare(r.Parent[:], s.Parent[:]),
		cmp.Compare(min(r.Retry, state.MaxRetry), uint32(s.Retry)), cmp.Compare(min(r.Recipients, state.MaxRecipients), s.Recipients),
		cmp.Compare(min(r.Batch, state.MaxBatch), uint32(s.Batch)), said.Compare(&texts))
	if order == 0 && profile != known {
		order = t.compareProfiles(&profile, &known)
	}
	for d := range dims {
		if order == 0 && dims[d] != s.Dims[d] {
			order = cmp.Compare(t.state.Symbols.Text(dims[d]), t.state.Symbols.Text(s.Dims[d]))
		}
	}
	return order
}

func (t *Tracker) compareProfiles(x, y *state.Profile) int {
	order := cmp.Or(cmp.Compare(x.Stage, y.Stage), cmp.Compare(x.Outcome, y.Outcome), compareBools(x.Error, y.Error),
		cmp.Compare(x.Category, y.Category), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.HTTPStatus, y.HTTPStatus),
		compareBools(x.Explicit, y.Explicit), compareBools(x.Sampled, y.Sampled))
	for i, symbol := range x.Symbols() {
		if other := y.Symbols()[i]; order == 0 && symbol != other {
			order = cmp.Compare(t.state.Symbols.Text(symbol), t.state.Symbols.Text(other))
		}
	}
	return order
}

func compareBools(x, y bool) int {
	switch {
	case x == y:
		return 0
	case x:
		return 1
	}
	return -1
}
