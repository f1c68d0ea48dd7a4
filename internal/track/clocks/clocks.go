// SPDX-License-Identifier: Apache-2.0

// Package clocks measures how far the clocks of hosts are apart, from what passes
// between them. It changes no time; it says by how much a difference of two times
// of two hosts is wrong, and how sure that is.
//
// Something that left one host and arrived at another took a delay of at least
// nothing, so arrived - left, each by its own clock, is never less than the offset:
//
//	arrived - left = delay + offset    =>    offset <= the least of (arrived - left)
//
// What passes the other way bounds the offset from below. Raw clocks are believed
// unless that is proven wrong: where 0 lies between the bounds nothing is corrected, and
// one thing alone that arrives before it left is taken for a mistake of who told of it.
//
// The package is a fold: fed with passages in the order of the log, it asks no clock
// and rolls no dice, so a replay gives the same bytes. Its memory is bounded, an
// observation is O(1) and allocates nothing once its hosts are known. All times are
// nanoseconds; times of the log must be positive. One goroutine at a time may use it.
package clocks

import "github.com/hopstamp/hopstamp/internal/span"

// Host is whose clock a time is of, as the tracker numbers it.
type Host = span.Symbol

// Us is the receiver that all telemetry comes to, the reference: the log's clock.
const Us Host = 0

// Limits bound the memory: about 900 bytes for each host and for each pair.
type Limits struct{ Hosts, Pairs int }

// Defaults are limits for some MiB.
func Defaults() Limits { return Limits{Hosts: 4096, Pairs: 8192} }

// Clocks is what is known of all clocks.
type Clocks struct {
	now    int64 // the log's time, which never goes back
	review int64 // when to review next
	doubt  int64 // when the first of the jumps was seen that no host is named for yet; 0: none

	hosts table // by host, each against Us
	pairs table

	wrong   bool // some clock is believed to be wrong, or suspect; follows from the rest
	scratch scratch
}

// New knows nothing yet.
func New(l Limits) *Clocks {
	return &Clocks{hosts: newTable(l.Hosts), pairs: newTable(l.Pairs)}
}

// Passage says that something left one host and arrived at another, each by its own
// clock, and when that became known to the log. The moment of leaving must be surely
// before the arrival: the start of a publish, since a consumer may be quicker than
// the publish's acknowledgement.
func (c *Clocks) Passage(from, to Host, left, arrived, at int64) {
	if from != to && from != Us && to != Us && c.advance(at) {
		c.observe(&c.pairs, from, to, left, arrived)
	}
}

// answerEarly is how much earlier than its server's span ends an answer may be
// complete at the client.
const answerEarly = 1e6

// RoundTrip says that a call left the client, that the server's span began and
// ended, and that the client's span ended. Where the server took longer than the
// client waited, no answer ended the call, and only the way there counts.
func (c *Clocks) RoundTrip(client, server Host, sent, began, ended, back, at int64) {
	c.Passage(client, server, sent, began, at)
	if ended-began > back-sent {
		return
	}
	there := c.Offset(client, server, at)
	if returned := back + answerEarly - ended; returned >= -there.High || returned < -there.High-step {
		c.Passage(server, client, ended, back+answerEarly, at) // far too early may be a jump
	}
}

// Heard says that a span which ended by its host's clock was received by us.
func (c *Clocks) Heard(host Host, ended, received int64) {
	if host != Us && c.advance(received) {
		c.observe(&c.hosts, host, Us, ended, received)
	}
}

// Overflowed is how many observations found no place, by table.
func (c *Clocks) Overflowed() (hosts, pairs uint64) { return c.hosts.overflowed, c.pairs.overflowed }

// advance tells the time of the log and does what is due.
func (c *Clocks) advance(at int64) bool {
	if at <= 0 {
		return false
	}
	c.now = max(c.now, at)
	if c.now >= c.review {
		c.reconsider()
		c.review = (c.now/period + 1) * period
	}
	return true
}

// farthest is what clocks may be apart: some 70 years. More is not a time.
const farthest = 1 << 61

func (c *Clocks) observe(in *table, from, to Host, left, arrived int64) {
	delay := arrived - left
	if delay > farthest || delay < -farthest || (delay > 0) != (arrived > left) {
		return
	}
	p := in.place(min(from, to), max(from, to), c.now)
	if p == nil || !p.observe(from < to, c.now, left, delay) {
		return
	}
	c.wrong = true
	if c.doubt == 0 {
		c.doubt = c.now
	}
}

// Wrong tells whether any clock is known to be wrong, or suspect. While none is, no
// time needs to be corrected.
func (c *Clocks) Wrong() bool { return c.wrong }

// Ahead is how far a host is believed to be ahead of us, and whether it is suspect.
func (c *Clocks) Ahead(of Host) (offset int64, suspect bool) {
	row := c.hosts.find(Us, of)
	return row.ahead(), row.suspect()
}

// judgeAll finds out whether any clock is wrong.
func (c *Clocks) judgeAll() {
	c.wrong = false
	for _, t := range [...]*table{&c.hosts, &c.pairs} {
		for i := range t.rows {
			c.wrong = c.wrong || t.rows[i].jumped || t.rows[i].deviation != 0
		}
	}
}

// pair finds what is known of two hosts by themselves; nil when it is nothing.
func (c *Clocks) pair(low, high Host) *pair {
	if low == Us {
		return c.hosts.find(low, high)
	}
	return c.pairs.find(low, high)
}
