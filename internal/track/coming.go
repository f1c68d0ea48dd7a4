// SPDX-License-Identifier: Apache-2.0

package track

import (
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

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
	c, w := &t.coming, &t.state.Warmed
	c.collect(records, t.translated)
	sum := c.sum
	for i := range c.traces { // nothing here waits for what it reads
		sum += t.state.Traces.Look(c.traces[i].hash)
	}
	for _, name := range c.names {
		sum += t.state.Offers.Look(name)
	}
	w.Refs = w.Refs[:0]
	for i := range c.traces {
		trace := &c.traces[i]
		if trace.group = t.state.Traces.Get(trace.hash); trace.group != 0 {
			w.Refs = append(w.Refs, trace.group)
		}
	}
	for i := range c.traces {
		if trace := &c.traces[i]; trace.group == 0 {
			sum += t.state.Graves.Young.Look(trace.hash) + t.state.Graves.Old.Look(trace.hash)
		}
	}
	c.sum = sum
	begin := len(c.traces) - len(w.Refs)
	t.state.WarmHomes(w)
	t.state.WarmStamps(w)
	t.warmClasses(w)
	t.state.WarmRoom(w, begin)
}

// collect lists the traces and names of records.
func (c *coming) collect(records []span.Record, own []span.Symbol) {
	c.traces, c.names, c.at = c.traces[:0], c.names[:0], -1
	for i := range records {
		r := &records[i]
		if i == 0 || r.Trace != records[i-1].Trace {
			c.traces = append(c.traces, comingTrace{hash: state.Fingerprint(r.Trace)})
		}
		if r.MessageID == "" && r.Key == "" {
			continue
		}
		said := state.Profile{Stage: r.Stage, Kind: r.Kind, System: own[r.System], Topic: own[r.Topic]}
		if said.Produces() && r.MessageID != "" {
			c.names = append(c.names, state.NameOf(state.ByMessageID, &said, r.MessageID))
		}
		if said.Stage != span.None && !said.Consumes() && r.Key != "" {
			c.names = append(c.names, state.NameOf(state.ByKey, &said, r.Key))
		}
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
	if g := c.traces[c.at].group; g != 0 && t.state.Groups.Is(g, trace) {
		return g
	}
	return 0
}
