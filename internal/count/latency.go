// SPDX-License-Identifier: Apache-2.0

package count

import (
	"cmp"
	"slices"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
)

// Latency is where deliveries spend their time: for each path, minute and hop.
type Latency struct {
	window int64
	now    int64 // minute of the log's time
	pages  map[pathMinute]*PathTimes
	totals map[string]*PathTimes // by path, since the beginning
	recent [8]recent
	paths  []string // that classes have
	pathOf []uint32 // of the tracker's classes, the place in paths, plus one; 0: not asked yet
}

// recent is what the samples of a path and minute go to, found once for all that
// follow each other. It never outlives the page.
type recent struct {
	pathMinute
	page, before, total *PathTimes // page is nil when it fell out of the window
	tail                bound
}

// bound is the 95th percentile of a histogram when it held so many.
type bound struct {
	of    *Histogram
	count uint64
	begin time.Duration
}

type pathMinute struct {
	path   string
	minute int64
}

// HopTimes is what a hop took.
type HopTimes struct {
	Hop             journey.HopID
	Wait, Work, Own Histogram // see journey.Hop
	// Of the slow tail, the time that went into this hop, and the part of it that was waiting.
	Tail, TailWait time.Duration
}

// PathTimes is where the deliveries of a path spend their time.
type PathTimes struct {
	Whole Histogram
	Hops  []HopTimes // in the order of the way, once it is given out
}

// NewLatency keeps the given number of minutes.
func NewLatency(minutes int64) *Latency {
	return &Latency{window: minutes, pages: map[pathMinute]*PathTimes{}, totals: map[string]*PathTimes{}}
}

// enough deliveries must have been seen before their tail means something.
const enough = 100

// Apply adds the samples of a step. pathOf gives the path of a tracker's class; it is
// asked once for each. A delivery is in the slow tail when it was late or slower than
// 95 % of its path's deliveries before it.
func (l *Latency) Apply(samples []journey.Sample, pathOf func(journey.ClassID) string) {
	for i := range samples {
		s := &samples[i]
		r := l.find(l.path(s.Class, pathOf), s.Minute)
		tail := s.Late || s.Good && r.total.Whole.Count >= enough && s.Latency > l.slow(r)
		r.total.add(s, tail)
		if r.page != nil {
			r.page.add(s, tail)
		}
	}
}

func (l *Latency) path(class journey.ClassID, pathOf func(journey.ClassID) string) string {
	for int(class) >= len(l.pathOf) {
		l.pathOf = append(l.pathOf, 0)
	}
	at := &l.pathOf[class]
	if *at == 0 {
		path := pathOf(class)
		place := slices.Index(l.paths, path)
		if place < 0 {
			place = len(l.paths)
			l.paths = append(l.paths, path)
		}
		*at = uint32(place) + 1
	}
	return l.paths[*at-1]
}

// find finds or makes what the samples of a path and minute go to.
func (l *Latency) find(path string, minute int64) *recent {
	r := &l.recent[(uint64(minute)+uint64(len(path)))%uint64(len(l.recent))]
	if key := (pathMinute{path, minute}); r.total == nil || r.pathMinute != key {
		*r = recent{pathMinute: key, total: l.total(path), page: l.page(key)}
	}
	return r
}

// slow is the latency that the slow tail begins at: the path's 95th percentile in
// the minute before, or over all time where that minute had too few.
func (l *Latency) slow(r *recent) time.Duration {
	if r.before == nil {
		r.before = l.pages[pathMinute{r.path, r.minute - 1}]
	}
	of := &r.total.Whole
	if r.before != nil && r.before.Whole.Count >= enough {
		of = &r.before.Whole
	}
	if r.tail.of != of || r.tail.count != of.Count {
		r.tail = bound{of, of.Count, of.Bound(0.95)}
	}
	return r.tail.begin
}

func (l *Latency) total(path string) *PathTimes {
	total := l.totals[path]
	if total == nil {
		total = &PathTimes{}
		l.totals[path] = total
	}
	return total
}

func (l *Latency) page(key pathMinute) *PathTimes {
	if key.minute <= l.now-l.window {
		return nil
	}
	p := l.pages[key]
	if p == nil {
		p = &PathTimes{}
		l.pages[key] = p
	}
	return p
}

// Advance tells the log's time, in nanoseconds, and drops what fell out of the window.
func (l *Latency) Advance(now int64) {
	minute := now / 60e9
	if minute <= l.now {
		return
	}
	l.now = minute
	l.recent = [len(l.recent)]recent{}
	for key := range l.pages {
		if key.minute <= minute-l.window {
			delete(l.pages, key)
		}
	}
}

func (p *PathTimes) add(s *journey.Sample, tail bool) {
	if s.Good {
		p.Whole.Observe(s.Latency)
	}
	for i := range s.Hops {
		hop := &s.Hops[i]
		times := p.hop(hop.HopID)
		if s.Fresh&(1<<hop.To) != 0 {
			times.Wait.Observe(hop.Wait)
			times.Work.Observe(hop.Work)
			times.Own.Observe(hop.Own)
		}
		if tail {
			times.Tail += hop.Wait + hop.Own
			times.TailWait += hop.Wait
		}
	}
}

func (p *PathTimes) hop(id journey.HopID) *HopTimes {
	for i := range p.Hops {
		if p.Hops[i].Hop == id {
			return &p.Hops[i]
		}
	}
	p.Hops = append(p.Hops, HopTimes{Hop: id})
	return &p.Hops[len(p.Hops)-1]
}

// Merge adds the times of the same path elsewhere, another minute or another
// partition; it is exact.
func (p *PathTimes) Merge(other *PathTimes) {
	p.Whole.Merge(&other.Whole)
	for i := range other.Hops {
		from := &other.Hops[i]
		into := p.hop(from.Hop)
		into.Wait.Merge(&from.Wait)
		into.Work.Merge(&from.Work)
		into.Own.Merge(&from.Own)
		into.Tail += from.Tail
		into.TailWait += from.TailWait
	}
	p.sort()
}

// Of is where the deliveries of a path that began in [since, until) spent their time.
func (l *Latency) Of(path string, since, until time.Time) (sum PathTimes) {
	for minute := since.Unix() / 60; minute < (until.Unix()+59)/60; minute++ {
		if p := l.pages[pathMinute{path, minute}]; p != nil {
			sum.Merge(p)
		}
	}
	return sum
}

// Totals calls each with the times of every path since the beginning. They are
// valid until the next Apply.
func (l *Latency) Totals(each func(path string, times *PathTimes)) {
	for path, p := range l.totals {
		p.sort()
		each(path, p)
	}
}

func (p *PathTimes) sort() {
	slices.SortFunc(p.Hops, func(x, y HopTimes) int {
		return cmp.Or(cmp.Compare(x.Hop.To, y.Hop.To), cmp.Compare(x.Hop.From, y.Hop.From))
	})
}
