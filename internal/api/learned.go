// SPDX-License-Identifier: Apache-2.0

package api

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/hopstamp/hopstamp/internal/count"
	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track"
)

// Declared is what the configuration says of a path.
type Declared struct {
	Stages     []string `json:"stages" nullable:"false" doc:"Empty when it names none"`
	Until      string   `json:"until"`
	DeadlineUS int64    `json:"deadline_us"`
	GiveUpUS   int64    `json:"give_up_us"`
}

// Learned is what journeys of one kind were seen to do.
type Learned struct {
	Name       string         `json:"name" doc:"What begins them; empty when that is not known, (overflow) for kinds past the limit"`
	Deliveries uint64         `json:"deliveries" doc:"Settled, since the learning began"`
	Good       uint64         `json:"good" doc:"Of those, the ones that got where they had to: what is usual is measured on them"`
	Stages     []StageShare   `json:"stages" nullable:"false"`
	Order      []string       `json:"order" nullable:"false" doc:"The usual stages, in the order in which they are passed"`
	Missing    []MissingStage `json:"missing" nullable:"false" doc:"Usual stages that some good deliveries went without"`
}

// StageShare is how many of the good deliveries pass a stage.
type StageShare struct {
	Stage string  `json:"stage"`
	Share float64 `json:"share" doc:"0 to 1"`
	Usual bool    `json:"usual" doc:"At least 95 % pass it, of at least 50"`
}

// MissingStage is how many good deliveries went without a usual stage.
type MissingStage struct {
	Stage string `json:"stage"`
	Count uint64 `json:"count"`
}

// learn adds to a path what its journeys were seen to do, and where that is not
// what is declared.
func (p *Path) learn(path *track.Path, s *count.Shapes) {
	if !path.Fallback {
		p.Declared = &Declared{Stages: stageNames(path.Stages), Until: p.Until, DeadlineUS: p.DeadlineUS, GiveUpUS: p.GiveUpUS}
	}
	whole := s.Whole(path.Name)
	differences := count.Differs(path.Stages, &whole)
	for _, share := range differences.Undeclared {
		p.Differences = append(p.Differences, undeclared(share, ""))
	}
	for _, kind := range s.Kinds(path.Name) {
		learned := s.Learned(kind)
		p.Learned = append(p.Learned, wireLearned(&learned))
		for _, share := range count.Differs(path.Stages, &learned).Undeclared { // that the path as a whole does not show
			if !slices.ContainsFunc(differences.Undeclared, func(said count.StageShare) bool { return said.Stage == share.Stage }) {
				p.Differences = append(p.Differences, undeclared(share, kind.Name))
			}
		}
	}
	for _, stage := range differences.NeverSeen {
		p.Differences = append(p.Differences, fmt.Sprintf("%v is declared but was never seen", stage))
	}
}

func undeclared(s count.StageShare, kind string) string {
	which := "journeys"
	if kind != "" {
		which = "journeys that begin with " + kind
	}
	return fmt.Sprintf("%s of %s pass %v, which the configuration does not name", percent(s.Share), which, s.Stage)
}

// percent is rounded down, so that only all of them are 100 %; what a share of whole
// numbers lacks for want of bits does not count.
func percent(share float64) string {
	return strconv.FormatFloat(float64(int(share*1000+1e-9))/10, 'f', -1, 64) + " %"
}

func wireLearned(l *count.Learned) Learned {
	out := Learned{Name: l.Kind.Name, Deliveries: l.Deliveries, Good: l.Good, Stages: []StageShare{}, Order: stageNames(l.Order), Missing: []MissingStage{}}
	for _, s := range l.Stages {
		out.Stages = append(out.Stages, StageShare{Stage: s.Stage.String(), Share: s.Share, Usual: s.Usual})
	}
	for _, m := range l.Missing {
		out.Missing = append(out.Missing, MissingStage{Stage: m.Stage.String(), Count: m.Count})
	}
	return out
}

// missing is which stages a delivery went without that its kind usually passes. One
// that is still in time may pass them yet.
func missing(s *count.Shapes, d *journey.Delivery) []string {
	if d.Verdict == journey.Pending {
		return []string{}
	}
	return stageNames(s.Unusual(count.Kind{Path: d.Path, Name: d.Kind}, count.StagesOf(d)))
}

func stageNames(stages []span.Stage) []string {
	names := make([]string, 0, len(stages))
	for _, stage := range stages {
		names = append(names, stage.String())
	}
	return names
}
