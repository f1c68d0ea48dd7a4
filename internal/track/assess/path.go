// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"slices"
	"time"

	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// Path is a declared kind of journey.
type Path struct {
	Name     string
	Match    Match
	Fallback bool         // it takes what no other does: the path "default"
	Until    span.Stage   // the stage that fulfils it; None: auto
	Stages   []span.Stage // in order, if declared; used to name the hop that was not passed
	Deadline time.Duration
	GiveUp   time.Duration
}

// Match tells which messages take a path, by the span that the message begins
// with. Empty fields match anything; a Match with none set matches nothing, so
// that a path cannot swallow the messages of others by accident.
type Match struct{ Service, Route, Name, Topic string }

// pathMatcher is a Path with its texts as symbols of the tracker.
type pathMatcher struct {
	Path
	name                        span.Symbol
	service, route, span, topic span.Symbol
}

func (m *pathMatcher) matches(p *state.Profile) bool {
	return (m.service|m.route|m.span|m.topic) != 0 &&
		(m.service == 0 || m.service == p.Service) &&
		(m.route == 0 || m.route == p.Route) &&
		(m.span == 0 || m.span == p.Name) &&
		(m.topic == 0 || m.topic == p.Topic)
}

// Paths are all of them, the default one last.
type Paths []pathMatcher

// match is the index of the first path that takes a message which begins so; the last
// one, the default, takes all.
func (all Paths) match(p *state.Profile) int {
	for i := range all[:len(all)-1] {
		if all[i].matches(p) {
			return i
		}
	}
	return len(all) - 1
}

// Compile puts the default path, which takes what no other does, last.
func Compile(declared []Path, fallback Path, symbols *state.Symbols) Paths {
	fallback.Name, fallback.Match, fallback.Fallback = "default", Match{}, true
	var compiled Paths
	for _, p := range append(slices.Clone(declared), fallback) {
		compiled = append(compiled, pathMatcher{
			Path: p, name: symbols.Intern(p.Name),
			service: symbols.Intern(p.Match.Service), route: symbols.Intern(p.Match.Route),
			span: symbols.Intern(p.Match.Name), topic: symbols.Intern(p.Match.Topic),
		})
	}
	return compiled
}

// ShortestDeadline of all paths.
func (a *Assessor) ShortestDeadline() time.Duration {
	shortest := a.paths[0].Deadline
	for i := range a.paths {
		shortest = min(shortest, a.paths[i].Deadline)
	}
	return shortest
}

// skeleton is the order in which a journey on an undeclared path is expected to go.
var skeleton = []span.Stage{span.Created, span.Accepted, span.Published, span.Consumed, span.Processed,
	span.Delivered, span.Received, span.Rendered, span.Opened, span.Acknowledged}

// next is the stage that a journey which got to from should reach next on its way to until.
func (p *Path) next(from, until span.Stage) span.Stage {
	order := skeleton
	if len(p.Stages) > 0 {
		order = p.Stages
	} else if until == span.Invoked && from < span.Published {
		return until // a call needs no broker, so it is not missed
	}
	for _, stage := range order {
		if stage > from && stage <= until {
			return stage
		}
	}
	return until
}
