// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"bytes"
	"slices"
	"strings"

	"github.com/hopstamp/hopstamp/internal/span"
)

// Kept is a message whose spans are kept, or some more traces of it. It never changes.
type Kept struct {
	Key       string
	Policy    Policy
	Reason    string
	Threshold Threshold
	Traces    []span.TraceID // those that are kept by this decision, ascending
	since     int64          // log time of the decision
	open      bool           // what it is about may be decided otherwise
}

func compareTraces(a, b span.TraceID) int { return bytes.Compare(a[:], b[:]) }

// table remembers the kept traces, for a time and up to a number, so that late
// spans follow the decision, and a message that turns out to be otherwise does. Such a
// one, which did not end well or is on its way, is remembered for longer. A trace that several messages share is remembered
// under the one that is the most certain to be kept.
type table struct {
	remember  int64
	whileOpen int64 // at least remember
	limit     int
	traces    traces
	queue     []*Kept // by time
	older     []*Kept // likewise, those open that are past remember
	forgotten uint64  // traces, before their time
}

func newTable(remember, whileOpen int64, limit int) table {
	return table{remember: remember, whileOpen: max(remember, whileOpen), limit: limit, traces: newTraces()}
}

// keptBefore is the decision by which a message was kept; nil: none.
func (t *table) keptBefore(m *message) *Kept {
	if known := t.traces.of(m.first.Trace); known != nil && known.Key == m.key {
		return known
	}
	return nil
}

// add remembers that a message is kept, with the traces that were not known to be
// kept as surely as that; nil: all were.
func (t *table) add(m *message, policy Policy, reason string, threshold Threshold, now int64) *Kept {
	var traces []span.TraceID
	add := func(trace span.TraceID) {
		if known := t.traces.of(trace); known == nil || known.Key != m.key || threshold < known.Threshold {
			traces = append(traces, trace)
		}
	}
	add(m.first.Trace)
	for _, trace := range m.otherTraces() {
		add(trace)
	}
	if m.open {
		t.prolong(m, now)
	}
	if len(traces) == 0 {
		return nil
	}
	slices.SortFunc(traces, compareTraces)
	kept := &Kept{Key: strings.Clone(m.key), Policy: policy, Reason: reason, Threshold: threshold, Traces: traces, since: now, open: m.open}
	for _, trace := range traces {
		if known := t.traces.of(trace); known == nil || threshold < known.Threshold {
			t.traces.put(trace, kept)
		}
	}
	t.queue = append(t.queue, kept)
	return kept
}

// prolong remembers for longer by what decision a message is kept that is open again.
func (t *table) prolong(m *message, now int64) {
	known := t.keptBefore(m)
	if known == nil || known.open && now-known.since < t.remember {
		return
	}
	again := *known
	again.Traces, again.since, again.open = nil, now, true
	for _, trace := range append([]span.TraceID{m.first.Trace}, m.otherTraces()...) {
		if of := t.traces.of(trace); of != nil && of.Key == m.key {
			again.Traces = append(again.Traces, trace)
			t.traces.put(trace, &again)
		}
	}
	slices.SortFunc(again.Traces, compareTraces)
	t.queue = append(t.queue, &again)
}

// forget lets go of what is too old, or too much: of that, what is remembered longest.
func (t *table) forget(now int64) {
	for len(t.queue) > 0 && now-t.queue[0].since >= t.remember {
		if oldest := pop(&t.queue); oldest.open {
			t.older = append(t.older, oldest)
		} else {
			t.drop(oldest)
		}
	}
	for len(t.older) > 0 && now-t.older[0].since >= t.whileOpen {
		t.drop(pop(&t.older))
	}
	before := len(t.traces.kept)
	for len(t.traces.kept) > t.limit && len(t.older)+len(t.queue) > 0 {
		if from := &t.older; len(*from) > 0 {
			t.drop(pop(from))
		} else {
			t.drop(pop(&t.queue))
		}
	}
	t.forgotten += uint64(before - len(t.traces.kept))
}

func pop(queue *[]*Kept) *Kept {
	first := (*queue)[0]
	(*queue)[0] = nil
	*queue = (*queue)[1:]
	return first
}

func (t *table) drop(kept *Kept) {
	for _, trace := range kept.Traces {
		if t.traces.of(trace) == kept {
			t.traces.remove(trace)
		}
	}
}

// Remembered is how many traces late spans would follow, and how many were
// forgotten early because there were too many.
func (s *Sampler) Remembered() (traces int, forgotten uint64) {
	return len(s.kept.traces.kept), s.kept.forgotten
}
