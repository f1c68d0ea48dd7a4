// SPDX-License-Identifier: Apache-2.0

package track

import (
	"bytes"
	"cmp"

	"github.com/hopstamp/hopstamp/internal/span"
)

// again takes in a record of a span that is known. Sent twice alike, it says
// nothing new. When the two differ, the greater one stands, whichever came first:
// the one that ended later, because a sender that corrects itself does so later.
// Links add up.
func (t *Tracker) again(g, s uint32, r *span.Record) {
	stamp := t.stamps.at(s)
	order := t.compare(r, stamp)
	if r.Origin != 0 {
		t.markGroup(g) // somebody needs it for longer
	}
	if order == 0 {
		t.count(&t.counts.Duplicates, r)
	} else {
		t.count(&t.counts.Differing, r)
	}
	if order > 0 {
		t.mark(g, s) // what it was part of
		t.markDrawn(g, s)
		t.markLinkedBelow(g, stamp) // they may be of two messages, or not any more
		t.replace(g, s, r)
	}
	t.reportLost(g, s, r)
	if changed := t.addLinks(g, s, r); changed || order > 0 {
		stamp.marked = false
		t.relearnNames(g, s)
		t.rouse(g, t.groups.at(g))
		t.mark(g, s)
		t.markAbove(g, s) // a link that is new may have drawn it away
		if t.groups.at(g).relays != 0 {
			t.relayNews(g, s, 0)
		}
	}
}

// replace writes a record over a stamp and moves it to its place in the forest.
func (t *Tracker) replace(g, s uint32, r *span.Record) {
	group, stamp := t.groups.at(g), t.stamps.at(s)
	t.forgetNames(g, s)
	var hidden uint64
	t.hideIDs(g, group, stamp, &hidden)
	group.shown, group.shownElse, group.shownLate = 0, true, false
	t.textBytes -= t.texts.size(stamp.texts)
	t.texts.release(stamp.texts)
	stamp.texts = 0
	t.profiles.release(stamp.profile)
	t.detach(group, s)
	t.write(group, stamp, r)
	stamp.linked = t.hasLinks(s)
	group.linked = group.linked || stamp.linked
	t.attach(g, group, s)
	t.showIDs(g, group, s, r)
}

// compare orders what a record says against what a stamp holds. Texts are compared
// as texts: symbols depend on who came first.
func (t *Tracker) compare(r *span.Record, s *stamp) int {
	known := *t.profiles.at(s.profile)
	profile, texts := profileOf(r, t.translated), t.texts.read(s.texts)
	said := saidBy(r)
	dims, _ := t.dimsOf(r)
	order := cmp.Or(cmp.Compare(r.End, s.end), cmp.Compare(r.Start, s.start), bytes.Compare(r.Parent[:], s.parent[:]),
		cmp.Compare(min(r.Retry, maxRetry), uint32(s.retry)), cmp.Compare(min(r.Recipients, maxRecipients), s.recipients),
		cmp.Compare(min(r.Batch, maxBatch), uint32(s.batch)), said.compare(&texts))
	if order == 0 && profile != known {
		order = t.compareProfiles(&profile, &known)
	}
	for d := range dims {
		if order == 0 && dims[d] != s.dims[d] {
			order = cmp.Compare(t.Symbols.Text(dims[d]), t.Symbols.Text(s.dims[d]))
		}
	}
	return order
}

func (t *Tracker) compareProfiles(x, y *profile) int {
	order := cmp.Or(cmp.Compare(x.Stage, y.Stage), cmp.Compare(x.Outcome, y.Outcome), compareBools(x.Error, y.Error),
		cmp.Compare(x.Category, y.Category), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.HTTPStatus, y.HTTPStatus),
		compareBools(x.Explicit, y.Explicit), compareBools(x.Sampled, y.Sampled))
	for i, symbol := range x.symbols() {
		if other := y.symbols()[i]; order == 0 && symbol != other {
			order = cmp.Compare(t.Symbols.Text(symbol), t.Symbols.Text(other))
		}
	}
	return order
}

func (p *profile) symbols() [10]span.Symbol {
	return [...]span.Symbol{p.Service, p.Name, p.Route, p.System, p.Topic, p.Group, p.Server, p.ErrorType, p.Cluster, p.Host}
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
