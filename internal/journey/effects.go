// SPDX-License-Identifier: Apache-2.0

package journey

import (
	"time"

	"github.com/hopstamp/hopstamp/internal/span"
)

// Class is one combination of the bounded dimensions. Its symbols are those of
// the tracker's table.
type Class struct {
	Path span.Symbol
	Dims [span.NumDims]span.Symbol
}

// ClassID numbers the classes of a tracker from 0.
type ClassID uint32

// Tally is what the ledger counts a delivery under.
type Tally struct {
	Class      ClassID
	Minute     int64 // event minute: start of the message / 1 minute
	Verdict    Verdict
	Reason     Reason
	Timeliness Timeliness
	Hop        HopID
	Estimated  bool // by sampling before us; see Delivery
}

// Entry is one line of the ledger: Delta deliveries came under (or, negative,
// left) a tally. The sum of all entries of a tally is its exact count.
type Entry struct {
	Tally
	Delta int32
}

// Sample is the latency of one delivery at the moment its verdict was reached.
type Sample struct {
	Class   ClassID
	Minute  int64
	Latency time.Duration // 0 unless Good
	Late    bool
	Good    bool
	Hops    []Hop  // all of the delivery's; valid until the next step
	Fresh   uint32 // by bit of To: the hops not sampled before
}

// Effects is what a step of tracking asks of the rest. It is valid until the next step.
type Effects struct {
	Entries []Entry
	Samples []Sample
	// Settled are rows to store, in order: deliveries about which nothing more is expected.
	// One without a verdict takes back the earlier row of its id.
	Settled []Delivery
	// TakenBack says of each of those what the row that it takes back had said of its way.
	TakenBack []TakenBack
	Stuck     []Delivery // whose deadline passed in this step
	Hops      []Hop      // backing store of Sample.Hops
	Relays    []Relay
}

// TakenBack is how a delivery of a kind seemed to end, and the stages it had passed, hop by hop.
type TakenBack struct {
	Path, Kind string
	Verdict    Verdict
	Stages     []span.Stage
}

// Relay is records that another partition needs, too: to be appended to its log. A
// relay that is appended twice does no harm; one that is lost does.
type Relay struct {
	To    int
	Batch *span.Batch
}

// Reset empties the effects and keeps their memory.
func (e *Effects) Reset() {
	e.Entries, e.Samples, e.Settled, e.Stuck = e.Entries[:0], e.Samples[:0], e.Settled[:0], e.Stuck[:0]
	e.Hops, e.Relays, e.TakenBack = e.Hops[:0], e.Relays[:0], e.TakenBack[:0]
}
