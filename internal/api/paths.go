// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"time"

	"github.com/hopstamp/hopstamp/internal/count"
	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track"
)

// PathNumbers is a path with where its deliveries of some time are and were.
type PathNumbers struct {
	track.Path
	Deliveries int64 // that began in the time asked for
	Times      count.PathTimes
	Now        map[journey.HopID]HopNow
}

// HopNow is how many deliveries are at a hop now, or did not get past it in the time asked for.
type HopNow struct{ InFlight, Stuck, Failed int64 }

// Add counts deliveries at a hop.
func (n *PathNumbers) Add(hop journey.HopID, more HopNow) {
	now := n.Now[hop]
	now.InFlight += more.InFlight
	now.Stuck += more.Stuck
	now.Failed += more.Failed
	n.Now[hop] = now
}

// Path is a path as the interface shows it.
type Path struct {
	Name       string   `json:"name"`
	Until      string   `json:"until"`
	DeadlineUS int64    `json:"deadline_us"`
	GiveUpUS   int64    `json:"give_up_us"`
	Match      Match    `json:"match"`
	Deliveries int64    `json:"deliveries" doc:"That began in the time asked for"`
	InFlight   int64    `json:"in_flight" doc:"Pending and stuck, now"`
	Stuck      int64    `json:"stuck" doc:"Stuck, now"`
	Stages     []string `json:"stages" nullable:"false" doc:"Declared, else those seen"`
	Latency    Times    `json:"latency" doc:"Of the deliveries that were fulfilled"`
	Hops       []HopSum `json:"hops" nullable:"false"`

	Declared    *Declared `json:"declared,omitempty" doc:"Absent for the path default, which takes what no other does"`
	Learned     []Learned `json:"learned" nullable:"false" doc:"By kind of journey, in the order of their names"`
	Differences []string  `json:"differences" nullable:"false" doc:"Where what was seen is not what is declared, in words; empty while too little was seen"`
}

// Match is how a path is recognised.
type Match struct {
	Service     string `json:"service,omitempty"`
	Route       string `json:"route,omitempty"`
	Name        string `json:"name,omitempty"`
	Destination string `json:"destination,omitempty"`
}

// Times is a distribution.
type Times struct {
	Count uint64 `json:"count"`
	P50US int64  `json:"p50_us"`
	P95US int64  `json:"p95_us"`
	P99US int64  `json:"p99_us"`
	MaxUS int64  `json:"max_us"`
}

// HopSum is where time goes at one hop.
type HopSum struct {
	From          string  `json:"from" doc:"Empty for the first stage"`
	To            string  `json:"to"`
	Count         uint64  `json:"count"`
	InFlight      int64   `json:"in_flight"`
	Stuck         int64   `json:"stuck"`
	Failed        int64   `json:"failed" doc:"Failed, dead-lettered, expired or lost here, of the time asked for"`
	Wait          Times   `json:"wait"`
	Work          Times   `json:"work"`
	Own           Times   `json:"own" doc:"The part of the work that no earlier stage covers"`
	TailShare     float64 `json:"tail_share" doc:"Share of the time that the slow tail spent here, 0 to 1"`
	TailWaitShare float64 `json:"tail_wait_share" doc:"The part of tail_share that was waiting"`
}

type pathsInput struct{ RangeParams }

func (h handlers) paths(_ context.Context, in *pathsInput) (*body[list[Path]], error) {
	since, until, err := in.times(time.Now())
	if err != nil {
		return nil, err
	}
	items := []Path{}
	paths := h.backend.Paths(since, until)
	h.backend.Shapes(func(s *count.Shapes) {
		for i := range paths {
			path := wirePath(&paths[i])
			path.learn(&paths[i].Path, s)
			items = append(items, path)
		}
	})
	return &body[list[Path]]{list[Path]{Items: items}}, nil
}

func wirePath(n *PathNumbers) Path {
	p := Path{
		Name: n.Name, Until: "auto", DeadlineUS: n.Deadline.Microseconds(), GiveUpUS: n.GiveUp.Microseconds(),
		Match:      Match{Service: n.Match.Service, Route: n.Match.Route, Name: n.Match.Name, Destination: n.Match.Topic},
		Deliveries: n.Deliveries, Stages: stagesOf(n), Latency: times(&n.Times.Whole), Hops: []HopSum{},
		Learned: []Learned{}, Differences: []string{},
	}
	if n.Until != span.None {
		p.Until = n.Until.String()
	}
	for _, now := range n.Now {
		p.InFlight += now.InFlight
		p.Stuck += now.Stuck
	}
	var tail time.Duration
	for i := range n.Times.Hops {
		tail += n.Times.Hops[i].Tail
	}
	for i := range n.Times.Hops {
		p.Hops = append(p.Hops, hopSum(&n.Times.Hops[i], n.Now, tail))
	}
	for _, hop := range unseen(n) {
		p.Hops = append(p.Hops, hopSum(&count.HopTimes{Hop: hop}, n.Now, tail))
	}
	return p
}

func hopSum(t *count.HopTimes, now map[journey.HopID]HopNow, tail time.Duration) HopSum {
	at := now[t.Hop]
	sum := HopSum{From: t.Hop.From.String(), To: t.Hop.To.String(), Count: t.Work.Count, InFlight: at.InFlight, Stuck: at.Stuck,
		Failed: at.Failed, Wait: times(&t.Wait), Work: times(&t.Work), Own: times(&t.Own)}
	if tail > 0 {
		sum.TailShare = t.Tail.Seconds() / tail.Seconds()
		sum.TailWaitShare = t.TailWait.Seconds() / tail.Seconds()
	}
	return sum
}

// unseen are the hops at which deliveries are, though none has passed them yet.
func unseen(n *PathNumbers) (hops []journey.HopID) {
	seen := map[journey.HopID]bool{}
	for i := range n.Times.Hops {
		seen[n.Times.Hops[i].Hop] = true
	}
	for from := range span.NumStages {
		for to := range span.NumStages {
			hop := journey.HopID{From: from, To: to}
			if _, ok := n.Now[hop]; ok && !seen[hop] {
				hops = append(hops, hop)
			}
		}
	}
	return hops
}

// stagesOf a path: those declared, else those that its hops lead to.
func stagesOf(n *PathNumbers) []string {
	if len(n.Stages) > 0 {
		return stageNames(n.Stages)
	}
	names := []string{}
	var seen [span.NumStages]bool
	for i := range n.Times.Hops {
		seen[n.Times.Hops[i].Hop.To] = true
	}
	for hop := range n.Now {
		seen[hop.From], seen[hop.To] = true, true
	}
	for stage := span.Created; stage < span.NumStages; stage++ {
		if seen[stage] {
			names = append(names, stage.String())
		}
	}
	return names
}

func times(h *count.Histogram) Times {
	return Times{Count: h.Count, P50US: h.Quantile(0.50).Microseconds(), P95US: h.Quantile(0.95).Microseconds(),
		P99US: h.Quantile(0.99).Microseconds(), MaxUS: h.Max.Microseconds()}
}
