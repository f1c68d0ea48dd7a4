// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"errors"
	"time"

	"github.com/hopstamp/hopstamp/bench/load"
	"github.com/hopstamp/hopstamp/bench/process"
)

// sample is what was used and accepted at one moment.
type sample struct {
	at        time.Time
	contender process.Usage
	generator process.Usage
	machine   time.Duration
	spans     int64
}

type samples []sample

// between is the first sample from a time after the first sample on, and the last by another.
func (s samples) between(from, to time.Duration) (first, last sample) {
	first, last = s[0], s[0]
	for i := len(s) - 1; i >= 0 && s[i].at.Sub(s[0].at) >= from; i-- {
		first = s[i]
	}
	for i := 0; i < len(s) && s[i].at.Sub(s[0].at) <= to; i++ {
		last = s[i]
	}
	if last.at.Before(first.at) {
		return first, first
	}
	return first, last
}

// watcher samples once a second.
type watcher struct {
	quit    chan struct{}
	done    chan struct{}
	samples samples
	err     error
}

// watch takes the first sample before it returns.
func watch(p *process.Process, g *load.Generator) *watcher {
	w := &watcher{quit: make(chan struct{}), done: make(chan struct{})}
	w.take(p, g)
	go w.run(p, g)
	return w
}

func (w *watcher) run(p *process.Process, g *load.Generator) {
	defer close(w.done)
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-w.quit:
			return
		case <-ticker.C:
			w.take(p, g)
		}
	}
}

func (w *watcher) take(p *process.Process, g *load.Generator) {
	s := sample{at: time.Now(), spans: g.Spans()}
	var err [3]error
	s.contender, err[0] = p.Usage()
	s.generator, err[1] = process.Self()
	s.machine, err[2] = process.Machine()
	w.err = errors.Join(w.err, err[0], err[1], err[2])
	w.samples = append(w.samples, s)
}

// stop returns all samples, at least one.
func (w *watcher) stop() (samples, error) {
	close(w.quit)
	<-w.done
	return w.samples, w.err
}
