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
}

// Has tells whether a trace is one of the message's.
func (k *Kept) Has(trace span.TraceID) bool {
	if len(k.Traces) == 1 {
		return k.Traces[0] == trace
	}
	_, has := slices.BinarySearchFunc(k.Traces, trace, compareTraces)
	return has
}

func compareTraces(a, b span.TraceID) int { return bytes.Compare(a[:], b[:]) }

// table remembers the kept traces, for a time and up to a number, so that late
// spans follow the decision. A trace that several messages share is remembered
// under the one that is the most certain to be kept.
type table struct {
	remember  int64
	limit     int
	byTrace   map[span.TraceID]*Kept
	queue     []*Kept // by time
	forgotten uint64  // traces, before their time

	asked    span.TraceID // last, and the answer: spans of a trace come together
	answered *Kept
}

func newTable(remember int64, limit int) table {
	return table{remember: remember, limit: limit, byTrace: map[span.TraceID]*Kept{}}
}

// of is the decision by which a trace is kept; nil: none.
func (t *table) of(trace span.TraceID) *Kept {
	if trace != t.asked {
		t.asked, t.answered = trace, t.byTrace[trace]
	}
	return t.answered
}

// keptBefore is the decision by which a message was kept; nil: none.
func (t *table) keptBefore(m *message) *Kept {
	if known := t.byTrace[m.first.Trace]; known != nil && known.Key == m.key {
		return known
	}
	return nil
}

// add remembers that a message is kept, with the traces that were not known to be
// kept as surely as that; nil: all were.
func (t *table) add(m *message, policy Policy, reason string, threshold Threshold, now int64) *Kept {
	var traces []span.TraceID
	add := func(trace span.TraceID) {
		if known := t.byTrace[trace]; known == nil || known.Key != m.key || threshold < known.Threshold {
			traces = append(traces, trace)
		}
	}
	add(m.first.Trace)
	for _, trace := range m.first.OtherTraces {
		add(trace)
	}
	if len(traces) == 0 {
		return nil
	}
	slices.SortFunc(traces, compareTraces)
	kept := &Kept{Key: strings.Clone(m.key), Policy: policy, Reason: reason, Threshold: threshold, Traces: traces, since: now}
	for _, trace := range traces {
		if known := t.byTrace[trace]; known == nil || threshold < known.Threshold {
			t.byTrace[trace] = kept
		}
	}
	t.queue = append(t.queue, kept)
	t.asked = span.TraceID{}
	return kept
}

// forget lets go of what is too old, or too much.
func (t *table) forget(now int64) {
	gone := 0
	for ; gone < len(t.queue); gone++ {
		oldest := t.queue[gone]
		tooOld := now-oldest.since >= t.remember
		if !tooOld && len(t.byTrace) <= t.limit {
			break
		}
		for _, trace := range oldest.Traces {
			if t.byTrace[trace] != oldest {
				continue
			}
			delete(t.byTrace, trace)
			if !tooOld {
				t.forgotten++
			}
		}
		t.queue[gone] = nil
	}
	t.queue = t.queue[gone:]
	if gone > 0 {
		t.asked = span.TraceID{}
	}
}

// Remembered is how many traces late spans would follow, and how many were
// forgotten early because there were too many.
func (s *Sampler) Remembered() (traces int, forgotten uint64) {
	return len(s.kept.byTrace), s.kept.forgotten
}
