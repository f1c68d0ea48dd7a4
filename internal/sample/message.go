// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"cmp"
	"encoding/hex"
	"math/bits"
	"slices"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// message is what the policies look at: the deliveries of one message in one step.
// It points into the step.
type message struct {
	key     string
	random  uint64 // of the key
	first   *journey.Delivery
	last    *journey.Delivery
	slowest *journey.Delivery              // of the fulfilled ones; nil: none
	because [NumPolicies]*journey.Delivery // the delivery that a policy applies to
	stages  uint32                         // that any delivery passed
	spans   int
	open    bool          // some delivery may still end otherwise
	slow    bool          // slowest is in the tail of its path
	share   float64       // of slow messages of the path, that its cap allows for
	tail    time.Duration // where the tail of the path begins
}

// gathering puts the deliveries of a step together to messages.
type gathering struct {
	messages []message
	// places say where a message is, one more than its index: the place that its randomness
	// names, or one behind, of which none before is free, which is 0. At least half are.
	places []int32
}

// begin makes room for the messages of so many deliveries.
func (g *gathering) begin(deliveries int) {
	size := 1 << bits.Len(uint(2*deliveries))
	g.places = slices.Grow(g.places[:0], size)[:size]
	clear(g.places)
}

// end lets go of the messages, which point into the step.
func (g *gathering) end() {
	clear(g.messages)
	g.messages = g.messages[:0]
}

// gather fills s.messages, and for each delivery the index of its message in s.effects.Of.
func (s *Sampler) gather(deliveries []journey.Delivery) {
	g := &s.messages
	g.begin(len(deliveries))
	s.effects.Of = s.effects.Of[:0]
	at := int32(-1)
	for i := range deliveries {
		d := &deliveries[i]
		if d.Verdict == journey.NoVerdict { // it only takes a row back
			s.effects.Of = append(s.effects.Of, -1)
			continue
		}
		key := keyOf(d)
		if at < 0 || g.messages[at].key != key {
			at = g.at(key, d)
		}
		g.messages[at].add(s, d)
		s.effects.Of = append(s.effects.Of, at)
	}
}

// keyOf is the message's key, or the home trace of one that has none.
func keyOf(d *journey.Delivery) string {
	if d.Key == "" && d.Trace != (span.TraceID{}) {
		return hex.EncodeToString(d.Trace[:])
	}
	return d.Key
}

// at is the place of a message, which is made when it is new.
func (g *gathering) at(key string, d *journey.Delivery) int32 {
	random, last := Randomness(key), uint64(len(g.places)-1)
	place := random & last
	for ; g.places[place] > 0; place = (place + 1) & last {
		at := g.places[place] - 1
		if m := &g.messages[at]; m.random == random && m.key == key {
			return at
		}
	}
	g.messages = append(g.messages, message{key: key, random: random, first: d})
	g.places[place] = int32(len(g.messages))
	return g.places[place] - 1
}

// positions are the log messages that carried spans of the message.
func (m *message) positions() []journey.Position {
	if whole := m.first.Message; whole != nil {
		return whole.Positions
	}
	return m.first.Positions
}

// otherTraces are those of the message but for its home.
func (m *message) otherTraces() []span.TraceID {
	if whole := m.first.Message; whole != nil {
		return whole.Traces
	}
	return m.first.OtherTraces
}

func (m *message) add(s *Sampler, d *journey.Delivery) {
	m.open = m.open || d.Verdict.Bad() || d.Verdict.OnTheWay() || d.Verdict == journey.Unverifiable
	if !s.usual(d) {
		m.explain(s, d)
	}
	if d.Verdict.Good() && (m.slowest == nil || d.Latency() > m.slowest.Latency()) {
		m.slowest = d
	}
	for i := range d.Hops {
		m.stages |= 1 << d.Hops[i].To
	}
	m.spans += ownHops(d, m.last)
	m.last = d
}

// usual tells that no policy that looks at one delivery applies to it, as it is with
// nearly all of them.
func (s *Sampler) usual(d *journey.Delivery) bool {
	return d.Verdict.Good() && d.Timeliness != journey.Late && d.Retries == 0 && len(s.tenants) == 0
}

// explain notes the delivery for the policies that apply to it.
func (m *message) explain(s *Sampler, d *journey.Delivery) {
	for p, applies := range deliveryPolicies {
		if applies != nil && (m.because[p] == nil || Policy(p) == Retried && d.Retries > m.because[p].Retries) && applies(s, d) {
			m.because[p] = d
		}
	}
}

// ownHops is how many hops of a delivery are not also those of the one before it:
// recipients of one message share the beginning of the way. Each is a span at least.
func ownHops(d, before *journey.Delivery) int {
	shared := 0
	if before != nil {
		for shared < min(len(d.Hops), len(before.Hops)) && d.Hops[shared] == before.Hops[shared] {
			shared++
		}
	}
	return cmp.Or(len(d.Hops)-shared, 1)
}
