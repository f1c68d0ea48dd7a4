// SPDX-License-Identifier: Apache-2.0

package track

import "github.com/hopstamp/hopstamp/internal/span"

// coming is what the records of a step lead to, see warm.go.
type coming struct {
	traces []comingTrace
	at     int    // of the trace whose records are taken in
	sum    uint64 // of what was seen
}

// comingTrace is a trace as it was before the step: its group, or 0.
type comingTrace struct {
	hash  uint64
	group uint32
}

// warmRecords fetches what is known of the traces of records, and of the names that
// they offer. The first loop only reads, so that nothing in it waits for what it reads.
func (t *Tracker) warmRecords(records []span.Record) {
	c := &t.coming
	c.traces, c.at = c.traces[:0], -1
	for i := range records {
		r := &records[i]
		if r.MessageID != "" || r.Key != "" {
			t.warmNames(r)
		}
		if i > 0 && r.Trace == records[i-1].Trace {
			continue
		}
		hash := fingerprint(r.Trace)
		c.traces = append(c.traces, comingTrace{hash: hash})
		c.sum += t.traces.look(hash)
	}
	w := &t.warmed
	w.refs = w.refs[:0]
	for i := range c.traces {
		trace := &c.traces[i]
		if trace.group = t.traces.get(trace.hash); trace.group != 0 {
			w.refs = append(w.refs, trace.group)
		} else {
			c.sum += t.graves.young.look(trace.hash) + t.graves.old.look(trace.hash)
		}
	}
	t.warmStamps(w)
}

// warmNames fetches where the names belong that a record offers.
func (t *Tracker) warmNames(r *span.Record) {
	said := profile{Stage: r.Stage, Kind: r.Kind, System: t.translated[r.System], Topic: t.translated[r.Topic]}
	if said.consumes() {
		return
	}
	if said.produces() && r.MessageID != "" {
		t.coming.sum += t.offers.look(nameOf(byMessageID, &said, r.MessageID))
	}
	if said.Stage != span.None && r.Key != "" {
		t.coming.sum += t.offers.look(nameOf(byKey, &said, r.Key))
	}
}

// insertAll adds the records of a step to their groups.
func (t *Tracker) insertAll(records []span.Record) {
	c := &t.coming
	for i := range records {
		if i == 0 || records[i].Trace != records[i-1].Trace {
			c.at++
		}
		t.insert(&records[i])
	}
	c.traces = c.traces[:0]
}

// comingGroup is the group of a trace if it is the one whose records are taken in and had
// one before the step; else 0, and it may have one.
func (t *Tracker) comingGroup(trace *span.TraceID) uint32 {
	c := &t.coming
	if c.at < 0 || c.at >= len(c.traces) {
		return 0
	}
	if g := c.traces[c.at].group; g != 0 && t.groups.is(g, trace) {
		return g
	}
	return 0
}
