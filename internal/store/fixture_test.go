// SPDX-License-Identifier: Apache-2.0

package store

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// A morning on which nothing happens to the calendar.
const morning = int64(1_793_588_400_000_000_000) // 2026-11-02T01:00:00Z

// platform makes the deliveries of a chat platform, the same ones for the same seed.
type platform struct {
	random  *rand.Rand
	fanOut  int // recipients of a message
	linked  int // of a hundred messages, those whose consumer joined by a link
	message int
}

func newPlatform(seed uint64) *platform {
	return &platform{random: rand.New(rand.NewPCG(seed, 1)), fanOut: 1, linked: 20}
}

// deliveries settles about count rows of messages that began before at.
func (c *platform) deliveries(count int, at int64) (rows []journey.Delivery) {
	for len(rows) < count {
		c.message++
		started := at - c.random.Int64N(int64(9*time.Second))
		message := fmt.Sprintf("%016x", c.random.Uint64())
		base := journey.Delivery{
			Key: message, MessageID: message, Conversation: fmt.Sprintf("room-%d", c.random.IntN(3000)),
			Path: "chat", Trace: c.trace(), Started: started, Updated: at,
		}
		if c.random.IntN(100) < c.linked {
			base.OtherTraces = []span.TraceID{c.trace()}
		}
		for range c.fanOut {
			rows = append(rows, c.delivery(base))
		}
	}
	return rows
}

func (c *platform) delivery(d journey.Delivery) journey.Delivery {
	d.Recipient = fmt.Sprintf("u-%d", c.random.IntN(20_000))
	d.ID = d.Key + "/" + d.Recipient
	d.Dims = [span.NumDims]string{pick(c.random, "acme", "globex", "initech"), "websocket", "ws-gateway",
		pick(c.random, "eu", "us"), pick(c.random, "ios", "android", "web"), ""}
	d.Verdict, d.Timeliness = journey.Rendered, journey.InTime
	at := d.Started
	stages := []span.Stage{span.Accepted, span.Published, span.Consumed, span.Delivered, span.Received, span.Rendered}
	for i := range len(stages) - 1 {
		hop := journey.Hop{HopID: journey.HopID{From: stages[i], To: stages[i+1]}, FromStamp: -1, ToStamp: -1,
			Wait: c.long(2 * time.Millisecond), Work: c.long(5 * time.Millisecond)}
		if c.random.IntN(40) == 0 { // clocks that differ
			hop.WaitHigh = hop.Wait + time.Millisecond
			hop.WaitLow = hop.Wait / 2 / time.Microsecond * time.Microsecond
		}
		d.Hops = append(d.Hops, hop)
		at += int64(hop.Wait + hop.Work)
	}
	d.Kind, d.Estimated = "gateway POST /v1/messages", c.random.IntN(20) == 0
	d.Fulfilled = at + c.random.Int64N(1000)
	first := journey.Position(d.Updated/1_000_000_000%100_000*40) + journey.Position(c.random.IntN(300))
	d.Positions = []journey.Position{first, first + 1, first + 2 + journey.Position(c.random.IntN(4))}
	if c.random.IntN(50) == 0 {
		d.Verdict, d.Timeliness, d.Fulfilled = journey.Lost, journey.Untimed, 0
		d.Hop = journey.HopID{From: span.Published, To: span.Consumed}
		d.Reason = journey.LostAt(span.Consumed)
		return d
	}
	d.Reason = journey.ReasonOf(d.Verdict)
	return d
}

// long is a duration as services have them: often short, seldom much longer, in whole microseconds.
func (c *platform) long(mean time.Duration) time.Duration {
	return time.Duration(c.random.ExpFloat64() * float64(mean)).Truncate(time.Microsecond)
}

func (c *platform) trace() (id span.TraceID) {
	for i := range id {
		id[i] = byte(c.random.Uint32())
	}
	return id
}

func pick(random *rand.Rand, from ...string) string { return from[random.IntN(len(from))] }

func look(parts *Parts) *View {
	view := &View{}
	view.Add(parts)
	return view
}
