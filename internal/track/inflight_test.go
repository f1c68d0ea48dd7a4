// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"runtime"
	"testing"
	"time"
	"unsafe"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track"
)

// crowd is many messages in flight: each in a trace of its own, accepted and
// published with a UUID, and nobody takes it.
type crowd struct {
	batch *span.Batch
	ids   [][]byte
	count uint64
	at    journey.Position
	now   int64
}

const (
	crowdBatch = 250               // messages of a batch
	crowdTime  = 500 * time.Second // in which all of them come, so that none is given up meanwhile
)

func newCrowd() *crowd {
	c := &crowd{batch: &span.Batch{}, now: dawn}
	c.batch.Reset()
	for m := range crowdBatch {
		id := []byte("00000000-0000-4000-8000-000000000000")
		c.ids = append(c.ids, id)
		accepted, published := streamRecord(c.batch, 0, m), streamRecord(c.batch, 2, m)
		published.MessageID = unsafe.String(&id[0], len(id))
		c.batch.Records = append(c.batch.Records, accepted, published)
	}
	return c
}

// grow adds messages until there are so many.
func (c *crowd) grow(to int, each func(journey.Position, *span.Batch)) {
	step := int64(crowdTime) / int64(to/crowdBatch)
	for c.count < uint64(to) {
		c.now += step
		c.batch.Received = c.now
		for m := range crowdBatch {
			c.count++
			c.rename(m)
		}
		c.at++
		each(c.at, c.batch)
	}
}

// traceOf is the id of a message's trace.
func (c *crowd) traceOf(number uint64) string {
	var trace span.TraceID
	binary.BigEndian.PutUint64(trace[:8], number*0x9e3779b97f4a7c15)
	binary.BigEndian.PutUint64(trace[8:], number)
	return hex.EncodeToString(trace[:])
}

func (c *crowd) rename(m int) {
	accepted, published := &c.batch.Records[2*m], &c.batch.Records[2*m+1]
	number := c.count * 0x9e3779b97f4a7c15
	binary.BigEndian.PutUint64(accepted.Trace[:8], number)
	binary.BigEndian.PutUint64(accepted.Trace[8:], c.count)
	binary.BigEndian.PutUint64(accepted.Span[:], number^0x5555555555555555)
	published.Trace, published.Parent = accepted.Trace, accepted.Span
	binary.BigEndian.PutUint64(published.Span[:], number^0x3333333333333333)
	accepted.Start = c.now - 60e6 + int64(m)*7919
	accepted.End = accepted.Start + 12_345_678
	published.Start, published.End = accepted.Start+3_456_789, accepted.Start+9_876_543
	const digits = "0123456789abcdef"
	for i := range 12 {
		c.ids[m][24+i] = digits[number>>(4*i)&15]
	}
	for i := range 8 {
		c.ids[m][i] = digits[number>>(32+4*i)&15]
	}
}

// inFlight measures what a delivery in flight takes, all counted that the tracker holds.
func inFlight(tb testing.TB, deliveries int) (tracker *track.Tracker, c *crowd, each float64) {
	before := heap()
	tracker, c = track.New(track.Options{}), newCrowd()
	pending := 0
	c.grow(deliveries, func(at journey.Position, b *span.Batch) {
		for _, entry := range tracker.Step(at, b).Entries {
			if entry.Verdict == journey.Pending || entry.Verdict == journey.Stuck {
				pending += int(entry.Delta)
			}
		}
	})
	each = float64(heap()-before) / float64(deliveries)
	if pending != deliveries {
		tb.Fatalf("%d deliveries are on their way, want %d", pending, deliveries)
	}
	return tracker, c, each
}

// TestInFlight guards the budget of 200 bytes. Few deliveries show a little more
// each than the 5 million of the benchmark, because memory comes in large pieces.
func TestInFlight(t *testing.T) {
	tracker, c, each := inFlight(t, 200_000)
	if each > 220 {
		t.Errorf("a delivery in flight takes %.0f bytes", each)
	}
	if told := float64(tracker.Bytes()) / 200_000; told < 0.75*each || told > 1.05*each {
		t.Errorf("the tracker tells of %.0f bytes a delivery, %.0f are taken", told, each)
	}
	lost := 0
	for _, entry := range tracker.Tick(c.at+1, c.now+int64(10*time.Minute)).Entries {
		if entry.Verdict == journey.Lost {
			lost++
		}
	}
	if lost != 200_000 {
		t.Errorf("%d deliveries were found lost in the tick in which they were", lost)
	}
	tracker.Pass(c.at+2, c.now+int64(25*time.Hour))
	tracker.Pass(c.at+3, c.now+int64(50*time.Hour))
	if leaks := tracker.Leaks(); leaks != "" {
		t.Errorf("the tracker holds %s", leaks)
	}
}

// BenchmarkInFlight measures the same, and what a tick costs in which nothing is due
// and one in which ten thousand deadlines pass.
func BenchmarkInFlight(b *testing.B) {
	for _, deliveries := range []int{200_000, 5_000_000} {
		b.Run(fmt.Sprint(deliveries), func(b *testing.B) {
			for b.Loop() {
				from := time.Now()
				tracker, c, each := inFlight(b, deliveries)
				b.ReportMetric(float64(time.Since(from).Nanoseconds())/float64(2*deliveries), "ns/span")
				b.ReportMetric(each, "B/delivery")
				b.ReportMetric(float64(tracker.Bytes())/float64(deliveries), "told-B/delivery")
				from = time.Now()
				told := len(tracker.Tick(c.at+1, c.now).Entries)
				b.ReportMetric(float64(time.Since(from).Microseconds()), "idle-tick-us")
				from = time.Now()
				told = len(tracker.Tick(c.at+2, c.now+int64(time.Second)).Entries) - told
				b.ReportMetric(float64(time.Since(from).Microseconds()), "tick-us")
				b.ReportMetric(float64(told), "told")
				runtime.KeepAlive(c)
			}
		})
	}
}
