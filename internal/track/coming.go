// SPDX-License-Identifier: Apache-2.0

package track

import "github.com/hopstamp/hopstamp/internal/span"

// coming is what the records of a step lead to, see warm.go.
type coming struct {
	traces []uint64 // their fingerprints
	sum    uint64   // of what was seen
}

// warmRecords fetches what is known of the traces of records. The first loop only
// reads, so that nothing in it waits for what it reads.
func (t *Tracker) warmRecords(records []span.Record) {
	c := &t.coming
	c.traces = c.traces[:0]
	for i := range records {
		if i > 0 && records[i].Trace == records[i-1].Trace {
			continue
		}
		hash := fingerprint(records[i].Trace)
		c.traces = append(c.traces, hash)
		c.sum += t.traces.look(hash)
	}
	w := &t.warmed
	w.refs = w.refs[:0]
	for _, hash := range c.traces {
		if g := t.traces.get(hash); g != 0 {
			w.refs = append(w.refs, g)
		} else {
			c.sum += t.graves.young.look(hash) + t.graves.old.look(hash)
		}
	}
	t.warmStamps(w)
}
