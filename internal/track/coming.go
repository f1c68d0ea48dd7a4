// SPDX-License-Identifier: Apache-2.0

package track

import "github.com/hopstamp/hopstamp/internal/span"

// coming is what the records of a step lead to, see warm.go.
type coming struct {
	traces []comingTrace
	names  []uint64
	at     int    // of the trace whose records are taken in
	sum    uint64 // of what was seen
}

// comingTrace is a trace as it was before the step: its group, or 0.
type comingTrace struct {
	hash  uint64
	group uint32
}

// warmRecords fetches what is known of the traces of records, and of the names that
// they offer.
func (t *Tracker) warmRecords(records []span.Record) {
	c, w := &t.coming, &t.warmed
	c.collect(records, t.translated)
	sum := c.sum
	for i := range c.traces { // nothing here waits for what it reads
		sum += t.traces.Look(c.traces[i].hash)
	}
	for _, name := range c.names {
		sum += t.offers.Look(name)
	}
	w.refs = w.refs[:0]
	for i := range c.traces {
		trace := &c.traces[i]
		if trace.group = t.traces.Get(trace.hash); trace.group != 0 {
			w.refs = append(w.refs, trace.group)
		}
	}
	for i := range c.traces {
		if trace := &c.traces[i]; trace.group == 0 {
			sum += t.graves.young.Look(trace.hash) + t.graves.old.Look(trace.hash)
		}
	}
	c.sum = sum
	begin := len(c.traces) - len(w.refs)
	t.warmHomes(w)
	t.warmStamps(w)
	t.warmClasses(w)
	t.warmRoom(w, begin)
}

// collect lists the traces and names of records.
func (c *coming) collect(records []span.Record, own []span.Symbol) {
	c.traces, c.names, c.at = c.traces[:0], c.names[:0], -1
	for i := range records {
		r := &records[i]
		if i == 0 || r.Trace != records[i-1].Trace {
			c.traces = append(c.traces, comingTrace{hash: fingerprint(r.Trace)})
		}
		if r.MessageID == "" && r.Key == "" {
			continue
		}
		said := profile{Stage: r.Stage, Kind: r.Kind, System: own[r.System], Topic: own[r.Topic]}
		if said.produces() && r.MessageID != "" {
			c.names = append(c.names, nameOf(byMessageID, &said, r.MessageID))
		}
		if said.Stage != span.None && !said.consumes() && r.Key != "" {
			c.names = append(c.names, nameOf(byKey, &said, r.Key))
		}
	}
}

// warmRoom fetches the places that are given next: to groups that begin, and to runs of
// stamps for those and for groups whose newest run is full.
func (t *State) warmRoom(w *warmed, begin int) {
	free := t.groups.open.Free()
	for _, g := range free[max(0, len(free)-begin):] {
		group := t.groups.open.At(g)
		w.sum += uint64(group.stamps) + uint64(group.due) + group.shown
	}
	for _, group := range w.open {
		if (group.stamps+1)%runLength == 0 {
			begin++
		}
	}
	free = t.stamps.runs.Free()
	for _, run := range free[max(0, len(free)-begin):] {
		w.look(t.stamps.runs.At(run))
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
